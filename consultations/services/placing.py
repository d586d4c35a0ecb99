"""Taking a time of advisers: under their lock, after expired holds are freed, and only what is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from consultations import queries, refusals, slots, times
from consultations.models import Allocation, Appointment, Format, GroupSession, Seat
from consultations.refusals import BookingRefused, NotPossible, SlotTaken
from consultations.services import calendar, record
from consultations.states import AppointmentState

Found = TypeVar("Found")
NOBODY = "Für dieses Anliegen ist zurzeit niemand buchbar. Bitte nennen Sie uns Ihre Wünsche, wir melden uns."


@dataclass(frozen=True)
class Placement:
    """What is to be taken: a format at a beginning (aware), led by the first of the candidates who is free (ids).

    `further` advisers come along, all together or not at all. `by_centre`: people of the centre need no notice
    and no place in the grid; hours, absences, closures and limits hold for them as well. `guests`: participants of
    earlier appointments of the case (ids) who are asked to a new one with its booking. `place_detail` is None
    where nobody was asked for it (`where`); an empty one has been taken away.
    """

    form: Format
    starts_at: datetime
    candidates: Sequence[int]
    further: Sequence[int] = ()
    place: str = ""
    place_detail: str | None = None
    by_centre: bool = False
    guests: Sequence[int] = ()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.form.length

    def where(self, before: Appointment | GroupSession) -> dict[str, str]:
        """Return place and detail from now on; a detail nobody was asked for stays with its place."""
        place = self.place or before.place
        kept = before.place_detail if place == before.place else ""
        return {"place": place, "place_detail": kept if self.place_detail is None else self.place_detail}

    @property
    def blocked(self) -> tuple[datetime, datetime]:
        """The range it takes of each adviser, buffers included."""
        before, after = timedelta(minutes=self.form.buffer_before), timedelta(minutes=self.form.buffer_after)
        return self.starts_at - before, self.ends_at + after

    def crew(self, lead: int) -> list[int]:
        """Return everybody who takes part, the lead first."""
        return [lead, *(pk for pk in dict.fromkeys(self.further) if pk != lead)]


def take(placement: Placement, attempt: Callable[[int], Found], *, also_lock: Iterable[int] = ()) -> Found:
    """Try the candidates in their order, each under the lock of everybody concerned, until one is free.

    `attempt(lead)` does the work; what it wrote for one who is not free is undone. `also_lock` are advisers whose
    time is set free by it, whether they advise still or not.

    Raises:
        SlotTaken: None of them is free (any more).
        NotOffered: None of them can be booked at this time.
        NotPossible: There is nobody to ask, or something else stands against it.
    """
    refused: BookingRefused = NotPossible(NOBODY)
    freed = list(also_lock)
    for lead in placement.candidates:
        try:
            with calendar.locked(placement.crew(lead), leaving=freed):
                return attempt(lead)
        except BookingRefused as error:
            if not isinstance(refused, SlotTaken):
                refused = error
    raise refused


def check(placement: Placement, lead: int, *, now: datetime, ignore: Appointment | None = None) -> None:
    """Refuse what is not offered to whoever asks; within the lock, after expired holds are freed.

    What `ignore` takes itself counts as free.

    Raises:
        SlotTaken: The time is taken, or the day full.
        NotOffered: The time is none that can be booked.
    """
    crew = placement.crew(lead)
    own = ignore.pk if ignore is not None else None
    asked = queries.Asked(placement.form, crew, now, ignore=own, by_centre=placement.by_centre)
    start = times.to_minute(placement.starts_at)
    if times.from_minute(start) != placement.starts_at:
        raise refusals.of(slots.Refusal.HOURS)
    day = times.local_day(placement.starts_at)
    frame = queries.frame(asked, day, day)
    for diary in queries.diaries(asked, day, day):
        reason = slots.refusal(asked.rules, diary, start, frame, grid=not placement.by_centre)
        if reason is not None:
            raise refusals.of(reason)


def free_holds(*, advisers: Iterable[int], now: datetime, holder: str = "") -> None:
    """Set the holds of advisers that have run out to expired, and those of a holder who takes another time."""
    over = Q(held_until__lte=now, allocations__adviser__in=list(advisers))
    if holder:
        over |= Q(holder=holder)
    due = Appointment.objects.filter(over, state=AppointmentState.HELD).values("pk")
    expire(Appointment.objects.filter(pk__in=due), now=now)


def expire(rows: QuerySet[Appointment], *, now: datetime) -> list[Appointment]:
    """End holds, whether they have run out or are given up, and return those that were still held."""
    # In the order of their ids, so that two who free the same holds wait for each other and not crosswise.
    held = rows.select_for_update(of=("self",)).select_related("case").order_by("pk")
    expired = [row for row in held if row.state == AppointmentState.HELD]
    for row in expired:
        record.change(row, "release" if row.is_held(now) else "expire", by=None)
    Seat.objects.filter(appointment__in=expired).delete()
    return expired


def occupy(placement: Placement, lead: int, *, state: str, of: Appointment | GroupSession) -> None:
    """Store what an appointment or a session takes of its advisers' time.

    Raises:
        IntegrityError: It overlaps something; the guard of the calendar makes that SlotTaken.
    """
    start, end = placement.blocked
    owner = {"appointment": of} if isinstance(of, Appointment) else {"session": of}
    Allocation.objects.bulk_create(
        Allocation(
            adviser_id=pk, role=Allocation.Role.LEAD if pk == lead else Allocation.Role.FURTHER, state=state,
            blocks_from=start, blocks_until=end, **owner,
        )
        for pk in placement.crew(lead)
    )  # fmt: skip


def store(placement: Placement, lead: int, *, action: str, by: Any, **fields: Any) -> Appointment:
    """Store a new appointment in the state its action leads to, with what it takes of people's time."""
    appointment = Appointment.objects.create(
        format=placement.form, state=record.target("appointment", action, None), starts_at=placement.starts_at,
        ends_at=placement.ends_at, place=placement.place, place_detail=placement.place_detail or "", **fields,
    )  # fmt: skip
    occupy(placement, lead, state=appointment.state, of=appointment)
    guests = {"guests": list(placement.guests)} if placement.guests else {}
    record.changed(appointment, action, by=by, old="", adviser=lead, **guests)
    return appointment
