"""The proposed formats and closures: what is missing is stored, what is there belongs to Koordination."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import transaction

from consultations.models import Closure, Format, FormatQuestion

STANDARD_FILE = Path(__file__).parent / "data" / "formats.toml"


class FileRefusedError(Exception):
    """The file cannot be taken over; `problems` are German sentences, each with the entry it is about."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Result:
    added: int
    unchanged: int


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a file.

    Raises:
        FileRefusedError: It is no TOML in UTF-8, or has tables nobody knows.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileRefusedError([f"{path.name} ist kein lesbares TOML: {error}"]) from error
    unknown = sorted(set(data) - {"format", "closure"})
    if unknown:
        raise FileRefusedError([f"{path.name}: Unbekannt sind {', '.join(unknown)}."])
    return {"format": data.get("format", []), "closure": data.get("closure", [])}


@transaction.atomic
def store(data: dict[str, list[dict[str, Any]]], *, overwrite: bool = False) -> Result:
    """Store formats and closures that are not there yet; with `overwrite` also put back what has been changed.

    Raises:
        FileRefusedError: An entry breaks a rule; nothing is stored then.
    """
    problems: list[str] = []
    added = 0
    for entry in data["format"]:
        added += _try(f"Format „{entry.get('key', '?')}“", _store_format, entry, overwrite, problems)
    for entry in data["closure"]:
        added += _try(f"Schließtag „{entry.get('name', '?')}“", _store_closure, entry, overwrite, problems)
    if problems:
        raise FileRefusedError(problems)
    return Result(added=added, unchanged=len(data["format"]) + len(data["closure"]) - added)


def _try(name: str, action: Any, entry: dict[str, Any], overwrite: bool, problems: list[str]) -> int:
    try:
        return int(action(entry, overwrite))
    except ValidationError as error:
        problems += [f"{name}: {text}" for text in error.messages]
    except (FieldDoesNotExist, FieldError, TypeError, KeyError) as error:
        problems.append(f"{name}: Eine Angabe fehlt oder ist unbekannt ({error}).")
    return 0


def _store_format(entry: dict[str, Any], overwrite: bool) -> bool:
    fields = {name: value.strip() if isinstance(value, str) else value for name, value in entry.items()}
    questions = fields.pop("questions", [])
    known = Format.objects.filter(key=fields["key"]).first()
    if known is not None and not overwrite:
        return False
    # What a file leaves out has its default, also when a changed one is put back.
    form = Format(**fields, pk=known.pk if known is not None else None)
    form._state.adding = known is None
    form.full_clean()
    form.save()
    FormatQuestion.objects.filter(format=form).delete()
    for place, question in enumerate(questions):
        row = FormatQuestion(format=form, sort_order=place, **question)
        row.full_clean()
        row.save()
    return True


def _store_closure(entry: dict[str, Any], overwrite: bool) -> bool:
    day = {name: entry.get(name) for name in ("day", "month", "year")}
    if Closure.objects.filter(**day).exists():
        return False
    closure = Closure(name=entry["name"], **day)
    closure.full_clean()
    closure.save()
    return True
