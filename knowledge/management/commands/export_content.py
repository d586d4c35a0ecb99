"""`manage.py export_content DIR`: write content as Markdown (docs/import-export.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.content_io.exporter import export_directory


class Command(BaseCommand):
    help = "Schreibt die Inhalte als Markdown (docs/import-export.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="leerer oder neuer Ordner")
        parser.add_argument("--drafts", action="store_true", help="auch Entwürfe, im letzten Stand der Redaktion")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["directory"]
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise CommandError(f"„{root}“ ist nicht leer. Geben Sie einen neuen oder leeren Ordner an.")
        result = export_directory(root, drafts=options["drafts"], progress=self.stdout.write)
        for title in result.missing:
            self.stderr.write(f"Die Datei „{title}“ fehlt im Speicher und wurde ausgelassen.")
        for file in result.unfinished:
            self.stdout.write(f"{file}: noch nicht fertig, als Entwurf gekennzeichnet (draft)")
        for problem in result.problems:
            self.stderr.write(f"So nicht wieder einzulesen: {problem}")
        self.stdout.write(f"{len(result.documents)} Inhalte und {len(result.files)} Dateien geschrieben")
