from __future__ import annotations

from datetime import date
from typing import Any

from knowledge.models import Deadline, DeadlineArticle
from portal.core.text import german_slug


def deadline(title: str = "Übergang für Länderkonten", **fields: Any) -> Deadline:
    pages = fields.pop("pages", [])
    values: dict[str, Any] = {
        "slug": german_slug(title),
        "text": "Register **müssen** die Nummer bis dahin führen.",
        "day": date(2028, 12, 31),
        "binds": ["kommune"],
        "source": "BVA-FAQ 2.6",
        "state_date": date(2026, 8, 19),
        **fields,
    }
    found: Any = Deadline(title=title, **values)
    found.articles = [DeadlineArticle(sort_order=number, target=page) for number, page in enumerate(pages)]
    found.save()
    made: Deadline = found
    return made
