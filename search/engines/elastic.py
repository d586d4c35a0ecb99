"""One index in a cluster: what an index directory is for the embedded engine.

Errors of client and server leave this module as `EngineError`, without words of a query.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError, helpers
from elasticsearch.dsl import A, Search
from elasticsearch.dsl.function import FieldValueFactor
from elasticsearch.dsl.query import Bool, FunctionScore, Query, Range
from elasticsearch.dsl.query import Term as TermQuery

from portal.core.visibility import Visibility
from search.analysis import analyse, joined_words, raw_words
from search.compounds import Splitter, possible_parts
from search.documents import SearchDocument
from search.engines.base import EngineError, Hit, Nearness, Order, SearchQuery, SearchResults, Suggestion
from search.engines.elastic_mapping import HIGHEST_LEVEL, OWN_LEVEL
from search.engines.elastic_query import SCALE, ElasticTranslator
from search.engines.elastic_vectors import (
    VectorSource,
    as_passages,
    likeness,
    nearest,
    vectors_in_use,
    with_vectors,
)
from search.engines.embedded import index_version
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
from search.engines.planning import FIELDS, Planner, plan_suggestions
from search.engines.tree import AtMost, Node, Plan
from search.filters import NEWEST, REVIEWED, added_up, day_ranges, facet_groups, numbers, put_counts
from search.ranking import ranking
from search.splitters import splitter_of

FACET_VALUES = 500
BULK = 200
BULK_BYTES = 8 * 1024 * 1024
VOCABULARY_PART = 50_000
# Runs of letters that a smaller share of entries has are certainly rare.
COMMON_SHARE = 0.05
REFERRING = 1000
READY = ("title_parts", "title_grams", "all_parts", "all_grams")

logger = logging.getLogger("search")


@contextmanager
def elastic_boundary(what: str) -> Iterator[None]:
    """Turn whatever the client raises into `EngineError`: kind and status, never the query."""
    try:
        yield
    except EngineError:
        raise
    except ApiError as error:
        reason = f"{what}: {type(error).__name__} {error.status_code}"
        # 503: no shard of it answers, as of one that is just being deleted.
        missing, refused = error.status_code in (404, 503), error.status_code == 400
        raise EngineError(reason, is_missing=missing, is_refused=refused) from None
    except TransportError as error:
        raise EngineError(f"{what}: {type(error).__name__}") from None
    except Exception as error:  # an answer of a shape that nobody expected
        raise EngineError(f"{what}: {type(error).__name__}") from error


def put_own(client: Elasticsearch, index: str, name: str, values: Mapping[str, Any]) -> None:
    """Keep an entry of our own, such as the position in the log, in an index."""
    with elastic_boundary(name):
        client.index(index=index, id=f"_{name}", document={"level": OWN_LEVEL, "own": dict(values)})


def read_own(client: Elasticsearch, index: str, name: str) -> dict[str, Any] | None:
    """Return an entry of our own; None where the index has none, `EngineError` where there is no index."""
    with elastic_boundary(name):
        try:
            found: dict[str, Any] = client.get(index=index, id=f"_{name}")["_source"]["own"]
        except NotFoundError as error:
            if error.error == "index_not_found_exception":
                raise
            return None
        return found


class ElasticIndex:
    """A physical index; `patience` limits the seconds of each question to it."""

    name = "elasticsearch"

    def __init__(
        self,
        client: Elasticsearch,
        index: str,
        *,
        splitter: Splitter | None = None,
        vectors: VectorSource | None = None,
    ) -> None:
        self._client, self.index = client, index
        self._vectors = vectors or vectors_in_use()
        self._grams: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
        common: dict[str, Any] = {}
        if splitter is None:
            common = json.loads((self.read_own("common") or {"shares": "{}"})["shares"])
            splitter = splitter_of(self._load_vocabulary(), form=index_version())
        self.splitter = splitter
        self._use(common)

    def _use(self, common: Mapping[str, Mapping[str, float]]) -> None:
        self._planner, self._translator = Planner(self.splitter), ElasticTranslator(common)

    def within(self, seconds: float) -> ElasticIndex:
        """Return the same index, each request to it limited to some seconds."""
        other = object.__new__(ElasticIndex)
        other.__dict__.update(self.__dict__)
        other._client = self._client.options(request_timeout=seconds)
        return other

    # -- what all nodes need to ask it --------------------------------------------------------------

    def save_vocabulary(self, vocabulary: Mapping[str, int]) -> None:
        """Keep with the index the words by which compounds are split, so that all nodes split alike."""
        kept = sorted(possible_parts(vocabulary).items())
        parts = [dict(kept[at : at + VOCABULARY_PART]) for at in range(0, len(kept), VOCABULARY_PART)]
        for place, part in enumerate(parts):
            self.put_own(f"vocabulary-{place}", {"words": json.dumps(part, ensure_ascii=False)})
        self.put_own("vocabulary", {"parts": len(parts)})

    def save_common(self) -> None:
        """Keep which runs of letters are common, as the first filling has counted them."""
        number = max(1, self.count())
        common = {
            f"{field}_grams": {gram: n / number for gram, n in counts.items() if n > COMMON_SHARE * number}
            for field, counts in self._grams.items()
        }
        self.put_own("common", {"shares": json.dumps(common)})
        self._use(common)

    def _load_vocabulary(self) -> dict[str, int]:
        about = self.read_own("vocabulary")
        if about is None:
            raise EngineError("vocabulary: incomplete index")
        vocabulary: dict[str, int] = {}
        for place in range(about["parts"]):
            vocabulary.update(json.loads((self.read_own(f"vocabulary-{place}") or {"words": "{}"})["words"]))
        return vocabulary

    def put_own(self, name: str, values: Mapping[str, Any]) -> None:
        put_own(self._client, self.index, name, values)

    def read_own(self, name: str) -> dict[str, Any] | None:
        return read_own(self._client, self.index, name)

    # -- writing ------------------------------------------------------------------------------------

    def put(self, documents: Iterable[SearchDocument], *, version: int = 0) -> None:
        """Write documents as they were when `version` was the newest change; what is newer stays."""
        entries = self._made(documents)
        self._bulk({**self._action(entry["key"], version), "_source": entry} for entry in entries)

    def entries(self, documents: Iterable[SearchDocument]) -> list[dict[str, Any]]:
        return list(self._made(documents))

    def add_new(self, entries: Iterable[dict[str, Any]], *, version: int = 0) -> None:
        """Write entries of a first filling, and count their runs of letters."""
        self._bulk(self._counted(entries, version))

    def delete(self, keys: Iterable[str], *, version: int = 0) -> None:
        self._bulk({**self._action(key, version), "_op_type": "delete"} for key in keys)

    def commit(self) -> None:
        """Make everything written so far findable."""
        with elastic_boundary("refresh"):
            self._client.indices.refresh(index=self.index)

    def _action(self, key: str, version: int) -> dict[str, Any]:
        return {
            "_op_type": "index", "_index": self.index, "_id": key, "version": version,
            "version_type": "external_gte",
        }  # fmt: skip

    def _made(self, documents: Iterable[SearchDocument]) -> Iterator[dict[str, Any]]:
        for document, vectors in with_vectors(documents, self._vectors):
            yield self._native(document) | as_passages(vectors)

    def _counted(self, entries: Iterable[dict[str, Any]], version: int) -> Iterator[dict[str, Any]]:
        for entry in entries:
            for field in FIELDS:
                self._grams[field].update({gram for text in entry[f"{field}_grams"] for gram in text.split()})
            yield {**self._action(entry["key"], version), "_source": entry}

    def _bulk(self, actions: Iterable[dict[str, Any]]) -> None:
        """Write; what the cluster has no room or time for is tried again and then fails the whole.

        An entry that never fits its mapping must not stop all others: it is logged, and `search_check` names it.
        """
        with elastic_boundary("bulk"):
            results = helpers.streaming_bulk(
                self._client, actions, chunk_size=BULK, max_chunk_bytes=BULK_BYTES, raise_on_error=False,
                max_retries=3, initial_backoff=0.5, max_backoff=4,
            )  # fmt: skip
            refused = [item for done, item in results if not done and not _is_settled(item)]
        if refused:
            raise EngineError(f"bulk: {len(refused)} refused, status {_status(refused[0])}")

    def _native(self, document: SearchDocument) -> dict[str, Any]:
        native: dict[str, Any] = {
            "key": document.key, "kind": document.kind, "topic": [str(topic) for topic in document.topics],
            "define": with_wider(document.defines), "cite": with_wider(document.cites),
            "act": list(document.acts), "audience": list(document.audience),
            "ref": [str(page) for page in document.linked_from],
            "payload": payload(document), "uid": fingerprint(document.key),
            "print": fingerprint(document.content_hash), "level": document.level.rank,
            "weight": float(ranking().kind(document.kind) * document.weight),
            **numbers(document, fingerprint(document.key)),
        }  # fmt: skip
        known: dict[str, dict[str, str]] = {}
        for field in FIELDS:
            texts = document.fields.get(field, ())
            known |= {text: self.splitter.readings(text) for text in texts if text not in known}
            read = [known[text] for text in texts]
            joined = [" ".join(joined_words(raw_words(text))) for text in texts]
            native |= {f"{field}_{name}": [words[name] for words in read] for name in ("parts", "grams")}
            native[f"{field}_stem"] = list(texts)
            native[f"{field}_exact"] = [*texts, *filter(None, joined)]
        if document.level is Visibility.PUBLIC:
            native["suggest"] = prefixes(document.suggest)
            native["suggest_start"] = starts(document.suggest[:1])
        return native

    # -- reading ------------------------------------------------------------------------------------

    def search(self, query: SearchQuery) -> SearchResults:
        with elastic_boundary("search"):
            plan = self._planner.plan(query)
            search = self._request(query, plan)
            offset = max(0, query.offset)
            answer = search[offset : offset + max(1, query.limit)].source(["payload"]).execute()
            raw = answer.to_dict()
            if raw.get("timed_out"):
                raise EngineError("search: timed out")
            results = SearchResults(
                hits=[hit(row["_source"]["payload"], (row["_score"] or 0) * SCALE) for row in raw["hits"]["hits"]],
                total=raw["hits"]["total"]["value"],
                engine=self.name,
            )
            if query.facets:
                _count(query, raw["aggregations"], results)
            return results

    def _request(self, query: SearchQuery, plan: Plan) -> Search[Any]:
        """Return the search; filters with counts come after the query, so that a count can leave out its own."""
        ranked = FunctionScore(
            query=self._query(plan.ranking),
            functions=[FieldValueFactor(field="weight", missing=1.0)],
            boost_mode="multiply",
        )
        search: Search[Any] = self._search().extra(track_total_hits=True).query(ranked)
        search = search.sort(f"-{NEWEST}") if query.order is Order.DATE else search.sort("_score", "key")
        if plan.filters:
            search = search.post_filter(Bool(filter=[self._query(node) for node in plan.filters.values()]))
        for without, names in facet_groups(query) if query.facets else ():
            others = [self._query(node) for other, node in plan.filters.items() if other != without]
            bucket = search.aggs.bucket(f"without_{without}", "filter", filter=Bool(filter=others))
            for name in names:
                bucket.bucket(name, _aggregation(name, query))
        return search

    def _search(self) -> Search[Any]:
        search: Search[Any] = Search(using=self._client, index=self.index)
        # Over several shards the frequencies of all count, not those of each.
        kind = "dfs_query_then_fetch" if settings.ELASTICSEARCH_SHARDS > 1 else "query_then_fetch"
        return search.params(allow_partial_search_results=False, search_type=kind)

    def _query(self, node: Node) -> Query:
        return self._translator.query(node)

    def nearest(self, query: SearchQuery, meaning: Nearness, *, limit: int) -> list[Hit]:
        """Return entries with the nearest passages; an index without vectors has none."""
        with elastic_boundary("nearest"):
            allowed = self._query(self._planner.allowed(query))
            # No search type: Elasticsearch decides about it where kNN is asked.
            search: Search[Any] = Search(using=self._client, index=self.index)
            search = search.params(allow_partial_search_results=False).source(["payload"])
            raw = nearest(search, meaning.vector, allowed, limit=limit)[:limit].execute().to_dict()
            return [hit(row["_source"]["payload"], likeness(row["_score"])) for row in raw["hits"]["hits"]]

    def suggest(self, text: str, *, limit: int) -> list[Suggestion]:
        words = [token.exact for token in analyse(text).tokens]
        if not words:
            return []
        with elastic_boundary("suggest"):
            tree = plan_suggestions([word[:LONGEST_PREFIX] for word in words[:8]])
            search = self._search().query(self._query(tree)).sort("_score", "key").source(["payload"])
            raw = search.extra(track_total_hits=False)[: max(1, limit)].execute().to_dict()
            return [suggestion(row["_source"]["payload"]) for row in raw["hits"]["hits"]]

    def count(self) -> int:
        with elastic_boundary("count"):
            self._client.indices.refresh(index=self.index)
            search = self._search().query(self._query(AtMost("level", HIGHEST_LEVEL))).extra(track_total_hits=True)
            return int(search[:0].execute().to_dict()["hits"]["total"]["value"])

    def keys_referring(self, page: int) -> list[str]:
        """Return the keys of files that were findable because of a page."""
        with elastic_boundary("refs"):
            search = self._search().query(Bool(filter=[TermQuery("ref", {"value": str(page)})])).source(False)
            raw = search[:REFERRING].execute().to_dict()
            return [row["_id"] for row in raw["hits"]["hits"]]

    def inventory(self) -> dict[int, tuple[int, int]]:
        """Return for each document: hash of its key, hash of its content, rank of its level."""
        return {row["uid"]: (row["print"], row["level"]) for _, row in self._rows("uid", "print", "level")}

    def keys_of(self, uids: set[int]) -> list[str]:
        """Return the keys of documents by the hashes of their keys."""
        return [key for key, row in self._rows("uid") if row["uid"] in uids]

    def _rows(self, *names: str) -> Iterator[tuple[str, dict[str, int]]]:
        asked = {
            "query": Bool(filter=[Range("level", {"lte": HIGHEST_LEVEL})]).to_dict(),
            "docvalue_fields": list(names), "_source": False, "sort": ["_doc"],
        }  # fmt: skip
        with elastic_boundary("inventory"):
            self._client.indices.refresh(index=self.index)
            for row in helpers.scan(self._client, index=self.index, query=asked, size=5000, scroll="5m"):
                yield row["_id"], {name: int(values[0]) for name, values in row["fields"].items()}


def _aggregation(facet: str, query: SearchQuery) -> Any:
    if facet != "reviewed":
        return A("terms", field=facet, size=FACET_VALUES)
    ranges = [
        {"key": step.isoformat(), "from": first} | ({"to": end} if end else {})
        for step, first, end in day_ranges(query.reviewed_steps)
    ]
    return A("range", field=REVIEWED, ranges=ranges)


def _count(query: SearchQuery, found: Mapping[str, Any], results: SearchResults) -> None:
    for without, names in facet_groups(query):
        for name in names:
            buckets = found[f"without_{without}"][name]["buckets"]
            counts = {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
            if name == "reviewed":
                steps = [step for step, _, _ in day_ranges(query.reviewed_steps)]
                results.reviewed_counts = added_up((step, counts.get(step.isoformat(), 0)) for step in steps)
            else:
                put_counts(results, name, counts)


def _status(item: Mapping[str, Any]) -> int:
    return int(next(iter(item.values())).get("status", 0))


def _is_settled(item: Mapping[str, Any]) -> bool:
    """True where trying again helps nothing: there is something newer, nothing to delete, or it never fits."""
    status, what = _status(item), next(iter(item.values()))
    if status == 400:
        logger.error("search.elastic_refused", extra={"key": what.get("_id"), "reason": what["error"].get("type")})
    return status in (400, 409) or ("delete" in item and status == 404)
