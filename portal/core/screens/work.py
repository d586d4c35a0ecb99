"""The list of work items."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets import AdminDateInput

from portal.core import work
from portal.core.models import WorkItem
from portal.core.visibility import STAFF_GROUPS

MANUAL = "manual"
work.register_kind(MANUAL, "Von Hand angelegt")


def date_format(day: date | None) -> str:
    """Return a date as German administrations write it."""
    return f"{day:%d.%m.%Y}" if day else ""


def staff(request: Any = None) -> QuerySet[Any]:
    """Return the people of the centre, for owners and filters."""
    people = get_user_model()._default_manager.filter(is_active=True)
    return people.filter(Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)).distinct()


class WorkFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label="Zustand", choices=WorkItem.State.choices)
    kind = django_filters.ChoiceFilter(label="Art", choices=work.kinds)
    owner = django_filters.ModelChoiceFilter(label="Zuständig", queryset=staff)
    due_on = django_filters.DateFilter(
        label="Fällig bis", field_name="due_on", lookup_expr="lte", widget=AdminDateInput
    )

    class Meta:
        model = WorkItem
        fields = ["state", "kind", "owner", "due_on"]


class WorkForm(forms.ModelForm[WorkItem]):
    """What a person changes about a work item; closing keeps the time."""

    class Meta:
        model = WorkItem
        fields = ["title", "note", "owner", "due_on", "state"]
        widgets = {"due_on": AdminDateInput, "note": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("for_user", None)
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = staff()

    def save(self, commit: bool = True) -> WorkItem:
        item = self.instance
        item.kind = item.kind or MANUAL
        closed = item.state != WorkItem.State.OPEN
        item.closed_at = (item.closed_at or timezone.now()) if closed else None
        return super().save(commit)


class _WorkIndexView(generic.IndexView):
    filterset_class = WorkFilterSet

    def get_base_queryset(self) -> QuerySet[WorkItem]:
        rows = WorkItem.objects.select_related("owner", "page")
        return rows.order_by("-state", F("due_on").asc(nulls_last=True), "id")  # open ones first


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
    inspect_view_fields = [
        "title",
        "note",
        "page",
        "source",
        "owner",
        "due_on",
        "state",
        "created_at",
        "closed_at",
    ]
    index_view_class = _WorkIndexView
    list_display = [
        "title",
        Column("kind", label="Art", accessor=lambda item: work.kind_label(item.kind), sort_key="kind"),
        Column("page", label="Seite", accessor="page.title"),
        Column("owner", label="Zuständig", sort_key="owner__last_name"),
        # Wagtail's DateColumn tells how long ago a date is; of a date to come it says "just now".
        Column("due_on", label="Fällig", accessor=lambda item: date_format(item.due_on), sort_key="due_on"),
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
