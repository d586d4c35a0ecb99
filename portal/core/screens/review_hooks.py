"""The review's addresses, menu items and panels in the admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, re_path, reverse
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem

from portal.core.review import people
from portal.core.screens import corrections, editing_reports, review, review_menus

DECIDE = rf"^freigabe/(?P<pk>\d+)/(?P<action>{'|'.join(review.TITLES)})/$"


@hooks.register("register_admin_urls")
def review_urls() -> list[URLPattern]:
    return [
        re_path(DECIDE, review.DecideView.as_view(), name="review_decide"),
        path("korrekturhinweis/<int:pk>/", corrections.CorrectionView.as_view(), name="page_correction"),
        path("korrekturhinweis/<int:pk>/zuruecknehmen/", corrections.withdraw, name="page_correction_withdraw"),
        *editing_reports.urls(),
    ]


class CorrectionItem(ActionMenuItem):
    """Leads from a live page to its correction notices."""

    label = "Korrekturhinweis"
    name = "action-correction"
    icon_name = "warning"

    def is_shown(self, context: dict[str, Any]) -> bool:
        return context["view"] == "edit" and context["page"].live and people.may_correct(context["request"].user)

    def get_url(self, context: dict[str, Any]) -> str:
        return reverse("page_correction", args=[context["page"].pk])


@hooks.register("register_page_action_menu_item")
def correction_item() -> ActionMenuItem:
    return CorrectionItem(order=25)


@hooks.register("construct_page_action_menu", order=50)
def arrange_page_menu(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    review_menus.arrange(items, request, context)


@hooks.register("construct_snippet_action_menu", order=50)
def arrange_snippet_menu(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    review_menus.arrange(items, request, context)


@hooks.register("construct_homepage_panels")
def waiting_panel(request: HttpRequest, panels: list[Any]) -> None:
    """Our list stands in for Wagtail's two: those approve in a way the review does not allow."""
    stock = {"workflow_objects_to_moderate", "user_objects_in_workflow_moderation"}
    panels[:] = [panel for panel in panels if getattr(panel, "name", "") not in stock]
    panels.append(review_menus.WaitingPanel(request.user))


@hooks.register("construct_reports_menu")
def replace_stock_reports(request: HttpRequest, items: list[Any]) -> None:
    """Ours stand in for Wagtail's; it lists aging pages by who may publish them, which is nobody."""
    items[:] = [item for item in items if item.name not in editing_reports.STOCK_REPORTS]
    items += [item for item in editing_reports.menu_items() if item.is_shown(request)]
    items.sort(key=lambda item: item.order)
