"""Times the centre has proposed for a case: offered first there, and booked at once where one is chosen.

They take nothing until then. The history keeps of which format they are, of whom, and when they begin (minutes
since 1970, UTC); what has been booked, asked for or confirmed since has used the proposal up, and the end of the
case. What stays beside it may be moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from consultations import from_outside, queries, slots, times
from consultations.models import Appointment, Case, CaseEvent, Format
from consultations.queries import Asked
from consultations.states import AppointmentState

_PROPOSED = "case.propose"
# Seats are no answer to proposed times: those are of single appointments.
_USED_UP = ("appointment.book", "appointment.request", "appointment.choose_again", "appointment.confirm",
            "case.close")  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """Times (minutes) of one adviser (id); neither is known of what was proposed before they were kept."""

    form: Format
    adviser: int | None
    minutes: tuple[int, ...]


def open_of(case: Case) -> Proposal | None:
    """Return what was proposed last and nobody has chosen from; None for a format that is offered no more."""
    kinds = Q(action=_PROPOSED) | Q(action__in=_USED_UP, appointment__session=None)
    step = CaseEvent.objects.filter(kinds, case=case).order_by("-pk").first()
    if step is None or step.action != _PROPOSED:
        return None
    form = Format.objects.filter(pk=step.detail.get("format"), active=True, kind=Format.Kind.SINGLE).first()
    if form is None:
        return None
    return Proposal(form, step.detail.get("adviser"), tuple(step.detail.get("times", ())))


def request_of(appointments: Sequence[Appointment], now: datetime) -> Appointment | None:
    """Return the request among the appointments of a case whose place a chosen time takes: the newest."""
    rows = [
        row
        for row in appointments
        if row.state == AppointmentState.REQUESTED
        and row.session_id is None
        and (row.starts_at is None or row.starts_at > now)
    ]
    return max(rows, key=lambda row: row.pk, default=None)


def asked(form: Format, adviser: int, now: datetime, *, instead_of: Appointment | None) -> Asked:
    """Return whose times can be proposed, and still be chosen later: no notice is needed for either."""
    ignore = instead_of.pk if instead_of is not None else None
    return Asked(form, [adviser], now, ignore=ignore, by_centre=True)


def free(proposal: Proposal, case: Case, now: datetime, *, instead_of: Appointment | None) -> list[int]:
    """Return which of the proposed times (minutes, in order) can still be had, if their adviser leads the case."""
    adviser, here = proposal.adviser, sorted(set(proposal.minutes))
    if adviser is None or adviser != case.lead_id or not here:
        return []
    if not from_outside.advising().filter(pk=adviser).exists():
        return []
    wanted = asked(proposal.form, adviser, now, instead_of=instead_of)
    days = [times.local_day(times.from_minute(minute)) for minute in (here[0], here[-1])]
    frame = queries.frame(wanted, *days)
    diary = queries.diaries(wanted, *days)[0]
    return [minute for minute in here if slots.refusal(wanted.rules, diary, minute, frame, grid=False) is None]
