"""What the base adds to Wagtail: who may have a file, and the screens of the running portal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.wagtail_hooks import require_wagtail_login

from portal.core.context import level_of_request
from portal.core.documents import level_of_document
from portal.core.experts.files import is_opened
from portal.core.ranges import partial_response
from portal.core.screens import (  # noqa: F401 - registering is the effect of some
    audit,
    expert_hooks,
    live_files,
    moving,
    outbox,
    privacy,
    review_hooks,
    schedule,
)
from portal.core.screens.tags import TagViewSet
from portal.core.screens.work import MyWorkPanel, WorkItemViewSet
from portal.core.screens.work_report import WorkReportView

LOG_ACTIONS = (
    ("core.outbox.retry", "Erneut versucht", "Nachricht erneut versucht"),
    ("core.tag.merge", "Zusammengeführt", "Schlagwort zusammengeführt"),
)


@hooks.register("before_serve_document")
def check_document_level(document: Any, request: HttpRequest) -> HttpResponse | None:
    """Serve a file only to those who may read a page that links it, or the draft they were invited to."""
    if is_opened(request, document) or level_of_request(request).covers(level_of_document(document)):
        return None
    if not request.user.is_authenticated:
        response: HttpResponse = require_wagtail_login(next=request.get_full_path())
        return response
    raise PermissionDenied


@hooks.register("before_serve_document", order=10)
def serve_part(document: Any, request: HttpRequest) -> HttpResponse | None:
    """Serve the asked part of a video; runs after all checks of who may have it."""
    return partial_response(document, request)


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[URLPattern]:
    return [
        path("betrieb/postausgang/", outbox.OutboxView.as_view(), name="core_outbox"),
        path(
            "betrieb/postausgang/ergebnisse/",
            outbox.OutboxView.as_view(results_only=True),
            name="core_outbox_results",
        ),
        path("betrieb/postausgang/<int:pk>/erneut/", outbox.retry, name="core_outbox_retry"),
        path("betrieb/protokoll/", audit.AuditView.as_view(), name="core_audit"),
        path(
            "betrieb/protokoll/ergebnisse/", audit.AuditView.as_view(results_only=True), name="core_audit_results"
        ),
        path("betrieb/zeitplan/", schedule.ScheduleView.as_view(), name="core_schedule"),
        path("berichte/aufgaben/", WorkReportView.as_view(), name="core_work_report"),
    ]


class _PermittedItem(MenuItem):
    """A menu item for those who have one right."""

    def __init__(self, label: str, url: str, permission: str, **kwargs: Any) -> None:
        self.permission = permission
        super().__init__(label, url, **kwargs)

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(self.permission))


@hooks.register("register_reports_menu_item")
def register_outbox_item() -> MenuItem:
    url = reverse("core_outbox")
    return _PermittedItem(
        "Postausgang", url, "core.view_outboxmessage", name="outbox", icon_name="mail", order=1500
    )


@hooks.register("register_reports_menu_item")
def register_schedule_item() -> MenuItem:
    url = reverse("core_schedule")
    return _PermittedItem("Zeitplan", url, "core.view_scheduledrun", name="schedule", icon_name="time", order=1510)


@hooks.register("register_reports_menu_item")
def register_audit_item() -> MenuItem:
    url = reverse("core_audit")
    return _PermittedItem("Protokoll", url, "core.view_auditentry", name="audit", icon_name="history", order=1520)


@hooks.register("register_reports_menu_item")
def register_work_report_item() -> MenuItem:
    url = reverse("core_work_report")
    return _PermittedItem(
        "Aufgaben nach Team", url, "core.view_workitem", name="work-report", icon_name="tasks", order=900
    )


@hooks.register("construct_homepage_panels")
def add_my_work(request: HttpRequest, panels: list[Any]) -> None:
    if request.user.has_perm("core.view_workitem"):
        panels.append(MyWorkPanel(request.user))


@hooks.register("register_admin_viewset")
def register_work() -> WorkItemViewSet:
    return WorkItemViewSet()


@hooks.register("register_admin_viewset")
def register_tags() -> TagViewSet:
    return TagViewSet()


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    names = ["view_outboxmessage", "change_outboxmessage", "view_scheduledrun", "view_auditentry"]
    return Permission.objects.filter(content_type__app_label="core", codename__in=names)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    for action in LOG_ACTIONS:
        actions.register_action(*action)
