"""The table of processing, read from TOML: record of processing, notices and retention are made from it alone."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.core import periods

SHIPPED = Path(__file__).parents[1] / "data" / "processing.toml"
LONGEST = 36_500


@dataclass(frozen=True)
class Retention:
    """How long something stays. `rule` is carried out from here (`rules`), `job` by one that reads its days here.

    What `follows` a rule goes with what the rule deletes, by the database, after the same days.
    """

    text: str
    days: int
    rule: str = ""
    job: str = ""
    follows: str = ""


@dataclass(frozen=True)
class Processing:
    """One processing activity (Art. 30 (1) GDPR). `internal`: about people of the centre, in no public notice."""

    key: str
    title: str
    purpose: str
    basis: str
    subjects: tuple[str, ...]
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    measures: tuple[str, ...]
    duty: str
    source: str
    internal: bool
    retention: tuple[Retention, ...]


@dataclass(frozen=True)
class Table:
    """Controllers (Art. 26 where there are several) and all processing activities."""

    confirmed: bool
    controllers: tuple[str, ...]
    joint: tuple[str, ...]
    arrangement: str
    contact: str
    officer: str
    transfers: str
    processing: tuple[Processing, ...]

    @property
    def public(self) -> tuple[Processing, ...]:
        return tuple(item for item in self.processing if not item.internal)

    def periods(self) -> dict[str, int]:
        """Return the days after which each rule acts."""
        return {entry.rule: entry.days for item in self.processing for entry in item.retention if entry.rule}

    def jobs(self) -> dict[str, int]:
        """Return the days after which each job of its own acts (`portal.core.periods`)."""
        return {entry.job: entry.days for item in self.processing for entry in item.retention if entry.job}


def _retention(row: dict[str, Any], periods: dict[str, Any]) -> Retention:
    if "follows" in row:
        days = periods[row["follows"]]
    else:
        days = getattr(settings, row["setting"]) if "setting" in row else row["days"]
    ways = [name for name in ("rule", "job", "follows") if row.get(name)]
    if len(ways) != 1 or not isinstance(days, int) or not 0 < days <= LONGEST:
        raise ValueError(f"retention needs a rule or a job, and days from 1 to {LONGEST}: {row.get('text')!r}")
    text = str(row["text"]).replace("{days}", str(days))
    return Retention(text, days, **{ways[0]: str(row[ways[0]])})


def _periods(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the days of each rule as they stand in the file."""
    return {entry["rule"]: entry.get("days") for row in rows for entry in row["retention"] if entry.get("rule")}


def _processing(row: dict[str, Any], periods: dict[str, Any]) -> Processing:
    lists: dict[str, Any] = {
        name: tuple(map(str, row[name])) for name in ("subjects", "data", "recipients", "measures")
    }
    words: dict[str, Any] = {name: str(row[name]) for name in ("key", "title", "purpose", "basis", "duty")}
    kept = tuple(_retention(entry, periods) for entry in row["retention"])
    return Processing(
        **words, **lists, source=str(row.get("source", "")), internal=bool(row.get("internal")), retention=kept
    )


def _check_rules(table: Table) -> None:
    from consultations.privacy.rules import RULES

    named = [entry.rule for item in table.processing for entry in item.retention if entry.rule]
    if sorted(named) != sorted(RULES):
        raise ValueError(f"each rule once: {', '.join(sorted(RULES))}")
    if table.periods()["cases"] <= RULES["cases"].least_days:
        raise ValueError("a case can be opened again for 60 days: keep it longer")


def _check_jobs(table: Table) -> None:
    """Refuse a job nobody runs, one left out, and days it does not keep to: the record would be wrong."""
    named = [entry.job for item in table.processing for entry in item.retention if entry.job]
    known = periods.declared()
    if sorted(named) != sorted(known):
        raise ValueError(f"each job once: {', '.join(sorted(known))}")
    for job, days in table.jobs().items():
        if objection := known[job].objection(days):
            raise ValueError(f"the job {job} takes {objection}, and not {days}")


def read(path: Path) -> Table:
    """Read a table.

    Raises:
        ImproperlyConfigured: The file is missing, is no TOML, something in it is missing or unknown, or a job does
            not keep to the days it names.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
        head, periods = rows["controllers"], _periods(rows["processing"])
        table = Table(
            confirmed=bool(rows["confirmed"]), controllers=tuple(head["names"]), joint=tuple(head["joint"]),
            **{name: str(head[name]) for name in ("arrangement", "contact", "officer", "transfers")},
            processing=tuple(_processing(row, periods) for row in rows["processing"]),
        )  # fmt: skip
        _check_rules(table)
        _check_jobs(table)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImproperlyConfigured(f"The table of processing ({path.name}) cannot be used: {error}") from error
    return table


@lru_cache(maxsize=4)
def _read_once(path: Path, keep_days: int) -> Table:
    return read(path)


def table() -> Table:
    """Return this installation's table (PROCESSING_FILE, else the one shipped)."""
    return _read_once(settings.PROCESSING_FILE or SHIPPED, settings.AUDIT_KEEP_DAYS)


def filled(text: str, operator: Any) -> str:
    """Return a text of the table with the operator's name, address and region."""
    values = {
        "operator": operator.name,
        "email": operator.email or "das Kontaktformular",
        "region": operator.region,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value or ""))
    return text
