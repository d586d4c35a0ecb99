"""Fill the portal with sections of laws, in bulk and without signals, for measurements; never for operation."""

from __future__ import annotations

import hashlib
import html
import itertools
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from knowledge.law_text import key_of
from knowledge.models import Act, LawSection, LawText
from portal.core.text import german_slug
from portal.home.management.commands.seed_articles import all_sections

CHUNK = 1000
# As many acts as a centre has texts of: every process keeps the names of all acts at hand to recognise citations.
ACTS = 40
STATE = date(2026, 8, 19)


class Command(BaseCommand):
    help = "Seed COUNT sections from a corpus (gesetze_abschnitte.jsonl.xz). Refuses outside development."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("count", type=int)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, count: int, file: Path, **options: Any) -> None:
        if not settings.SECRET_KEY.startswith("only-for-"):
            raise CommandError("Nur mit Entwicklungseinstellungen: dieser Befehl legt Inhalte zum Messen an.")
        if not file.exists():
            raise CommandError(f"Die Datei {file} gibt es nicht.")
        texts = make_texts()
        rows = enumerate(itertools.islice(all_sections(file), count))
        done = 0
        while chunk := list(itertools.islice(rows, CHUNK)):
            LawSection.objects.bulk_create(
                [section_of(texts[number % ACTS], number, row) for number, row in chunk], batch_size=200
            )
            done += len(chunk)
            self.stdout.write(f"  {done} von {count}", ending="\r")
            self.stdout.flush()
        self.stdout.write(f"{done} Abschnitte in {ACTS} Rechtsvorschriften angelegt.")


@transaction.atomic
def make_texts() -> list[LawText]:
    """Make live acts with empty texts, named so that they never stand for an act of the content."""
    acts = Act.objects.bulk_create(
        Act(
            abbreviation=f"Messgesetz {number}", slug=f"messgesetz-{number}", title=f"Messgesetz, Teil {number}",
            level=Act.Level.BUND, state_date=STATE, live=True,
        )
        for number in range(ACTS)
    )  # fmt: skip
    return LawText.objects.bulk_create(
        LawText(act=act, title=act.title, state_date=STATE, content_hash=act.slug) for act in acts
    )


def section_of(text: LawText, position: int, row: dict[str, str]) -> LawSection:
    number, _, heading = row["abschnitt"].partition(" – ")
    return LawSection(
        law_text=text, position=position, number=number[:60], heading=heading[:500],
        anchor=f"{german_slug(number, max_length=60)}-{position}", key=key_of(number)[:40],
        html=f"<p>{html.escape(row['text'])}</p>", text=row["text"],
        text_hash=hashlib.sha256(row["text"].encode()).hexdigest(),
    )  # fmt: skip
