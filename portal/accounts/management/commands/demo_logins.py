from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from portal.accounts.demo import logins_table


class Command(BaseCommand):
    help = "Zeigt Adressen, Demo-Konten und den gerade gültigen Code (nur in der Entwicklung)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--base-url", default=settings.BASE_URL)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(logins_table(options["base_url"].rstrip("/")))
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
