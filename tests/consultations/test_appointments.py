"""Hold, request, book, confirm: the ways of the state table to an appointment, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from consultations import queries
from consultations.models import Absence, Adviser, Allocation, Appointment, CaseEvent, Closure, Format
from consultations.refusals import NotOffered, NotPossible, SlotTaken
from consultations.services import appointments, calendar, cases, changes
from consultations.services.placing import Placement
from consultations.slots import Refusal
from consultations.states import AppointmentState
from consultations.tasks import tidy
from portal.core.models import AuditEntry
from tests.consultations.bookings import at, blocking, book, slots_of
from tests.factories import calendar as make
from tests.people import make_user

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


def test_a_booked_time_is_gone_and_stands_in_the_log(anna: Adviser, form: Format) -> None:
    by = make_user()
    case = make.case()
    made = appointments.book(placement=make.placement(form, make.on(0), anna, place="video"), case=case, by=by)
    assert (made.state, made.sequence, made.ends_at) == (State.CONFIRMED, 0, make.on(0, 11))
    assert slots_of(form, anna) == [9, 11, 12, 13, 14, 15, 16]
    event = CaseEvent.objects.filter(case=case).latest("pk")
    assert (event.action, event.new, event.actor, event.appointment) == ("appointment.book", "confirmed", by, made)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.object_id) == ("appointment.book", by.pk, str(made.pk))
    assert entry.detail == {"old": "", "new": "confirmed", "case": case.pk, "adviser": anna.pk}
    with pytest.raises(SlotTaken, match="Bitte wählen Sie einen anderen"):
        book(form, make.on(0), anna)


def test_buffers_belong_to_the_range(anna: Adviser) -> None:
    form = make.form(buffer_before=30, buffer_after=15, step=15)
    book(form, make.on(0, 12), anna)
    row = anna.allocations.get()
    assert (row.blocks_from, row.blocks_until) == (make.on(0, 11, 30), make.on(0, 13, 15))
    with pytest.raises(SlotTaken):
        book(form, make.on(0, 10, 30), anna)
    book(form, make.on(0, 10, 15), anna)
    with pytest.raises(SlotTaken):
        book(form, make.on(0, 13, 30), anna)
    book(form, make.on(0, 13, 45), anna)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (make.on(0, 17), Refusal.HOURS), (make.on(0, 10, 30), Refusal.HOURS), (make.on(5), Refusal.HOURS),
        (make.on(0, 10) + timedelta(seconds=1), Refusal.HOURS), (make.on(-7), Refusal.LATE),
        (make.on(0, 9), Refusal.LATE), (make.on(70), Refusal.FAR), (make.on(1), Refusal.AWAY),
        (make.on(25), Refusal.CLOSED), (make.on(2), Refusal.CLOSED),
    ],
)  # fmt: skip
def test_only_what_is_offered_can_be_booked(anna: Adviser, start: datetime, reason: Refusal) -> None:
    """25 days later is Good Friday."""
    form = make.form(notice_hours=3)
    tuesday = make.MONDAY + timedelta(days=1)
    Absence.objects.create(adviser=anna, first_day=tuesday, last_day=tuesday)
    Closure.objects.create(name="Betriebsausflug", day=3, month=3)
    with pytest.raises(NotOffered) as caught:
        book(form, start, anna)
    assert caught.value.reason is reason
    assert "Bitte wählen Sie" in str(caught.value)
    assert not Appointment.objects.exists()


def test_limits_are_counted_with_holds_and_by_format(anna: Adviser) -> None:
    form, other = make.form(per_day=2, per_week=3), make.form("fachberatung")
    book(form, make.on(0, 9), anna)
    held = appointments.hold(placement=make.placement(form, make.on(0, 10), anna), holder="a")
    with pytest.raises(SlotTaken, match="nichts mehr frei"):
        book(form, make.on(0, 11), anna)
    assert slots_of(form, anna) == []
    book(other, make.on(0, 11), anna)
    appointments.release(appointment=held)
    book(form, make.on(0, 12), anna)
    book(form, make.on(4), anna)
    assert slots_of(form, anna, day=3) == []
    assert slots_of(form, anna, day=7) != []


def test_what_took_place_counts_for_the_limits(anna: Adviser) -> None:
    form = make.form(per_day=1)
    made = book(form, make.on(0, 9), anna)
    later = make.on(0, 10)
    changes.complete(appointment=made, by=None, now=later)
    assert slots_of(form, anna, now=later) == []


def test_a_hold_keeps_the_slot_for_a_quarter_of_an_hour(anna: Adviser, form: Format) -> None:
    held = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    assert held.held_until == at(15)
    assert 10 not in slots_of(form, anna)
    assert 10 in slots_of(form, anna, now=at(15)), "free the moment it runs out, before any job"
    with pytest.raises(SlotTaken):
        appointments.hold(placement=make.placement(form, make.on(0), anna), holder="b")
    again = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="b", now=at(15))
    held.refresh_from_db()
    assert (held.state, again.state) == (State.EXPIRED, State.HELD)
    assert not CaseEvent.objects.exists()


def test_a_holder_has_one_slot_at_a_time(anna: Adviser, bernd: Adviser, form: Format) -> None:
    first = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    second = appointments.hold(placement=make.placement(form, make.on(0, 11), bernd), holder="a")
    first.refresh_from_db()
    assert (first.state, second.state) == (State.EXPIRED, State.HELD)
    assert 10 in slots_of(form, anna)
    book(form, make.on(0), bernd)
    with pytest.raises(SlotTaken):
        appointments.hold(placement=make.placement(form, make.on(0), bernd), holder="a")
    second.refresh_from_db()
    assert second.state == State.HELD, "who gets no other slot keeps the one they have"


def test_a_hold_becomes_an_appointment_or_a_request(anna: Adviser, form: Format) -> None:
    first, second = (
        appointments.hold(placement=make.placement(form, make.on(0, hour), anna), holder=str(hour))
        for hour in (10, 11)
    )
    booked = appointments.book_held(appointment=first, case=make.case(), by=None)
    asked = appointments.request(appointment=second, case=make.case(), by=None)
    assert (booked.pk, booked.state, asked.pk, asked.state) == (first.pk, "confirmed", second.pk, "requested")
    assert blocking(anna) == [("confirmed", 10), ("requested", 11)]
    assert tidy() == ""
    with pytest.raises(NotPossible, match="schon bestätigt"):
        appointments.book_held(appointment=first, case=make.case(), by=None)


def test_a_hold_that_ran_out_during_the_submit_is_still_mine_if_nobody_wanted_it(
    anna: Adviser, form: Format
) -> None:
    held = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    booked = appointments.book_held(appointment=held, case=make.case(), by=None, now=at(16))
    assert (booked.pk, booked.state) == (held.pk, State.CONFIRMED)
    assert blocking(anna) == [("confirmed", 10)]


def test_a_hold_that_was_swept_is_booked_anew_when_the_time_is_free(anna: Adviser, form: Format) -> None:
    wanted = make.placement(form, make.on(0), anna, place="phone", further=[])
    held = appointments.hold(placement=wanted, holder="a")
    with time_machine.travel(at(16), tick=False):
        assert tidy() == "1 Vormerkungen verfallen"
        booked = appointments.book_held(appointment=held, case=make.case(), by=None)
    assert booked.pk != held.pk
    assert (booked.state, booked.starts_at, booked.place) == (State.CONFIRMED, make.on(0), "phone")
    with time_machine.travel(at(17), tick=False), pytest.raises(SlotTaken, match="Ihre Angaben bleiben erhalten"):
        appointments.book_held(appointment=held, case=make.case(), by=None)


@pytest.mark.parametrize("turn", [appointments.book_held, appointments.request])
def test_a_hold_whose_time_has_begun_is_neither_booked_nor_requested(
    anna: Adviser, form: Format, turn: Any
) -> None:
    held = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    for begun in (make.on(0), make.on(0) + timedelta(minutes=5)):
        with pytest.raises(SlotTaken, match="schon begonnen"):
            turn(appointment=held, case=make.case(), by=None, now=begun)
    held.refresh_from_db()
    assert (held.state, held.case) == (State.HELD, None)


def test_a_hold_is_extended_to_two_hours_at_most(anna: Adviser, form: Format) -> None:
    held = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    assert appointments.extend(appointment=held, now=at(10)).held_until == at(120)
    assert appointments.extend(appointment=held, now=at(119)).held_until == at(120)
    with pytest.raises(NotPossible):
        appointments.extend(appointment=held, now=at(121))


def test_anyone_means_the_least_busy_who_is_free(anna: Adviser, bernd: Adviser, form: Format) -> None:
    book(form, make.on(1), anna)
    order = queries.competent_advisers(form=form)
    assert order == [bernd.pk, anna.pk]
    taken = [
        appointments.book(
            placement=Placement(form, make.on(0), order), case=make.case(), by=None
        ).allocations.get().adviser
        for _ in range(2)
    ]  # fmt: skip
    assert taken == [bernd, anna]
    with pytest.raises(SlotTaken):
        appointments.book(placement=Placement(form, make.on(0), order), case=make.case(), by=None)


def test_nobody_to_ask_is_said(form: Format) -> None:
    with pytest.raises(NotPossible, match="nennen Sie uns Ihre Wünsche"):
        appointments.hold(placement=Placement(form, make.on(0), []), holder="a")


def test_two_advisers_are_taken_together_or_not_at_all(anna: Adviser, bernd: Adviser, form: Format) -> None:
    made = book(form, make.on(0), anna, further=[bernd])
    assert [(row.adviser, row.role) for row in made.allocations.order_by("role")] == [
        (bernd, "further"), (anna, "lead"),
    ]  # fmt: skip
    assert 10 not in slots_of(form, bernd)
    book(form, make.on(0, 12), bernd)
    with pytest.raises(SlotTaken):
        book(form, make.on(0, 12), anna, further=[bernd])
    assert 12 in slots_of(form, anna)
    wanted = queries.Asked(form, [anna.pk, bernd.pk], make.NOW)
    together = queries.free_slots(wanted, first=make.MONDAY, last=make.MONDAY, together=True)
    assert [slot.starts_at.astimezone(make.BERLIN).hour for slot in together] == [9, 11, 13, 14, 15, 16]


def test_a_request_blocks_until_it_is_answered(anna: Adviser, form: Format) -> None:
    asked = appointments.request_slot(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    with pytest.raises(SlotTaken):
        appointments.request_slot(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    with pytest.raises(NotPossible, match="noch nicht bestätigt"):
        changes.cancel(appointment=asked, by=None)
    appointments.confirm(appointment=asked, by=None)
    assert blocking(anna) == [("confirmed", 10)]


@pytest.mark.parametrize("end", [appointments.decline, appointments.withdraw])
def test_a_request_that_ends_sets_the_time_free(anna: Adviser, form: Format, end: Any) -> None:
    asked = appointments.request_slot(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    ended = end(appointment=asked, by=None, reason=" Anderer Weg ")
    assert ended.reason == "Anderer Weg"
    assert slots_of(form, anna)[1] == 10
    with pytest.raises(NotPossible):
        appointments.confirm(appointment=asked, by=None)
    assert (
        appointments.withdraw(appointment=asked, by=None).pk == asked.pk if end is appointments.withdraw else True
    )


def test_wishes_become_an_appointment(anna: Adviser, form: Format) -> None:
    wishes = [(date(2027, 3, 2), "morning"), (date(2027, 3, 3), "any")]
    asked = appointments.request_by_wishes(case=make.case(), form=form, wishes=wishes, by=None)
    assert asked.wishes[0] == {"day": "2027-03-02", "part": "morning"}
    with pytest.raises(NotPossible, match="nennt nur Wünsche"):
        appointments.confirm(appointment=asked, by=None)
    wanted = make.placement(form, make.on(1, 10, 10), anna, by_centre=True, place="video")
    done = appointments.confirm(appointment=asked, by=None, placement=wanted)
    assert (done.pk, done.state, done.starts_at, done.place) == (
        asked.pk,
        "confirmed",
        make.on(1, 10, 10),
        "video",
    )
    assert blocking(anna) == [("confirmed", 10)]
    other = appointments.request_by_wishes(case=make.case(), form=form, wishes=wishes, by=None)
    with pytest.raises(SlotTaken):
        appointments.confirm(appointment=other, by=None, placement=wanted)


@pytest.mark.parametrize(
    "wishes", [[], [(make.MONDAY, "any")], [(date(2027, 3, 2), "nachts")], [(date(2027, 3, 2), "any")] * 6]
)
def test_wishes_must_make_sense(form: Format, wishes: list[tuple[date, str]]) -> None:
    with pytest.raises(NotPossible, match="Bitte nennen Sie"):
        appointments.request_by_wishes(case=make.case(), form=form, wishes=wishes, by=None)


def test_a_request_is_confirmed_at_another_time(anna: Adviser, bernd: Adviser, form: Format) -> None:
    asked = appointments.request_slot(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    wanted = make.placement(form, make.on(0, 10), bernd)
    appointments.confirm(appointment=asked, by=None, placement=wanted)
    assert (blocking(anna), blocking(bernd)) == ([], [("confirmed", 10)])
    second = appointments.request_slot(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    overlapping = make.placement(form, make.on(0, 10, 30), anna, by_centre=True)
    appointments.confirm(appointment=second, by=None, placement=overlapping)
    assert blocking(anna) == [("confirmed", 10)]


def test_the_centre_needs_no_notice_and_keeps_to_the_hours(anna: Adviser) -> None:
    form = make.form(notice_hours=72)
    with pytest.raises(NotOffered):
        book(form, make.on(0), anna)
    wanted = make.placement(form, make.on(0, 10, 5), anna, by_centre=True)
    assert appointments.book(placement=wanted, case=make.case(), by=None).state == State.CONFIRMED
    late = make.placement(form, make.on(0, 18), anna, by_centre=True)
    with pytest.raises(NotOffered):
        appointments.book(placement=late, case=make.case(), by=None)


def test_who_no_longer_advises_is_not_booked(anna: Adviser, form: Format) -> None:
    Adviser.objects.filter(pk=anna.pk).update(active=False)
    with pytest.raises(NotPossible, match="berät nicht mehr"):
        book(form, make.on(0), anna)
    assert queries.competent_advisers(form=form) == []


def test_another_place_is_a_change_of_the_entry(anna: Adviser, form: Format) -> None:
    made = book(form, make.on(0), anna)
    link = "https://video.example/raum"
    changed = changes.change_place(appointment=made, by=None, place="video", place_detail=link)
    again = changes.change_place(appointment=made, by=None, place="video", place_detail=link)
    assert (changed.sequence, again.sequence, again.place_detail) == (1, 1, link)


def test_a_link_stays_with_its_place_where_nobody_asked_for_it(anna: Adviser, form: Format) -> None:
    link = "https://video.example/raum"
    made = book(form, make.on(0), anna)
    changes.change_place(appointment=made, by=None, place="video", place_detail=link)
    moved = changes.move(appointment=made, placement=make.placement(form, make.on(1), anna), by=None)
    assert (moved.place, moved.place_detail) == ("video", link)
    by_phone = make.placement(form, make.on(2), anna, place="phone")
    moved = changes.move(appointment=moved, placement=by_phone, by=None)
    assert (moved.place, moved.place_detail) == ("phone", ""), "a video link is no telephone number"


def test_an_ended_case_gets_no_appointment(anna: Adviser, form: Format) -> None:
    case = cases.withdraw(case=make.case(), by=None)
    held = appointments.hold(placement=make.placement(form, make.on(0), anna), holder="a")
    attempts: list[Callable[[], Any]] = [
        lambda: book(form, make.on(0, 11), anna, case=case),
        lambda: appointments.book_held(appointment=held, case=case, by=None),
        lambda: appointments.request_by_wishes(case=case, form=form, wishes=[(date(2027, 3, 2), "any")], by=None),
    ]
    for attempt in attempts:
        with pytest.raises(NotPossible, match="stellen Sie eine neue Anfrage"):
            attempt()


def test_errors_that_are_no_races_stay_errors() -> None:
    with pytest.raises(Allocation.DoesNotExist), calendar.guarded():
        Allocation.objects.get(pk=0)
