from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.ui.components import Component

from portal.core.dashboard import Overview
from portal.core.screens import home_panels


class OverviewPanel(Component):
    """The first panel of the admin's start page."""

    name = "portal_overview"
    order = 50

    def __init__(self, overview: Overview) -> None:
        self.overview = overview

    def render_html(self, parent_context: Any = None) -> SafeString:
        return render_to_string("dashboard/overview.html", {"figures": self.overview.figures()})


def _overview(request: Any) -> Overview:
    """Return the one overview of a request: panel and summary share its query."""
    if not hasattr(request, "portal_overview"):
        request.portal_overview = Overview(request.user)
    found: Overview = request.portal_overview
    return found


@hooks.register("construct_homepage_panels")
def add_overview(request: HttpRequest, panels: list[Any]) -> None:
    panels[:] = [panel for panel in panels if getattr(panel, "name", "") not in home_panels.STOCK_PANELS]
    panels += [OverviewPanel(_overview(request)), home_panels.MyPagesPanel(request)]


@hooks.register("construct_homepage_summary_items", order=1000)
def count_together(request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if type(item).__name__ not in home_panels.STOCK_ITEMS]
    items += home_panels.summary(request, _overview(request))


@hooks.register("insert_global_admin_css")
def admin_styles() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("insert_global_admin_js")
def admin_script() -> str:
    return format_html('<script type="module" src="{}"></script>', static("js/admin.js"))


@hooks.register("construct_help_menu")
def leave_out_foreign_pages(request: HttpRequest, items: list[Any]) -> None:
    """News and manual of the CMS are for its operator, not for people who write; their mark asks all to look."""
    items[:] = [item for item in items if not item.name.startswith(("whats-new-in-wagtail", "editor-guide"))]
