from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.domains import decode, plan, read, store
from portal.accounts.municipality_import import FileRefusedError


class Command(BaseCommand):
    help = "Nimmt Mail-Domains der Kommunen aus einer CSV-Datei auf: AGS;Domain (docs/accounts.md); wiederholbar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path, metavar="CSV")
        parser.add_argument("--replace", action="store_true", help="Domains, die in der Datei fehlen, entfallen.")
        parser.add_argument("--dry-run", action="store_true", help="Zeigt nur, was sich ändern würde.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["csv"]
        if not path.is_file():
            raise CommandError(f"Die Datei {path} gibt es nicht.")
        try:
            rows = read(decode(path.read_bytes()))
        except FileRefusedError as error:
            raise CommandError(f"{path} wurde nicht übernommen:\n" + "\n".join(error.problems)) from error
        change = (plan if options["dry_run"] else store)(rows, replace=options["replace"])
        if options["verbosity"]:
            numbers = f"{len(change.added)} neu, {change.unchanged} unverändert, {len(change.removed)} entfernt"
            suffix = " Nichts gespeichert (--dry-run)." if options["dry_run"] else ""
            self.stdout.write(f"Domains: {numbers}.{suffix}")
            for domain, names in change.shared:
                self.stdout.write(f"{domain} nimmt niemanden von selbst auf: {', '.join(names)}.")
