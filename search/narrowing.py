"""Filters as readers set them: read from an address, said in an address, offered with counts, shown as chips."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import get_script_prefix, reverse
from django.utils import timezone

from portal.core.visibility import Visibility
from search.engines.base import Order, SearchQuery
from search.registry import registry

if TYPE_CHECKING:
    from search.finding import Found

State = dict[str, list[str]]

REVIEWED_MONTHS = (3, 6, 12)
# Values of one filter that are looked at; an address with more is nobody's choice.
MOST_VALUES = 20
MOST_TOPICS = 12
MOST_SHOWN = 8
SLUG = re.compile(r"[-a-z0-9]{1,100}(/[-a-z0-9]{1,100}){0,5}")
# Facet of the engines (search/filters.py), its parameter in addresses, its heading.
FACETS = {
    "kind": ("art", "Art"),
    "topic": ("thema", "Thema"),
    "audience": ("fuer", "Für wen"),
    "act": ("recht", "Rechtsvorschrift"),
    "reviewed": ("geprueft", "Zuletzt geprüft"),
}
ORDER = "sortierung"
ORDER_LABELS = {Order.RELEVANCE: "Relevanz", Order.DATE: "Datum"}


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last day of a shorter month."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))


@dataclass(frozen=True)
class Filters:
    """What a reader narrows a search by, and the order he wants; everything that is set is known to exist."""

    kinds: tuple[str, ...] = ()
    topic: int | None = None
    audiences: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    reviewed_months: int = 0
    order: Order = Order.RELEVANCE

    def narrow(self, query: SearchQuery) -> SearchQuery:
        """Return the query under these filters; days are those of today."""
        today = timezone.localdate()
        return replace(
            query,
            kinds=self.kinds,
            topic=self.topic,
            audiences=self.audiences,
            acts=self.acts,
            reviewed_since=months_before(today, self.reviewed_months) if self.reviewed_months else None,
            reviewed_steps=tuple(months_before(today, months) for months in REVIEWED_MONTHS),
            order=self.order,
        )

    @property
    def state(self) -> State:
        """The filters as parameters of an address."""
        return {
            "art": list(self.kinds),
            "thema": [] if self.topic is None else [str(self.topic)],
            "fuer": list(self.audiences),
            "recht": list(self.acts),
            "geprueft": [str(self.reviewed_months)] if self.reviewed_months else [],
            ORDER: [] if self.order is Order.RELEVANCE else [self.order.value],
        }

    @property
    def active(self) -> list[str]:
        """The facets that narrow the search."""
        state = self.state
        return [facet for facet, (parameter, _) in FACETS.items() if state[parameter]]


def read_filters(asked: QueryDict, level: Visibility) -> Filters:
    """Return the filters of an address; what is unknown is no filter."""
    months = asked.get("geprueft", "")
    order = asked.get(ORDER, "")
    return Filters(
        kinds=_known(asked.getlist("art"), lambda codes: {code for code in codes if code in registry.kinds}),
        topic=_topic(asked.get("thema", ""), level),
        audiences=_known(asked.getlist("fuer"), lambda codes: registry.filter_labels("audience", codes)),
        acts=_known(asked.getlist("recht"), lambda codes: registry.filter_labels("act", codes)),
        reviewed_months=next((number for number in REVIEWED_MONTHS if months == str(number)), 0),
        order=Order.DATE if order == Order.DATE else Order.RELEVANCE,
    )


def _known(values: list[str], known: Callable[[list[str]], Iterable[str]]) -> tuple[str, ...]:
    asked = list(dict.fromkeys(values[:MOST_VALUES]))
    found = set(known(asked)) if asked else set()
    return tuple(value for value in asked if value in found)


def _topic(value: str, level: Visibility) -> int | None:
    """Return the id of a topic given by id, slug or slug path; what is no topic is no filter."""
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if SLUG.fullmatch(value) and registry.topic_names is not None:
        return registry.topic_names.resolve(value, level)
    return None


# -- addresses ------------------------------------------------------------------------------------------


def address(parameters: Mapping[str, Any]) -> str:
    """Return the address of a search; without parameters that of the empty search."""
    query, path = urlencode(parameters, doseq=True), _path(get_script_prefix())
    return f"{path}?{query}" if query else path


@cache
def _path(prefix: str) -> str:
    """Return the path of the search; a page of results has some forty links to it."""
    return reverse("search")


def changed(state: State, **values: list[str]) -> str:
    """Return the address of the same search with other filters, on its first page."""
    kept = {name: [item for item in items if item] for name, items in {**state, **values}.items()}
    return address({name: items for name, items in kept.items() if items})


# -- what is shown --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One value of a filter: label, count, address that sets (or, when active, removes) it."""

    label: str
    count: int
    url: str
    active: bool = False
    value: str = ""


