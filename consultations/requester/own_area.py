"""Cases, appointments and drafts in the area people of a municipality see after the login, and in their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from consultations.models import (
    Appointment,
    Case,
    Concern,
    Invitation,
    Message,
    Participant,
    RequestDraft,
    WaitingEntry,
)
from consultations.requester import cases, invited, words
from consultations.states import OPEN_CASES, AppointmentState, WaitingState
from consultations.wizard import drafts
from portal.accounts import own_area, own_data
from portal.accounts.models import Membership, User
from portal.accounts.own_area import Section
from portal.accounts.own_data import Part
from portal.accounts.queries import acting_user, has_verified

MOST = 20
SHEETS = ["css/consultations.css"]
_COMING = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)


def _open_cases(person: User) -> list[Case]:
    ahead = (
        Appointment.objects.filter(state__in=_COMING)
        .select_related("format", "session")
        .order_by("starts_at", "pk")
    )
    rows = cases.visible_to(person).filter(state__in=OPEN_CASES).order_by("-created_at")
    return list(rows.prefetch_related(Prefetch("appointments", queryset=ahead, to_attr="ahead"))[: MOST + 1])


def _offers(found: Sequence[Case]) -> dict[int, WaitingEntry]:
    """Return the seats that wait to be accepted, by case: what is most urgent there."""
    rows = WaitingEntry.objects.filter(case__in=found, state=WaitingState.OFFERED)
    return {row.case_id: row for row in rows.select_related("session", "appointment")}


def _cases(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return the open cases of a person and their municipalities with the next step, and what is being written."""
    if not settings.CONSULTATIONS_OPEN:
        return None
    person, now = acting_user(request), timezone.now()
    found = _open_cases(person)
    offers = _offers(found[:MOST])
    rows = []
    for case in found[:MOST]:
        coming = cases.coming(getattr(case, "ahead", []), now)
        rows.append({
            "case": case, "status": words.status_of(case, coming), "own": case.requester_id == person.pk,
            "offer": offers.get(case.pk),
        })  # fmt: skip
    begun = [
        {
            "title": draft.answers.get("subject") or "Ohne Titel", "until": draft.kept_until,
            "url": drafts.address_of(draft, "thema"), "changed": draft.changed_at,
        }
        for draft in drafts.open_drafts(person)
    ]  # fmt: skip
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
    found = [{"appointment": row, "when": words.when(row.starts_at, row.ends_at)} for row in rows[:MOST]]
    return {"rows": found, "zone": words.zone_words(), "sheets": SHEETS} if found else None


def _said(concern: Concern | None) -> dict[str, Any]:
    if concern is None:
        return {}
    names = ("goal", "service", "procedure", "deadline", "urgency", "place", "answers", "phone")
    return {name: getattr(concern, name) for name in names}


def _export(user: User) -> dict[str, Any]:
    """Return the cases a person has asked for, and their drafts."""
    rows = Case.objects.filter(requester=user).select_related("concern", "municipality", "format")
    return {
        "cases": [
            {
                "reference": case.reference, "municipality": case.municipality.name, "subject": case.subject,
                "state": case.state, "created_at": case.created_at,
                "format": case.format.name if case.format is not None else "",
                "concern": _said(getattr(case, "concern", None)),
                "participants": list(case.participants.values("name", "email", "organisation")),
                "appointments": list(case.appointments.values("state", "starts_at", "ends_at", "place", "wishes")),
            }
            for case in rows
        ],
        "messages": list(Message.objects.filter(author=user).values("case__reference", "text", "at")),
        "invitations": _invitations(user),
        "drafts": list(RequestDraft.objects.filter(user=user).values("answers", "created_at", "changed_at")),
    }  # fmt: skip


def _own_participations(user: User) -> QuerySet[Participant]:
    """Return where others have named the person as taking part; only an address shown to be theirs counts."""
    rows = Participant.objects.exclude(email="")
    return rows.filter(email__iexact=user.email) if has_verified(user) else rows.none()


def _invitations(user: User) -> list[dict[str, Any]]:
    rows = Invitation.objects.filter(participant__in=_own_participations(user), withdrawn_at=None)
    found = rows.values("participant__name", "participant__organisation", "answer", "answered_at")
    return [dict(row) for row in found]


def _erase(user: User) -> None:
    """Delete drafts, the telephone number, and name and address where the person takes part.

    The cases are the municipality's and stay, without a name.
    """
    Concern.colleagues.through.objects.filter(user=user).delete()
    _own_participations(user).update(name="Gelöschtes Konto", email="")
    for draft in RequestDraft.objects.filter(user=user).select_related("appointment"):
        drafts.drop(draft)
    Concern.objects.filter(case__requester=user).update(phone="")


def register() -> None:
    """Called when the app is ready."""
    own_area.register(Section("cases", "Vorgänge", "consultations/own/cases.html", _cases, order=20))
    own_area.register(
        Section("appointments", "Termine", "consultations/own/appointments.html", _appointments, order=30)
    )
    own_area.register(
        Section("invitations", "Einladungen", "consultations/own/invitations.html", invited.section, order=35)
    )
    own_data.register(Part("consultations", _export, _erase, order=40))
