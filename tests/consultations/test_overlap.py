"""The database itself refuses what the calendar must not hold, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from consultations import triggers
from consultations.models import Allocation, Appointment, Case, Closure, Format, GroupSession, Seat, WaitingEntry
from consultations.states import BLOCKING, AppointmentState
from tests.factories import calendar as make

pytestmark = pytest.mark.django_db
State = AppointmentState


def refused(change: Callable[[], Any], name: str, columns: str = "") -> None:
    """The database says no, and the reason is the named constraint (of unique ones SQLite names the columns)."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    diagnosis = getattr(getattr(caught.value.__cause__, "diag", None), "constraint_name", None)
    assert (name if diagnosis or not columns else columns) in (diagnosis or str(caught.value)), caught.value


def appointment(state: str = State.CONFIRMED, start: datetime | None = None, **fields: Any) -> Any:
    start = start or make.on(0)
    form = fields.pop("form", None) or Format.objects.first() or make.form()
    case = None if state in (State.HELD, State.EXPIRED) else make.case()
    held = make.NOW + timedelta(minutes=15) if state == State.HELD else None
    defaults = {"case": case, "starts_at": start, "ends_at": start + timedelta(hours=1), "held_until": held}
    return Appointment.objects.create(**{"format": form, "state": state, **defaults, **fields})


def allocation(adviser: Any, start: datetime, end: datetime, state: str = State.CONFIRMED) -> Allocation:
    return Allocation.objects.create(
        appointment=appointment(state, start), adviser=adviser, state=state, blocks_from=start, blocks_until=end
    )


@pytest.mark.parametrize("state", BLOCKING)
@pytest.mark.parametrize(
    ("start", "end"),
    [((10, 0), (11, 0)), ((9, 30), (10, 1)), ((10, 59), (12, 0)), ((9, 0), (12, 0)), ((10, 15), (10, 30))],
)  # fmt: skip
def test_no_two_ranges_of_one_adviser_overlap(state: str, start: tuple[int, int], end: tuple[int, int]) -> None:
    person = make.adviser()
    allocation(person, make.on(0, 10), make.on(0, 11), state)
    for other in BLOCKING:
        refused(
            partial(allocation, person, make.on(0, *start), make.on(0, *end), other),
            "consultations_allocation_no_overlap",
        )


def test_what_touches_is_over_or_is_somebody_elses_does_not_matter() -> None:
    person, other = make.adviser("Größe"), make.adviser("Müller")
    allocation(person, make.on(0, 10), make.on(0, 11))
    allocation(person, make.on(0, 9), make.on(0, 10))
    allocation(person, make.on(0, 11), make.on(0, 12))
    allocation(other, make.on(0, 10), make.on(0, 11))
    for state in set(State) - set(BLOCKING):
        allocation(person, make.on(0, 10), make.on(0, 11), state)


def test_seconds_count() -> None:
    person = make.adviser()
    allocation(person, make.on(0, 10), make.on(0, 11) + timedelta(microseconds=1))
    refused(lambda: allocation(person, make.on(0, 11), make.on(0, 12)), "consultations_allocation_no_overlap")


@pytest.mark.parametrize("change", ["state", "range", "adviser"])
def test_no_change_leads_there_either(change: str) -> None:
    person, other = make.adviser("Größe"), make.adviser("Müller")
    allocation(person, make.on(0, 10), make.on(0, 11))
    gone = allocation(person, make.on(0, 10), make.on(0, 11), State.CANCELLED)
    late = allocation(person, make.on(0, 14), make.on(0, 15))
    theirs = allocation(other, make.on(0, 10), make.on(0, 11))
    rows = Allocation.objects
    changes = {
        "state": lambda: rows.filter(pk=gone.pk).update(state=State.CONFIRMED),
        "range": lambda: rows.filter(pk=late.pk).update(blocks_from=make.on(0, 10, 30)),
        "adviser": lambda: rows.filter(pk=theirs.pk).update(adviser=person),
    }
    refused(changes[change], "consultations_allocation_no_overlap")
    rows.filter(pk=late.pk).update(blocks_from=make.on(0, 13), state=State.REQUESTED)


def test_several_rows_at_once_are_looked_at_one_by_one() -> None:
    person = make.adviser()
    rows = [
        Allocation(
            appointment=appointment(start=make.on(0)), adviser=person, state=State.CONFIRMED,
            blocks_from=make.on(0, 10), blocks_until=make.on(0, 11),
        )
        for _ in range(2)
    ]  # fmt: skip
    refused(lambda: Allocation.objects.bulk_create(rows), "consultations_allocation_no_overlap")
    refused(
        lambda: Allocation.objects.bulk_create(rows, ignore_conflicts=connection.vendor == "sqlite"),
        "consultations_allocation_no_overlap",
    )


def test_forms_hear_of_it_before() -> None:
    person = make.adviser()
    row = allocation(person, make.on(0, 10), make.on(0, 11))
    row.full_clean()
    late = allocation(person, make.on(0, 12), make.on(0, 13))
    late.blocks_from = make.on(0, 10, 30)
    with pytest.raises(ValidationError, match="schon belegt"):
        late.validate_constraints()
    late.state = State.CANCELLED
    late.validate_constraints()


