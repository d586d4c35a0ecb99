"""Reports of editing in place of Wagtail's, whose queries grow with their rows: reviews, locks, history.

Wagtail's report of page types goes as well: it asks for each type of page and tells editors nothing.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from wagtail.admin.auth import user_has_any_page_permission
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry, Page, PageLogEntry, TaskState, WorkflowState
from wagtail.permissions import policy_registry

from portal.core.models import ReviewTask
from portal.core.screens.audit import action_label
from portal.core.screens.review import APPROVE

STOCK_REPORTS = frozenset(
    {"locked-pages", "workflows", "workflow-tasks", "site-history", "aging-pages", "page-types-usage"}
)
MODELS = "andere"


def moment(value: Any) -> str:
    """Return a moment as German administrations write it."""
    return f"{timezone.localtime(value):%d.%m.%Y %H:%M}" if value else "–"


class _EditingReport(ReportView):
    """A report for everybody who works on pages."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not user_has_any_page_permission(request.user):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_filtered_queryset(self) -> QuerySet[Any]:
        """Return the rows filtered once; the report's own method would filter them a second time."""
        return self.get_queryset()


class ReviewFilterSet(WagtailFilterSet):
    title = django_filters.CharFilter(
        label="Titel enthält", field_name="revision__object_str", lookup_expr="icontains"
    )
    submitter = django_filters.CharFilter(
        label="Eingereicht von (Name)",
        field_name="workflow_state__requested_by__last_name",
        lookup_expr="icontains",
    )

    class Meta:
        model = TaskState
        fields = ["title", "submitter"]


def _submitter(state: Any) -> Any:
    return state.workflow_state.requested_by or "System"


class OpenReviewsView(_EditingReport):
    """What is under review, the oldest first, and who has submitted it."""

    model = TaskState
    page_title = "In Freigabe"
    header_icon = "tasks"
    index_url_name = "core_open_reviews"
    index_results_url_name = "core_open_reviews_results"
    filterset_class = ReviewFilterSet
    default_ordering = "started_at"
    no_results_message = "Zurzeit wartet nichts auf eine Freigabe."
    columns = [
        TitleColumn(
            "title", label="Seite oder Eintrag", accessor="revision.object_str",
            get_url=lambda state: reverse("review_decide", args=[state.workflow_state_id, APPROVE]),
        ),
        Column("kind", label="Art", accessor=lambda state: state.revision.content_type.name),
        Column("submitter", label="Eingereicht von", accessor=_submitter),
        Column("since", label="Seit", accessor=lambda state: moment(state.started_at), sort_key="started_at"),
    ]  # fmt: skip
    list_export = ["revision.object_str", "revision.content_type", "workflow_state.requested_by", "started_at"]
    export_headings = {
        "revision.object_str": "Titel", "revision.content_type": "Art",
        "workflow_state.requested_by": "Eingereicht von", "started_at": "Seit",
    }  # fmt: skip

    def get_base_queryset(self) -> QuerySet[TaskState]:
        return TaskState.objects.filter(
            task__in=ReviewTask.objects.all(),
            status=TaskState.STATUS_IN_PROGRESS,
            workflow_state__status=WorkflowState.STATUS_IN_PROGRESS,
        ).select_related("workflow_state__requested_by", "revision__content_type")


class LockFilterSet(WagtailFilterSet):
    title = django_filters.CharFilter(label="Titel enthält", lookup_expr="icontains")
    holder = django_filters.CharFilter(
        label="Gesperrt von (Name)", field_name="locked_by__last_name", lookup_expr="icontains"
    )

    class Meta:
        model = Page
        fields = ["title", "holder"]


class LockedPagesView(_EditingReport):
    """Pages somebody has locked, the newest lock first; they are unlocked in their editor."""

    model = Page
    page_title = "Gesperrte Seiten"
    header_icon = "lock"
    index_url_name = "core_locked_pages"
    index_results_url_name = "core_locked_pages_results"
    filterset_class = LockFilterSet
    default_ordering = "-locked_at"
    no_results_message = "Keine Seite ist gesperrt."
    columns = [
        TitleColumn(
            "title", label="Seite", accessor="get_admin_display_title", sort_key="title",
            get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
        ),
        Column("holder", label="Gesperrt von", accessor=lambda page: page.locked_by or "–"),
        Column("since", label="Seit", accessor=lambda page: moment(page.locked_at), sort_key="locked_at"),
    ]  # fmt: skip
    list_export = ["title", "locked_by", "locked_at"]
    export_headings = {"title": "Seite", "locked_by": "Gesperrt von", "locked_at": "Seit"}

    def get_base_queryset(self) -> QuerySet[Page]:
        user = self.request.user
        editable = policy_registry.get_by_type(Page).instances_user_has_permission_for(user, "change")
        rows = editable | Page.objects.filter(locked_by=user)
        found: QuerySet[Page] = rows.filter(locked=True).select_related("locked_by")
        return found


