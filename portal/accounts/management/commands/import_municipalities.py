from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.municipality_import import STANDARD_FILE, FileRefusedError, read, store


class Command(BaseCommand):
    help = "Nimmt Kommunen und Landkreise aus einer CSV-Datei auf (docs/accounts.md); wiederholbar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", nargs="?", type=Path, default=STANDARD_FILE, metavar="CSV")
        parser.add_argument(
            "--keep-missing",
            action="store_true",
            help="Kommunen, die in der Datei fehlen, bestehen weiter (sonst werden sie als ehemalige geführt).",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["csv"]
        if not path.is_file():
            raise CommandError(f"Die Datei {path} gibt es nicht.")
        try:
            result = store(read(path), keep_missing=options["keep_missing"])
        except FileRefusedError as error:
            raise CommandError(f"{path} wurde nicht übernommen:\n" + "\n".join(error.problems)) from error
        if options["verbosity"]:
            self.stdout.write(
                f"Kommunen: {result.added} neu, {result.changed} geändert, {result.unchanged} unverändert, "
                f"{result.ended} nicht mehr geführt."
            )
