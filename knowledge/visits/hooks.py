"""What the counting of visits adds to Wagtail's admin."""

from __future__ import annotations

from django.urls import URLPattern, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from knowledge.reading.report_views import ReportItem, report_urls
from knowledge.visits.reports import NoVisitsReportView


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return report_urls("ohne-besuche", NoVisitsReportView)


@hooks.register("register_reports_menu_item")
def register_no_visits_item() -> MenuItem:
    return ReportItem(
        "Seiten ohne Besuche", reverse("knowledge_no_visits"), name="no-visits", icon_name="view", order=140
    )
