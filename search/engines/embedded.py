"""The embedded engine: one tantivy index in one directory.

Analysis is done in Python (search.analysis, search.compounds); the index gets ready words parted by blanks, so
that documents and queries can never be read differently and positions stay those of the text. tantivy raises
`PanicException`, which is no `Exception`, where its own code gives up; nothing of it leaves this module but
`EngineError`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import tantivy

from portal.core.visibility import Visibility
from search.analysis import DATA, analyse
from search.compounds import Splitter
from search.documents import SearchDocument
from search.engines.base import EngineError, Hit, Nearness, Order, SearchQuery, SearchResults, Suggestion
from search.engines.embedded_query import TantivyTranslator
from search.engines.entries import (
    LONGEST_PREFIX,
    fingerprint,
    hit,
    payload,
    prefixes,
    starts,
    suggestion,
    with_wider,
)
from search.engines.planning import FIELDS, POSITIONS, READINGS, Planner, plan_suggestions
from search.engines.tree import Plan
from search.filters import NEWEST, REVIEWED, added_up, day_ranges, facet_groups, numbers, put_counts
from search.ranking import ranking
from search.splitters import splitter_of_file

SCHEMA = 7
VOCABULARY = "vocabulary.json"
WRITER_MEMORY = 64_000_000
FACET_VALUES = 500


@cache
def index_version() -> str:
    """Return the version of everything that is baked into an index; another one means: build anew.

    It is read once for each process, when the app is ready: files of a newer release may be put in their place
    while it runs, and the word lists it has read are still the old ones.
    """
    baked = b"".join(path.read_bytes() for path in sorted(DATA.iterdir()) if path.is_file())
    baked += repr(sorted(ranking().kinds.items())).encode() + version("tantivy").encode()
    return f"{SCHEMA}.{zlib.crc32(baked):08x}"


@contextmanager
def engine_boundary(what: str) -> Iterator[None]:
    """Turn whatever tantivy raises into `EngineError`."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(f"{what}: {type(error).__name__}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise EngineError(f"{what}: native code gave up") from error


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "define", "cite", "ref"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "topic", "audience", "act"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in FIELDS:
        for reading in READINGS:
            option = "position" if reading in POSITIONS else "freq"
            builder.add_text_field(f"{name}_{reading}", tokenizer_name="words", index_option=option)
    for name in ("suggest", "suggest_start"):
        builder.add_text_field(name, tokenizer_name="words", index_option="basic")
    builder.add_bytes_field("payload", stored=True)
    for name in ("uid", "print"):
        builder.add_unsigned_field(name, fast=True)
    builder.add_integer_field("level", indexed=True, fast=True)
    builder.add_integer_field(REVIEWED, indexed=True, fast=True)
    builder.add_integer_field(NEWEST, fast=True)
    builder.add_float_field("weight", fast=True)
    return builder.build()


class Entry(NamedTuple):
    """A document in the fields of the index (`_schema`); tantivy's own documents cannot go between processes."""

    texts: list[tuple[str, str]]
    payload: bytes
    unsigned: dict[str, int]
    integers: dict[str, int]
    weight: float


