"""What people of the centre see first: figures registered by the apps, shown by portal.dashboard.

The start page of the admin must not grow slower with each app. A source therefore says what is to be counted and
makes its lines of the numbers; all countings of all sources, and of Wagtail's summary, are one query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db.models import IntegerField, QuerySet, Subquery

Countings = Mapping[str, QuerySet[Any]]
Numbers = Mapping[str, int]
Key = TypeVar("Key")


@dataclass(frozen=True)
class Figure:
    """One line of the overview: how many, of what, and where to go on; `urgent` ones are set off.

    `one` is the label for a single thing where it differs.
    """

    count: int
    label: str
    url: str = ""
    urgent: bool = False
    one: str = ""

    @property
    def words(self) -> str:
        """Number and label as they are read: "1 offene Aufgabe", "12 offene Aufgaben"."""
        return f"{self.count} {self.one if self.one and self.count == 1 else self.label}"


@dataclass(frozen=True)
class Source:
    name: str
    order: int
    permission: str
    figures: Callable[[Any], Iterable[Figure]] | None = None
    countings: Callable[[Any], Countings] | None = None
    lines: Callable[[Numbers], Iterable[Figure]] | None = None

    def of(self, user: Any, numbers: Mapping[str, Numbers]) -> Iterable[Figure]:
        if self.lines is not None:
            return self.lines(numbers[self.name])
        return self.figures(user) if self.figures is not None else ()


sources: dict[str, Source] = {}


def register(
    name: str, figures: Callable[[Any], Iterable[Figure]], *, order: int = 100, permission: str = ""
) -> None:
    """Register a source that asks the database itself: one query; better is `register_counted`, which costs none.

    It is called with the signed-in person; an empty permission means everybody.
    """
    sources[name] = Source(name, order, permission, figures=figures)


def register_counted(
    name: str, countings: Callable[[Any], Countings], lines: Callable[[Numbers], Iterable[Figure]], *,
    order: int = 100, permission: str = "",
) -> None:  # fmt: skip
    """Register a source by what it counts for a person, and the lines it makes of the numbers."""
    sources[name] = Source(name, order, permission, countings=countings, lines=lines)


class _Counted(Subquery):
    """How many rows a queryset has, inside another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def count_all(user: Any, countings: Mapping[Key, QuerySet[Any]]) -> dict[Key, int]:
    """Count all querysets in one query: subqueries in the row of the person who looks."""
    if not countings:
        return {}
    columns = {
        f"n{place}": _Counted(rows.order_by().values("pk")) for place, rows in enumerate(countings.values())
    }
    found = get_user_model()._default_manager.filter(pk=user.pk).order_by().values_list(*columns.values()).get()
    return dict(zip(countings, found, strict=True))


class Overview:
    """The figures of a person together with further numbers of the same page."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.further: dict[str, QuerySet[Any]] = {}
        self._numbers: dict[str, dict[str, int]] | None = None
        allowed = [row for row in sources.values() if not row.permission or user.has_perm(row.permission)]
        self._sources = sorted(allowed, key=lambda source: source.order)

    def also_count(self, name: str, rows: QuerySet[Any]) -> None:
        """Count something else with the same query; before the first number is read."""
        self.further[name] = rows

    def numbers(self) -> dict[str, dict[str, int]]:
        """Return the numbers of each source by name, the further ones under an empty name."""
        if self._numbers is None:
            parts: dict[tuple[str, str], QuerySet[Any]] = {("", key): rows for key, rows in self.further.items()}
            for source in self._sources:
                if source.countings is not None:
                    for key, rows in source.countings(self.user).items():
                        parts[source.name, key] = rows
            counted = count_all(self.user, parts)
            self._numbers = {"": {}, **{source.name: {} for source in self._sources}}
            for (name, key), number in counted.items():
                self._numbers[name][key] = number
        return self._numbers

    def figures(self) -> list[Figure]:
        """Return all lines the person may see, in the order of their sources."""
        numbers = self.numbers()
        return [figure for source in self._sources for figure in source.of(self.user, numbers)]


def figures_for(user: Any) -> list[Figure]:
    """Return all lines a person may see, in the order of their sources."""
    return Overview(user).figures()
