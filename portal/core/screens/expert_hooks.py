"""Addresses and menu items of outside experts in the admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import MenuItem

from portal.core.review import people
from portal.core.screens import experts


@hooks.register("register_admin_urls")
def expert_urls() -> list[URLPattern]:
    return [
        path("fachleute/", experts.OpenInvitationsView.as_view(), name="expert_invitations"),
        path("fachleute/<int:pk>/", experts.ExpertsView.as_view(), name="page_experts"),
        path("fachleute/<int:pk>/zurueckziehen/", experts.revoke, name="expert_revoke"),
    ]


class ExpertsItem(ActionMenuItem):
    """Leads from the edit screen to the experts of the page."""

    label = experts.TITLE
    name = "action-experts"
    icon_name = "group"

    def is_shown(self, context: dict[str, Any]) -> bool:
        return context["view"] == "edit" and people.may_invite(context["request"].user)

    def get_url(self, context: dict[str, Any]) -> str:
        return reverse("page_experts", args=[context["page"].pk])


@hooks.register("register_page_action_menu_item")
def experts_item() -> ActionMenuItem:
    return ExpertsItem(order=26)


class InvitationsItem(MenuItem):
    """The list of invitations, for who may invite."""

    def is_shown(self, request: HttpRequest) -> bool:
        return people.may_invite(request.user)


@hooks.register("register_reports_menu_item")
def invitations_item() -> MenuItem:
    url = reverse("expert_invitations")
    return InvitationsItem(experts.TITLE, url, name="experts", icon_name="group", order=1530)
