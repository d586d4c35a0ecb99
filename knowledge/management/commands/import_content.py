"""`manage.py import_content DIR`: read content as Markdown (docs/import-export.md)."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.content_io.importer import Report, import_directory


class Command(BaseCommand):
    help = "Liest Inhalte als Markdown ein (docs/import-export.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="Ordner mit den Dateien")
        parser.add_argument(
            "--starter", action="store_true", help="als Startinhalt kennzeichnen und veröffentlichen"
        )
        parser.add_argument("--dry-run", action="store_true", help="nur prüfen und sagen, was geschähe")
        parser.add_argument(
            "--overwrite", action="store_true", help="auch im Portal bearbeitete Seiten überschreiben"
        )
        parser.add_argument("--only", default="", metavar="PFAD", help="nur diese Seite und was darunter steht")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["directory"]
        if not root.is_dir():
            raise CommandError(f"Den Ordner „{root}“ gibt es nicht.")
        started = time.monotonic()
        report = import_directory(
            root,
            starter=options["starter"],
            dry_run=options["dry_run"],
            overwrite=options["overwrite"],
            only=options["only"].strip("/").removesuffix(".md"),
            progress=self.stdout.write,
        )
        if report.problems:
            for problem in report.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(report.problems)} Fehler. Es wurde nichts eingelesen.")
        self._summary(report, seconds=time.monotonic() - started, dry_run=options["dry_run"])

    def _summary(self, report: Report, *, seconds: float, dry_run: bool) -> None:
        for file in report.edited:
            self.stdout.write(f"{file}: im Portal bearbeitet, nicht überschrieben (--overwrite überschreibt)")
        for file in report.reviewed:
            self.stdout.write(
                f"{file}: im Portal fachlich geprüft, nicht überschrieben (--overwrite überschreibt)"
            )
        for file in report.removed:
            self.stdout.write(
                f"{file}: im Portal gelöscht oder verschoben, nicht neu angelegt (--overwrite legt an)"
            )
        for problem in (*report.left_out, *report.refused):
            self.stdout.write(str(problem))
        head = "Probelauf, nichts geschrieben: " if dry_run else ""
        self.stdout.write(
            f"{head}{len(report.created)} neu, {len(report.changed)} geändert, "
            f"{len(report.unchanged)} unverändert, {report.skipped} übergangen ({seconds:.1f} s)"
        )
