"""Free times are computed day by day in local time: hours, exceptions, absences, buffers, limits, clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations import slots, times
from consultations.slots import Diary, Frame, Hours, Refusal, Rules
from tests.factories.calendar import BERLIN, MONDAY, NOW, local

HOUR = Rules(duration=60, step=60)
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)


def weekly(*spans: tuple[int, int], days: Sequence[int] = range(7), **valid: Any) -> dict[int, list[Hours]]:
    return {day: [Hours(time(start), time(end), **valid) for start, end in spans] for day in days}


def frame(now: datetime = NOW, closed: Sequence[date] = ()) -> Frame:
    return Frame(now=now, closed=frozenset(closed), zone=BERLIN)


def wall(rules: Rules, diary: Diary, *days: date, **around: Any) -> list[str]:
    """Return the free beginnings as clocks in Berlin show them."""
    found = slots.starts(rules, diary, days, frame(**around))
    return [f"{times.from_minute(minute).astimezone(BERLIN):%H:%M%z}" for minute in found]


def busy(day: date, *spans: tuple[int, int]) -> list[slots.Range]:
    return [(times.to_minute(local(day, start)), times.to_minute(local(day, end))) for start, end in spans]


def test_hours_are_cut_into_slots_and_what_is_taken_is_left_out() -> None:
    diary = Diary(1, weekly((9, 12), (13, 16)), busy=busy(MONDAY, (10, 11)))
    assert wall(HOUR, diary, MONDAY) == ["09:00+0100", "11:00+0100", "13:00+0100", "14:00+0100", "15:00+0100"]


def test_half_a_slot_is_none() -> None:
    diary = Diary(1, {0: [Hours(time(9), time(10, 59))]})
    assert wall(HOUR, diary, MONDAY) == ["09:00+0100"]
    assert wall(Rules(duration=60, step=15), diary, MONDAY) == [
        "09:00+0100", "09:15+0100", "09:30+0100", "09:45+0100",
    ]  # fmt: skip


def test_hours_that_overlap_are_one() -> None:
    assert wall(HOUR, Diary(1, weekly((9, 11), (10, 12))), MONDAY) == ["09:00+0100", "10:00+0100", "11:00+0100"]


def test_buffers_keep_apart_and_may_lie_outside_the_hours() -> None:
    rules = Rules(duration=60, step=30, before=30, after=15)
    diary = Diary(1, weekly((9, 13)), busy=busy(MONDAY, (11, 12)))
    assert wall(rules, diary, MONDAY) == ["09:00+0100", "09:30+0100"]
    assert wall(rules, Diary(1, weekly((9, 10))), MONDAY) == ["09:00+0100"]
    after = Diary(1, weekly((9, 14)), busy=busy(MONDAY, (9, 12)))
    assert wall(rules, after, MONDAY) == ["12:30+0100", "13:00+0100"]


def test_ranges_that_touch_do_not_overlap() -> None:
    diary = Diary(1, weekly((9, 12)), busy=busy(MONDAY, (9, 10), (11, 12)))
    assert wall(HOUR, diary, MONDAY) == ["10:00+0100"]


def test_an_exception_replaces_the_hours_of_its_day() -> None:
    tuesday = MONDAY + timedelta(days=1)
    diary = Diary(1, weekly((9, 10)), overrides={MONDAY: [(time(14), time(16))], tuesday: []})
    assert wall(HOUR, diary, MONDAY) == ["14:00+0100", "15:00+0100"]
    assert wall(HOUR, diary, tuesday) == []


def test_hours_begin_and_end_to_be_valid() -> None:
    diary = Diary(1, weekly((9, 10), valid_from=MONDAY, valid_until=MONDAY + timedelta(days=1)))
    days = times.days_between(MONDAY - timedelta(days=1), MONDAY + timedelta(days=2))
    early = datetime(2027, 2, 1, tzinfo=UTC)
    assert len(wall(HOUR, diary, *days, now=early)) == 2


def test_absences_and_closures_have_no_slots() -> None:
    days = times.days_between(MONDAY, MONDAY + timedelta(days=4))
    diary = Diary(1, weekly((9, 10)), away=[(days[1], days[2])])
    assert len(wall(HOUR, diary, *days, closed=[days[4]])) == 2


def test_notice_and_horizon() -> None:
    rules = Rules(duration=60, step=60, notice=3 * 60, horizon_days=1)
    days = times.days_between(MONDAY, MONDAY + timedelta(days=2))
    found = wall(rules, Diary(1, weekly((9, 12))), *days, now=local(MONDAY, 7, 1))
    assert found == ["11:00+0100", "09:00+0100", "10:00+0100", "11:00+0100"]
    exactly = wall(rules, Diary(1, weekly((9, 12))), MONDAY, now=local(MONDAY, 7))
    assert exactly == ["10:00+0100", "11:00+0100"]
    with_seconds = local(MONDAY, 7) + timedelta(seconds=1)
    assert wall(rules, Diary(1, weekly((9, 12))), MONDAY, now=with_seconds) == ["11:00+0100"]


def test_limits_of_a_day_and_a_week() -> None:
    friday, next_monday = MONDAY + timedelta(days=4), MONDAY + timedelta(days=7)
    diary = Diary(1, weekly((9, 10)), counted=[MONDAY, MONDAY, friday])
    by_day = Rules(duration=60, step=60, per_day=2)
    by_week = Rules(duration=60, step=60, per_week=3)
    assert wall(by_day, diary, MONDAY) == []
    assert wall(by_day, diary, friday) == ["09:00+0100"]
    assert wall(by_week, diary, friday) == []
    assert wall(by_week, diary, next_monday) == ["09:00+0100"]


def test_clocks_going_forward_leave_an_hour_out() -> None:
    diary = Diary(1, weekly((1, 5)))
    assert wall(HOUR, diary, FORWARD) == ["01:00+0100", "03:00+0200", "04:00+0200"]
    assert wall(HOUR, Diary(1, {6: [Hours(time(2, 30), time(4))]}), FORWARD) == ["03:00+0200"]
    assert wall(HOUR, Diary(1, {6: [Hours(time(1), time(2, 30))]}), FORWARD) == ["01:00+0100"]
    assert wall(HOUR, diary, FORWARD - timedelta(days=1)) == [
        "01:00+0100",
        "02:00+0100",
        "03:00+0100",
        "04:00+0100",
    ]


def test_clocks_going_back_have_an_hour_twice() -> None:
    late = {"now": datetime(2027, 10, 1, tzinfo=UTC)}
    found = wall(HOUR, Diary(1, weekly((1, 4))), BACK, **late)
    assert found == ["01:00+0200", "02:00+0200", "02:00+0100", "03:00+0100"]
    assert wall(HOUR, Diary(1, {6: [Hours(time(2), time(3))]}), BACK, **late) == ["02:00+0200", "02:00+0100"]
    assert wall(HOUR, Diary(1, {6: [Hours(time(1), time(2))]}), BACK, **late) == ["01:00+0200"]
    half = Rules(duration=30, step=30)
    found = wall(half, Diary(1, {6: [Hours(time(2, 30), time(3, 30))]}), BACK, **late)
    assert found == ["02:30+0200", "02:30+0100", "03:00+0100"], "from 2:00 to 2:30 nobody works, neither time"


@pytest.mark.parametrize(("day", "offset"), [(FORWARD, "+0200"), (BACK, "+0100")])
def test_office_hours_on_a_change_over_sunday_are_those_of_its_clock(day: date, offset: str) -> None:
    """Not today's offset: that was the mistake of others."""
    around = {"now": datetime(day.year, day.month, 1, tzinfo=UTC)}
    assert wall(HOUR, Diary(1, weekly((9, 11))), day, **around) == [f"09:00{offset}", f"10:00{offset}"]
    before = {FORWARD: "+0100", BACK: "+0200"}[day]
    saturday = day - timedelta(days=1)
    assert wall(HOUR, Diary(1, weekly((9, 10))), saturday, **around) == [f"09:00{before}"]


