"""`manage.py search_evaluate DOCS QUERIES QRELS`: score the search on any rated set, in a throw-away index."""

from __future__ import annotations

import json
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.engines.base import EngineError, SearchEngine
from search.evaluation import (
    build_index,
    cluster_index,
    documents_of,
    evaluate,
    read_lines,
    read_ratings,
    spelling_of,
)
from search.semantic.caches import FileCache
from search.semantic.encoders import EncoderError, LocalEncoder, current_encoder
from search.semantic.store import VectorStore


class Command(BaseCommand):
    help = "Misst die Suche an bewerteten Fragen (docs.jsonl, queries.jsonl, qrels.tsv)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("docs", type=Path)
        parser.add_argument("queries", type=Path)
        parser.add_argument("qrels", type=Path)
        parser.add_argument("--json", type=Path, dest="json_file", help="Ergebnis samt gefundener Nummern.")
        parser.add_argument("--engine", choices=["embedded", "elasticsearch"], default="embedded")
        parser.add_argument("--semantic", action="store_true", help="Mit der Suche nach Bedeutung.")
        parser.add_argument(
            "--vectors", type=Path, help="Vektoren in dieser Datei behalten (nächster Lauf schneller)."
        )
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
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            here = build_index(Path(folder), documents)
            engine: SearchEngine = here
            file = options["vectors"] or Path(folder) / "vectors"
            store = _vectors(file, documents) if options["semantic"] else None
            if options["engine"] == "elasticsearch":
                engine = stack.enter_context(_cluster_index(documents, store))
            scores = evaluate(engine, queries, ratings, spelling_of(here), store)
        summary = {name: value for name, value in scores.as_json().items() if name != "found"}
        self.stdout.write("  ".join(f"{name}={value}" for name, value in summary.items()))
        if options["json_file"]:
            options["json_file"].write_text(json.dumps(scores.as_json(), ensure_ascii=False, indent=1))


@contextmanager
def _cluster_index(documents: list[dict[str, Any]], store: VectorStore | None) -> Iterator[SearchEngine]:
    try:
        with cluster_index(documents, store) as index:
            yield index
    except EngineError as error:
        raise CommandError(f"Der Cluster kann das nicht: {error}") from error


def _vectors(path: Path, documents: list[dict[str, Any]]) -> VectorStore:
    """Make the vectors with the encoder of the settings, or in the process where none is set."""
    try:
        store = VectorStore(FileCache(path), current_encoder() or LocalEncoder())
        store.make(documents_of(documents))
        store.assign(documents_of(documents))
    except (EncoderError, ImportError) as error:
        raise CommandError(f"Ohne das Extra „semantic“ oder einen Server geht das nicht: {error}") from error
    return store
