"""`manage.py search_words`: the word list by which compounds are split, from the content and the reviewed file."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from search.compounds import Splitter, count_words, save_vocabulary
from search.reading import all_documents

LONG_WORD = 12


class Command(BaseCommand):
    help = "Zeigt, wie die Wörter der Inhalte zerlegt werden: Wort, Zahl der Texte, Teile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="Wortliste in diese Datei schreiben (wie beim Index).")
        parser.add_argument(
            "--whole", action="store_true", help="Nur lange Wörter, die niemand zerlegt: zum Durchsehen."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        texts = (text for document in all_documents() for text in document.fields["all"])
        vocabulary = count_words(texts)
        if options["file"]:
            save_vocabulary(options["file"], vocabulary)
            self.stdout.write(f"{len(vocabulary)} Wörter gelesen, Wortliste geschrieben: {options['file']}")
            return
        splitter = Splitter(vocabulary)
        for word in _sorted(vocabulary):
            parts = splitter.parts(word)
            if not word.isalpha() or (options["whole"] and (len(parts) > 1 or len(word) < LONG_WORD)):
                continue
            self.stdout.write(f"{word}\t{vocabulary[word]}\t{' '.join(parts)}")


def _sorted(vocabulary: dict[str, int]) -> Iterator[str]:
    """Yield the words of most texts first."""
    yield from sorted(vocabulary, key=lambda word: (-vocabulary[word], word))
