from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.accounts.models import User
from portal.accounts.services import reset_factor_at_console


class Command(BaseCommand):
    help = "Setzt einen zweiten Faktor zurück, wenn es keine zweite Administration gibt; steht im Protokoll."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="Warum; steht im Protokoll.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"Ein Konto mit der Adresse {options['email']} gibt es nicht.")
        if not options["reason"].strip():
            raise CommandError("Geben Sie einen Grund an: --reason '…'.")
        reset_factor_at_console(user=user, reason=options["reason"].strip())
        self.stdout.write(f"Der zweite Faktor von {user.email} ist entfernt, alle Sitzungen sind beendet.")
