"""Render bodies again, for example after an update that renders differently."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from knowledge.links import recorded
from knowledge.models import Deadline, InternalLink
from knowledge.rendering import source_hash
from knowledge.services import render_again
from knowledge.tasks import body_models


class Command(BaseCommand):
    help = "Rendert die Inhalte der Seiten neu (nach einer Aktualisierung des Portals)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stale", action="store_true", help="Nur Seiten, deren Stand veraltet ist")

    def handle(self, *args: Any, **options: Any) -> None:
        total = changed = 0
        for model in body_models():
            for pk in list(model.objects.order_by("pk").values_list("pk", flat=True)):
                page = model.objects.filter(pk=pk).first()
                if page is None or (options["stale"] and page.rendered.get("source") == source_hash(page)):
                    continue
                total += 1
                changed += render_again(page=page)
        if not InternalLink.objects.exists():  # an update from a version that did not keep them
            recorded.record_all()
        elif not InternalLink.objects.exclude(deadline=None).exists():  # or from one that left out deadlines
            recorded.record_all([Deadline])
        self.stdout.write(f"{total} Seiten gerendert, {changed} davon geändert.")
