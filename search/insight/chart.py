"""Bars of a trend as numbers for a static SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 320, 80, 2


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Chart:
    """One row of bars on a scale of its own; `most` is the highest value."""

    name: str
    title: str
    bars: list[Bar]
    total: int
    most: int
    width: int = WIDTH
    height: int = HEIGHT


def chart(name: str, title: str, values: Sequence[int]) -> Chart:
    most = max(values, default=0)
    step = WIDTH / max(1, len(values))
    bars = [
        Bar(f"{place * step:.1f}", f"{HEIGHT - _height(value, most):.1f}", f"{max(1.0, step - GAP):.1f}",
            f"{_height(value, most):.1f}")
        for place, value in enumerate(values) if value
    ]  # fmt: skip
    return Chart(name, title, bars, sum(values), most)


def _height(value: int, most: int) -> float:
    return max(1.0, HEIGHT * value / max(1, most))
