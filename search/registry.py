"""What content apps tell the search: where documents come from, synonyms, citations, help, actions.

`search` imports no content app. Each app registers its sources in `AppConfig.ready`; a new kind of content
touches only its own app.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from django.db.models import QuerySet

from portal.core.visibility import Visibility
from search.documents import Change, Citation, Kind, SearchDocument, split_key


class DocumentSource(Protocol):
    """A model whose rows are findable.

    `name` starts the keys of its documents. `load` returns only what may be found at all now (live, not
    replaced); what it leaves out is deleted from the index.
    """

    name: str
    kind: Kind

    def ids(self) -> Iterable[int]:
        """Primary keys of everything that might be findable, in a stable order."""
        ...

    def load(self, ids: Sequence[int]) -> list[SearchDocument]:
        """Read documents as they are now, with a number of queries that does not depend on `ids`."""
        ...

    def affected(self, change: Change) -> Iterable[int]:
        """Primary keys whose documents have to be read again after a change (possibly long gone)."""
        ...

    def eligible(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, str, str]]:
        """Rows (name, pk, tree path of a page, path of a collection) of what is live; a row per linking page.

        Empty paths mean: public. The caller joins the queries of all sources into one, and keeps its SQL: nothing
        but the ids may make it differ (portal/core/compiled.py).
        """
        ...

    def match_plainly(self, words: Sequence[str], limit: int) -> list[int]:
        """Primary keys by a plain database search, used when no index answers."""
        ...


@runtime_checkable
class FileSource(Protocol):
    """A document source whose documents carry the text of a file."""

    def file_pages(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, list[str]]]:
        """Rows (name, pk, texts of the pages) of the files, of those only whose text is findable through them.

        The caller joins the queries of all sources into one; the reader may see the documents, that is checked.
        """
        ...


class SynonymSource(Protocol):
    """Groups of spellings that mean the same."""

    def groups(self) -> Iterable[Sequence[str]]: ...

    def never_correct(self) -> Iterable[str]: ...


class CitationRecogniser(Protocol):
    """Finds acts and provisions in what a reader typed."""

    def recognise(self, text: str) -> list[Citation]: ...


class ZeroResultHelp(Protocol):
    """Gives what helps a reader whose search found nothing: a list of {title, text, url}, at most a few."""

    heading: str

    def help(self, text: str) -> list[dict[str, str]]: ...


class ResultAction(Protocol):
    """Something staff may do with a result or a query (edit, write an article): {label, url} or None."""

    def for_hit(self, key: str, user: Any) -> dict[str, str] | None: ...


class FilterLabels(Protocol):
    """Names the values of a filter."""

    def __call__(self, values: Iterable[str]) -> dict[str, str]:
        """Return labels by value, in the order of display; a value that is unknown is missing."""
        ...


class TopicNames(Protocol):
    """Gives topics for filters."""

    def titles(self, ids: Iterable[int], level: Visibility) -> dict[int, str]:
        """Titles of the live topics this level of readers may see, by id, in tree order."""
        ...

    def resolve(self, slug: str, level: Visibility) -> int | None:
        """Id of the live topic with a slug, or with the slugs of topics above it before ("ozg/fristen")."""
        ...


class Registry:
    """All that content apps have registered; one instance for the process."""

    def __init__(self) -> None:
        self._sources: dict[str, DocumentSource] = {}
        self.synonym_sources: list[SynonymSource] = []
        self.citation_recognisers: list[CitationRecogniser] = []
        self.zero_result_help: list[ZeroResultHelp] = []
        self.result_actions: list[ResultAction] = []
        self.topic_names: TopicNames | None = None
        # By facet (search/filters.py): "audience", "act".
        self.filter_labellers: dict[str, FilterLabels] = {}

    def register_source(self, source: DocumentSource) -> None:
        if ":" in source.name or source.name in self._sources:
            raise ValueError(f"A document source named {source.name!r} cannot be registered (again).")
        self._sources[source.name] = source

    @property
    def sources(self) -> list[DocumentSource]:
        return list(self._sources.values())

    def source(self, name: str) -> DocumentSource | None:
        return self._sources.get(name)

    @property
    def kinds(self) -> dict[str, Kind]:
        """Return all kinds by code, in the order readers see them."""
        kinds = {source.kind.code: source.kind for source in self._sources.values()}
        return dict(sorted(kinds.items(), key=lambda item: (item[1].order, item[0])))

    def filter_labels(self, facet: str, values: Iterable[str]) -> dict[str, str]:
        """Return the labels of a filter's values; none where nobody names them."""
        labeller = self.filter_labellers.get(facet)
        return labeller(values) if labeller is not None else {}

    def affected_keys(self, change: Change) -> Iterator[str]:
        for source in self._sources.values():
            for pk in source.affected(change):
                yield f"{source.name}:{pk}"

    def file_pages(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Return the pages of the files behind documents, by key in their order; one query, or none."""
        by_source: dict[str, list[int]] = {}
        for name, pk in map(split_key, keys):
            by_source.setdefault(name, []).append(pk)
        parts = [
            source.file_pages(by_source[name])
            for name, source in self._sources.items()
            if name in by_source and isinstance(source, FileSource)
        ]
        if not parts:
            return {}
        rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
        found = {f"{name}:{pk}": [str(text) for text in pages] for name, pk, pages in rows}
        return {key: found[key] for key in keys if key in found}

    def load_keys(self, keys: Iterable[str]) -> dict[str, SearchDocument | None]:
        """Read the documents of many keys; None for what is no longer to be found."""
        by_source: dict[str, list[int]] = {}
        found: dict[str, SearchDocument | None] = {}
        for key in keys:
            name, _, pk = key.rpartition(":")
            by_source.setdefault(name, []).append(int(pk))
            found[key] = None
        for name, pks in by_source.items():
            source = self._sources.get(name)
            if source is not None:
                found.update({document.key: document for document in source.load(pks)})
        return found


registry = Registry()
