"""The lock of the calendar: who makes a time unavailable locks the advisers first, always in the same order.

What the database refuses because somebody else was faster becomes one exception, `SlotTaken`, whether it was a
constraint, a trigger, a deadlock or a lock that took too long. Everything else stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, connection, transaction

from consultations.models import Adviser
from consultations.refusals import NotPossible, SlotTaken
from consultations.triggers import SEATS_FULL

LOCK_TIMEOUT = "3s"
# Deadlock, lock timeout, serialisation failure.
_RACES = frozenset({"40P01", "55P03", "40001"})
_TAKEN = (
    "consultations_allocation_no_overlap", SEATS_FULL, "consultations_seat_once",
    "consultations_appointment_one_hold",
    "consultations_appointment_one_seat",
)  # fmt: skip
# SQLite names the columns of a unique constraint, not the constraint.
_TAKEN_SQLITE = (
    "consultations_seat.session_id, consultations_seat.number", "consultations_appointment.holder",
    "consultations_appointment.session_id, consultations_appointment.case_id",
)  # fmt: skip


def is_race(error: IntegrityError | OperationalError) -> bool:
    """True when a database error means that somebody else was faster."""
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _RACES:
        return True
    name = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if name is not None:
        return name in _TAKEN
    text = str(error)
    if isinstance(error, OperationalError):
        return connection.vendor == "sqlite" and "locked" in text
    return any(known in text for known in (*_TAKEN, *_TAKEN_SQLITE))


@contextmanager
def guarded() -> Iterator[None]:
    """A transaction (or a part of the caller's) in which waiting for locks ends after three seconds.

    Raises:
        SlotTaken: Somebody else was faster.
    """
    try:
        with transaction.atomic():
            _limit_waiting(f"'{LOCK_TIMEOUT}'")
            yield
            _limit_waiting("DEFAULT")  # the rest of a larger transaction waits as ever
    except (IntegrityError, OperationalError) as error:
        if is_race(error):
            raise SlotTaken from error
        raise


def _limit_waiting(value: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {value}")


@contextmanager
def locked(advisers: Iterable[int], *, leaving: Iterable[int] = ()) -> Iterator[None]:
    """Do the same with the rows of some advisers (ids) locked, in the order of their ids.

    `advisers` take time, so they have to advise still; the time of those `leaving` is only set free.

    Raises:
        NotPossible: One who takes time does not advise (any more).
        SlotTaken: Somebody else was faster.
    """
    with guarded():
        lock(advisers, leaving=leaving)
        yield


def lock(advisers: Iterable[int], *, leaving: Iterable[int] = ()) -> None:
    """Lock advisers within a guarded transaction, once in it; see `locked`."""
    taking = set(advisers)
    rows = Adviser.objects.select_for_update(no_key=True).filter(pk__in=taking.union(leaving)).order_by("pk")
    active = {pk for pk, is_active in rows.values_list("pk", "active") if is_active}
    if not taking <= active:
        raise NotPossible("Diese Person berät nicht mehr. Bitte wählen Sie eine andere.")