def test_anyone_is_the_union_and_together_the_common_times() -> None:
    early, late = Diary(1, weekly((9, 11))), Diary(2, weekly((10, 12)))
    anyone = slots.free(HOUR, [late, early], [MONDAY], frame())
    assert [(slot.starts_at, slot.advisers) for slot in anyone] == [
        (local(MONDAY, 9), (1,)), (local(MONDAY, 10), (2, 1)), (local(MONDAY, 11), (2,)),
    ]  # fmt: skip
    both = slots.together(HOUR, [late, early], [MONDAY], frame())
    assert [slot.starts_at for slot in both] == [local(MONDAY, 10)]
    assert both[0].ends_at == local(MONDAY, 11)
    assert both[0].day == MONDAY


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (local(MONDAY, 6), Refusal.LATE), (local(MONDAY + timedelta(days=400), 9), Refusal.FAR),
        (local(MONDAY + timedelta(days=1), 9), Refusal.CLOSED),
        (local(MONDAY + timedelta(days=2), 9), Refusal.AWAY),
        (local(MONDAY, 8), Refusal.HOURS), (local(MONDAY, 9, 30), Refusal.HOURS),
        (local(MONDAY, 16, 30), Refusal.HOURS), (local(MONDAY + timedelta(days=3), 9), Refusal.LIMIT),
        (local(MONDAY, 10), Refusal.TAKEN), (local(MONDAY, 11), None),
    ],
)  # fmt: skip
def test_a_refusal_says_why(start: datetime, reason: Refusal | None) -> None:
    away = MONDAY + timedelta(days=2)
    diary = Diary(
        1, weekly((9, 17)), away=[(away, away)], busy=busy(MONDAY, (10, 11)), counted=[MONDAY + timedelta(days=3)]
    )
    rules = Rules(duration=60, step=60, per_day=1)
    around = frame(closed=[MONDAY + timedelta(days=1)])
    assert slots.refusal(rules, diary, times.to_minute(start), around) is reason


