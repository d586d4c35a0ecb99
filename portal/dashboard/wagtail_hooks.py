from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail import hooks
from wagtail.admin.ui.components import Component

from portal.core.dashboard import figures_for


class OverviewPanel(Component):
    """The first panel of the admin's start page."""

    name = "portal_overview"
    order = 50

    def __init__(self, user: Any) -> None:
        self.user = user

    def render_html(self, parent_context: Any = None) -> SafeString:
        return render_to_string("dashboard/overview.html", {"figures": figures_for(self.user)})


@hooks.register("construct_homepage_panels")
def add_overview(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(OverviewPanel(request.user))


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
