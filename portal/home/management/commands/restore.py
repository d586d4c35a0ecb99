"""`manage.py restore DIR`: put a backup into this installation (docs/backup.md)."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.core.backup import database, media, services
from portal.core.backup.manifest import BackupError


class Command(BaseCommand):
    help = "Spielt eine Sicherung ein. Halten Sie das Portal und seine Hintergrundprozesse dafür an."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="Ordner der Sicherung")
        parser.add_argument("--check", action="store_true", help="nur prüfen, nichts ändern")
        parser.add_argument("--replace", action="store_true", help="vorhandene Daten ersetzen")
        parser.add_argument(
            "--while-running", action="store_true", help="auch wenn Hintergrundprozesse noch zu laufen scheinen"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["directory"]
        try:
            if options["check"]:
                stored = services.check(folder, replace=options["replace"], running=options["while_running"])
                self.stdout.write(f"Die Sicherung vom {stored.created_at} ist vollständig und passt.")
                for line in (*database.told_clients(), *media.told_missing(stored.missing, "in der Sicherung")):
                    self.stdout.write(line)
                return
            different = services.restore(
                folder,
                replace=options["replace"],
                running=options["while_running"],
                progress=self.stdout.write,
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Darstellung und Suche …")
        call_command("render_pages", stale=True, stdout=self.stdout)
        try:
            call_command("rebuild_index", stdout=self.stdout)
        except CommandError as error:  # the data are back: what is derived of them can follow
            self.stderr.write(
                f"Der Suchindex ist noch nicht neu aufgebaut ({error}). Nachholen mit: manage.py search_rebuild"
            )
        if different:
            raise CommandError("Nicht alle Zeilen sind angekommen:\n" + "\n".join(different))
        self.stdout.write("Die Sicherung ist eingespielt, alle Anmeldungen sind beendet.")
