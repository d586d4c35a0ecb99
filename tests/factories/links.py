"""Links in any state: found on a page, failing for some days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from knowledge.models import ExternalLink, LinkPlace
from knowledge.models.links import url_key

GONE = "https://weg.example/leitfaden"


def link(url: str = GONE, *, failures: int = 0, verdict: str = "broken", **fields: Any) -> ExternalLink:
    """Make a link that has failed on so many days in a row, today the last time."""
    now = timezone.now()
    values: dict[str, Any] = {"url": url, "last_checked": now}
    if failures:
        values |= {
            "failures": failures, "verdict": verdict, "status": 404 if verdict == "broken" else 503,
            "problem": "Die Seite antwortet mit 404." if verdict == "broken" else "Die Seite antwortet mit 503.",
            "first_failed_at": now - timedelta(days=failures - 1), "last_failed_on": timezone.localdate(),
        }  # fmt: skip
    return ExternalLink.objects.create(key=url_key(url), **{**values, **fields})


def place(link: ExternalLink, page: Any = None, **fields: Any) -> LinkPlace:
    values = {"spot": "a", "label": "Abschnitt 1 (Markdown)", "sentence": "Mehr steht im Leitfaden."}
    return LinkPlace.objects.create(link=link, page=page, **{**values, **fields})
