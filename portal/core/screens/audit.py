"""The append-only log as administrators see it: when, what, who, which object; ids, never texts."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets import AdminDateInput
from wagtail.log_actions import registry

from portal.core import audit, audit_labels
from portal.core.models import AuditEntry


def action_label(action: str) -> str:
    """Return the German name of one of our actions or of Wagtail's."""
    known = audit.label(action)
    if known != action:
        return known
    return str(registry.get_action_label(action)) if registry.action_exists(action) else action


def _known_actions() -> list[tuple[str, str]]:
    codes = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()
    return sorted(((code, action_label(code)) for code in codes), key=lambda item: item[1])


def _known_types() -> list[tuple[str, str]]:
    codes = AuditEntry.objects.exclude(object_type="").order_by("object_type")
    found = codes.values_list("object_type", flat=True).distinct()
    return sorted(((code, audit_labels.object_label(code)) for code in found), key=lambda item: item[1])


class AuditFilterSet(WagtailFilterSet):
    action = django_filters.ChoiceFilter(label="Vorgang", choices=_known_actions)
    actor = django_filters.NumberFilter(label="Nummer der Person")
    object_type = django_filters.ChoiceFilter(label="Art des Gegenstands", choices=_known_types)
    object_id = django_filters.CharFilter(label="Nummer des Gegenstands")
    since = django_filters.DateFilter(label="Ab", field_name="at", lookup_expr="date__gte", widget=AdminDateInput)
    until = django_filters.DateFilter(label="Bis", field_name="at", lookup_expr="date__lte", widget=AdminDateInput)

    class Meta:
        model = AuditEntry
        fields = ["action", "actor", "object_type", "object_id"]


class PersonColumn(Column):
    """The name a person has now; of an account that is gone only the number is left."""

    def get_value(self, instance: AuditEntry) -> str:
        if instance.actor is None:
            return "System"
        return f"{getattr(instance, 'actor_name', '') or 'Konto'} ({instance.actor})"


def _subject(entry: AuditEntry) -> str:
    return f"{audit_labels.object_label(entry.object_type)} {entry.object_id}".strip() if entry.object_type else ""


def _moment(entry: AuditEntry) -> str:
    return f"{timezone.localtime(entry.at):%d.%m.%Y %H:%M:%S}"


class AuditView(ReportView):
    """Read only: there is no way to change or delete a row here."""

    model = AuditEntry
    page_title = "Protokoll"
    header_icon = "history"
    index_url_name = "core_audit"
    index_results_url_name = "core_audit_results"
    filterset_class = AuditFilterSet
    any_permission_required = ["view"]
    default_ordering = "-pk"
    no_results_message = "Keine Einträge."
    list_export = ["at", "action", "actor", "object_type", "object_id", "detail", "request_id"]
    export_headings = {
        "at": "Zeitpunkt", "action": "Vorgang", "actor": "Person (Nummer)", "object_type": "Art des Gegenstands",
        "object_id": "Nummer des Gegenstands", "detail": "Einzelheiten", "request_id": "Anfrage",
    }  # fmt: skip
    columns = [
        Column("at", label="Zeitpunkt", accessor=_moment, sort_key="pk"),
        Column("action", label="Vorgang", accessor=lambda entry: action_label(entry.action), sort_key="action"),
        PersonColumn("actor", label="Person"),
        Column("object_type", label="Gegenstand", accessor=_subject),
        Column("detail", label="Einzelheiten", accessor=lambda row: audit_labels.detail_text(row.detail)),
        Column("request_id", label="Anfrage"),
    ]

    def get_base_queryset(self) -> QuerySet[AuditEntry]:
        return AuditEntry.objects.all()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        entries = list(context["object_list"])
        people = get_user_model()._default_manager.in_bulk({entry.actor for entry in entries if entry.actor})
        for entry in entries:
            person = people.get(entry.actor)
            entry.actor_name = person.get_full_name() if person else ""
        context["object_list"] = entries
        if context.get("table") is not None:
            context["table"].data = entries
        return context
