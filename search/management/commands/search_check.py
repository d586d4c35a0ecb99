"""`manage.py search_check`: compare the indexes with the database; what differs is read again by the follower."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.checking import check_all


class Command(BaseCommand):
    help = "Vergleicht die Suchindexe mit der Datenbank und lässt abweichende Einträge neu einlesen."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = check_all()
        for item in checked:
            self.stdout.write(str(item))
        if any(item.trouble for item in checked):
            raise CommandError("Nicht jeder Index ist lesbar.")
