from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from consultations.demo.seed import fill
from portal.accounts.demo import require_demo


class Command(BaseCommand):
    help = "Zeigt die Beratung mit erfundenen Vorgängen (nur in der Entwicklung); wiederholbar, verändert nichts."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            require_demo()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        added, left = fill()
        for sentence in left:
            self.stderr.write(f"  Ausgelassen: {sentence}")
        if options["verbosity"]:
            self.stdout.write(f"Die Beratung ist bereit: {added} erfundene Vorgänge neu.")
