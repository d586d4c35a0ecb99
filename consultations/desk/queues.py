"""The queues of the desk: which open cases wait for whom."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from consultations import deputies
from consultations.desk import rights
from consultations.models import Allocation, Case
from consultations.services import alerts
from consultations.states import BLOCKING, OPEN_CASES, CaseState


class Queue(models.TextChoices):
    UNASSIGNED = "unzugeordnet", "ohne Zuordnung"
    MINE = "meine", "meine"
    TEAM = "team", "im Team offen"
    WAITING = "warten", "warten auf die Kommune"
    OVERDUE = "ueberfaellig", "überfällig"
    NO_LINK = "videolink", "Videolink fehlt"
    ALL = "alle", "alle, auch beendete"


def condition(queue: str, user: Any) -> Q:
    """Return what cases of a queue have in common."""
    if queue == Queue.MINE:
        return _mine(user)
    if queue == Queue.NO_LINK:
        return Q(pk__in=alerts.without_link().order_by().values("case"))
    return {
        Queue.UNASSIGNED.value: Q(state=CaseState.RECEIVED),
        Queue.WAITING.value: Q(state=CaseState.WAITING),
        Queue.OVERDUE.value: alerts.overdue(),
        Queue.TEAM.value: Q(state__in=OPEN_CASES),
    }.get(str(queue), Q())


def _mine(user: Any) -> Q:
    """Return what somebody leads, is on, has an appointment of, or stands in for while the lead is away."""
    adviser = rights.adviser_of(user)
    if adviser is None:
        return Q(pk__in=[])
    booked = Allocation.objects.filter(adviser=adviser, state__in=BLOCKING, appointment__case__isnull=False)
    return Q(state__in=OPEN_CASES) & (
        Q(lead=adviser)
        | Q(pk__in=adviser.further_cases.values("pk"))
        | Q(pk__in=booked.order_by().values("appointment__case"))
        | Q(lead__in=deputies.represented_by(adviser).order_by().values("adviser"))
    )


def counts(user: Any) -> dict[str, int]:
    """Return how many cases each queue but the last has for a person; one query over the open ones.

    Most follow from the numbers of each state: asking every case about every queue costs three times as much.
    """
    rows = rights.scope(user).filter(state__in=OPEN_CASES).order_by()
    late = Q(answer_due__lt=timezone.localdate())  # `alerts.overdue` of cases that are open
    apart = {queue.value: Count("pk", filter=condition(queue, user)) for queue in (Queue.MINE, Queue.NO_LINK)}
    late_ones = {Queue.OVERDUE.value: Count("pk", filter=late)}
    numbers: Any = rows.values("state").annotate(n=Count("pk"), **late_ones, **apart)
    found: dict[str, dict[str, int]] = {row["state"]: row for row in numbers}

    def total(name: str) -> int:
        return sum(row[name] for row in found.values())

    def of_state(state: CaseState) -> int:
        return found[state]["n"] if state in found else 0

    return {
        Queue.UNASSIGNED.value: of_state(CaseState.RECEIVED), Queue.MINE.value: total(Queue.MINE),
        Queue.TEAM.value: total("n"), Queue.WAITING.value: of_state(CaseState.WAITING),
        Queue.OVERDUE.value: total(Queue.OVERDUE), Queue.NO_LINK.value: total(Queue.NO_LINK),
    }  # fmt: skip


def ordered(rows: QuerySet[Case], queue: str) -> QuerySet[Case]:
    """Put those whose answer is due first at the top; all cases have the newest first."""
    if queue == Queue.ALL:
        return rows.order_by("-created_at", "-pk")
    return rows.order_by(F("answer_due").asc(nulls_last=True), "created_at", "pk")
