"""`manage.py backup DIR`: the whole installation as one folder (docs/backup.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.core.backup import services
from portal.core.backup.manifest import BackupError


class Command(BaseCommand):
    help = "Sichert Datenbank und Dateien in einen neuen Ordner. Das Portal kann dabei weiterlaufen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="neuer oder leerer Ordner")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["directory"]
        try:
            written = services.make(folder, progress=self.stdout.write)
        except BackupError as error:
            raise CommandError(str(error)) from error
        size = sum(entry["size"] for entry in written.files.values())
        self.stdout.write(
            f"Gesichert in „{folder}“: {len(written.files)} Dateien, {size / 1_000_000:.1f} MB. "
            "Bewahren Sie SECRET_KEY getrennt davon auf."
        )
