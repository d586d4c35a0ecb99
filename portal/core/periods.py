"""After how many days jobs delete: what the code ships, and what an operator's table of processing says instead.

The table belongs to a higher app (`consultations.privacy.table`), which jobs of lower ones cannot ask: they name
their periods here and read them here, and the table is put in once by whoever has it. A period that hangs on
something else (a setting, the rules of a link) is fixed: the table has to say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

Read = Callable[[], Mapping[str, int]]


@dataclass(frozen=True)
class Period:
    """The shipped days of one job; `least`: the fewest it can do with; `fixed`: no other number than those."""

    days: Callable[[], int]
    least: int = 1
    fixed: bool = False

    def objection(self, days: int) -> str:
        """Return what speaks against a number of days, in English for who configures; empty for nothing."""
        if self.fixed and days != self.days():
            return f"{self.days()} days, which the table cannot change"
        return f"at least {self.least} days" if days < self.least else ""


_declared: dict[str, Period] = {}
_tables: list[Read] = []


def declare(job: str, days: int, *, least: int = 1) -> None:
    """Name the period of a job of the schedule; the table may say another one, not below `least`."""
    _declared[job] = Period(lambda: days, least)


def declare_fixed(job: str, days: Callable[[], int]) -> None:
    """Name a period of a job that the table has to repeat."""
    _declared[job] = Period(days, fixed=True)


def take_from(table: Read) -> None:
    """Put in what returns the days of each job by the table in use; the last one counts."""
    _tables.append(table)


def declared() -> Mapping[str, Period]:
    return dict(_declared)


def days_of(job: str) -> int:
    """Return the days that count now."""
    told = _tables[-1]() if _tables else {}
    return told.get(job, _declared[job].days())


def life_of(job: str) -> timedelta:
    return timedelta(days=days_of(job))
