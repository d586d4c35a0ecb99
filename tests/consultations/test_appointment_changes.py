"""Move, cancel, hand over: what becomes of an appointment, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from consultations import queries
from consultations.models import Adviser, Appointment, Format
from consultations.refusals import BookingRefused, NotOffered, NotPossible, SlotTaken
from consultations.services import changes
from consultations.states import AppointmentState
from portal.core.models import AuditEntry
from tests.consultations.bookings import blocking, book, slots_of
from tests.factories import calendar as make

pytestmark = pytest.mark.django_db
State = AppointmentState


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def anna() -> Adviser:
    return make.adviser("Größe")


@pytest.fixture
def bernd() -> Adviser:
    return make.adviser("Müller")


@pytest.fixture
def form() -> Format:
    return make.form()


def test_a_move_is_a_new_row_of_the_same_thread(anna: Adviser, bernd: Adviser, form: Format) -> None:
    first = book(form, make.on(0), anna)
    second = changes.move(appointment=first, placement=make.placement(form, make.on(0, 12), bernd), by=None)
    third = changes.move(appointment=second, placement=make.placement(form, make.on(0, 13), bernd), by=None)
    first.refresh_from_db()
    assert [row.state for row in (first, third)] == [State.MOVED, State.CONFIRMED]
    assert {row.thread for row in Appointment.objects.all()} == {first.thread}
    assert [row.sequence for row in Appointment.objects.order_by("pk")] == [0, 1, 2]
    assert third.case == first.case
    assert (third.moved_from, third.generation) == (second, 2)
    assert queries.current(first) == third
    assert (blocking(anna), blocking(bernd)) == ([], [("confirmed", 13)])
    with pytest.raises(NotPossible, match="öffnen Sie den neuen"):
        changes.move(appointment=first, placement=make.placement(form, make.on(0, 14), bernd), by=None)
    ended = changes.cancel(appointment=third, by=None)
    assert (ended.sequence, ended.generation) == (3, 3)


def test_an_appointment_can_move_into_its_own_time(anna: Adviser) -> None:
    form = make.form(step=30, per_day=1)
    made = book(form, make.on(0), anna)
    assert 10 in slots_of(form, anna, ignore=made.pk)
    moved = changes.move(appointment=made, placement=make.placement(form, make.on(0, 10, 30), anna), by=None)
    assert moved.starts_at == make.on(0, 10, 30)


def test_a_move_that_fails_changes_nothing(anna: Adviser, form: Format) -> None:
    made = book(form, make.on(0), anna)
    book(form, make.on(0, 12), anna)
    count = AuditEntry.objects.count()
    for start in (make.on(0, 12), make.on(0, 18)):
        with pytest.raises(BookingRefused):
            changes.move(appointment=made, placement=make.placement(form, start, anna), by=None)
    made.refresh_from_db()
    assert made.state == State.CONFIRMED
    assert blocking(anna) == [("confirmed", 10), ("confirmed", 12)]
    assert AuditEntry.objects.count() == count


def test_cancelling_twice_is_cancelling_once(anna: Adviser, form: Format) -> None:
    made = book(form, make.on(0), anna)
    changes.cancel(appointment=made, by=None, reason="Krank")
    count = AuditEntry.objects.count()
    again = changes.cancel(appointment=made, by=None, reason="Noch einmal")
    assert (again.sequence, again.reason, AuditEntry.objects.count()) == (1, "Krank", count)
    assert 10 in slots_of(form, anna), "the slot is free at once"


def test_what_is_over_is_not_moved_or_cancelled(anna: Adviser, form: Format) -> None:
    made = book(form, make.on(0), anna)
    after = make.on(0, 11)
    for change in (changes.complete, changes.no_show):
        with pytest.raises(NotPossible, match="erst, wenn der Termin begonnen hat"):
            change(appointment=made, by=None)
    with pytest.raises(NotPossible, match="vorbei"):
        changes.cancel(appointment=made, by=None, now=after)
    with pytest.raises(NotPossible, match="vorbei"):
        changes.move(appointment=made, placement=make.placement(form, make.on(1), anna), by=None, now=after)
    assert changes.no_show(appointment=made, by=None, now=after).state == State.NO_SHOW
    with pytest.raises(NotPossible):
        changes.complete(appointment=made, by=None, now=after)


def test_handing_over_keeps_the_time_and_needs_a_free_colleague(
    anna: Adviser, bernd: Adviser, form: Format
) -> None:
    clara = make.adviser("Weiß", hours=(13, 17))
    made = book(form, make.on(0), anna)
    given = changes.hand_over(appointment=made, to=bernd.pk, by=None)
    assert (given.pk, given.sequence, given.starts_at) == (made.pk, 1, make.on(0))
    assert (blocking(anna), blocking(bernd)) == ([], [("confirmed", 10)])
    with pytest.raises(NotOffered):
        changes.hand_over(appointment=made, to=clara.pk, by=None)
    assert changes.hand_over(appointment=made, to=bernd.pk, by=None).sequence == 1, "a second click"
    book(form, make.on(0), anna)
    with pytest.raises(SlotTaken):
        changes.hand_over(appointment=made, to=anna.pk, by=None)
