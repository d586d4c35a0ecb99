"""What deadlines give to registries: the daily job, their kind of work, rules of the review, belongings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from knowledge import validation
from knowledge.deadlines import own_area, rules
from knowledge.deadlines.feeds import AS_DAYS, REMINDERS
from knowledge.deadlines.queries import topics_relied_on
from knowledge.deadlines.services import REVIEW_DEADLINE, settle_passed
from knowledge.models import Deadline
from portal.accounts import belongings
from portal.accounts.belongings import Belonging
from portal.core import audit, schedule, work
from portal.core.pagecache import register_query
from portal.core.review import relied
from portal.core.review import validation as review


def deadline_errors(deadline: Any) -> Iterable[tuple[str, str]]:
    """Yield what keeps a deadline from going live."""
    yield from rules.faults(vars(deadline))
    if message := rules.too_early(deadline.status, deadline.kind, deadline.day, timezone.localdate()):
        yield "status", message
    if rules.open_before(deadline, timezone.localdate()):
        yield "state_date", rules.OPEN_BEFORE
    yield "responsible_person", validation.person_error(deadline.responsible_person)
    yield "legal_basis", validation.legal_basis_error(deadline.legal_basis)


def _count(person: Any) -> int:
    return int(Deadline.objects.filter(responsible_person=person).count())


def _hand_over(person: Any, successor: Any) -> int:
    return int(Deadline.objects.filter(responsible_person=person).update(responsible_person=successor))


def register() -> None:
    """Called when the app is ready."""
    work.register_kind(REVIEW_DEADLINE, "Verstrichene Frist", team="Fachprüfung")
    work.register_entry(REVIEW_DEADLINE, lambda key: Deadline.objects.filter(pk=key).first())
    audit.register_action("deadline.passed", "Frist verstrichen")
    # Each hour, and just after the full one: midnight in Germany is 22 or 23 o'clock UTC.
    schedule.register(
        "settle_deadlines", timedelta(hours=1), settle_passed, title="Verstrichene Fristen feststellen",
        offset=timedelta(minutes=1),
    )  # fmt: skip
    review.register(Deadline, deadline_errors)
    relied.register(topics_relied_on)
    belongings.register(Belonging("deadlines", "Fristen", _count, _hand_over, order=12))
    own_area.register()
    register_query("bindet", "|".join(Deadline.Binds.values))
    register_query("stand", "|".join(Deadline.Status.values))
    register_query(REMINDERS, AS_DAYS)
    register_query("feld", r"[-a-z0-9_]{1,100}")
