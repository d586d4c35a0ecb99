"""The words the search of the desk knows of a case: in the database, never in the public index.

A word is folded (ä as a, ß as ss, no case) and found by its beginning; several words all have to be there. What is
internal is not among them, since who sees a case need not see its notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q, QuerySet

from consultations.models import Case, CaseWord
from portal.core.text import sort_key

SHORTEST, LONGEST, MOST_ASKED = 2, 40, 8
CHUNK = 500
_WORD = re.compile(r"\w+")
_REFERENCE = re.compile(r"B[\s-]*([A-Z0-9]{4})[\s-]*([A-Z0-9]{4})", re.IGNORECASE)


def words_of(text: str) -> set[str]:
    """Return the folded words of a text."""
    return {word[:LONGEST] for word in _WORD.findall(sort_key(text)) if len(word) >= SHORTEST}


def add(case: Case, *texts: str) -> None:
    """Make a case found by the words of texts; two queries at most."""
    found = set().union(*(words_of(text) for text in texts))
    rows = [CaseWord(case=case, word=word) for word in sorted(found)]
    CaseWord.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)


def texts_of(case: Case) -> Iterable[str]:
    """Return everything a case is found by."""
    yield from (case.subject, case.municipality.name)
    yield from (message.text for message in case.messages.all())
    concern = getattr(case, "concern", None)  # of requests by municipalities
    yield from (str(getattr(concern, name, "")) for name in ("goal", "service", "procedure"))


def rebuild(cases: QuerySet[Case]) -> int:
    """Write the words of cases anew, for those stored in bulk; returns how many words there are."""
    total = 0
    rows = cases.select_related("municipality").prefetch_related("messages").order_by("pk")
    CaseWord.objects.filter(case__in=cases).delete()
    batch: list[CaseWord] = []
    for case in rows.iterator(chunk_size=CHUNK):
        found = set().union(*(words_of(text) for text in texts_of(case)))
        batch += [CaseWord(case_id=case.pk, word=word) for word in sorted(found)]
        total += len(found)
        if len(batch) > CHUNK * 10:
            CaseWord.objects.bulk_create(batch, batch_size=CHUNK)
            batch = []
    CaseWord.objects.bulk_create(batch, batch_size=CHUNK)
    return total


def _begins_with(word: str) -> Q:
    # LIKE uses the index on PostgreSQL only; a range does so on SQLite, where texts are compared byte by byte.
    if connection.vendor == "postgresql":
        return Q(word__startswith=word)
    return Q(word__gte=word, word__lt=word[:-1] + chr(ord(word[-1]) + 1))


def is_reference(asked: str) -> bool:
    """True for the number of a case, in any spelling."""
    return _REFERENCE.fullmatch(asked.strip()) is not None


def search(rows: QuerySet[Case], asked: str) -> QuerySet[Case]:
    """Return the cases of `rows` that a search means: a reference in any spelling, or all of its words."""
    reference = _REFERENCE.fullmatch(asked.strip())
    if reference:
        return rows.filter(reference=f"B-{reference[1]}-{reference[2]}".upper())
    words = sorted(words_of(asked), key=len, reverse=True)[:MOST_ASKED]
    if not words:
        return rows.none() if asked.strip() else rows
    for word in words:
        rows = rows.filter(pk__in=CaseWord.objects.filter(_begins_with(word)).order_by().values("case"))
    return rows
