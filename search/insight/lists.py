"""The reviewed lists of words by which searches are masked (`data/*.txt`)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from search.analysis import analyse

LISTS = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def listed(name: str) -> frozenset[str]:
    """Return the words of a reviewed list, normalised."""
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(token.exact for line in lines if not line.startswith("#") for token in analyse(line).tokens)
