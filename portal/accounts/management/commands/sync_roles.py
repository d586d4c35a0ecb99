from typing import Any

from django.core.management.base import BaseCommand

from portal.accounts.roles import sync_roles


class Command(BaseCommand):
    help = "Stellt die Rechte der Rollen nach der Tabelle in portal/accounts/roles.py wieder her."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
        self.stdout.write("Die Rollen haben ihre Rechte nach der Tabelle.")
