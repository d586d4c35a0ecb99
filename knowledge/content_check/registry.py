"""What a check is: it reads all content and yields findings; apps add theirs by name (docs/content-check.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowledge.content_check.content import Content


class Severity(StrEnum):
    """An error fails the command; a warning does so with `--strict` only."""

    ERROR = "error"
    WARNING = "warning"

    @property
    def label(self) -> str:
        return "Fehler" if self is Severity.ERROR else "Warnung"


@dataclass(frozen=True, order=True)
class Finding:
    """Something to put right: where, what and how; `line` counts from 1."""

    file: str
    line: int
    check: str
    message: str
    severity: Severity = Severity.ERROR


Run = Callable[["Content"], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One check: the name for `--only` and exceptions, what it looks for, and the function that does it."""

    name: str
    title: str
    run: Run


CHECKS: dict[str, Check] = {}


def register(name: str, title: str, run: Run) -> None:
    """Make a check known; apps above the knowledge base call this in `AppConfig.ready`."""
    CHECKS[name] = Check(name, title, run)
