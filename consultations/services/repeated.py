"""A form sent twice, by a second click or a page loaded again: what it says is there already, files included.

Looked at under the lock of the case (of the words, where there is no case yet), so that of two at once the second
finds the first. The same as the last thing said, from the same person, within `SAME_WITHIN` is one; whoever
goes back and changes a word says something new. Callers return what was stored the first time and do nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.models import Case, CaseContact, CaseEvent, CaseFile, CaseTask, InternalNote, Message, Minutes
from consultations.services.case_files import safe_name
from portal.core import outbox
from portal.core.text import printable
from portal.core.work import SAME_WITHIN


def _since() -> datetime:
    return timezone.now() - SAME_WITHIN


def _digest(file: Any) -> str:
    found = hashlib.sha256()
    for part in file.chunks():
        found.update(part)
    return found.hexdigest()


def _digest_of(row: CaseFile) -> str:
    try:
        with row.file.open("rb") as content:
            return _digest(content)
    except FileNotFoundError:
        return ""


def same_files(stored: Iterable[CaseFile], files: Sequence[Any]) -> bool:
    """True when files that came are those that are stored, in this order, by name and content."""
    rows = list(stored)
    if [(row.name, row.size) for row in rows] != [(safe_name(file.name), file.size) for file in files]:
        return False
    return all(_digest_of(row) == _digest(file) for row, file in zip(rows, files, strict=True))


def message(case: Case, text: str, files: Sequence[Any], *, by: Any, **fields: Any) -> Message | None:
    """Return the last message of a case (locked) if it is this one; `fields`: side, channel, author_name."""
    last = Message.objects.filter(case=case).order_by("-pk").first()
    if last is None or last.at <= _since() or last.author_id != getattr(by, "pk", None):
        return None
    said = {"text": printable(text.strip()), **fields}
    if any(getattr(last, name) != value for name, value in said.items()):
        return None
    return last if same_files(last.files.order_by("pk"), files) else None


def note(case: Case, text: str, *, by: Any) -> InternalNote | None:
    """Return the last note of a case (locked) if it is this one."""
    last = InternalNote.objects.filter(case=case, at__gt=_since()).order_by("-pk").first()
    same = last is not None and last.text == printable(text.strip()) and last.author_id == getattr(by, "pk", None)
    return last if same else None


def task(case: Case, *, side: str, text: str, due_on: date | None) -> CaseTask | None:
    """Return the last task of a case (locked) if it is this one and still open."""
    last = CaseTask.objects.filter(case=case).order_by("-pk").first()
    if last is None or last.created_at <= _since() or last.done_at is not None:
        return None
    return last if (last.side, last.text, last.due_on) == (side, printable(text.strip()), due_on) else None


def minutes(case: Case, *, question: str, answer: str, text: str, by: Any) -> Minutes | None:
    """Return the last minutes of a case (locked) that belong to no appointment, if they are these."""
    rows = Minutes.objects.filter(case=case, appointment=None, author=by, created_at__gt=_since())
    last = rows.order_by("-pk").first()
    said = tuple(printable(part) for part in (question, answer, text))
    return last if last is not None and (last.question, last.answer, last.text) == said else None


def uploaded(case: Case, files: Sequence[Any], *, by: Any, internal: bool) -> list[CaseFile]:
    """Return the last files of a case (locked) that came without a message, if they are these; else nothing."""
    rows = CaseFile.objects.filter(case=case, message=None, uploaded_by=by, internal=internal, at__gt=_since())
    last = list(rows.order_by("-pk")[: len(files)])[::-1]
    return last if files and same_files(last, files) else []


def taken_down(contact: CaseContact, *, municipality: Any, subject: str, text: str, by: Any) -> QuerySet[Case]:
    """Return the cases somebody has just opened with these words; locks the words until the transaction ends."""
    words = "\n".join([str(municipality.pk), subject.strip(), text.strip(), contact.email])
    outbox.lock(f"intake:{salted_hmac('consultations.intake', words).hexdigest()[:32]}")
    mine = CaseEvent.objects.filter(action="case.receive", actor=by, at__gt=_since()).values("case")
    return Case.objects.filter(
        pk__in=mine, municipality=municipality, subject=printable(subject.strip()),
        messages__text=printable(text.strip()), contact__channel=contact.channel, contact__name=contact.name,
        contact__email=contact.email, contact__phone=contact.phone,
    ).order_by("-pk")  # fmt: skip
