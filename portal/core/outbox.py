"""The outbox: what must happen outside the database is a row first, and a worker makes it happen.

Messages of one key go out strictly in order. A message that fails is tried again with growing pauses and holds
back the later ones of its key; when it is given up, the later ones go on (docs/outbox.md).
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from portal.core import workers
from portal.core.models import OutboxMessage

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
MAX_ATTEMPTS = 130
"""A mail outlives a mail server that is away over the longest weekend (Maundy Thursday to Tuesday: 110 hours)."""
MOST_REFUSALS = 14
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
IDLE_SECONDS = 1.0
STUCK_AFTER = timedelta(minutes=15)
STUCK_ATTEMPTS = 5
WORKER_DIED = "WorkerDied: nobody has said how the last attempt ended"
THING = "thing"
"""Key of a payload: a fingerprint of what a message is about and for whom; it stays when the message is done."""

Handler = Callable[[OutboxMessage], None]
Effect = Callable[[], object]
_handlers: dict[str, Handler] = {}


# What handlers have left for the commit that notes the effect, and for the time after it.
_with_note: ContextVar[list[Effect] | None] = ContextVar("outbox_with_note", default=None)
_after_note: ContextVar[list[Effect] | None] = ContextVar("outbox_after_note", default=None)


class PermanentError(Exception):
    """Raised by a handler when trying again is of no use; the message is given up at once."""


class HeldUpError(Exception):
    """Raised by a handler when this one message is refused for now while others may go out.

    It is given up after MOST_REFUSALS attempts if it is refused twice in a row, since it holds back the later ones
    of its key; an outage of the whole way is waited for much longer.
    """


def register_handler(kind: str, handler: Handler) -> None:
    """Name the function that carries out messages of a kind; it must be repeatable."""
    _handlers[kind] = handler


def lock(key: str) -> None:
    """Wait for other transactions that write messages of a key; held until the transaction ends.

    SQLite has one writer at a time: its transactions begin with the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 815))", [f"outbox:{key}"])


def has_recent(*, key: str, since: datetime) -> bool:
    """True when a message of a key has been stored since then, sent or not."""
    return OutboxMessage.objects.filter(key=key, created_at__gt=since).exists()


@transaction.atomic
def enqueue(*, kind: str, key: str, payload: dict[str, Any], not_before: datetime | None = None) -> OutboxMessage:
    """Store a message in the caller's transaction, after all others of its key.

    Who enqueues for several keys in one transaction does it in sorted order, or PostgreSQL may see a deadlock.
    """
    lock(key)
    last = OutboxMessage.objects.filter(key=key).aggregate(last=Max("sequence"))["last"] or 0
    return OutboxMessage.objects.create(
        kind=kind, key=key, sequence=last + 1, payload=payload, next_attempt_at=not_before or timezone.now()
    )


@transaction.atomic
def enqueue_first(*, kind: str, payloads: dict[str, dict[str, Any]]) -> None:
    """Store the first message of each of many keys nobody has used yet (key: payload); one query.

    Raises:
        IntegrityError: a key has messages already.
    """
    now = timezone.now()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(kind=kind, key=key, sequence=1, payload=payload, next_attempt_at=now)
        for key, payload in payloads.items()
    )


def due(now: datetime) -> QuerySet[OutboxMessage]:
    """Return the messages a worker may take now: the lowest open one of each key, unless leased."""
    earlier = OutboxMessage.objects.filter(
        key=OuterRef("key"), sequence__lt=OuterRef("sequence"), state=OutboxMessage.State.WAITING
    )
    return OutboxMessage.objects.filter(
        Q(leased_until__isnull=True) | Q(leased_until__lte=now),
        ~Exists(earlier),
        state=OutboxMessage.State.WAITING,
        next_attempt_at__lte=now,
    ).order_by("next_attempt_at", "id")


