"""Files of a request that is being written: kept with the draft, then with the case, or gone with the draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction

from consultations.models import Case, DraftFile, RequestDraft
from consultations.services import case_files, repeated

MOST = 10
LARGEST_ALL = 50 * case_files.MEGABYTE
"""Files of one draft, and what they hold together: anybody can begin one."""


class FilesRefused(Exception):  # noqa: N818 - a refusal of the rules
    """A file that was allowed once is not any more, or cannot be scanned now."""


def keep(draft: RequestDraft, files: Iterable[Any]) -> list[str]:
    """Keep what is allowed of the files, each once; returns a German sentence for each other one."""
    problems: list[str] = []
    rows = list(DraftFile.objects.filter(draft=draft))
    for file in files:
        if any(repeated.same_files([row], [file]) for row in rows):  # a form sent twice
            continue
        try:
            case_files.check(file)
        except ValidationError as error:
            problems += error.messages
            continue
        name = case_files.safe_name(file.name)
        if len(rows) + 1 > MOST or sum(row.size for row in rows) + file.size > LARGEST_ALL:
            problems.append(
                f"„{name}“ passt nicht mehr dazu: Möglich sind {MOST} Dateien und "
                f"{LARGEST_ALL // case_files.MEGABYTE} MB. Weitere senden Sie uns mit einer Nachricht im Vorgang."
            )
            continue
        row = DraftFile(draft=draft, name=name, size=file.size)
        row.file.save(name, file, save=False)
        row.save()
        rows.append(row)
    return problems


def remove(draft: RequestDraft, pk: str) -> None:
    """Take a file off a draft; one that is none of its is left alone."""
    if pk.isascii() and pk.isdigit() and len(pk) < 19:
        for row in DraftFile.objects.filter(draft=draft, pk=int(pk)):
            row.delete()


def hand_on(draft: RequestDraft, case: Case, *, by: Any) -> None:
    """Make the files of a draft files of its case.

    Raises:
        FilesRefused: One of them is not allowed any more.
    """
    rows = list(DraftFile.objects.filter(draft=draft))
    opened = []
    try:
        for row in rows:
            content = row.file.open("rb")
            opened.append(File(content, name=row.name))
        case_files.store(case=case, files=opened, by=by)
    except ValidationError as error:
        raise FilesRefused from error
    finally:
        for file in opened:
            file.close()
    for row in rows:
        row.delete()


def forget(sender: Any, *, instance: DraftFile, **kwargs: Any) -> None:
    """Receiver of `post_delete`: what is on the disk goes once the row is gone for good."""
    storage, name = instance.file.storage, instance.file.name
    if name:
        transaction.on_commit(lambda: storage.delete(name))