def test_the_centre_is_not_bound_to_the_grid() -> None:
    start = times.to_minute(local(MONDAY, 9, 10))
    diary = Diary(1, weekly((9, 17)))
    assert slots.refusal(HOUR, diary, start, frame()) is Refusal.HOURS
    assert slots.refusal(HOUR, diary, start, frame(), grid=False) is None


clock = st.times(min_value=time(0), max_value=time(23, 45)).map(lambda at: at.replace(second=0, microsecond=0))
spans = st.lists(st.tuples(clock, clock).map(sorted).filter(lambda pair: pair[0] < pair[1]), max_size=3)
DAYS = [*times.days_between(FORWARD - timedelta(days=2), FORWARD + timedelta(days=1)),
        *times.days_between(BACK - timedelta(days=1), BACK + timedelta(days=1))]  # fmt: skip


@st.composite
def diaries(draw: st.DrawFn) -> Diary:
    """Somebody with odd hours around the change-over Sundays."""
    weekly_hours = {day: [Hours(pair[0], pair[1]) for pair in draw(spans)] for day in range(7)}
    overrides = draw(
        st.dictionaries(st.sampled_from(DAYS), spans.map(lambda found: [(s[0], s[1]) for s in found]))
    )
    day = st.sampled_from(DAYS)
    minutes = st.integers(0, 24 * 60)
    taken = draw(st.lists(st.tuples(day, minutes, st.integers(1, 600)), max_size=6))
    ranges = [(times.to_minute(datetime.combine(day, time(), BERLIN)) + start, 0) for day, start, _ in taken]
    ranges = [(start, start + length) for (start, _), (_, _, length) in zip(ranges, taken, strict=True)]
    away = draw(st.lists(day.map(lambda d: (d, d)), max_size=1))
    return Diary(1, weekly_hours, overrides, away, ranges, draw(st.lists(day, max_size=4)))


rule_sets = st.builds(
    Rules, duration=st.sampled_from([15, 45, 60, 90]), step=st.sampled_from([15, 30, 60]),
    before=st.sampled_from([0, 10, 30]), after=st.sampled_from([0, 15]), per_day=st.sampled_from([None, 1, 2]),
    per_week=st.sampled_from([None, 2]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(diary=diaries(), rules=rule_sets, day=st.sampled_from(DAYS))
def test_the_list_and_the_single_answer_agree(diary: Diary, rules: Rules, day: date) -> None:
    """Every minute of a day: `starts` has it exactly when `refusal` finds nothing against it."""
    around = frame(datetime(2027, 3, 20, tzinfo=UTC))
    listed = set(slots.starts(rules, diary, [day], around))
    first = times.to_minute(datetime.combine(day, time(), BERLIN))
    last = times.to_minute(datetime.combine(day + timedelta(days=1), time(), BERLIN))
    answered = {minute for minute in range(first, last, 15) if slots.refusal(rules, diary, minute, around) is None}
    assert answered == {minute for minute in listed if (minute - first) % 15 == 0}
    assert all(slots.refusal(rules, diary, minute, around) is None for minute in listed)


@settings(max_examples=40, deadline=None)
@given(diary=diaries(), rules=rule_sets)
def test_no_slot_overlaps_or_leaves_the_hours(diary: Diary, rules: Rules) -> None:
    """Checked by the clock on the wall and minute by minute, not by the code under test."""
    around = frame(datetime(2027, 3, 20, tzinfo=UTC))
    for start in slots.starts(rules, diary, DAYS, around):
        for taken, until in diary.busy:
            assert start + rules.duration + rules.after <= taken or until <= start - rules.before
        shown = [times.from_minute(minute).astimezone(BERLIN) for minute in (start, start + rules.duration)]
        day = shown[0].date()
        assert not diary.is_away(day)
        given_hours = diary.overrides.get(day)
        if given_hours is None:
            given_hours = [(hours.starts, hours.ends) for hours in diary.weekly[day.weekday()]]
        covered = {
            minute
            for begin, end in given_hours
            for minute in range(start, start + rules.duration, 5)
            if begin <= times.from_minute(minute).astimezone(BERLIN).time() < end
        }
        assert len(covered) == rules.duration // 5
