"""What all engines keep of a document, made in one place, and how they give it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from search.analysis import analyse
from search.documents import SearchDocument
from search.engines.base import Hit, Suggestion

LONGEST_STORED_TEXT = 40_000
LONGEST_PREFIX = 20


def fingerprint(text: str) -> int:
    """Return 63 bits of a hash, as the index keeps them for comparisons."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1


def prefixes(phrases: Iterable[str]) -> str:
    """Return all beginnings of all words, from two letters on, and whole words of one letter."""
    words = {word for phrase in phrases for word in (*analyse(phrase).exact, *analyse(phrase).joined)}
    return " ".join(sorted({word[:end] for word in words for end in range(1, min(len(word), LONGEST_PREFIX) + 1)}))


def starts(phrases: Iterable[str]) -> str:
    """Return the beginnings of the first word, and the whole name as one word after "="."""
    result: list[str] = []
    for phrase in phrases:
        words = analyse(phrase).exact
        result += [word[:end] for word in words[:1] for end in range(1, min(len(word), LONGEST_PREFIX) + 1)]
        result.append("=" + "".join(words))
    return " ".join(result)


def with_wider(refs: Iterable[str]) -> list[str]:
    """Return provisions, and for each the one above it with a star: "ozg/9/1" is also "ozg/9/*"."""
    wider = {f"{ref.rpartition('/')[0]}/*" for ref in refs if ref.count("/") > 1}
    return [*refs, *sorted(wider)]


def payload(document: SearchDocument) -> dict[str, Any]:
    """Return what is shown of a document, as plain values."""
    return {
        "key": document.key, "kind": document.kind, "title": document.title, "url": document.url,
        "summary": document.summary, "text": document.text[:LONGEST_STORED_TEXT], "badge": document.badge,
        "changed": _iso(document.changed), "reviewed": _iso(document.reviewed), "topic": document.primary_topic,
        "label": document.suggest_label,
    }  # fmt: skip


def _iso(value: date | None) -> str | None:
    return value.isoformat()[:10] if value else None


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def hit(row: Mapping[str, Any], score: float) -> Hit:
    """Return a hit from what `payload` has made."""
    return Hit(
        key=row["key"],
        score=float(score),
        kind=row["kind"],
        title=row["title"],
        url=row["url"],
        summary=row["summary"],
        text=row["text"],
        badge=row["badge"],
        changed=_date(row["changed"]),
        reviewed=_date(row["reviewed"]),
        primary_topic=row["topic"],
    )


def suggestion(row: Mapping[str, Any]) -> Suggestion:
    return Suggestion(row["key"], row["label"] or row["title"], row["url"], row["kind"])
