"""What the look at pictures adds to Wagtail's admin."""

from __future__ import annotations

from django.urls import URLPattern, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from knowledge.pictures.reports import MissingTextReportView, UndescribedReportView
from knowledge.reading.report_views import ReportItem, report_urls


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        *report_urls("bilder-ohne-alternativtext", MissingTextReportView),
        *report_urls("bilder-ohne-beschreibung", UndescribedReportView),
    ]


@hooks.register("register_reports_menu_item")
def register_places_item() -> MenuItem:
    url = reverse("knowledge_pictures")
    return ReportItem("Bilder ohne Alternativtext", url, name="pictures", icon_name="image", order=130)


@hooks.register("register_reports_menu_item")
def register_library_item() -> MenuItem:
    url = reverse("knowledge_undescribed")
    return ReportItem("Bilder ohne Beschreibung", url, name="undescribed", icon_name="image", order=131)
