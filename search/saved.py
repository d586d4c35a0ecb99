"""Being told of new hits: a search as something to subscribe to (docs/subscriptions.md).

A page is a new hit when it has been published for the first time and every word of the search occurs in it: in
another form, in a compound, or as a synonym too. No index is asked, so nothing is missed while there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.contenttypes.models import ContentType
from django.db.models import Min
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone

from portal.core.models import Publication, SubjectKind, Subscription
from portal.core.subscriptions.registry import Subject
from portal.core.visibility import Visibility
from search.analysis import analyse
from search.compounds import root
from search.documents import SearchDocument
from search.engines.base import Group, SearchQuery, Word
from search.fallback import fits
from search.finding import Found
from search.models import SavedSearch
from search.narrowing import ORDER, Filters, Shown, address, read_filters
from search.query import parse, plan
from search.registry import registry

KIND = SubjectKind.SEARCH.value
LONGEST_ADDRESS = 1000
SHORTEST_INNER = 5
KEPT_UNUSED = timedelta(days=1)


# -- a search as a subject ------------------------------------------------------------------------------


def _state(query: str, level: Visibility) -> tuple[str, Filters]:
    """Return words and filters of a stored or typed query."""
    asked = QueryDict(query)
    return parse(asked.get("q", "")).text, read_filters(asked, level)


def canonical(query: str, level: Visibility) -> str:
    """Return the one form in which a search is stored; empty without anything to search for.

    The order is no part of it, nor is when a page was reviewed: of what is new that says nothing.
    """
    text, filters = _state(query, level)
    if plan(parse(text), level=level).is_empty:
        return ""
    state = {"q": [text], **replace(filters, reviewed_months=0).state, ORDER: []}
    return urlencode({name: values for name, values in state.items() if values}, doseq=True)


def subscribe_url(query: str, level: Visibility) -> str:
    """Return where a search can be subscribed to; empty where it cannot."""
    stored = canonical(query, level)
    path = f"{address({})}?{stored}"
    if not stored or len(path) > LONGEST_ADDRESS:
        return ""
    return f"{reverse('subscribe')}?{urlencode({'seite': path})}"


def _title(query: str, level: Visibility) -> str:
    text, filters = _state(query, level)
    found = Found(parse(text))
    if filters.topic is not None and registry.topic_names is not None:
        found.topic_titles = registry.topic_names.titles({filters.topic}, level)
    chips = Shown(found, filters, filters.state).chips()
    return ", ".join([f"„{text}“", *(chip.label for chip in chips)])


class SavedSearches:
    """Searches as subjects of subscriptions."""

    def offered(self, request: HttpRequest, path: str, level: Visibility) -> list[Subject]:
        """The search at the address of its results; it gets its number when somebody subscribes to it."""
        parts = urlsplit(path)
        if parts.path != address({}) or len(path) > LONGEST_ADDRESS:
            return []
        stored = canonical(parts.query, level)
        return [self._subject(0, stored, level)] if stored else []

    def settle(self, subject: Subject) -> Subject:
        row, _ = SavedSearch.objects.get_or_create(query=urlsplit(subject.url).query)
        return Subject(KIND, row.pk, subject.title, subject.url)

    def described(self, ids: Collection[int], level: Visibility) -> dict[int, Subject]:
        rows = SavedSearch.objects.filter(pk__in=ids)
        return {row.pk: self._subject(row.pk, row.query, level) for row in rows}

    def existing(self, ids: Collection[int]) -> set[int]:
        return set(SavedSearch.objects.filter(pk__in=ids).values_list("pk", flat=True))

    def touched(self, publications: Sequence[Publication]) -> dict[int, set[int]]:
        """Return the searches that each first publication is a new hit of."""
        keys = _keys(_first(publications))
        if not keys:
            return {}
        wanted = Subscription.objects.filter(kind=KIND, confirmed_at__isnull=False).values("object_id")
        searches = [(row.pk, _query(row.query)) for row in SavedSearch.objects.filter(pk__in=wanted)]
        if not searches:
            return {}
        documents = registry.load_keys(keys.values())
        readings = {key: Reading.of(document) for key, document in documents.items() if document is not None}
        return {
            publication: {pk for pk, query in searches if readings[key].answers(query)}
            for publication, key in keys.items()
            if key in readings
        }

    def _subject(self, pk: int, query: str, level: Visibility) -> Subject:
        return Subject(KIND, pk, _title(query, level), f"{address({})}?{query}")


def _query(stored: str) -> SearchQuery:
    """Return the stored search; who may read what it finds is decided when it is told."""
    text, filters = _state(stored, Visibility.CENTRE)
    return filters.narrow(plan(parse(text), level=Visibility.CENTRE))


def _first(publications: Sequence[Publication]) -> list[Publication]:
    """Return those before which nothing of the same thing was published."""
    places = {(row.content_type_id, row.object_id) for row in publications}
    known = Publication.objects.filter(
        content_type__in={kind for kind, _ in places}, object_id__in={pk for _, pk in places}
    )
    firsts = known.order_by().values("content_type", "object_id").annotate(first=Min("pk"))
    wanted = set(firsts.values_list("first", flat=True))
    return [row for row in publications if row.pk in wanted]


def _keys(publications: Iterable[Publication]) -> dict[int, str]:
    """Return publication id and key of the document that search knows what was published by."""
    models: dict[type[Any], str] = {}
    for source in registry.sources:
        queryset = getattr(source, "queryset", None)
        if queryset is not None:
            models.setdefault(queryset().model, source.name)
    types = ContentType.objects.get_for_models(*models)
    names = {content_type.pk: models[model] for model, content_type in types.items()}
    return {
        row.pk: f"{names[row.content_type_id]}:{row.object_id}"
        for row in publications
        if row.content_type_id in names
    }


# -- what is a hit --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """A document read once, for any number of searches."""

    document: SearchDocument
    exact: str
    stemmed: str
    words: frozenset[str]
    stems: frozenset[str]
    roots: frozenset[str]

    @classmethod
    def of(cls, document: SearchDocument) -> Reading:
        found = [analyse(text) for text in document.fields["all"]]
        words = frozenset(word for text in found for word in (*text.exact, *text.joined))
        stems = frozenset(stem for text in found for stem in text.stems)
        exact = " | ".join(" ".join(text.exact) for text in found)
        stemmed = " | ".join(" ".join(text.stems) for text in found)
        return cls(document, f" {exact} ", f" {stemmed} ", words, stems, frozenset(map(root, stems)))

    def answers(self, query: SearchQuery) -> bool:
        """Tell whether all that was asked for occurs, under the filters."""
        if not fits(self.document, query):
            return False
        if not all(f" {' '.join(phrase)} " in self.exact for phrase in query.phrases):
            return False
        cited = (*self.document.defines, *self.document.cites, *self.document.acts)
        if any(item.is_among(cited) for item in query.citations if not item.is_act or item.alone):
            return True
        return all(self._has(group) for group in query.groups)

    def _has(self, group: Group) -> bool:
        names = [name for name in (group.name, *group.alternatives) if name]
        if any(f" {' '.join(stems)} " in self.stemmed for stems in names):
            return True
        # Of a name ("Einer für Alle") there may be no word left that carries a topic.
        return bool(group.words) and all(self._has_word(word) for word in group.words)

    def _has_word(self, word: Word) -> bool:
        inner = root(word.stem)
        return (
            word.stem in self.stems
            or inner in self.roots
            or not self.words.isdisjoint(word.joined)
            or (len(inner) >= SHORTEST_INNER and any(inner in other for other in self.words))
        )


def tidy() -> str:
    """Delete searches that nobody has subscribed to (any more); the job of the schedule."""
    used = Subscription.objects.filter(kind=KIND).values("object_id")
    old = SavedSearch.objects.filter(created_at__lt=timezone.now() - KEPT_UNUSED)
    number, _ = old.exclude(pk__in=used).delete()
    return f"{number} abonnierte Suchen gelöscht" if number else ""
