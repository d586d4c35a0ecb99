"""Retention carried out from the table of processing: each row in a transaction of its own, with a log."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone

from consultations.models import RetentionRun
from consultations.privacy.rules import RULES, Rule, cutoff
from consultations.privacy.table import table
from consultations.refusals import BookingRefused

log = logging.getLogger(__name__)
MOST = 2000
"""Rows of a rule in one run; the rest waits for the next night."""


@dataclass(frozen=True)
class Due:
    """What a rule would do now. `before` is the local day before which things have to lie."""

    name: str
    title: str
    does: str
    days: int
    before: date
    number: int


def trial(now: datetime | None = None) -> list[Due]:
    """Say what the next run would do, and do nothing; one query a rule."""
    now = now or timezone.now()
    found = []
    for name, days in table().periods().items():
        rule, before = RULES[name], cutoff(days, now)
        found.append(Due(name, rule.title, rule.does, days, timezone.localdate(before), rule.due(before).count()))
    return found


def _carry_out(name: str, rule: Rule, before: datetime) -> tuple[int, int]:
    done = failed = 0
    for pk in list(rule.due(before).values_list("pk", flat=True)[:MOST]):
        try:
            with transaction.atomic():
                row = rule.due(before).filter(pk=pk).first()
                if row is None:  # somebody opened it again meanwhile
                    continue
                rule.carry_out(row)
                done += 1
        except (ProtectedError, RestrictedError, BookingRefused, DatabaseError) as error:
            failed += 1
            log.warning("retention.failed", extra={"rule": name, "row": pk, "error": type(error).__name__})
    return done, failed


def run() -> str:
    """Carry out all rules; the job of the schedule. What cannot be done is counted and tried again next night."""
    now, parts = timezone.now(), list[str]()
    for name, days in table().periods().items():
        rule = RULES[name]
        done, failed = _carry_out(name, rule, cutoff(days, now))
        if done or failed:
            RetentionRun.objects.create(rule=name, rows=done, failed=failed)
            parts.append(f"{rule.title}: {done}" + (f", nicht möglich: {failed}" if failed else ""))
    return "; ".join(parts)
