"""Reads search/ranking.toml: the weights of the search as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).with_name("ranking.toml")


@dataclass(frozen=True)
class Ranking:
    """All weights; a missing table or an unknown name is an error when the file is read."""

    fields: dict[str, float]
    readings: dict[str, float]
    query: dict[str, float]
    citations: dict[str, float]
    semantic: dict[str, float]
    kinds: dict[str, float] = field(default_factory=dict)

    def kind(self, code: str) -> float:
        return self.kinds.get(code, 1.0)


@lru_cache(maxsize=1)
def ranking() -> Ranking:
    return Ranking(**tomllib.loads(PATH.read_text(encoding="utf-8")))
