"""Everything the statistics read: whole rows of a period once, counted in Python, the same on every database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone

from consultations import queries, times
from consultations.closures import closed_days
from consultations.contacts import without_contact
from consultations.models import Adviser, Allocation, Appointment, Case, GuidanceSuccess, Rating
from consultations.slots import Diary
from consultations.states import AppointmentState
from consultations.statistics.periods import Period, has_hours
from consultations.statistics.working_days import WorkingDays
from knowledge.models import ArticlePage, TopicPage
from portal.accounts.models import Municipality

FEWEST_PEOPLE = 3
"""So many people stand behind a figure about the work of the team, or it is not shown to anybody."""
SILENT_MONTHS = 12
_MET = (AppointmentState.CONFIRMED, AppointmentState.DONE, AppointmentState.NO_SHOW)
_OUTCOMES = (
    AppointmentState.DONE,
    AppointmentState.CANCELLED,
    AppointmentState.NO_SHOW,
    AppointmentState.CONFIRMED,
)
_TOOK = (AppointmentState.CONFIRMED, AppointmentState.DONE, AppointmentState.NO_SHOW)
NONE = {"topic": "ohne Thema", "district": "ohne Landkreis", "size": "ohne Größenklasse", "format": "ohne Format"}


@dataclass(frozen=True)
class Requests:
    """Requests of a period by what they are about; waiting times in working days, each with who led the case."""

    by: dict[str, Counter[str]]
    by_topic: Counter[int]
    months: Counter[date]
    answers: list[tuple[int, int | None]]
    meetings: list[tuple[int, int | None]]
    number: int


@dataclass(frozen=True)
class Work:
    """Minutes people could be booked for and were, in the past part of a period, with buffers."""

    available: int
    booked: int
    people: int


@dataclass(frozen=True)
class Figures:
    """What is known of a period. `ratings`: (stars, solved, lead); `outcomes`: by state, with how many leads.

    `work` is None where hours of the period have been deleted: what is left would show too high a utilisation.
    """

    period: Period
    requests: Requests
    outcomes: Counter[str]
    outcome_leads: int
    ratings: list[tuple[int, bool, int | None]]
    guided: Counter[str]
    topics: dict[int, str]
    without_article: set[int]
    silent: int
    work: Work | None


def read(period: Period, now: datetime | None = None) -> Figures:
    """Return the figures of a period; the number of queries does not depend on how much there is."""
    moment = now or timezone.now()
    topics, bare = _topics()
    requests = _requests(period, moment, topics)
    outcomes, leads = _outcomes(period)
    rated = Rating.objects.filter(at__gte=period.begins, at__lt=period.ends).order_by()
    return Figures(
        period=period, requests=requests, outcomes=outcomes, outcome_leads=leads,
        ratings=list(rated.values_list("stars", "solved", "case__lead")), guided=_guided(period, topics),
        topics=topics, without_article=bare, silent=without_contact(SILENT_MONTHS).order_by().count(),
        work=work(period, moment, team()) if has_hours(period, times.local_day(moment)) else None,
    )  # fmt: skip


def _topics() -> tuple[dict[int, str], set[int]]:
    """Return the titles of all topics, and those without a live article in or below them: three queries."""
    rows = list(TopicPage.objects.order_by("path").values_list("pk", "title", "path"))
    paths = set(ArticlePage.objects.filter(live=True).order_by().values_list("path", flat=True))
    step = TopicPage.steplen
    above = {path[:end] for path in paths for end in range(step, len(path), step)}
    further = set(
        ArticlePage.topics.through.objects.filter(articlepage__live=True).values_list("topicpage", flat=True)
    )
    return {pk: title for pk, title, _ in rows}, {pk for pk, _, path in rows if path not in above} - further


def _requests(period: Period, now: datetime, topics: dict[int, str]) -> Requests:
    cases = Case.objects.filter(created_at__gte=period.begins, created_at__lt=period.ends).order_by()
    met = Appointment.objects.filter(
        case__in=cases.values("pk"), state__in=_MET, starts_at__isnull=False
    ).order_by()
    first = dict(met.values_list("case").annotate(first=Min("starts_at")))
    working = WorkingDays(period.first, max(times.local_day(now), period.last) + timedelta(days=366))
    sizes = dict(Municipality.SizeClass.choices)
    by: dict[str, Counter[str]] = {name: Counter() for name in NONE}
    by_topic: Counter[int] = Counter()
    months: Counter[date] = Counter()
    answers, meetings, number = [], [], 0
    columns = (
        "pk", "topic", "municipality__district__name", "municipality__size_class", "format__name", "lead",
        "created_at", "first_answer_at",
    )  # fmt: skip
    for pk, topic, district, size, form, lead, created, answered in cases.values_list(*columns):
        number += 1
        day = times.local_day(created)
        months[day.replace(day=1)] += 1
        by_topic[topic or 0] += 1
        by["topic"][topics.get(topic or 0, NONE["topic"])] += 1
        by["district"][district or NONE["district"]] += 1
        by["size"][str(sizes.get(size, NONE["size"]))] += 1
        by["format"][form or NONE["format"]] += 1
        if answered is not None:
            answers.append((working.between(day, times.local_day(answered)), lead))
        if pk in first:
            meetings.append((working.between(day, times.local_day(first[pk])), lead))
    return Requests(by, by_topic, months, answers, meetings, number)


def _outcomes(period: Period) -> tuple[Counter[str], int]:
    """Return what became of the appointments of a period, by state, and how many people led their cases."""
    rows = Appointment.objects.filter(
        starts_at__gte=period.begins, starts_at__lt=period.ends, state__in=_OUTCOMES
    ).order_by()
    found: Counter[str] = Counter()
    leads: set[int | None] = set()
    for state, lead, number in rows.values_list("state", "case__lead").annotate(number=Count("pk")):
        found[state] += number
        leads.add(lead)
    return found, len(leads - {None})


def _guided(period: Period, topics: dict[int, str]) -> Counter[str]:
    rows = GuidanceSuccess.objects.filter(day__range=(period.first, period.last)).order_by()
    found: Counter[str] = Counter()
    for topic, number in rows.values_list("topic").annotate(sum=Sum("number")):
        found[topics.get(topic or 0, NONE["topic"])] += number
    return found


def team() -> list[int]:
    """Return the centre's own advisers (ids); those from outside have hours of their own house.

    Who has left with nothing ahead may still be marked as advising: the account tells.
    """
    rows = Adviser.objects.filter(external=False, active=True, user__is_active=True)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def work(period: Period, now: datetime, advisers: list[int]) -> Work:
    """Return how many minutes some advisers offered and were booked for in a period, up to now; five queries."""
    last = min(period.last, times.local_day(now))
    if not advisers or last < period.first:
        return Work(0, 0, 0)
    diaries = queries.working_hours(advisers, period.first, last)
    closed = closed_days(period.first, last)
    days = [day for day in times.days_between(period.first, last) if day not in closed]
    offered = {diary.adviser: _minutes(diary, days) for diary in diaries}
    length = F("blocks_until") - F("blocks_from")
    rows = Allocation.objects.filter(
        Q(adviser__in=advisers, state__in=_TOOK, blocks_from__gte=period.begins),
        blocks_from__lt=min(now, period.ends),
    ).order_by()
    booked = rows.aggregate(sum=Sum(length))["sum"] or timedelta()
    people = sum(1 for minutes in offered.values() if minutes)
    return Work(sum(offered.values()), int(booked.total_seconds()) // 60, people)


def _minutes(diary: Diary, days: Iterable[date]) -> int:
    where = times.zone()
    return sum(end - start for day in days if not diary.is_away(day) for start, end in diary.windows(day, where))
