"""The list of work items, with counts and filters, and the panel "mine" of the dashboard."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput

from portal.core import work
from portal.core.models import WorkItem
from portal.core.models.work import TEAMS
from portal.core.screens import work_item
from portal.core.screens.work_forms import MANUAL, WorkForm, name_of, staff
from portal.core.work_figures import clock, counts

__all__ = ["MANUAL", "MyWorkPanel", "WorkItemViewSet", "date_format", "staff"]

MINE, NOBODY = "mine", "none"
# No colleague by name: how much and how long is told by team, and to each person about nobody but themselves.
OWNERS = [(MINE, "Mir zugewiesen"), (NOBODY, "Ohne Zuständige")]
DUE = [("overdue", "Überfällig"), ("week", "In den nächsten 7 Tagen"), ("none", "Ohne Frist")]
SHOWN_ON_DASHBOARD = 8


def date_format(day: date | None) -> str:
    """Return a date as German administrations write it."""
    return f"{day:%d.%m.%Y}" if day else ""


class WorkFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label="Zustand", choices=WorkItem.State.choices)
    kind = django_filters.ChoiceFilter(label="Art", choices=work.kinds)
    team = django_filters.ChoiceFilter(label="Team", choices=TEAMS)
    owner = django_filters.ChoiceFilter(label="Zuständig", choices=OWNERS, method="filter_owner")
    due = django_filters.ChoiceFilter(label="Frist", choices=DUE, method="filter_due")
    due_on = django_filters.DateFilter(
        label="Fällig bis", field_name="due_on", lookup_expr="lte", widget=AdminDateInput
    )

    class Meta:
        model = WorkItem
        fields = ["state", "kind", "team", "owner", "due", "due_on"]

    def filter_owner(self, rows: QuerySet[WorkItem], name: str, value: str) -> QuerySet[WorkItem]:
        return rows.filter(owner=self.request.user.pk if value == MINE else None)

    def filter_due(self, rows: QuerySet[WorkItem], name: str, value: str) -> QuerySet[WorkItem]:
        today = timezone.localdate()
        if value == "overdue":
            return rows.filter(state=WorkItem.State.OPEN, due_on__lt=today)
        if value == "week":
            return rows.filter(state=WorkItem.State.OPEN, due_on__range=(today, today + timedelta(days=7)))
        return rows.filter(due_on=None)


def count_links(user: Any) -> list[dict[str, Any]]:
    """Return the counts above the list, each with the filter it stands for."""
    numbers = counts(user)
    address = reverse("work_items:index")
    lines = (
        ("open", "offen", "?state=open"),
        ("mine", "für mich", "?state=open&owner=mine"),
        ("ownerless", "ohne Zuständige", "?state=open&owner=none"),
        ("overdue", "überfällig", "?due=overdue"),
    )
    return [{"count": numbers[name], "label": label, "url": address + query} for name, label, query in lines]


class DueColumn(Column):
    """The due day and how much of the time is left; what is overdue is marked in words."""

    cell_template_name = "core/screens/due_cell.html"

    def get_cell_context_data(self, instance: WorkItem, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {
            **super().get_cell_context_data(instance, parent_context),
            "day": date_format(instance.due_on),
            "clock": clock(instance),
            "overdue": instance.is_overdue(),
        }


class _WorkIndexView(generic.IndexView):
    filterset_class = WorkFilterSet
    template_name = "core/screens/work_index.html"

    def get_base_queryset(self) -> QuerySet[WorkItem]:
        rows = WorkItem.objects.select_related("owner", "page")
        return rows.order_by("-state", F("due_on").asc(nulls_last=True), "id")  # open ones first

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if not self.results_only:
            context["counts"] = count_links(self.request.user)
        return context


class WorkItemViewSet(ModelViewSet):
    """Everybody of the centre sees the list; who may change is a matter of the roles."""

    model = WorkItem
    icon = "tasks"
    name = "work_items"
    url_prefix = "aufgaben"
    menu_label = "Aufgaben"
    menu_order = 150
    add_to_admin_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_view_fields = ["title", "note", "team", "owner", "state", "created_at", "closed_at"]
    index_view_class = _WorkIndexView
    add_view_class = work_item.WorkCreateView
    edit_view_class = work_item.WorkEditView
    inspect_view_class = work_item.WorkInspectView
    index_template_name = "core/screens/work_index.html"
    edit_template_name = "core/screens/work_item.html"
    inspect_template_name = "core/screens/work_inspect.html"
    list_display = [
        "title",
        Column("kind", label="Art", accessor=lambda item: work.kind_label(item.kind), sort_key="kind"),
        Column("page", label="Seite", accessor="page.title"),
        Column("team", label="Team", sort_key="team"),
        Column("owner", label="Zuständig", accessor=lambda item: name_of(item.owner)),
        Column("bundled", label="Meldungen", accessor=lambda item: item.bundled or "", sort_key="bundled"),
        DueColumn("due_on", label="Fällig", sort_key="due_on"),
        StatusTagColumn(
            "state", label="Zustand", accessor="get_state_display", sort_key="state",
            primary=lambda item: item.state == WorkItem.State.OPEN,
        ),
    ]  # fmt: skip
    search_fields = ["title", "note", "source"]
    search_backend_name = None
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm[WorkItem]]:
        return WorkForm

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            *super().get_urlpatterns(),
            path("antworten/<int:pk>/", work_item.answer, name="answer"),
            path("notiz/<int:pk>/", work_item.note, name="note"),
        ]


class MyWorkPanel(Component):
    """The next open items of the person who looks, on the admin's start page; one query."""

    name = "my_work"
    order = 60

    def __init__(self, user: Any) -> None:
        self.user = user

    def render_html(self, parent_context: Any = None) -> SafeString:
        rows = WorkItem.objects.filter(owner=self.user, state=WorkItem.State.OPEN).select_related("page")
        found = list(rows.order_by(F("due_on").asc(nulls_last=True), "pk")[: SHOWN_ON_DASHBOARD + 1])
        items = [
            {"item": item, "clock": clock(item), "overdue": item.is_overdue(), "day": date_format(item.due_on)}
            for item in found[:SHOWN_ON_DASHBOARD]
        ]
        context = {
            "items": items,
            "more": len(found) > SHOWN_ON_DASHBOARD,
            "may_change": self.user.has_perm("core.change_workitem"),
        }
        return render_to_string("core/screens/work_mine.html", context)
