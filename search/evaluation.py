"""Scores the search on a set of rated questions: nDCG@10, recall@10, success@1/3/10, milliseconds a query."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search.compounds import Splitter, count_words, save_vocabulary
from search.documents import SearchDocument
from search.engines.base import Hit, SearchEngine, SearchQuery
from search.engines.embedded import VOCABULARY, EmbeddedIndex
from search.finding import answer_query
from search.mending import mended
from search.query import parse, plan
from search.semantic.store import VectorStore
from search.spelling import Spelling, load_spelling
from search.synonyms import Synonyms

if TYPE_CHECKING:
    from search.engines.elastic import ElasticIndex

DEPTH = 10


@dataclass
class Scores:
    """Means over all queries that have a relevant document; times in milliseconds over all queries."""

    queries: int = 0
    ndcg_10: float = 0.0
    recall_10: float = 0.0
    success_1: float = 0.0
    success_3: float = 0.0
    success_10: float = 0.0
    ms_per_query: float = 0.0
    found: dict[str, list[str]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines. Lines end with a line feed alone: texts may hold other characters that part lines."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_ratings(path: Path) -> dict[str, dict[str, int]]:
    """Read lines "query, 0, document, grade" parted by tabs or blanks."""
    ratings: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").split("\n"):
        parts = [part.strip() for part in line.split("\t")] if "\t" in line else line.split()
        if len(parts) == 4 and parts[3].lstrip("-").isdigit() and int(parts[3]) > 0:
            ratings.setdefault(parts[0], {})[parts[2]] = int(parts[3])
    return ratings


def documents_of(rows: list[dict[str, Any]]) -> list[SearchDocument]:
    return [
        SearchDocument(
            key=f"doc:{number}", kind="article", title=row.get("title", ""), url=str(row["id"]), body=row["text"]
        )
        for number, row in enumerate(rows)
    ]


def build_index(folder: Path, documents: list[dict[str, Any]]) -> EmbeddedIndex:
    """Index the documents as the portal would: vocabulary first, then everything in one commit."""
    vocabulary = count_words(f"{row.get('title', '')}\n{row.get('text', '')}" for row in documents)
    save_vocabulary(folder / VOCABULARY, vocabulary)
    index = EmbeddedIndex(folder, splitter=Splitter(vocabulary))
    index.open_writer()
    index.add_new(index.entries(documents_of(documents)))
    index.commit()
    index.close_writer()
    return index


def spelling_of(index: EmbeddedIndex) -> Spelling:
    return load_spelling(index.path / VOCABULARY, index.splitter)


@contextmanager
def cluster_index(documents: list[dict[str, Any]], store: VectorStore | None = None) -> Iterator[ElasticIndex]:
    """The same in the cluster of the settings, in an index that is thrown away; vectors are those of a store."""
    from search.engines.cluster import cluster_in_use
    from search.engines.elastic import ElasticIndex
    from search.engines.elastic_vectors import no_vectors

    cluster = cluster_in_use()
    name = cluster.make(vectors=store is not None)
    try:
        vocabulary = count_words(f"{row.get('title', '')}\n{row.get('text', '')}" for row in documents)
        vectors = no_vectors if store is None else store.of
        index = ElasticIndex(cluster.client, name, splitter=Splitter(vocabulary), vectors=vectors)
        index.add_new(index.entries(documents_of(documents)))
        index.save_common()
        yield index
    finally:
        cluster.remove(name)


def query_for(text: str, synonyms: Synonyms | None = None) -> SearchQuery:
    return replace(plan(parse(text), synonyms=synonyms), facets=False)


def ask(text: str, index: SearchEngine, spelling: Spelling, store: VectorStore | None = None) -> list[Hit]:
    """Return what a reader would see for a text, typing errors mended as on the page of results."""
    query = query_for(text)
    answer = answer_query(query, index, store)[0]
    return mended(query, answer, lambda other: answer_query(other, index, store)[0], spelling).answer.hits


def evaluate(
    index: SearchEngine,
    queries: Iterable[dict[str, Any]],
    ratings: dict[str, dict[str, int]],
    spelling: Spelling,
    store: VectorStore | None = None,
) -> Scores:
    """Ask every query through the product's own parser and planner; ids are the documents' addresses."""
    scores = Scores()
    asked, seconds = 0, 0.0
    for row in queries:
        started = time.perf_counter()
        hits = ask(row["text"], index, spelling, store)
        seconds += time.perf_counter() - started
        asked += 1
        identity = str(row["id"])
        scores.found[identity] = [hit.url for hit in hits]
        if identity in ratings:
            _add(scores, scores.found[identity], ratings[identity])
    for name in ("ndcg_10", "recall_10", "success_1", "success_3", "success_10"):
        setattr(scores, name, round(getattr(scores, name) / max(1, scores.queries), 4))
    scores.ms_per_query = round(seconds * 1000 / max(1, asked), 3)
    return scores


def gain_of(found: list[str], relevant: dict[str, int]) -> float:
    """Return nDCG@10 of what one query has found."""
    gains = [relevant.get(identity, 0) for identity in found[:DEPTH]]
    gain = sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(gains))
    ideal = sorted(relevant.values(), reverse=True)[:DEPTH]
    best = sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(ideal))
    return gain / best


def _add(scores: Scores, found: list[str], relevant: dict[str, int]) -> None:
    gains = [relevant.get(identity, 0) for identity in found[:DEPTH]]
    scores.queries += 1
    scores.ndcg_10 += gain_of(found, relevant)
    scores.recall_10 += sum(1 for grade in gains if grade) / len(relevant)
    scores.success_1 += any(gains[:1])
    scores.success_3 += any(gains[:3])
    scores.success_10 += any(gains)
