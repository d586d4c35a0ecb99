"""What the link check adds to Wagtail's admin."""

from __future__ import annotations

from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from knowledge.links.reports import LinkReportView
from knowledge.links.views import AcceptLinkView, recheck
from knowledge.reading.report_views import ReportItem, report_urls


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        *report_urls("links", LinkReportView),
        path("links/<int:pk>/erneut/", recheck, name="knowledge_link_recheck"),
        path("links/<int:pk>/in-ordnung/", AcceptLinkView.as_view(), name="knowledge_link_accept"),
    ]


@hooks.register("register_reports_menu_item")
def register_links_item() -> MenuItem:
    return ReportItem("Defekte Links", reverse("knowledge_links"), name="links", icon_name="link", order=110)
