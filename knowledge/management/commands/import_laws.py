"""Import law texts (nichtamtliche Fassung) from Markdown files."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.law_import import LawImportError, store_law
from knowledge.law_text import LawTextError, parse_law

MAX_BYTES = 5_000_000


class Command(BaseCommand):
    help = "Liest Gesetzestexte ein (Markdown, eine Datei je Rechtsvorschrift); nichtamtliche Fassung."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, help="Ordner oder Dateien (*.md)")
        parser.add_argument(
            "--state",
            type=_date,
            default=None,
            help="Stand der Texte, JJJJ-MM-TT; er steht bei den Texten und muss angegeben werden",
        )
        parser.add_argument("--dry-run", action="store_true", help="Nur sagen, was geschähe")

    def handle(self, *args: Any, **options: Any) -> None:
        state = options["state"]
        if state is None:  # a date nobody has checked must not stand beside the law
            raise CommandError(
                "Geben Sie mit --state an, von wann die Texte sind, zum Beispiel --state 2026-08-19."
            )
        files = _files(options["paths"])
        errors = []
        for number, path in enumerate(files, start=1):
            try:
                law = parse_law(_read(path), stem=path.stem)
                outcome = store_law(law, state=state, dry_run=options["dry_run"])
            except LawTextError as error:
                errors.append(f"{path}:{error.line}: {error}")
            except LawImportError as error:
                errors.append(f"{path}:1: {error}")
            else:
                self.stdout.write(f"[{number}/{len(files)}] {outcome}")
        for line in errors:
            self.stderr.write(line)
        if errors:
            raise CommandError(f"{len(errors)} von {len(files)} Dateien wurden nicht eingelesen.")


def _date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise CommandError(f"„{value}“ ist kein Datum der Form JJJJ-MM-TT.") from None


def _files(paths: list[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise CommandError(f"„{path}“ gibt es nicht.")
        files += sorted(path.glob("*.md")) if path.is_dir() else [path]
    if not files:
        raise CommandError("Es wurde keine Datei mit der Endung .md gefunden.")
    return files


def _read(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise LawTextError(1, f"Die Datei ist größer als {MAX_BYTES // 1_000_000} MB.")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise LawTextError(line, "Die Datei ist nicht in UTF-8 geschrieben.") from None
