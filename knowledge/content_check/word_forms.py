"""Names as they stand in a sentence: with the endings German gives to their words."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=5000)
def inflected(form: str) -> re.Pattern[str]:
    """Return what finds a long form with the endings of its words: "des Hessischen E-Government-Gesetzes"."""
    words = [
        re.escape(re.sub(r"(?:es|er|en|e|s)$", "", word) if len(word) > 5 else word) + r"\w{0,3}"
        for word in form.split()
    ]
    return re.compile(rf"\b{' '.join(words)}", re.IGNORECASE)
