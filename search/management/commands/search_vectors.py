"""`manage.py search_vectors`: make the vectors of the third retriever now (a job does it by itself)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from search.semantic.work import renew_vectors


class Command(BaseCommand):
    help = "Rechnet die Vektoren für die Suche nach Bedeutung (Einstellung SEARCH_SEMANTIC)."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(renew_vectors(self.stdout.write))
