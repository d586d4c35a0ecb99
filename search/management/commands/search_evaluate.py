"""`manage.py search_evaluate DOCS QUERIES QRELS`: score the search on any rated set, in a throw-away index."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.evaluation import build_index, evaluate, read_lines, read_ratings


class Command(BaseCommand):
    help = "Misst die Suche an bewerteten Fragen (docs.jsonl, queries.jsonl, qrels.tsv)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("docs", type=Path)
        parser.add_argument("queries", type=Path)
        parser.add_argument("qrels", type=Path)
        parser.add_argument("--json", type=Path, dest="json_file", help="Ergebnis samt gefundener Nummern.")
        parser.add_argument(
            "--only", metavar="FELD=WERT", help="Nur Fragen mit diesem Wert, z. B. stadt=muenchen."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            documents, queries = read_lines(options["docs"]), read_lines(options["queries"])
            ratings = read_ratings(options["qrels"])
        except (OSError, ValueError) as error:
            raise CommandError(f"Nicht lesbar: {error}") from error
        if options["only"]:
            name, _, value = options["only"].partition("=")
            queries = [row for row in queries if str(row.get(name)) == value]
        with tempfile.TemporaryDirectory() as folder:
            scores = evaluate(build_index(Path(folder), documents), queries, ratings)
        summary = {name: value for name, value in scores.as_json().items() if name != "found"}
        self.stdout.write("  ".join(f"{name}={value}" for name, value in summary.items()))
        if options["json_file"]:
            options["json_file"].write_text(json.dumps(scores.as_json(), ensure_ascii=False, indent=1))
