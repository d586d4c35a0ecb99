"""`manage.py format_content DIR`: bring files written by hand into the one canonical form."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import PageTree


class Command(BaseCommand):
    help = "Bringt Inhalte als Markdown in die einheitliche Form des Exports (docs/import-export.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="Ordner mit den Dateien")

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = Loaded(options["directory"], PageTree())
        loaded.read()
        if loaded.problems:
            for problem in loaded.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(loaded.problems)} Fehler. Es wurde nichts geändert.")
        changed = 0
        files = loaded.canonical()
        for name, text in files.items():
            path = loaded.root / name
            if text.encode() != path.read_bytes():
                path.write_bytes(text.encode())
                changed += 1
        self.stdout.write(f"{changed} von {len(files)} Dateien umgeschrieben")
