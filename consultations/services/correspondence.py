"""What is said about a case: messages of both sides, notes of the centre, pages that help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from consultations import case_words
from consultations.models import Case, CaseFile, CasePage, Channel, Format, InternalNote, Message
from consultations.refusals import NotPossible
from consultations.secret_links import without_keys
from consultations.services import calendar, case_files, cases, notices, record, repeated, service_time
from consultations.services.appointments import CASE_ENDED
from consultations.states import REOPENS_WITHIN, CaseState
from portal.core import audit

EMPTY = "Bitte schreiben Sie eine Nachricht oder wählen Sie eine Datei aus."


def _store(case: Case, text: str, files: list[Any], *, by: Any, **fields: Any) -> Message:
    message = Message(case=case, text=text.strip(), author=by, **fields)
    if not message.text and not files:
        raise ValidationError(EMPTY)
    message.full_clean()
    message.save()
    case_files.store(case=case, files=files, by=by, message=message)
    case_words.add(case, message.text)
    audit.record("case.message", actor=by, subject=message, case=case.pk, side=message.side)
    return message


def answer(*, case: Case, text: str, by: Any, files: Iterable[Any] = (), wait: bool = False) -> Message:
    """Write to the municipality, which gets a mail with a link.

    `wait`: the case waits for its answer then, from every state `cases.TO_WAITING` has a way from.

    The same once more at once changes nothing (`repeated`).

    Raises:
        NotPossible: The case has ended.
        ValidationError: Nothing is said, too much, or a file is not allowed.
    """
    with calendar.guarded():
        row, files, text = cases.locked(case), list(files), without_keys(text)
        if not row.is_open:
            raise NotPossible(CASE_ENDED)
        if (known := repeated.message(row, text, files, by=by, side=Message.Side.CENTRE)) is not None:
            return known
        message = _store(row, text, files, by=by, side=Message.Side.CENTRE)
        service_time.settle(row)
        if not (wait and cases.wait(case=row, by=by)):  # which has a mail of its own
            notices.tell_municipality(row, "message")
        return message


def propose(
    *, case: Case, form: Format, text: str, by: Any, adviser: int | None = None, minutes: Sequence[int] = ()
) -> Message:
    """Write which times of a format an adviser (id) has free: the case waits for a choice among them.

    `minutes`: their beginnings since 1970 (UTC), kept with format and adviser for `proposals`. The same once more
    at once changes nothing (`repeated`). Raises as `answer`.
    """
    with calendar.guarded():
        said_before = set(cases.locked(case).messages.values_list("pk", flat=True))
        message = answer(case=case, text=text, by=by, wait=True)
        if message.pk not in said_before:
            what = {"format": form.pk, "adviser": adviser, "times": list(minutes)}
            record.note("case", case, "propose", by=by, old="", new="", case=case, appointment=None, **what)
        return message


def receive(
    *, case: Case, text: str, by: Any, files: Iterable[Any] = (), channel: str = Channel.PORTAL,
    author_name: str = "", now: datetime | None = None,
) -> Message:  # fmt: skip
    """Take a message of the municipality: the centre owes an answer, a waiting case goes on, a closed one reopens.

    The same once more at once changes nothing (`repeated`).

    Raises:
        NotPossible: The case ended more than 60 days ago, was declined or withdrawn.
        ValidationError: Nothing is said, too much, or a file is not allowed.
    """
    moment = now or timezone.now()
    with calendar.guarded():
        row, files, text = cases.locked(case), list(files), without_keys(text)
        said = {"side": Message.Side.MUNICIPALITY, "channel": channel, "author_name": author_name}
        if not row.is_open and not _reopens(row, moment):
            raise NotPossible(CASE_ENDED)
        if (known := repeated.message(row, text, files, by=by, **said)) is not None:
            return known
        message = _store(row, text, files, by=by, **said)
        if row.state == CaseState.WAITING:
            row = cases.advance(case=row, action="resume", by=by)
        elif row.state == CaseState.CLOSED:
            row = cases.reopen(case=row, by=by, now=moment)
        service_time.owe(row, now=moment)
        notices.tell_centre(row, "Neue Nachricht der Kommune")
        return message


def takes_messages(case: Case, now: datetime | None = None) -> bool:
    """True while the municipality can write: the case is open, or was closed within the last 60 days."""
    return case.is_open or _reopens(case, now or timezone.now())


def _reopens(case: Case, now: datetime) -> bool:
    ended = case.ended_at
    return case.state == CaseState.CLOSED and ended is not None and ended + REOPENS_WITHIN >= now


@transaction.atomic
def add_note(*, case: Case, text: str, by: Any) -> InternalNote:
    """Keep a remark that never leaves the centre. Raises ValidationError when it is empty or too long."""
    text = without_keys(text)
    if (known := repeated.note(cases.locked(case), text, by=by)) is not None:
        return known
    note = InternalNote(case=case, text=text.strip(), author=by)
    note.full_clean()
    note.save()
    audit.record("case.note", actor=by, subject=note, case=case.pk)
    return note


@transaction.atomic
def add_files(*, case: Case, files: Iterable[Any], by: Any, internal: bool = False) -> list[CaseFile]:
    """Keep files of a case that belong to no message; the same once more at once changes nothing.

    Raises:
        ValidationError: One of them is not allowed, or there are too many.
    """
    row, files = cases.locked(case), list(files)
    known = repeated.uploaded(row, files, by=by, internal=internal)
    return known or case_files.store(case=row, files=files, by=by, internal=internal)


@transaction.atomic
def link_page(*, case: Case, page: Any, by: Any) -> CasePage:
    """Name a page that helps; a second time changes nothing."""
    link, made = CasePage.objects.get_or_create(case=case, page=page, defaults={"added_by": by})
    if made:
        audit.record("case.page", actor=by, subject=link, case=case.pk, page=page.pk)
    return link


@transaction.atomic
def unlink_page(*, case: Case, page_id: int, by: Any) -> None:
    """Take a page off a case."""
    if CasePage.objects.filter(case=case, page=page_id).delete()[0]:
        audit.record("case.page_off", actor=by, subject=case, page=page_id)
