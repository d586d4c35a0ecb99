"""What lies between the ends of a cited range: § 3a is within "§§ 3 bis 5", as the wording of the act shows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q
from wagtail.models import Page

from knowledge.citations import section_key
from knowledge.models import LawSection, LegalReference
from knowledge.provisions import provision_order

_COUNTED = re.compile(r"(?P<unit>[a-z]+-[a-h]?)?\d")


def _unit(key: str) -> str | None:
    """Return what a provision is counted in: "" for §, "art-", "anlage-", "anlage-d"; None for Roman numbers."""
    counted = _COUNTED.match(key)
    return (counted["unit"] or "") if counted else None


def keys_between(keys: Collection[str], low: str, high: str) -> list[str]:
    """Return those keys that stand between two provisions of one kind."""
    unit, first, last = _unit(low), provision_order(section_key(low)), provision_order(section_key(high))
    if unit is None or unit != _unit(high):
        return []
    return [key for key in keys if _unit(key) == unit and first < provision_order(key) < last]


def sections_between(ranges: Collection[tuple[int, str, str]]) -> dict[tuple[int, str, str], list[str]]:
    """Return the sections of the imported wording within ranges (act, first, last); one query, none for none."""
    if not ranges:
        return {}
    sections: dict[int, list[str]] = {}
    rows = LawSection.objects.filter(law_text__act__in={act for act, _, _ in ranges}, key__gt="")
    for act, key in rows.values_list("law_text__act", "key"):
        sections.setdefault(act, []).append(key)
    return {item: keys_between(sections.get(item[0], ()), item[1], item[2]) for item in ranges}


def pages_with_ranges(act: Any) -> Iterator[Any]:
    """Yield the pages that cite a range of an act: its first provision is recorded with the words of the range."""
    ranged = LegalReference.objects.filter(Q(ref__contains=" bis ") | Q(ref__endswith=" f."), act=act)
    ids = sorted(set(ranged.values_list("page_id", flat=True)))
    for start in range(0, len(ids), 100):
        yield from Page.objects.filter(pk__in=ids[start : start + 100]).specific()
