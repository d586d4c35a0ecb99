"""Random sequences of book, hold, move, cancel, hand over, absence: never an overlap, never outside availability.

The oracle (`calendar_model.py`) works by wall clocks and says both ways: what it allows has to succeed, what it
does not has to be refused. `CALENDAR_SEQUENCES` sets the number of sequences of the long run (100).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from consultations import queries, times
from consultations.models import Absence, Adviser, Allocation, Appointment, Closure, DateOverride, WeeklyHours
from consultations.refusals import BookingRefused
from consultations.services import absences, appointments, changes, placing
from consultations.services.placing import Placement
from consultations.slots import Diary
from consultations.states import BLOCKING, AppointmentState
from consultations.tasks import tidy
from tests.consultations.calendar_model import AFTER, BERLIN, HORIZON, LENGTH, PER_DAY, STEP, Model, Taken
from tests.factories import calendar as make

pytestmark = pytest.mark.django_db
State = AppointmentState
START = datetime(2027, 3, 25, 5, 0, tzinfo=UTC)
"""A Thursday; Good Friday follows, then the Sunday on which clocks go forward, then Easter Monday."""
HOURS = {
    0: {day: [(time(9), time(12)), (time(13), time(16))] for day in range(5)},
    1: {day: [(time(10), time(15))] for day in (1, 3, 5)},
    2: {6: [(time(1), time(5))], 3: [(time(9), time(11))]},
}
NO_HOURS: list[Any] = [(None, None)]
person = st.integers(0, 2)
days = st.integers(0, 9)
MORNING, NIGHT = range(540, 721, STEP), range(60, 300, STEP)
# Mostly few times of the first day and of the Sunday, so that they meet; some anywhere, some off the grid.
moments = st.one_of(
    st.tuples(st.sampled_from([0, 0, 5]), st.sampled_from(MORNING)),
    st.tuples(st.just(3), st.sampled_from(NIGHT)),
    st.tuples(days, st.sampled_from([*NIGHT, *range(510, 991, STEP), 547])),
)


class Calendar(RuleBasedStateMachine):
    """What people do, each time both with the calendar and with the model."""

    booked: Any = Bundle("booked")
    counts: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = START
        self.clock = time_machine.travel(self.now, tick=False)
        self.clock.start()
        self.held = 0

    @initialize()
    def people(self) -> None:
        self.form = make.form(
            duration=LENGTH, step=STEP, buffer_after=AFTER, notice_hours=2, horizon_days=HORIZON, per_day=PER_DAY
        )
        self.people_of = [make.adviser(name, weekdays=()).pk for name in ("Größe", "Müller", "Weiß")]
        WeeklyHours.objects.bulk_create(
            WeeklyHours(adviser_id=self.people_of[number], weekday=day, starts=starts, ends=ends)
            for number, week in HOURS.items()
            for day, spans in week.items()
            for starts, ends in spans
        )
        Closure.objects.create(name="Betriebsausflug", day=31, month=3)
        self.case = make.case()
        self.model = Model({self.people_of[number]: week for number, week in HOURS.items()})

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def at(self, day: int, minute: int) -> datetime:
        """Return a wall time some days after the first one; of one that does not exist, the one an hour later."""
        when = date(2027, 3, 25) + timedelta(days=day)
        return datetime.combine(when, time(minute // 60, minute % 60), tzinfo=BERLIN).astimezone(UTC)

    def placement(self, crew: list[int], start: datetime) -> Placement:
        return Placement(self.form, start, crew[:1], crew[1:])

    def attempt(self, allowed: bool, call: Callable[[], Any]) -> Any:
        """Do something the model allows or not; None when it was refused."""
        done, refused = None, ""
        try:
            with transaction.atomic():
                done = call()
        except BookingRefused as error:
            refused = str(error)
        assert allowed is not bool(refused), refused or "done although it had to be refused"
        self.counts["refused" if refused else "done"] += 1
        return done

    def crew(self, first: int, second: int | None) -> list[int]:
        people = [self.people_of[first]]
        return people if second is None or second == first else [*people, self.people_of[second]]

    @rule(target=booked, first=person, second=st.none() | person, moment=moments)
    def book(self, first: int, second: int | None, moment: tuple[int, int]) -> Any:
        crew, start = self.crew(first, second), self.at(*moment)
        allowed = self.model.may_book(crew, start, self.now)
        done = self.attempt(
            allowed, lambda: appointments.book(placement=self.placement(crew, start), case=self.case, by=None)
        )
        if done is None:
            return multiple()
        self.model.taken[done.pk] = Taken(start, crew)
        return done.pk

    @rule(target=booked, first=person, moment=moments)
    def hold(self, first: int, moment: tuple[int, int]) -> Any:
        crew, start = self.crew(first, None), self.at(*moment)
        allowed = self.model.may_book(crew, start, self.now)
        self.held += 1
        done = self.attempt(
            allowed,
            lambda: appointments.hold(placement=self.placement(crew, start), holder=f"draft-{self.held}"),
        )
        if done is None:
            return multiple()
        self.model.taken[done.pk] = Taken(start, crew, until=self.now + timedelta(minutes=15))
        return done.pk

    @rule(pk=booked)
    def submit(self, pk: int) -> None:
        """A hold that lives is its holder's; so is one that ran out, where nobody and nothing has come between.

        How long the form took is no reason to lose it to the notice.
        """
        row = Appointment.objects.get(pk=pk)
        if row.state != State.HELD:
            return
        known = self.model.taken[pk]
        allowed = known.start > self.now and (  # nobody books what has begun
            known.lives(self.now)
            or self.model.may_book(known.crew, known.start, self.now, without=pk, notice=timedelta())
        )
        done = self.attempt(allowed, lambda: appointments.book_held(appointment=row, case=self.case, by=None))
        if done is None:
            return
        self.model.taken.pop(pk)
        self.model.taken[done.pk] = Taken(known.start, known.crew)

    def stands(self, row: Appointment, crew: list[int], start: datetime) -> Appointment | None:
        """Return what a row is, or has become, where it stands there with these people already."""
        latest = Appointment.objects.filter(moved_from=row).first() if row.state == State.MOVED else row
        if latest is None or latest.state != State.CONFIRMED or row.ends_at is None or row.ends_at <= self.now:
            return None
        known = self.model.taken.get(latest.pk)
        return latest if known is not None and (known.start, known.crew) == (start, crew) else None

    @rule(target=booked, pk=booked, first=person, moment=moments)
    def move(self, pk: int, first: int, moment: tuple[int, int]) -> Any:
        crew, start = self.crew(first, None), self.at(*moment)
        row = Appointment.objects.get(pk=pk)
        if (there := self.stands(row, crew, start)) is not None:
            same = self.attempt(
                True, lambda: changes.move(appointment=row, placement=self.placement(crew, start), by=None)
            )
            assert (same.pk, same.sequence) == (there.pk, there.sequence), "nothing to change"
            return multiple()
        can = row.state == State.CONFIRMED and row.ends_at is not None and row.ends_at > self.now
        allowed = can and self.model.may_book(crew, start, self.now, without=pk)
        done = self.attempt(
            allowed,
            lambda: changes.move(appointment=row, placement=self.placement(crew, start), by=None),
        )
        if done is None:
            return multiple()
        self.model.taken.pop(pk)
        self.model.taken[done.pk] = Taken(start, crew)
        return done.pk

    @rule(pk=booked)
    def cancel(self, pk: int) -> None:
        row = Appointment.objects.get(pk=pk)
        again = row.state == State.CANCELLED
        can = row.state == State.CONFIRMED and row.ends_at is not None and row.ends_at > self.now
        if self.attempt(can or again, lambda: changes.cancel(appointment=row, by=None)) is not None:
            self.model.taken.pop(pk, None)

    @rule(pk=booked, to=person)
    def hand_over(self, pk: int, to: int) -> None:
        row = Appointment.objects.get(pk=pk)
        other = self.people_of[to]
        known = self.model.taken.get(pk)
        stands = row.state == State.CONFIRMED and known is not None
        leads = stands and known is not None and known.crew[0] == other
        can = (
            stands
            and known is not None
            and known.start >= self.now
            and (
                other in known.crew
                or (self.model.works(other, known.start) and self.model.is_free(other, known.start, self.now))
            )
        )
        if self.attempt(leads or can, lambda: changes.hand_over(appointment=row, to=other, by=None)) is not None:
            assert known is not None
            known.crew[:] = [other, *(pk for pk in known.crew[1:] if pk != other)]

    @rule(who=person, day=days, length=st.integers(0, 2), anyway=st.booleans())
    def absence(self, who: int, day: int, length: int, anyway: bool) -> None:
        first = date(2027, 3, 25) + timedelta(days=day)
        span = [first + timedelta(days=number) for number in range(length + 1)]
        adviser = Adviser.objects.get(pk=self.people_of[who])
        in_the_way = [row for when in span for row in self.model.ahead(adviser.pk, when, self.now)]
        done = self.attempt(
            not in_the_way or anyway,
            lambda: absences.plan(adviser=adviser, first_day=first, last_day=span[-1], by=None, anyway=anyway),
        )
        if done is not None:
            self.model.away |= {(adviser.pk, when) for when in span}
            given_up = [row for row in in_the_way if row.until is not None]
            self.model.taken = {pk: row for pk, row in self.model.taken.items() if row not in given_up}

    @rule(who=person)
    def back_again(self, who: int) -> None:
        for row in Absence.objects.filter(adviser=self.people_of[who]):
            absences.end(absence=row, by=None)
        self.model.away = {pair for pair in self.model.away if pair[0] != self.people_of[who]}

    @rule(who=person, day=days, spans=st.sampled_from([[], [(time(14), time(18))], [(time(8, 30), time(10, 30))]]))
    def exception(self, who: int, day: int, spans: list[tuple[time, time]]) -> None:
        when = date(2027, 3, 25) + timedelta(days=day)
        adviser = self.people_of[who]
        DateOverride.objects.filter(adviser=adviser, day=when).delete()
        DateOverride.objects.bulk_create(
            DateOverride(adviser_id=adviser, day=when, starts=starts, ends=ends)
            for starts, ends in (spans or NO_HOURS)
        )
        self.model.exceptions[adviser, when] = spans

    @rule(minutes_later=st.sampled_from([5, 15, 16, 60, 240, 1440]))
    def later(self, minutes_later: int) -> None:
        self.now += timedelta(minutes=minutes_later)
        self.clock.stop()
        self.clock = time_machine.travel(self.now, tick=False)
        self.clock.start()

    @rule()
    def job(self) -> None:
        """Holds that have run out are gone for good once the job has seen them."""
        tidy()
        self.model.taken = {pk: row for pk, row in self.model.taken.items() if row.lives(self.now)}

    @invariant()
    def nothing_overlaps(self) -> None:
        rows: dict[int, list[tuple[datetime, datetime]]] = {}
        for adviser, start, end in Allocation.objects.filter(state__in=BLOCKING).values_list(
            "adviser", "blocks_from", "blocks_until"
        ):
            rows.setdefault(adviser, []).append((start, end))
        for spans in rows.values():
            for (start, end), (other_start, other_end) in combinations(spans, 2):
                assert end <= other_start or other_end <= start

    @invariant()
    def the_rows_are_those_of_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        rows: Any = Allocation.objects.filter(state__in=BLOCKING).select_related("appointment")
        living = {
            (row.adviser_id, row.appointment.starts_at)
            for row in rows
            if row.state != State.HELD or row.appointment.held_until > self.now
        }
        known = {
            (adviser, row.start)
            for row in self.model.taken.values()
            if row.lives(self.now)
            for adviser in row.crew
        }
        assert living == known


def run(count: int, steps: int, phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink)) -> dict[str, int]:
    counts = {"done": 0, "refused": 0}
    machine = type("Counted", (Calendar,), {"counts": counts})
    quiet = settings(
        max_examples=count, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink), print_blob=False,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=quiet)
    return counts


def test_a_few_sequences() -> None:
    counts = run(8, 25)
    assert min(counts.values()) >= 3, "otherwise it would pass because nothing is done, or nothing refused"


@pytest.mark.slow
def test_many_sequences() -> None:
    sequences = int(os.environ.get("CALENDAR_SEQUENCES", "100"))
    assert min(run(sequences, 40).values()) >= sequences


def _nobody_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Diary, "is_away", lambda self, day: False)


def _no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_overrides", lambda *args: defaultdict(dict))


def _no_closures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "closed_days", lambda first, last: {})


def _no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Diary, "is_full", lambda self, day, rules: False)


def _buffers_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Placement, "blocked", property(lambda self: (self.starts_at, self.ends_at)))


def _offset_of_the_first_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others did: today's offset for every day."""
    monkeypatch.setattr(times, "_offset", lambda minute, where: 60)
    times._clocks.cache_clear()
    times.span_of.cache_clear()