@dataclass(frozen=True)
class Facet:
    """A filter with its values."""

    name: str
    heading: str
    choices: list[Choice]


class Shown:
    """Facets, chips and orders of one search; `state` is what its address says."""

    def __init__(self, found: Found, filters: Filters, state: State) -> None:
        self.found, self.filters, self.state = found, filters, state

    def facets(self) -> list[Facet]:
        """Return the filters that have something to choose."""
        made = [Facet(name, heading, self._choices(name)) for name, (_, heading) in FACETS.items()]
        return [facet for facet in made if facet.choices]

    def chips(self) -> list[Choice]:
        """Return what is set, each with the address without it."""
        return [
            Choice(name, 0, self._toggled(facet, value), True, value)
            for facet in self.filters.active
            for value, name in self._names(facet).items()
        ]

    def _names(self, facet: str) -> dict[str, str]:
        """Return what is set of a facet, by value, as it reads without the heading of the facet."""
        values = self.state[FACETS[facet][0]]
        labels = self._labels(facet, values)
        if facet == "reviewed":
            return {value: f"Geprüft {label[0].lower()}{label[1:]}" for value, label in labels.items()}
        return {value: labels.get(value, "Thema") for value in values}

    def relief(self) -> list[Choice]:
        """Return which filters a search without hits could do without, each with what it would then find.

        Without an index nobody counts: then all of them are offered to be dropped, without a number.
        """
        choices = []
        counted = {"": 0} if self.found.degraded and self.filters.active else self.found.relief
        for facet, count in counted.items():
            if facet:
                named = ", ".join(f"„{name}“" for name in self._names(facet).values())
                label = f"Ohne {named} suchen"
                choices.append(Choice(label, count, changed(self.state, **{FACETS[facet][0]: []})))
            else:
                bare = {parameter: list[str]() for parameter, _ in FACETS.values()}
                choices.append(Choice("Ohne Filter suchen", count, changed(self.state, **bare)))
        return choices

    def orders(self) -> list[Choice]:
        """Return the orders to choose from."""
        return [
            Choice(
                label,
                0,
                changed(self.state, **{ORDER: [] if order is Order.RELEVANCE else [order.value]}),
                order is self.filters.order,
            )
            for order, label in ORDER_LABELS.items()
        ]

    def _choices(self, facet: str) -> list[Choice]:
        counts = self.found.counts(facet)
        active = self.state[FACETS[facet][0]]
        labels = self._labels(facet, [*counts, *active])
        most = sorted(labels, key=lambda value: -counts.get(value, 0))
        most = most if facet in {"kind", "reviewed"} else most[: MOST_TOPICS if facet == "topic" else MOST_SHOWN]
        shown = {value for value in most if counts.get(value)} | set(active)
        return [
            Choice(label, counts.get(value, 0), self._toggled(facet, value), value in active, value)
            for value, label in labels.items()
            if value in shown
        ]

    def _labels(self, facet: str, values: Iterable[str]) -> dict[str, str]:
        """Return the labels of values in the order of display; what has none is not shown."""
        wanted = set(values)
        if facet == "kind":
            return {code: kind.plural for code, kind in registry.kinds.items() if code in wanted}
        if facet == "topic":
            return {str(pk): title for pk, title in self.found.topic_titles.items() if str(pk) in wanted}
        if facet == "reviewed":
            steps = [months for months in REVIEWED_MONTHS if str(months) in wanted]
            return {str(months): f"In den letzten {months} Monaten" for months in steps}
        return registry.filter_labels(facet, wanted)

    def _toggled(self, facet: str, value: str) -> str:
        parameter = FACETS[facet][0]
        active = self.state[parameter]
        if value in active:
            return changed(self.state, **{parameter: [item for item in active if item != value]})
        several = facet in {"kind", "audience", "act"}
        return changed(self.state, **{parameter: [*active, value] if several else [value]})
