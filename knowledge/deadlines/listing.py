"""Deadlines as the templates show them: plain objects in the sections of the timeline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge.models import Deadline

Status = Deadline.Status
_BADGES = {
    Status.PASSED: "warning",
    Status.CHECK: "warning",
    Status.DONE: "success",
}
AHEAD, PASSED, UNDATED, FOLDED = "kommend", "verstrichen", "ohne-datum", "erledigt"
HEADINGS = {
    AHEAD: "Kommende Termine",
    PASSED: "Verstrichene Termine, die wichtig bleiben",
    UNDATED: "Ohne festes Datum",
    FOLDED: "Erledigt und entfallen",
}


@dataclass(frozen=True)
class Entry:
    """One deadline of the timeline."""

    deadline: Deadline
    place: str

    @property
    def anchor(self) -> str:
        return f"frist-{self.deadline.slug}"

    @property
    def url(self) -> str:
        return self.deadline.get_absolute_url()

    @property
    def binds(self) -> list[tuple[str, str]]:
        """Return value and label of everybody bound, in a fixed order."""
        return [(value, label) for value, label in Deadline.Binds.choices if value in self.deadline.binds]

    @property
    def badge(self) -> str:
        """Return the look of the status; its words say the same."""
        return _BADGES.get(Status(self.deadline.status), "")

    @property
    def topic(self) -> str:
        topic = self.deadline.topic
        return topic.title if topic is not None and topic.live else ""

    @property
    def when(self) -> str:
        """Return the day, or what it depends on, in words."""
        day = self.deadline.day
        return f"{day:%d.%m.%Y}" if day else f"ohne festes Datum: {self.deadline.day_note}"


@dataclass(frozen=True)
class Section:
    """A part of the timeline with its entries, by year where they have one."""

    name: str
    heading: str
    years: list[tuple[int | None, list[Entry]]]

    @property
    def count(self) -> int:
        return sum(len(entries) for _, entries in self.years)


def place_of(deadline: Deadline, today: date) -> str:
    """Return the section a deadline belongs to on a local day."""
    if Status(deadline.status).is_folded:
        return FOLDED
    if deadline.day is None:
        return UNDATED
    return PASSED if Deadline.Kind(deadline.kind).passed(deadline.day, today) else AHEAD


def entries_of(deadlines: Iterable[Deadline], today: date) -> list[Entry]:
    return [Entry(deadline, place_of(deadline, today)) for deadline in deadlines]


def sections(deadlines: Iterable[Deadline], today: date) -> list[Section]:
    """Return the timeline: what comes, what has passed and still counts, what has no day, what is over."""
    entries = entries_of(deadlines, today)
    found = []
    for name, heading in HEADINGS.items():
        years: dict[int | None, list[Entry]] = {}
        for entry in entries:
            if entry.place == name:
                day = entry.deadline.day
                years.setdefault(day.year if day else None, []).append(entry)
        if years:
            found.append(Section(name, heading, list(years.items())))
    return found