class HistoryFilterSet(WagtailFilterSet):
    """`kind` chooses the log itself (see the view)."""

    kind = django_filters.ChoiceFilter(
        label="Was", choices=[(MODELS, "Andere Einträge")], empty_label="Seiten", method="keep"
    )
    action = django_filters.ChoiceFilter(label="Vorgang", choices=registry.get_choices)
    label = django_filters.CharFilter(label="Name enthält", lookup_expr="icontains")
    person = django_filters.CharFilter(
        label="Person (Name)", field_name="user__last_name", lookup_expr="icontains"
    )
    since = django_filters.DateFilter(
        label="Ab", field_name="timestamp", lookup_expr="date__gte", widget=AdminDateInput
    )
    until = django_filters.DateFilter(
        label="Bis", field_name="timestamp", lookup_expr="date__lte", widget=AdminDateInput
    )

    class Meta:
        model = PageLogEntry
        fields = ["kind", "action", "label"]

    def keep(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows


def _address(entry: Any) -> str | None:
    """Return the way to a page's own history; of other entries the list says all there is."""
    if not isinstance(entry, PageLogEntry) or entry.deleted or entry.action == "wagtail.delete":
        return None
    return reverse("wagtailadmin_pages:history", args=[entry.page_id])


def _kind(entry: Any) -> str:
    return str(ContentType.objects.get_for_id(entry.content_type_id).name) if entry.content_type_id else "–"


class HistoryView(_EditingReport):
    """Who has changed what, the newest first: of pages, or of everything else a person has rights on."""

    model = PageLogEntry
    page_title = "Änderungsverlauf"
    header_icon = "history"
    index_url_name = "core_history"
    index_results_url_name = "core_history_results"
    filterset_class = HistoryFilterSet
    default_ordering = "-timestamp"
    no_results_message = "Keine Änderung passt zu dieser Auswahl."
    columns = [
        TitleColumn("label", label="Name", get_url=_address),
        Column("kind", label="Art", accessor=_kind),
        Column("action", label="Vorgang", accessor=lambda entry: action_label(entry.action)),
        Column("user", label="Person", accessor=lambda entry: entry.user or "System"),
        Column("at", label="Zeitpunkt", accessor=lambda entry: moment(entry.timestamp), sort_key="timestamp"),
    ]
    list_export = ["label", "content_type", "action", "user", "timestamp"]
    export_headings = {
        "label": "Name", "content_type": "Art", "action": "Vorgang", "user": "Person", "timestamp": "Zeitpunkt",
    }  # fmt: skip

    def get_base_queryset(self) -> QuerySet[Any]:
        user = self.request.user
        if self.request.GET.get("kind") == MODELS:
            return ModelLogEntry.objects.viewable_by_user(user).select_related("user")
        policy = policy_registry.get_by_type(Page)
        rows: QuerySet[Any] = PageLogEntry.objects.select_related("user")
        everywhere = any(row.page.depth == 1 for row in policy.get_cached_permissions_for_user(user))
        if user.is_superuser or everywhere:  # deleted pages included
            return rows
        return rows.filter(page__in=policy.instances_user_has_permission_for(user, "change"))


def urls() -> list[URLPattern]:
    """Return the addresses of the reports, with and without the frame."""
    found = []
    for name, view in (("freigaben", OpenReviewsView), ("sperren", LockedPagesView), ("verlauf", HistoryView)):
        found += [
            path(f"berichte/{name}/", view.as_view(), name=view.index_url_name),
            path(
                f"berichte/{name}/ergebnisse/", view.as_view(results_only=True), name=view.index_results_url_name
            ),
        ]
    return found


class _EditorsItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(user_has_any_page_permission(request.user))


def menu_items() -> list[MenuItem]:
    return [
        _EditorsItem(view.page_title, reverse(view.index_url_name), icon_name=view.header_icon, order=order)
        for view, order in ((OpenReviewsView, 50), (LockedPagesView, 700), (HistoryView, 1000))
    ]
