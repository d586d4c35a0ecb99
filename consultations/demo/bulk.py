"""Cases by the thousand, for measurements: written in bulk, within every rule the database knows.

Oldest first, spread over four years; the newest sixth is open. Appointments lie side by side: a past one wherever
an adviser's day has room, one to come for cases that are being worked on, beside what is booked already.
"""

from __future__ import annotations

import itertools
import random
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction
from django.utils import timezone

from consultations import case_words, times
from consultations.closures import closed_days
from consultations.demo.seed import FILE
from consultations.models import (
    Adviser,
    Allocation,
    Appointment,
    Case,
    CaseEvent,
    CaseWord,
    Format,
    Message,
    WeeklyHours,
)
from consultations.refusals import NotPossible
from consultations.states import BLOCKING, OWING_CASES, AppointmentState, CaseState
from knowledge.models import TopicPage
from portal.accounts.demo import DOMAIN
from portal.accounts.models import Municipality, User

CHUNK = 1000
YEARS = 4
OPEN_SHARE = 0.15
HOURS_OF_DAY = (9, 11, 13, 15)
PLACES = ("im Bürgerbüro", "im Bauamt", "für die Ortsteile", "im Standesamt", "in der Kämmerei", "beim Kreis")
_OPEN = (
    CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.IN_PROGRESS, CaseState.IN_PROGRESS, CaseState.WAITING,
    CaseState.ADVISED, CaseState.ANSWERED, CaseState.MEASURES_OPEN,
)  # fmt: skip
_ENDED = (*[CaseState.CLOSED] * 12, CaseState.DECLINED, CaseState.WITHDRAWN)
_MET = (CaseState.ADVISED, CaseState.MEASURES_OPEN, CaseState.CLOSED)


@dataclass
class Days:
    """The times each adviser (id) still has: pairs of a beginning and an end, none twice, none overlapping."""

    free: dict[int, Iterator[datetime]]
    taken: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)

    def next(self, adviser: int, length: timedelta) -> datetime | None:
        """Return the next beginning at which an adviser has nothing else."""
        for start in self.free[adviser]:
            if all(end <= start or begin >= start + length for begin, end in self.taken.get(adviser, ())):
                return start
        return None


@dataclass(frozen=True)
class Ingredients:
    """What the cases are made of."""

    advisers: Sequence[int]
    towns: Sequence[Municipality]
    topics: Sequence[int]
    form: Format
    subjects: Sequence[str]
    past: Days
    ahead: Days
    now: datetime


def add_advisers(count: int) -> int:
    """Make up advisers who work from Monday to Friday, until there are so many; returns how many are new."""
    missing = max(0, count - Adviser.objects.filter(active=True, external=False).count())
    with transaction.atomic():
        for number in range(missing):
            user = User(email=f"messung-{number}@{DOMAIN}", first_name="Demo", last_name=f"Messung {number:02}")
            user.set_unusable_password()
            user.save()
            adviser = Adviser.objects.create(user=user)
            WeeklyHours.objects.bulk_create(
                WeeklyHours(adviser=adviser, weekday=day, starts=time(9), ends=time(17)) for day in range(5)
            )
    return missing


def _beginnings(first: date, last: date, closed: frozenset[date]) -> list[datetime]:
    days = (day for day in times.days_between(first, last) if day.weekday() < 5 and day not in closed)
    return [datetime.combine(day, time(hour), tzinfo=times.zone()) for day in days for hour in HOURS_OF_DAY]


