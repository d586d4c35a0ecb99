from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from consultations.demo import bulk
from consultations.refusals import NotPossible


class Command(BaseCommand):
    help = "Füllt die Beratung mit erfundenen Vorgängen zum Messen auf, bis es COUNT sind; nie im Betrieb."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)
        parser.add_argument("--advisers", type=int, default=0, help="So viele Beratende soll es mindestens geben.")

    def handle(self, *args: Any, count: int, advisers: int, **options: Any) -> None:
        if not settings.SECRET_KEY.startswith("only-for-"):
            raise CommandError("Nur mit Entwicklungseinstellungen: dieser Befehl legt Vorgänge zum Messen an.")
        new = bulk.add_advisers(advisers)
        try:
            added = bulk.fill(count, tell=self.tell if options["verbosity"] else lambda number: None)
        except NotPossible as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write(f"{added} Vorgänge und {new} Beratende angelegt.")

    def tell(self, number: int) -> None:
        self.stdout.write(f"  {number}", ending="\r")
        self.stdout.flush()