class EmbeddedIndex:
    """One index directory: opened for reading by everybody, for writing by one process at a time."""

    name = "embedded"

    def __init__(self, path: Path, *, splitter: Splitter | None = None) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._writer: Any = None
        with engine_boundary("open"):
            if splitter is None:
                splitter = splitter_of_file(path / VOCABULARY, form=index_version())
            self.splitter = splitter
            self._schema = _schema()
            self._index = tantivy.Index(self._schema, path=str(path), reuse=True)
            words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer("words", words)
            self._index.config_reader(reload_policy="manual")
            self._seen = self._commit_mark()
            self._index.reload()
        self._planner = Planner(self.splitter)

    # -- writing ------------------------------------------------------------------------------------

    def open_writer(self, *, memory: int = WRITER_MEMORY) -> None:
        """Take the writer; `EngineError` if another process holds it."""
        if self._writer is None:
            with engine_boundary("writer"):
                self._writer = self._index.writer(memory, 1)

    def close_writer(self) -> None:
        if self._writer is not None:
            writer, self._writer = self._writer, None
            with engine_boundary("close"):
                writer.wait_merging_threads()

    def put(self, documents: Iterable[SearchDocument], *, version: int = 0) -> None:
        with engine_boundary("put"):
            for document in documents:
                self._writer.delete_documents_by_term("key", document.key)
                self._writer.add_document(_native(self._entry(document)))

    def entries(self, documents: Iterable[SearchDocument]) -> list[Entry]:
        return [self._entry(document) for document in documents]

    def add_new(self, entries: Iterable[Entry], *, version: int = 0) -> None:
        with engine_boundary("put"):
            for entry in entries:
                self._writer.add_document(_native(entry))

    def delete(self, keys: Iterable[str], *, version: int = 0) -> None:
        with engine_boundary("delete"):
            for key in keys:
                self._writer.delete_documents_by_term("key", key)

    def commit(self) -> None:
        """Make everything written so far findable; a crash before leaves the last commit as it was."""
        with engine_boundary("commit"):
            self._writer.commit()
            self._index.reload()
            self._seen = self._commit_mark()

    def _entry(self, document: SearchDocument) -> Entry:
        texts = [("key", document.key), ("kind", document.kind)]
        for field, values in (
            ("topic", map(str, document.topics)), ("define", with_wider(document.defines)),
            ("cite", with_wider(document.cites)),
            ("act", document.acts), ("audience", document.audience), ("ref", map(str, document.linked_from)),
        ):  # fmt: skip
            texts += [(field, value) for value in values]
        known: dict[str, dict[str, str]] = {}
        for field, parts in document.fields.items():
            for text in parts:
                # Each text is a value of its own, so that no phrase runs from one into the next.
                if text not in known:
                    known[text] = self.splitter.readings(text)
                texts += [(f"{field}_{reading}", words) for reading, words in known[text].items()]
        if document.level is Visibility.PUBLIC:
            texts += [("suggest", prefixes(document.suggest)), ("suggest_start", starts(document.suggest[:1]))]
        uid = fingerprint(document.key)
        return Entry(
            texts=texts,
            payload=json.dumps(payload(document), ensure_ascii=False).encode(),
            unsigned={"uid": uid, "print": fingerprint(document.content_hash)},
            integers={**numbers(document, uid), "level": document.level.rank},
            weight=float(ranking().kind(document.kind) * document.weight),
        )

    # -- reading ------------------------------------------------------------------------------------

    def _commit_mark(self) -> int:
        meta = self.path / "meta.json"
        return meta.stat().st_mtime_ns if meta.exists() else 0

    def _searcher(self) -> Any:
        """Return a searcher on the newest commit, whichever process made it."""
        mark = self._commit_mark()
        if mark != self._seen:
            self._index.reload()
            self._seen = mark
        return self._index.searcher()

    def search(self, query: SearchQuery) -> SearchResults:
        with engine_boundary("search"):
            searcher = self._searcher()
            plan = self._planner.plan(query)
            main = TantivyTranslator(self._schema, searcher).query(plan.filtered(plan.ranking))
            ordered = {"order_by_field": NEWEST} if query.order is Order.DATE else {"weight_by_field": "weight"}
            found = searcher.search(main, limit=max(1, query.limit), offset=max(0, query.offset), **ordered)
            results = SearchResults(
                hits=[
                    hit(json.loads(searcher.doc(address)["payload"][0]), score) for score, address in found.hits
                ],
                total=found.count or 0,
                engine="embedded",
            )
            if query.facets:
                self._count(searcher, query, plan, results)
            return results

    def _count(self, searcher: Any, query: SearchQuery, plan: Plan, results: SearchResults) -> None:
        """Count each facet under all filters but its own; those without a filter are counted in one go."""
        days = day_ranges(query.reviewed_steps)
        translator = TantivyTranslator(self._schema, searcher)
        for without, names in facet_groups(query):
            matching = translator.query(plan.filtered(plan.matching, without=without))
            found = searcher.aggregate(matching, {name: _aggregation(name, days) for name in names})
            for name in names:
                buckets = found[name]["buckets"]
                if name == "reviewed":
                    counts = {
                        int(bucket["from"]): int(bucket["doc_count"]) for bucket in buckets if "from" in bucket
                    }
                    results.reviewed_counts = added_up((step, counts.get(first, 0)) for step, first, _ in days)
                else:
                    put_counts(results, name, {item["key"]: int(item["doc_count"]) for item in buckets})

    def nearest(self, query: SearchQuery, meaning: Nearness, *, limit: int) -> list[Hit]:
        """Go down the list of the nearest in growing steps until enough of them may be shown."""
        found: list[Hit] = []
        start, step = 0, 4 * limit
        with engine_boundary("nearest"):
            while len(found) < limit and (chunk := meaning.ranked(start, start + step)):
                found += self._allowed(query, chunk, limit - len(found))
                start, step = start + step, 10 * step
        return found

    def _allowed(self, query: SearchQuery, ranked: Sequence[tuple[str, float]], limit: int) -> list[Hit]:
        """Return those of some documents that level and filters let through, in their order."""
        searcher = self._searcher()
        asked_for = [(key, value) for key, value in ranked if not query.keys or key in query.keys]
        if not asked_for:
            return []
        likeness = {fingerprint(key): value for key, value in asked_for}
        tree = self._planner.allowed(replace(query, keys=tuple(key for key, _ in asked_for)))
        asked = TantivyTranslator(self._schema, searcher).query(tree)
        addresses = [address for _, address in searcher.search(asked, limit=len(ranked), count=False).hits]
        uids = map(int, searcher.fast_field_values("uid", addresses)) if addresses else ()
        rows = sorted(zip(uids, addresses, strict=True), key=lambda row: (-likeness[row[0]], row[0]))[:limit]
        return [hit(json.loads(searcher.doc(address)["payload"][0]), likeness[uid]) for uid, address in rows]

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        words = [token.exact for token in analyse(text).tokens]
        if not words:
            return []
        with engine_boundary("suggest"):
            searcher = self._searcher()
            tree = plan_suggestions([word[:LONGEST_PREFIX] for word in words[:8]])
            query = TantivyTranslator(self._schema, searcher).query(tree)
            found = searcher.search(query, limit=max(1, limit), count=False)
            rows = [json.loads(searcher.doc(address)["payload"][0]) for _, address in found.hits]
        return [suggestion(row) for row in rows]

    def count(self) -> int:
        with engine_boundary("count"):
            return int(self._searcher().num_docs)

    def keys_referring(self, page: int) -> list[str]:
        """Return the keys of files that were findable because of a page."""
        with engine_boundary("refs"):
            searcher = self._searcher()
            query = tantivy.Query.term_query(self._schema, "ref", str(page))
            found = searcher.search(query, limit=1000, count=False)
            return [json.loads(searcher.doc(address)["payload"][0])["key"] for _, address in found.hits]

    def inventory(self) -> dict[int, tuple[int, int]]:
        """Return for each document: hash of its key, hash of its content, rank of its level."""
        with engine_boundary("inventory"):
            searcher = self._searcher()
            if not searcher.num_docs:
                return {}
            query = tantivy.Query.all_query()
            addresses = [address for _, address in searcher.search(query, limit=searcher.num_docs).hits]
            columns = [searcher.fast_field_values(name, addresses) for name in ("uid", "print", "level")]
            return {int(uid): (int(mark), int(level)) for uid, mark, level in zip(*columns, strict=True)}

    def keys_of(self, uids: set[int]) -> list[str]:
        """Return the keys of documents by the hashes of their keys."""
        with engine_boundary("keys"):
            searcher = self._searcher()
            found = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs), count=False)
            addresses = [address for _, address in found.hits]
            rows = zip(addresses, searcher.fast_field_values("uid", addresses), strict=True)
            wanted = [address for address, uid in rows if uid in uids]
            return [json.loads(searcher.doc(address)["payload"][0])["key"] for address in wanted]


def _native(entry: Entry) -> Any:
    native = tantivy.Document()
    for field, text in entry.texts:
        native.add_text(field, text)
    native.add_bytes("payload", entry.payload)
    for name, number in entry.unsigned.items():
        native.add_unsigned(name, number)
    for name, number in entry.integers.items():
        native.add_integer(name, number)
    native.add_float("weight", entry.weight)
    return native


def _aggregation(facet: str, days: Sequence[tuple[date, int, int | None]]) -> dict[str, Any]:
    if facet != "reviewed":
        return {"terms": {"field": facet, "size": FACET_VALUES}}
    ranges = [{"from": first} | ({"to": end} if end else {}) for _, first, end in days]
    return {"range": {"field": REVIEWED, "ranges": ranges}}