def _holds_never_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "free_holds", lambda **kwargs: None)


NINE, SUNDAY_FIVE = (0, 540), (3, 300)
# Each with the steps that find it out.
BROKEN: list[tuple[Any, list[tuple[str, dict[str, Any]]]]] = [
    (_nobody_is_away, [("absence", {"day": 0, "length": 0, "anyway": False}), ("book", {"moment": NINE})]),
    (_no_exceptions, [("exception", {"day": 0, "spans": []}), ("book", {"moment": NINE})]),
    (_no_closures, [("book", {"moment": (4, 540)})]),
    (_no_limits, [("book", {"moment": (0, minute)}) for minute in (540, 630, 780, 870)]),
    (_buffers_forgotten, [("book", {"moment": NINE}), ("book", {"moment": (0, 600)})]),
    (_offset_of_the_first_day, [("book", {"first": 2, "moment": SUNDAY_FIVE})]),
    (_holds_never_end, [("hold", {"moment": NINE}), ("later", {"minutes_later": 15}), ("book", {"moment": NINE})]),
]


WHO: dict[str, dict[str, Any]] = {"book": {"first": 0, "second": None}, "hold": {"first": 0}, "later": {}}


def play(steps: list[tuple[str, dict[str, Any]]]) -> None:
    """Do some steps with the calendar and with the model, and look at the invariants after each."""
    machine = Calendar()
    machine.counts = {"done": 0, "refused": 0}
    try:
        machine.people()
        for name, arguments in steps:
            getattr(machine, name)(**{**WHO.get(name, {"who": 0}), **arguments})
            machine.nothing_overlaps()
            machine.the_rows_are_those_of_the_model()
    finally:
        machine.teardown()


@pytest.mark.parametrize(("breaks", "steps"), BROKEN, ids=lambda part: getattr(part, "__name__", "").strip("_"))
def test_a_broken_calendar_is_found_out(
    monkeypatch: pytest.MonkeyPatch, breaks: Any, steps: list[tuple[str, dict[str, Any]]]
) -> None:
    """The same steps against the calendar, and against one that lets through what it must not."""
    play(steps)
    breaks(monkeypatch)
    with pytest.raises(AssertionError):
        play(steps)
    times._clocks.cache_clear()
    times.span_of.cache_clear()
