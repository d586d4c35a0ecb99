"""Seats that are offered while their session is moved: with connections of their own and real commits."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from consultations.models import Appointment, WaitingEntry
from consultations.refusals import NotPossible
from consultations.services import changes, groups, record, seats
from consultations.states import AppointmentState, WaitingState
from tests.consultations.test_races import at_once, coming
from tests.factories import calendar as make

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture(autouse=True)
def _no_holidays(settings: Any) -> None:
    settings.HOLIDAYS = ""  # whatever day it is


def test_a_seat_accepted_while_its_session_moves_is_for_the_time_that_was_seen_or_told_of() -> None:
    """Accepted before the move, it is moved along as every seat; accepted after it, the old page is refused."""
    form, anna = make.group_form(capacity=1), make.adviser()
    first = make.placement(form, coming(), anna, by_centre=True, place="video")
    session = groups.plan(placement=first, title="Sprechstunde", by=None)
    taken = seats.book(session=session, case=make.case(), by=None)
    entry = seats.join(session=session, case=make.case(), by=None)
    changes.cancel(appointment=taken, by=None)
    for day in range(1, 4):
        wanted = make.placement(form, coming(day), anna, by_centre=True, place="video")
        about = record.time_of(session)
        moved, accepted = at_once(
            partial(groups.move, session=session, placement=wanted, by=None),
            partial(seats.accept, entry=entry, by=None, about=about),
        )
        assert not isinstance(moved, Exception), moved
        session = moved
        if isinstance(accepted, Exception):
            assert type(accepted) is NotPossible, accepted
            assert WaitingEntry.objects.get(pk=entry.pk).state == WaitingState.OFFERED
            continue
        row = Appointment.objects.get(case=entry.case, state=AppointmentState.CONFIRMED)
        assert row.starts_at == coming(day)
        assert row.moved_from is not None, "told of the move"
        return
