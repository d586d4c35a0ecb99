"""What upkeep adds to Wagtail's admin: the report, the one click, the pages on the start page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from knowledge.upkeep.panels import ReviewsPanel
from knowledge.upkeep.reports import ReviewReportView
from knowledge.upkeep.views import confirm


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("berichte/pruefungen/", ReviewReportView.as_view(), name="knowledge_reviews"),
        path(
            "berichte/pruefungen/ergebnisse/",
            ReviewReportView.as_view(results_only=True),
            name="knowledge_reviews_results",
        ),
        path("pruefungen/<int:page_id>/bestaetigen/", confirm, name="knowledge_confirm_review"),
    ]


@hooks.register("register_reports_menu_item")
def register_reviews_item() -> MenuItem:
    return MenuItem(
        "Prüfungen", reverse("knowledge_reviews"), name="reviews", icon_name="calendar-check", order=100
    )


@hooks.register("construct_homepage_panels")
def add_reviews(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(ReviewsPanel(request))
