"""`manage.py search_vectors`: make the vectors of the third retriever now (a job does it by itself)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.semantic.encoders import EncoderError
from search.semantic.work import renew_all_vectors


class Command(BaseCommand):
    help = "Rechnet die Vektoren für die Suche nach Bedeutung (Einstellung SEARCH_SEMANTIC)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(renew_all_vectors(self.stdout.write))
        except EncoderError as error:
            raise CommandError(f"Die Vektoren lassen sich gerade nicht rechnen: {error}") from error
