"""What the questions add to Wagtail's admin."""

from __future__ import annotations

from django.urls import URLPattern, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from faq.reports import NoQuestionsReportView
from knowledge.reading.report_views import ReportItem, report_urls


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return report_urls("ohne-fragen", NoQuestionsReportView)


@hooks.register("register_reports_menu_item")
def register_no_questions_item() -> MenuItem:
    return ReportItem(
        "Seiten ohne Fragen", reverse("faq_no_questions"), name="no-questions", icon_name="help", order=150
    )
