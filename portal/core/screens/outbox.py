"""The outbox as people see it: what waits, what is stuck, what was given up, and a way to try again."""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.views.reports import ReportView
from wagtail.log_actions import log

from portal.core import outbox
from portal.core.models import OutboxMessage

SITUATIONS = [("stuck", "Hängt fest"), ("pausing", "Wartet auf neuen Versuch"), ("leased", "In Arbeit")]


class OutboxFilterSet(WagtailFilterSet):
    state = django_filters.ChoiceFilter(label="Zustand", choices=OutboxMessage.State.choices)
    situation = django_filters.ChoiceFilter(label="Lage", choices=SITUATIONS, method="filter_situation")
    kind = django_filters.AllValuesFilter(label="Art", field_name="kind")

    class Meta:
        model = OutboxMessage
        fields = ["state", "situation", "kind"]

    def filter_situation(self, rows: QuerySet[OutboxMessage], name: str, value: str) -> QuerySet[OutboxMessage]:
        waiting = rows.filter(state=OutboxMessage.State.WAITING)
        now = timezone.now()
        if value == "stuck":
            return outbox.stuck(now) & rows
        if value == "leased":
            return waiting.filter(leased_until__gt=now)
        return waiting.filter(attempts__gt=0, next_attempt_at__gt=now)


class ActionColumn(Column):
    """A button that posts, so that looking at the list never changes anything."""

    cell_template_name = "core/screens/retry_cell.html"

    def get_cell_context_data(self, instance: OutboxMessage, parent_context: dict[str, Any]) -> dict[str, Any]:
        request = parent_context["request"]
        # What was given up may never have been tried: a restore holds back what was waiting.
        waits = instance.state == OutboxMessage.State.WAITING and instance.attempts > 0
        can_retry = waits or instance.state == OutboxMessage.State.FAILED
        return {
            **super().get_cell_context_data(instance, parent_context),
            "url": reverse("core_outbox_retry", args=[instance.pk]),
            "csrf_token": get_token(request),
            "shown": can_retry and request.user.has_perm("core.change_outboxmessage"),
        }


def next_attempt(row: OutboxMessage) -> str:
    """Return when a waiting message is tried again; Wagtail's own column calls a time to come "just now"."""
    if row.finished_at or not row.next_attempt_at:
        return ""
    return f"{timezone.localtime(row.next_attempt_at):%d.%m.%Y %H:%M}"


class OutboxView(ReportView):
    """The list of messages; their content is not shown, it may be personal."""

    model = OutboxMessage
    page_title = "Postausgang"
    header_icon = "mail"
    index_url_name = "core_outbox"
    index_results_url_name = "core_outbox_results"
    filterset_class = OutboxFilterSet
    any_permission_required = ["view", "change"]
    default_ordering = "-pk"
    no_results_message = "Keine Nachrichten."
    columns = [
        Column("pk", label="Nr.", sort_key="pk"),
        Column("kind", label="Art", sort_key="kind"),
        StatusTagColumn(
            "state", label="Zustand", accessor="get_state_display", sort_key="state",
            primary=lambda row: row.state == OutboxMessage.State.FAILED,
        ),
        Column("attempts", label="Versuche", sort_key="attempts"),
        Column("next_attempt_at", label="Nächster Versuch", accessor=next_attempt, sort_key="next_attempt_at"),
        Column("error", label="Letzter Fehler"),
        DateColumn("created_at", label="Angelegt", sort_key="created_at"),
        DateColumn("finished_at", label="Beendet", sort_key="finished_at"),
        ActionColumn("action", label="Aktion"),
    ]  # fmt: skip

    def get_base_queryset(self) -> QuerySet[OutboxMessage]:
        return OutboxMessage.objects.defer("payload")


def sentence(pk: int, number: int) -> str:
    """Return what to say once a message and those of the same thing go out again (`outbox.retry`)."""
    if number == 0:
        return f"Nachricht {pk} ist schon versandt."
    if number == 1:
        return f"Der Versand von Nachricht {pk} wird gleich wiederholt."
    return (
        f"Der Versand von Nachricht {pk} und {number - 1} weiteren zum selben Gegenstand wird gleich wiederholt."
    )


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a message back to the front."""
    if not request.user.has_perm("core.change_outboxmessage"):
        raise PermissionDenied
    message = get_object_or_404(OutboxMessage, pk=pk)
    number = outbox.retry(message=message)
    log(instance=message, action="core.outbox.retry", user=request.user)
    messages.success(request, sentence(pk, number))
    return redirect("core_outbox")
