"""Cases, appointments and drafts in the area people of a municipality see after the login."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from consultations.models import Appointment, CaseTask, Message
from consultations.requester import cases, invited, overview, own_data, words
from consultations.states import CAME_TO_NOTHING, OPEN_CASES, AppointmentState
from consultations.wizard import drafts
from portal.accounts import own_area
from portal.accounts import own_data as account_data
from portal.accounts.models import Membership
from portal.accounts.own_area import Section
from portal.accounts.own_data import Part
from portal.accounts.queries import acting_user

MOST = 20
SHEETS = ["css/consultations.css"]


def _cases(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return the open cases of a person and their municipalities with the next step, and what is being written."""
    if not settings.CONSULTATIONS_OPEN:
        return None
    person, now = acting_user(request), timezone.now()
    found = list(overview.in_order(person).filter(state__in=OPEN_CASES)[: MOST + 1])
    begun = [
        {
            "title": draft.answers.get("subject") or "Ohne Titel", "until": draft.kept_until,
            "url": drafts.address_of(draft, drafts.GO_ON), "changed": draft.changed_at,
        }
        for draft in drafts.open_drafts(person)
    ]  # fmt: skip
    rows = overview.rows_of(person, found[:MOST], now)
    return {"rows": rows, "more": len(found) > MOST, "drafts": begun, "sheets": SHEETS}


def _appointments(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return the appointments to come of the same cases, the next first; None without any."""
    if not settings.CONSULTATIONS_OPEN:
        return None
    visible = cases.visible_to(acting_user(request)).order_by().values("pk")
    rows = Appointment.objects.filter(
        case__in=visible, state=AppointmentState.CONFIRMED, ends_at__gt=timezone.now()
    )
    rows = rows.select_related("case", "format", "session").order_by("starts_at", "pk")
    found = list(rows[: MOST + 1])
    shown = [{"appointment": row, "when": words.when(row.starts_at, row.ends_at)} for row in found[:MOST]]
    more = len(found) > MOST
    return {"rows": shown, "more": more, "zone": words.zone_words(), "sheets": SHEETS} if found else None


def _tasks(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return what the municipality has promised and not done yet, the earliest due first; None without any."""
    if not settings.CONSULTATIONS_OPEN:
        return None
    person, today = acting_user(request), timezone.localdate()
    visible = cases.visible_to(person).exclude(state__in=CAME_TO_NOTHING).order_by().values("pk")
    rows = CaseTask.objects.filter(case__in=visible, side=Message.Side.MUNICIPALITY)
    rows = rows.filter(done_at=None, dropped_at=None)
    rows = rows.select_related("case__municipality").order_by(F("due_on").asc(nulls_last=True), "pk")
    found = list(rows[: MOST + 1])
    shown = [{"task": row, "late": row.due_on is not None and row.due_on < today} for row in found[:MOST]]
    return {"rows": shown, "more": len(found) > MOST, "sheets": SHEETS} if shown else None


def register() -> None:
    """Called when the app is ready."""
    own_area.register(Section("cases", "Vorgänge", "consultations/own/cases.html", _cases, order=20))
    own_area.register(
        Section("tasks", "Aufgaben aus der Beratung", "consultations/own/tasks.html", _tasks, order=25)
    )
    own_area.register(
        Section("appointments", "Termine", "consultations/own/appointments.html", _appointments, order=30)
    )
    own_area.register(
        Section("invitations", "Einladungen", "consultations/own/invitations.html", invited.section, order=35)
    )
    account_data.register(Part("consultations", own_data.export, own_data.erase, order=40))
