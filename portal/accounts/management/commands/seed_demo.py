from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from portal.accounts.demo import seed_accounts


class Command(BaseCommand):
    help = "Legt die Demo-Konten an (nur in der Entwicklung); wiederholbar, verändert nichts Vorhandenes."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            seed_accounts()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            self.stdout.write("Die Demo-Konten sind bereit.")