def _busy(advisers: Sequence[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    rows = Allocation.objects.filter(adviser__in=advisers, state__in=BLOCKING, blocks_until__gt=timezone.now())
    for adviser, start, end in rows.order_by().values_list("adviser", "blocks_from", "blocks_until"):
        found[adviser].append((start, end))
    return found


def gather() -> Ingredients:
    """Read what is there.

    Raises:
        NotPossible: There are no advisers, municipalities or formats yet.
    """
    now, today = timezone.now(), timezone.localdate()
    advisers = list(
        Adviser.objects.filter(active=True, external=False).order_by("pk").values_list("pk", flat=True)
    )
    towns = list(Municipality.objects.filter(active=True).order_by("pk"))
    form = Format.objects.filter(active=True, kind=Format.Kind.SINGLE).order_by("order").first()
    if not (advisers and towns and form):
        raise NotPossible("Es fehlen Beratende, Kommunen oder Formate. Zuerst: manage.py prepare")
    closed = frozenset(closed_days(today - timedelta(days=366 * YEARS), today + timedelta(days=120)))
    before = _beginnings(today - timedelta(days=365 * YEARS), today - timedelta(days=1), closed)
    after = _beginnings(today + timedelta(days=1), today + timedelta(days=90), closed)
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]
    return Ingredients(
        advisers=advisers,
        towns=towns,
        topics=list(TopicPage.objects.live().filter(depth__gt=3).values_list("pk", flat=True)),
        form=form,
        subjects=[row["subject"] for row in rows],
        past=Days({pk: iter(before) for pk in advisers}),
        ahead=Days({pk: iter(after) for pk in advisers}, _busy(advisers)),
        now=now,
    )


def fill(total: int, *, tell: Callable[[int], None] = lambda number: None) -> int:
    """Add cases until there are so many; returns how many. `tell` hears how far it is.

    Raises:
        NotPossible: See `gather`.
    """
    missing = total - Case.objects.count()
    if missing <= 0:
        return 0
    made_of = gather()
    chance = random.Random(missing)  # noqa: S311 - the same rows each time, nothing secret
    for first in range(0, missing, CHUNK):
        numbers = range(first, min(first + CHUNK, missing))
        with transaction.atomic():
            _store([_case(made_of, chance, number, missing) for number in numbers], made_of, chance)
        tell(numbers.stop)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return missing


def _case(made_of: Ingredients, chance: random.Random, number: int, total: int) -> Case:
    came = made_of.now - timedelta(days=365 * YEARS) * (1 - number / total) - timedelta(minutes=1)
    is_open = number >= total * (1 - OPEN_SHARE)
    state = chance.choice(_OPEN if is_open else _ENDED)
    has_lead = state not in (CaseState.RECEIVED, CaseState.DECLINED, CaseState.WITHDRAWN)
    owes = state in OWING_CASES and chance.random() < 0.2
    heard = state != CaseState.RECEIVED and not owes
    return Case(
        municipality=chance.choice(made_of.towns),
        subject=f"{chance.choice(made_of.subjects)[:150]} {chance.choice(PLACES)}",
        topic_id=chance.choice(made_of.topics) if made_of.topics else None,
        format=made_of.form,
        state=state,
        lead_id=chance.choice(made_of.advisers) if has_lead else None,
        reason="Erfunden für Messungen." if state == CaseState.DECLINED else "",
        created_at=came,
        ended_at=None if is_open else min(came + timedelta(days=chance.randint(5, 60)), made_of.now),
        answer_due=times.local_day(came) + timedelta(days=chance.randint(3, 30)) if owes else None,
        first_answer_at=came + timedelta(hours=chance.randint(2, 70)) if heard else None,
    )


@contextmanager
def _dated(moments: Sequence[datetime]) -> Iterator[None]:
    """Let rows that are stored now note these moments, one after the other, as the time they were made."""
    with patch.object(timezone, "now", side_effect=itertools.cycle(moments)):
        yield


def _store(rows: list[Case], made_of: Ingredients, chance: random.Random) -> None:
    came = [row.created_at for row in rows]
    with _dated(came):
        rows = Case.objects.bulk_create(rows)
    texts = [f"{row.subject}: Wie gehen wir vor, und wer ist zuständig?" for row in rows]
    side = Message.Side.MUNICIPALITY
    with _dated(came):
        Message.objects.bulk_create(
            Message(case=row, side=side, text=text) for row, text in zip(rows, texts, strict=True)
        )
    with _dated(came):
        CaseEvent.objects.bulk_create(
            CaseEvent(case=row, action="case.receive", new=CaseState.RECEIVED) for row in rows
        )
    CaseWord.objects.bulk_create(
        CaseWord(case=row, word=word)
        for row, text in zip(rows, texts, strict=True)
        for word in sorted(case_words.words_of(text) | case_words.words_of(row.municipality.name))
    )
    _meet([row for row in rows if row.state in _MET], made_of.past, made_of, AppointmentState.DONE)
    working = [row for row in rows if row.state == CaseState.IN_PROGRESS and chance.random() < 0.5]
    _meet(working, made_of.ahead, made_of, AppointmentState.CONFIRMED)


def _meet(rows: Sequence[Case], days: Days, made_of: Ingredients, state: str) -> None:
    """Give cases an appointment with their lead, as long as there is room."""
    before = timedelta(minutes=made_of.form.buffer_before)
    after = timedelta(minutes=made_of.form.buffer_after)
    length = min(made_of.form.length, timedelta(hours=2) - before - after)
    placed: list[tuple[Appointment, datetime, Any]] = []
    for row in rows:
        start = days.next(row.lead_id, length + before + after) if row.lead_id else None
        if start is not None:
            appointment = Appointment(
                case=row, format=made_of.form, state=state, starts_at=start + before, place="video",
                ends_at=start + before + length,
            )  # fmt: skip
            placed.append((appointment, start, row.lead_id))
    Appointment.objects.bulk_create(appointment for appointment, _, _ in placed)
    Allocation.objects.bulk_create(
        Allocation(
            appointment=appointment, adviser_id=lead, state=state, blocks_from=start,
            blocks_until=start + before + length + after,
        )
        for appointment, start, lead in placed
    )  # fmt: skip
