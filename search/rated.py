"""The rated queries shipped with the product: weights are chosen on them, and rules of the staff tried.

The other half, on which the floor of the ranking is measured, stands with the tests.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wagtail.models import Page

from search.analysis import DATA
from search.pages import site_roots

SHIPPED = DATA / "rated.txt"
OUTSIDE_TOPICS = {"recht", "glossar", "fristen", "vorlagen", "rollen", "entscheidungshilfen"}


@dataclass(frozen=True)
class Rated:
    """Queries, and for each the addresses that answer it (2) or help (1); none for those without an answer."""

    queries: list[dict[str, str]]
    ratings: dict[str, dict[str, int]]


def _address(path: str) -> str:
    page, _, anchor = path.partition("#")
    prefix = "" if page.split("/")[0] in OUTSIDE_TOPICS else "themen/"
    return f"/{prefix}{page}/" + (f"#{anchor}" if anchor else "")


def read_rated(path: Path) -> Rated:
    """Read a half: "query | pages with the answer ; pages that help"."""
    rated = Rated([], {})
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        query, _, pages = line.partition("|")
        identity = str(len(rated.queries))
        rated.queries.append({"id": identity, "text": query.strip()})
        for grade, part in zip((2, 1), pages.split(";"), strict=False):
            for address in filter(None, (item.strip() for item in part.split(","))):
                rated.ratings.setdefault(identity, {})[_address(address)] = grade
    return rated


def rated_here() -> list[tuple[str, dict[str, int]]]:
    """Return the shipped queries (text, grade by address) whose pages this portal has; one query or two."""
    rated = read_rated(SHIPPED)
    live = _live({address for pages in rated.ratings.values() for address in pages})
    rows = []
    for row in rated.queries:
        grades = {key: grade for key, grade in rated.ratings.get(row["id"], {}).items() if key in live}
        if grades:
            rows.append((row["text"], grades))
    return rows


def _live(addresses: Iterable[str]) -> set[str]:
    """Return those addresses that are live pages of the site."""
    places = {f"{root}{address[1:]}": address for root, prefix in site_roots() for address in addresses}
    found = Page.objects.live().filter(url_path__in=places).values_list("url_path", flat=True)
    return {places[path] for path in found}
