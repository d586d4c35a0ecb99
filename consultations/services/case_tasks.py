"""What becomes of a task of a case: done, changed, dropped, open again.

Under the lock of the case. A page carries the `version` of the task it shows (`seen`): whoever clicks on one that
reads differently now is told so and changes nothing; a second click finds it done. Log and history hold ids.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations.models import Case, CaseTask, Message
from consultations.refusals import NotPossible
from consultations.services import cases, notices, record
from portal.core.text import printable

GONE = "Diese Aufgabe ist inzwischen entfallen."
DONE = "Diese Aufgabe ist inzwischen erledigt."
ENDED = "Dieser Vorgang ist beendet. Seine Aufgaben lassen sich nicht mehr ändern."
OTHER = "Diese Aufgabe ist inzwischen geändert worden. Bitte lesen Sie sie noch einmal."


class Changed(NotPossible):
    """Somebody else has changed the task meanwhile; `row` is how it reads now."""

    def __init__(self, row: CaseTask) -> None:
        super().__init__(OTHER)
        self.row = row


def _locked(task: CaseTask) -> tuple[Case, CaseTask]:
    case = cases.locked(task.case)
    return case, CaseTask.objects.select_for_update(of=("self",)).get(pk=task.pk)


def _demand_open(case: Case) -> None:
    if not case.is_open:
        raise NotPossible(ENDED)


def _demand_kept(case: Case) -> None:
    """A task of a closed case is still ticked off, so that a wrong click on it can be undone as well."""
    if not case.keeps_tasks:
        raise NotPossible(ENDED)


def _demand_seen(row: CaseTask, seen: str) -> None:
    if seen and seen != row.version:
        raise Changed(row)


def _note(case: Case, row: CaseTask, action: str, *, by: Any) -> None:
    record.note("case", case, action, by=by, case=case, task=row.pk)


@transaction.atomic
def finish(*, task: CaseTask, by: Any, seen: str = "") -> bool:
    """Note that a task is done; False when it is already.

    Raises:
        NotPossible: It has been dropped, or reads differently now (`Changed`).
    """
    case, row = _locked(task)
    if row.done_at is not None:
        return False
    if row.dropped_at is not None:
        raise NotPossible(GONE)
    _demand_seen(row, seen)
    row.done_at, row.done_by = timezone.now(), by
    row.save(update_fields=["done_at", "done_by"])
    _note(case, row, "task_done", by=by)
    return True


@transaction.atomic
def change(*, task: CaseTask, by: Any, side: str, text: str, due_on: date | None, seen: str = "") -> bool:
    """Correct a task that is open; False when it reads so already. The municipality hears if it is or was theirs.

    Raises:
        ValidationError: It says nothing, or too much.
        NotPossible: It is done or dropped, its case has ended, or it reads differently now (`Changed`).
    """
    case, row = _locked(task)
    _demand_open(case)
    if not row.is_open:
        raise NotPossible(DONE if row.done_at is not None else GONE)
    before, said = (row.side, row.text, row.due_on), (side, printable(text).strip(), due_on)
    if before == said:
        return False
    _demand_seen(row, seen)
    row.side, row.text, row.due_on = said
    row.full_clean()
    row.save(update_fields=["side", "text", "due_on"])
    _note(case, row, "task_change", by=by)
    if Message.Side.MUNICIPALITY in (before[0], side):
        notices.tell_municipality(case, "task")
    return True


@transaction.atomic
def drop(*, task: CaseTask, by: Any, seen: str = "") -> bool:
    """Note that nobody has to do a task any more; False when it is dropped already.

    Raises:
        NotPossible: It is done, its case was declined or withdrawn, or it reads differently now (`Changed`).
    """
    case, row = _locked(task)
    if row.dropped_at is not None:
        return False
    _demand_kept(case)
    if row.done_at is not None:
        raise NotPossible(DONE)
    _demand_seen(row, seen)
    row.dropped_at = timezone.now()
    row.save(update_fields=["dropped_at"])
    _note(case, row, "task_drop", by=by)
    return True


@transaction.atomic
def reopen(*, task: CaseTask, by: Any, seen: str = "") -> bool:
    """Open a task again that was done or dropped; False when it is open already.

    The municipality hears that one of its own is to be done again, unless somebody takes back their own click.

    Raises:
        NotPossible: Its case was declined or withdrawn, or it reads differently now (`Changed`).
    """
    case, row = _locked(task)
    if row.is_open:
        return False
    own_click = row.dropped_at is None and row.done_by_id is not None and row.done_by_id == getattr(by, "pk", None)
    _reopen(case, row, by=by, seen=seen)
    if row.side == Message.Side.MUNICIPALITY and not own_click:
        notices.tell_municipality(case, "task")
    return True


@transaction.atomic
def unfinish(*, task: CaseTask, by: Any, seen: str = "") -> bool:
    """Open a task again that its municipality has done by mistake; False when it is open already.

    Raises:
        NotPossible: It has been dropped, its case was declined or withdrawn, or it reads differently now
            (`Changed`).
    """
    case, row = _locked(task)
    if row.is_open:
        return False
    if row.dropped_at is not None:
        raise NotPossible(GONE)
    _reopen(case, row, by=by, seen=seen)
    return True


def _reopen(case: Case, row: CaseTask, *, by: Any, seen: str) -> None:
    _demand_kept(case)
    _demand_seen(row, seen)
    row.done_at = row.done_by = row.dropped_at = None
    row.save(update_fields=["done_at", "done_by", "dropped_at"])
    _note(case, row, "task_reopen", by=by)
