"""What the link check adds to Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem

from knowledge.links.internal import problems_of
from knowledge.links.reports import LinkReportView
from knowledge.links.views import AcceptLinkView, recheck
from knowledge.reading.kinds import SNIPPETS
from knowledge.reading.report_views import ReportItem, report_urls

SHOWN = 5


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


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
@hooks.register("after_create_snippet")
@hooks.register("after_edit_snippet")
def warn_of_links(request: HttpRequest, subject: Any) -> None:
    """Name the links of the saved draft that lead nowhere; saving by itself, every few seconds, says nothing."""
    if not request.accepts("text/html") or not (hasattr(subject, "body") or isinstance(subject, SNIPPETS)):
        return
    found = problems_of(subject)
    for problem in found[:SHOWN]:
        messages.warning(request, problem.message)
    if len(found) > SHOWN:
        messages.warning(request, f"{len(found) - SHOWN} weitere Links führen nicht zum Ziel.")
