"""`manage.py rebuild_index`: build this node's index anew; the old one answers until the new one is proven."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.engines.base import EngineError
from search.index import index_home
from search.rebuild import rebuild


class Command(BaseCommand):
    help = "Baut den Suchindex neu auf. Bis der neue geprüft ist, antwortet der alte."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-missing", action="store_true", help="Nur, wenn es keinen gültigen Index gibt.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_missing"] and index_home().current() is not None:
            self.stdout.write("Ein gültiger Index ist vorhanden.")
            return
        try:
            rebuild(progress=self.stdout.write)
        except EngineError as error:
            raise CommandError(str(error)) from error