def test_rows_that_make_no_sense_are_refused() -> None:
    person, start = make.adviser(), make.on(0)
    made = appointment()
    session = GroupSession.objects.create(
        format=make.group_form(), title="Sprechstunde", starts_at=start, ends_at=make.on(0, 11), capacity=1,
        place="video",
    )  # fmt: skip
    ends = make.on(0, 11)
    backwards = {"adviser": person, "state": State.DONE, "blocks_from": ends, "blocks_until": start}
    right = {**backwards, "blocks_from": start, "blocks_until": ends}
    for change, name in (
        (lambda: Allocation.objects.create(appointment=made, **backwards), "consultations_allocation_order"),
        (lambda: Allocation.objects.create(**right), "consultations_allocation_of_one"),
        (lambda: Allocation.objects.create(appointment=made, session=session, **right), "allocation_of_one"),
        (lambda: appointment(ends_at=start - timedelta(hours=1)), "consultations_appointment_order"),
        (lambda: appointment(ends_at=None), "consultations_appointment_order"),
        (lambda: appointment(starts_at=None, ends_at=None), "consultations_appointment_has_time"),
        (lambda: appointment(case=None), "consultations_appointment_has_case"),
        (lambda: appointment(State.HELD, held_until=None), "consultations_appointment_hold_ends"),
        (lambda: Seat.objects.create(session=session, number=0, appointment=made), "seat_number"),
        (lambda: Case.objects.filter(pk=made.case_id).update(state="closed"), "consultations_case"),
        (lambda: Case.objects.filter(pk=made.case_id).update(state="assigned"), "consultations_case_has_lead"),
    ):
        refused(change, name)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"sequence": 0, "state": State.CANCELLED}, "consultations_appointment_sequence"),
        ({"sequence": 1}, "consultations_appointment_one_date"),
    ],
)
def test_a_thread_has_one_date_and_each_sequence_once(fields: dict[str, Any], name: str) -> None:
    made = appointment()
    refused(lambda: appointment(**fields, thread=made.thread), name, "consultations_appointment.thread")


def test_one_hold_for_each_holder() -> None:
    appointment(State.HELD, holder="a")
    refused(
        lambda: appointment(State.HELD, holder="a"), "consultations_appointment_one_hold",
        "consultations_appointment.holder",
    )  # fmt: skip
    appointment(State.EXPIRED, holder="a")
    appointment(State.HELD, holder="")
    appointment(State.HELD, holder="")


def test_one_lead_for_each_appointment() -> None:
    made = allocation(make.adviser("Größe"), make.on(0, 10), make.on(0, 11))
    second = {
        "appointment": made.appointment, "adviser": make.adviser("Müller"), "state": State.CONFIRMED,
        "blocks_from": made.blocks_from, "blocks_until": made.blocks_until,
    }  # fmt: skip
    refused(
        lambda: Allocation.objects.create(**second), "consultations_allocation_one_lead",
        "consultations_allocation.appointment_id",
    )  # fmt: skip
    Allocation.objects.create(**second, role=Allocation.Role.FURTHER)


def test_no_seat_twice_and_none_beyond_the_capacity() -> None:
    form = make.group_form()
    session = GroupSession.objects.create(
        format=form, title="Sprechstunde", starts_at=make.on(0), ends_at=make.on(0, 11), capacity=2, place="video"
    )
    seat = Seat.objects.create(session=session, number=2, appointment=appointment(session=session))
    other = appointment(session=session)
    refused(
        lambda: Seat.objects.create(session=session, number=2, appointment=other),
        "consultations_seat_once",
        "consultations_seat.number",
    )
    refused(lambda: Seat.objects.create(session=session, number=3, appointment=other), triggers.SEATS_FULL)
    refused(lambda: Seat.objects.filter(pk=seat.pk).update(number=3), triggers.SEATS_FULL)
    refused(lambda: GroupSession.objects.filter(pk=session.pk).update(capacity=1), triggers.SEATS_FULL)
    GroupSession.objects.filter(pk=session.pk).update(capacity=3)
    Seat.objects.create(session=session, number=3, appointment=other)


def test_a_case_has_one_seat_and_one_place_in_the_line() -> None:
    session = GroupSession.objects.create(
        format=make.group_form(), title="Sprechstunde", starts_at=make.on(0), ends_at=make.on(0, 11), capacity=2,
        place="video",
    )  # fmt: skip
    made = appointment(session=session)
    refused(
        lambda: appointment(session=session, case=made.case), "consultations_appointment_one_seat",
        "consultations_appointment.session_id, consultations_appointment.case_id",
    )  # fmt: skip
    WaitingEntry.objects.create(session=session, case=made.case)
    refused(
        lambda: WaitingEntry.objects.create(session=session, case=made.case),
        "consultations_waiting_once",
        "consultations_waitingentry.",
    )


def test_closures_stand_once() -> None:
    Closure.objects.create(name="Heiligabend", day=24, month=12)
    refused(lambda: Closure.objects.create(name="Noch einmal", day=24, month=12), "closure")
    Closure.objects.create(name="Brückentag", day=24, month=12, year=2027)
    refused(lambda: Closure.objects.create(name="Brückentag", day=24, month=12, year=2027), "closure")
