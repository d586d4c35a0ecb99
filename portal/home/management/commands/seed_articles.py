"""Fill the portal with many articles for measurements; never for operation."""

from __future__ import annotations

import itertools
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from knowledge.models import ArticlePage, TopicPage
from portal.core.text import german_slug

CHUNK = 200
MAX_BODY = 6000


def all_sections(path: Path) -> Iterator[dict[str, str]]:
    """Yield the sections of a corpus file: one JSON object a line with titel, abschnitt, gesetz, text."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def sections(path: Path) -> Iterator[dict[str, str]]:
    """Yield those that are long enough for an article."""
    return (row for row in all_sections(path) if len(row["text"]) > 200)


class Command(BaseCommand):
    help = "Seed COUNT articles from a corpus (gesetze_abschnitte.jsonl.xz). Refuses outside development."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, count: int, file: Path, **options: Any) -> None:
        if not settings.SECRET_KEY.startswith("only-for-"):
            raise CommandError("Nur mit Entwicklungseinstellungen: dieser Befehl legt Inhalte zum Messen an.")
        if not file.exists():
            raise CommandError(f"Die Datei {file} gibt es nicht.")
        topics = list(TopicPage.objects.live().order_by("path"))
        if not topics:
            raise CommandError("Es gibt noch kein Thema. Zuerst: manage.py prepare")
        rows = itertools.islice(sections(file), count)
        done = 0
        while chunk := list(itertools.islice(rows, CHUNK)):
            with transaction.atomic():
                for row in chunk:
                    self.add(topics[done % len(topics)], row, done)
                    done += 1
            self.stdout.write(f"  {done} von {count}", ending="\r")
            self.stdout.flush()
        self.stdout.write(f"{done} Artikel angelegt.")

    @staticmethod
    def add(topic: TopicPage, row: dict[str, str], number: int) -> None:
        title = f"{row['abschnitt'][:120]} ({row['gesetz'][:60]})"
        text = row["text"][:MAX_BODY]
        thirds = [text[start : start + len(text) // 3 + 1] for start in range(0, len(text), len(text) // 3 + 1)]
        body = "\n\n".join(f"## Abschnitt {index}\n\n{part}" for index, part in enumerate(thirds, 1))
        topic.add_child(
            instance=ArticlePage(
                title=title[:255],
                slug=f"m{number}-{german_slug(title, max_length=60)}",
                short_answer=text[:200],
                body=[("markdown", body)],
                no_legal_basis=True,
            )
        )
