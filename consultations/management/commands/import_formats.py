from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consultations.format_import import STANDARD_FILE, FileRefusedError, read, store


class Command(BaseCommand):
    help = "Nimmt Beratungsformate und Schließtage aus einer TOML-Datei auf (docs/consultations-calendar.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("toml", nargs="?", type=Path, default=STANDARD_FILE, metavar="TOML")
        parser.add_argument("--overwrite", action="store_true", help="Setzt auch geänderte Formate zurück.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["toml"]
        if not path.is_file():
            raise CommandError(f"Die Datei {path} gibt es nicht.")
        try:
            result = store(read(path), overwrite=options["overwrite"])
        except FileRefusedError as error:
            raise CommandError(f"{path} wurde nicht übernommen:\n" + "\n".join(error.problems)) from error
        if options["verbosity"]:
            self.stdout.write(
                f"Beratungsformate und Schließtage: {result.added} aufgenommen, {result.unchanged} unverändert."
            )
