"""Render all bodies again, for example after an update that renders differently."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from knowledge.services import render_again
from knowledge.tasks import body_models


class Command(BaseCommand):
    help = "Rendert die Inhalte aller Seiten neu (nach einer Aktualisierung des Portals)."

    def handle(self, *args: Any, **options: Any) -> None:
        total = changed = 0
        for model in body_models():
            for pk in list(model.objects.order_by("pk").values_list("pk", flat=True)):
                page = model.objects.filter(pk=pk).first()
                if page is not None:
                    total += 1
                    changed += render_again(page=page)
        self.stdout.write(f"{total} Seiten gerendert, {changed} davon geändert.")