@transaction.atomic
def claim(worker: str) -> OutboxMessage | None:
    """Take one message under a lease; every claim counts as an attempt, so that a deadly one ends.

    A lease that nobody has ended is the sign of a worker that died at it; twice in a row, after MOST_REFUSALS
    attempts, and the message is given up, since it takes the others' worker with it.
    """
    now = timezone.now()
    message = due(now).select_for_update(skip_locked=True, of=("self",)).first()
    if message is None:
        return None
    if message.leased_until is not None:
        if message.error == WORKER_DIED and message.attempts >= MOST_REFUSALS:
            _finish(message, state=OutboxMessage.State.FAILED, finished_at=now)
            log.error(
                "outbox.given_up", extra={"message_id": message.pk, "kind": message.kind, "error": "WorkerDied"}
            )
            return claim(worker)
        message.error = WORKER_DIED
    message.attempts += 1
    message.leased_until = now + LEASE
    message.leased_by = f"{worker}:{secrets.token_hex(4)}"[-80:]
    message.save(update_fields=["attempts", "leased_until", "leased_by", "error"])
    return message


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts, with some chance so that not all come at once."""
    doublings = min(max(0, attempts - 1), 10)  # many more would leave what a duration can hold
    pause = min(FIRST_PAUSE * 2**doublings, LONGEST_PAUSE)
    return pause * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, guards nothing


def _finish(message: OutboxMessage, **changes: Any) -> bool:
    """Write the outcome unless the lease has passed to another worker meanwhile."""
    held = OutboxMessage.objects.filter(
        pk=message.pk, leased_by=message.leased_by, state=OutboxMessage.State.WAITING
    )
    return bool(held.update(leased_until=None, leased_by="", **changes))


def _holds_up(message: OutboxMessage, error: Exception) -> bool:
    again = message.error.startswith(f"{type(error).__name__}:")
    return isinstance(error, HeldUpError) and again and message.attempts >= MOST_REFUSALS


def _failed(message: OutboxMessage, error: Exception) -> None:
    gone = isinstance(error, PermanentError) or message.attempts >= MAX_ATTEMPTS or _holds_up(message, error)
    text = f"{type(error).__name__}: {error}"[:255]
    now = timezone.now()
    if gone:
        _finish(message, state=OutboxMessage.State.FAILED, finished_at=now, error=text)
    else:
        _finish(message, next_attempt_at=now + pause_after(message.attempts), error=text)
    log.warning(
        "outbox.given_up" if gone else "outbox.failed",
        extra={"message_id": message.pk, "kind": message.kind, "attempt": message.attempts,
               "error": type(error).__name__},
    )  # fmt: skip


def _handler_for(message: OutboxMessage) -> Handler:
    if message.attempts > MAX_ATTEMPTS:
        raise PermanentError("every attempt ended without an outcome")
    try:
        return _handlers[message.kind]
    except KeyError:
        raise PermanentError(f"no handler for {message.kind}") from None


def with_note(effect: Effect) -> None:
    """For handlers: write what follows from the effect in the commit that notes it; a failure costs no note."""
    found = _with_note.get()
    if found is None:
        effect()
    else:
        found.append(effect)


def after_note(effect: Effect) -> None:
    """For handlers: do what may take time, such as saying goodbye to a server, once the effect is noted."""
    found = _after_note.get()
    if found is None:
        effect()
    else:
        found.append(effect)


def _run(message: OutboxMessage, effects: list[Effect]) -> None:
    """Run what follows from a message; it has been carried out, whatever becomes of this."""
    for effect in effects:
        try:
            effect()
        except Exception:  # see above
            log.exception("outbox.effect_failed", extra={"message_id": message.pk, "kind": message.kind})


def _note(message: OutboxMessage, effects: list[Effect]) -> bool:
    """Write in one commit that a message is done, with what follows from that."""
    with transaction.atomic():
        kept = {THING: message.payload[THING]} if THING in message.payload else {}
        done = _finish(message, state=OutboxMessage.State.DONE, finished_at=timezone.now(), error="", payload=kept)
        if effects:
            _run(message, [partial(_all_or_none, effects)])
    return done


@transaction.atomic
def _all_or_none(effects: list[Effect]) -> None:
    for effect in effects:
        effect()


def process(message: OutboxMessage) -> bool:
    """Carry out a claimed message; True when it is done. What was sent is forgotten then.

    Between the handler's last word and the commit of the note stands nothing: a worker killed there repeats it.
    """
    noted: list[Effect] = []
    later: list[Effect] = []
    tokens = _with_note.set(noted), _after_note.set(later)
    try:
        _handler_for(message)(message)
        done = _note(message, noted)
    except Exception as error:  # whatever a handler raises decides about the next attempt
        _failed(message, error)
        return False
    finally:
        _with_note.reset(tokens[0])
        _after_note.reset(tokens[1])
        _run(message, later)
    log.info("outbox.done", extra={"message_id": message.pk, "kind": message.kind, "kept_lease": done})
    return True


def work_off(*, worker: str = "", limit: int = 1000) -> int:
    """Process what is due until nothing is left; returns how many messages were taken."""
    worker = worker or workers.own_name()
    for taken in range(limit):
        if not due(timezone.now()).exists():  # a read first: claiming takes SQLite's write lock
            return taken
        message = claim(worker)
        if message is None:
            return taken
        process(message)
    return limit


def loop(stop: threading.Event) -> None:
    """The outbox worker of the background process."""
    worker = workers.own_name()
    while not stop.is_set():
        close_old_connections()
        taken = work_off(worker=worker, limit=20)
        if not taken:
            stop.wait(IDLE_SECONDS)


def is_overtaken(message: OutboxMessage, things: Iterable[str]) -> bool:
    """True when a later message of its key about the same thing has gone out: this one would undo it.

    `things`: all fingerprints the thing may be known by, such as those of a replaced key.
    """
    later = OutboxMessage.objects.filter(
        key=message.key, sequence__gt=message.sequence, state=OutboxMessage.State.DONE
    )
    return later.filter(payload__thing__in=list(things)).exists()


@transaction.atomic
def retry(*, message: OutboxMessage) -> int:
    """Put a given-up or pausing message back to the front, by hand; returns how many go out again.

    With a given-up one come all others of its key that were given up, in their order: one alone could be an
    invitation without the cancellation that followed it.
    """
    rows = OutboxMessage.objects.select_for_update().filter(key=message.key)
    again = rows.filter(state=OutboxMessage.State.FAILED)
    row = rows.get(pk=message.pk)
    if row.state == OutboxMessage.State.DONE:
        return 0
    if row.state == OutboxMessage.State.WAITING:
        again = rows.filter(pk=row.pk)
    pks = list(again.values_list("pk", flat=True))
    return OutboxMessage.objects.filter(pk__in=pks).update(
        state=OutboxMessage.State.WAITING, attempts=0, finished_at=None, next_attempt_at=timezone.now()
    )


def stuck(now: datetime) -> QuerySet[OutboxMessage]:
    """Return the messages that should have gone out: due for a quarter of an hour, or failed again and again."""
    waiting = OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING)
    return waiting.filter(Q(next_attempt_at__lt=now - STUCK_AFTER) | Q(attempts__gte=STUCK_ATTEMPTS))


def backlog(now: datetime) -> dict[str, int]:
    """Return how many messages wait too long and how many were given up: for probes and the admin."""
    waiting = OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING)
    return {
        "waiting": waiting.count(),
        "stuck": stuck(now).count(),
        "failed": OutboxMessage.objects.filter(state=OutboxMessage.State.FAILED).count(),
    }
