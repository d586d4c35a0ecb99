"""Files of a case: allowed kinds checked by content, scanned, kept under names nobody guesses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from PIL import Image, UnidentifiedImageError

from consultations.models import Case, CaseFile, Message
from portal.core import audit
from portal.core.text import printable
from portal.core.uploads import check_document
from portal.core.virus_scan import refuse_viruses

MEGABYTE = 1024 * 1024
LARGEST, LARGEST_CASE, MOST_FILES = 20 * MEGABYTE, 200 * MEGABYTE, 100
_DOCUMENTS = ("csv", "docx", "ics", "odp", "ods", "odt", "pdf", "pptx", "txt", "xlsx", "zip")
_IMAGES = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG"}
KINDS = (*_DOCUMENTS, *_IMAGES)
MOST_PIXELS = 100_000_000
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]+')


def safe_name(name: str) -> str:
    """Return a file's name without folders and characters that file systems or headers take for something else."""
    last = printable(name.replace("\\", "/").rpartition("/")[2])
    stem, dot, ending = _UNSAFE.sub("_", last).strip(" .").rpartition(".")
    return f"{(stem or ending)[:120]}{dot}{ending[:10]}" if dot else ending[:120] or "datei"


def check(file: Any) -> None:
    """Refuse a file that is too large, of a kind that is not allowed, or not what its name says.

    Raises:
        ValidationError: with a German sentence that says what to do.
    """
    name = safe_name(file.name)
    ending = Path(name).suffix.lower().removeprefix(".")
    if ending not in KINDS:
        raise ValidationError(f"„{name}“: Diese Art Datei nehmen wir nicht an. Möglich sind: {', '.join(KINDS)}.")
    if not file.size:
        raise ValidationError(f"„{name}“ ist leer. Bitte wählen Sie die Datei noch einmal aus.")
    if file.size > LARGEST:
        raise ValidationError(f"„{name}“ ist zu groß. Möglich sind {LARGEST // MEGABYTE} MB.")
    content = getattr(file, "file", file)
    try:
        if ending in _IMAGES:
            _check_image(content, _IMAGES[ending])
        else:
            check_document(content, name)
        refuse_viruses(content)
    except ValidationError as error:
        raise ValidationError([f"„{name}“: {sentence}" for sentence in error.messages]) from error


def _check_image(content: Any, kind: str) -> None:
    content.seek(0)
    try:
        with Image.open(content) as image:
            right = image.format == kind and image.width * image.height <= MOST_PIXELS
            image.verify()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        right = False
    content.seek(0)
    if not right:
        raise ValidationError(f"Das ist kein lesbares Bild ({kind}). Speichern Sie es neu und laden Sie es hoch.")


def check_all(case: Case | None, files: Iterable[Any]) -> None:
    """Check files, and that the case has room for them. Raises ValidationError with one sentence for each."""
    files, problems = list(files), []
    for file in files:
        try:
            check(file)
        except ValidationError as error:
            problems += error.messages
    kept = CaseFile.objects.filter(case=case) if case is not None else CaseFile.objects.none()
    there = kept.aggregate(size=Sum("size"))["size"] or 0
    if there + sum(file.size for file in files) > LARGEST_CASE or kept.count() + len(files) > MOST_FILES:
        problems.append(
            f"Ein Vorgang fasst {MOST_FILES} Dateien und {LARGEST_CASE // MEGABYTE} MB. Laden Sie weniger hoch."
        )
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def store(
    *, case: Case, files: Iterable[Any], by: Any, internal: bool = False, message: Message | None = None
) -> list[CaseFile]:
    """Keep files of a case; all or none. The names are made safe.

    Raises:
        ValidationError: One of them is not allowed, or there are too many.
    """
    files = list(files)
    check_all(case, files)
    stored: list[CaseFile] = []
    try:
        for file in files:
            stored.append(  # noqa: PERF401 - those stored before a failure have to be known
                _store(case, file, by=by, internal=internal, message=message)
            )
    except BaseException:
        for row in stored:  # the rows go with the transaction, the files do not
            row.file.delete(save=False)
        raise
    return stored


def _store(case: Case, file: Any, *, by: Any, internal: bool, message: Message | None) -> CaseFile:
    row = CaseFile(
        case=case, message=message, name=safe_name(file.name), size=file.size, internal=internal, uploaded_by=by
    )
    row.file.save(row.name, file, save=False)
    row.save()
    audit.record("case.file", actor=by, subject=row, case=case.pk)
    return row
