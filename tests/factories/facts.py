from __future__ import annotations

from datetime import date
from typing import Any

from knowledge.models import Fact


def fact(identifier: str = "O-12", **fields: Any) -> Fact:
    values: dict[str, Any] = {
        "statement": "Ein Verwaltungsakt im Postfach gilt am vierten Tag als bekannt gegeben.",
        "source": "§ 9 Abs. 1 Satz 4 OZG, Stand 19.08.2026",
        "url": "https://www.gesetze-im-internet.de/ozg/",
        "state_date": date(2026, 8, 19),
        "mark": Fact.Mark.LAW,
        **fields,
    }
    return Fact.objects.create(identifier=identifier, **values)
