"""What the reading of content adds to Wagtail's admin."""

from __future__ import annotations

from django.urls import URLPattern, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from knowledge.reading.report_views import ReportItem, report_urls
from knowledge.reading.reports import ReadabilityReportView


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return report_urls("lesbarkeit", ReadabilityReportView)


@hooks.register("register_reports_menu_item")
def register_readability_item() -> MenuItem:
    url = reverse("knowledge_readability")
    return ReportItem("Lesbarkeit", url, name="readability", icon_name="glasses", order=120)
