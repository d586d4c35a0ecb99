"""Which questions lead on: retired as long as a question that replaces them is live.

Without one, readers get the question itself again (`faq.queries.last_successor`): it must be found and kept true.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from wagtail.models import Page

STEPS = 3
"""How many replacements in a row are looked at; longer chains are shortened whenever one of them is deleted."""


def retired(prefix: str = "questionpage__") -> Q:
    """Return the condition for pages (or, without prefix, questions) that lead to a live successor."""
    found = Q()
    for steps in range(1, STEPS + 1):
        found |= Q(**{f"{prefix}{'successor__' * steps}live": True})
    return found


def leading_on(pages: Collection[int]) -> dict[int, int]:
    """Return, for those of the pages that are retired, the live question each leads to; one query."""
    steps = range(1, STEPS + 1)
    names = [f"questionpage__{'successor__' * number}{field}" for number in steps for field in ("pk", "live")]
    found = {}
    for pk, *chain in Page.objects.filter(retired(), pk__in=pages).values_list("pk", *names):
        live = [successor for successor, is_live in zip(chain[::2], chain[1::2], strict=True) if is_live]
        found[pk] = live[-1]
    return found
