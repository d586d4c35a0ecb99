"""Figures as tables: the same for the screen, its charts, CSV and XLSX; with small counts or without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consultations.states import AppointmentState
from consultations.statistics.periods import without_hours
from consultations.statistics.reading import FEWEST_PEOPLE, SILENT_MONTHS, Figures
from consultations.statistics.small_counts import SMALLEST, is_small, single, suppress
from consultations.statistics.working_days import middle, p90
from portal.accounts.models import Municipality

_RANKED = ("themen", "landkreise", "formate")
"""Tables of requests whose lines stand in the order of their numbers."""
HIDDEN, WITHHELD = f"unter {SMALLEST} oder nicht genannt", "zu wenige Personen"
NOTHING, FEW_REQUESTS, FEW_CASES = "–", "zu wenige Anfragen", "zu wenige Vorgänge"
"""In place of a duration: there is none, or too few stand behind it."""
REQUESTS = "Anfragen"
Cell = int | float | str | None
"""None: a count that is hidden, since it is too small or tells a small count."""
TOO_FEW = (
    f"Dahinter stehen weniger als {FEWEST_PEOPLE} Personen: Die Zahl wäre eine über einzelne Beschäftigte und "
    "wird niemandem gezeigt."
)


@dataclass(frozen=True)
class Row:
    """One line: its name, its cells, and how long its bar is (0 to 100; None: it has none)."""

    label: str
    cells: tuple[Cell, ...]
    bar: int | None = None


@dataclass(frozen=True)
class Table:
    """One table. `columns` name the cells after the first, which is the line's name."""

    key: str
    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""

    @property
    def has_bars(self) -> bool:
        return any(row.bar for row in self.rows)

    @property
    def total(self) -> Cell:
        """The first cell of the last line: the sum of a table of counts, None where it is hidden."""
        return self.rows[-1].cells[0]


def build(figures: Figures, *, whole: bool) -> list[Table]:
    """Return all tables; `whole`: for who may see small counts, without it as they may leave the centre."""
    asked = _requests(figures, whole=whole)
    return [
        *asked, _times(figures, whole=whole, told=asked[0].total is not None), _outcomes(figures, whole=whole),
        _work(figures), *_ratings(figures, whole=whole), _guided(figures, whole=whole),
        _silent(figures, whole=whole),
    ]  # fmt: skip


def counts(
    key: str, title: str, head: str, labels: Sequence[str], cells: Sequence[int | None], total: int | None,
    column: str = REQUESTS, note: str = "",
) -> Table:  # fmt: skip
    """Return a table of counts with bars and their sum as its last line."""
    most = max((cell for cell in cells if cell), default=0)
    rows = [
        Row(label, (cell,), round(100 * cell / most) if cell and most else None)
        for label, cell in zip(labels, cells, strict=True)
    ]
    return Table(key, title, head, (column,), (*rows, Row("Zusammen", (total,))), note)


def unranked(labels: Sequence[str], cells: Sequence[int | None]) -> tuple[list[str], list[int | None]]:
    """Return lines in the order of their numbers with hidden ones last, by name: no order tells of them."""
    pairs = list(zip(labels, cells, strict=True))
    hidden = sorted(label for label, cell in pairs if cell is None)
    pairs = [*(pair for pair in pairs if pair[1] is not None), *((label, None) for label in hidden)]
    return [label for label, _ in pairs], [cell for _, cell in pairs]


def ordered(found: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return counts with their labels, the largest first."""
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def _months(found: Counter[date], figures: Figures) -> list[tuple[str, int]]:
    first = figures.period.first
    until = figures.period.last
    months = [date(first.year, month, 1) for month in range(first.month, until.month + 1)]
    return [(f"{month:%m.%Y}", found[month]) for month in months]


def _requests(figures: Figures, *, whole: bool) -> list[Table]:
    asked = figures.requests
    sizes = [str(label) for label in Municipality.SizeClass.labels]
    size = asked.by["size"]
    lines = {
        "monate": ("Anfragen nach Monat", "Monat", _months(asked.months, figures)),
        "themen": ("Anfragen nach Thema", "Thema", ordered(asked.by["topic"])),
        "landkreise": ("Anfragen nach Landkreis", "Landkreis", ordered(asked.by["district"])),
        "groessen": (
            "Anfragen nach Größenklasse", "Größenklasse",
            [(label, size[label]) for label in [*sizes, *(set(size) - set(sizes))]],
        ),
        "formate": ("Anfragen nach Format", "Format", ordered(asked.by["format"])),
    }  # fmt: skip
    values = [[number for _, number in pairs] for _, _, pairs in lines.values()]
    if whole:
        shown: list[tuple[Sequence[int | None], int | None]] = [(row, sum(row)) for row in values]
    else:
        shown = [(item.cells, item.total) for item in suppress(*values)]
    tables = []
    for (key, (title, head, pairs)), (cells, total) in zip(lines.items(), shown, strict=True):
        names = [label for label, _ in pairs]
        named = unranked(names, cells) if key in _RANKED else (names, cells)
        tables.append(counts(key, title, head, *named, total))
    return [*tables, _missing(figures, tables[1])]


def _missing(figures: Figures, by_topic: Table) -> Table:
    """Topics asked for that have no article. The numbers are those of the table by topic, hidden or not."""
    bare = {figures.topics[pk] for pk in figures.without_article if figures.requests.by_topic[pk]}
    rows = tuple(Row(row.label, row.cells) for row in by_topic.rows[:-1] if row.label in bare)
    note = "" if rows else "Zu jedem Thema, nach dem gefragt wurde, gibt es einen Artikel."
    return Table("ohne-artikel", "Gefragt, aber ohne Artikel", "Thema", (REQUESTS,), rows, note)


def _times(figures: Figures, *, whole: bool, told: bool) -> Table:
    """Return the waiting times; `told`: the sum of all requests is shown, of which these are a part."""
    asked = figures.requests
    rows = []
    for label, pairs in (
        ("Bis zur ersten Antwort", asked.answers), ("Bis zum ersten Termin", asked.meetings),
    ):  # fmt: skip
        days = [days for days, _ in pairs]
        people = len({lead for _, lead in pairs} - {None})
        # The rest of the requests, those without an answer, must not be told by the difference either.
        small = is_small(len(days)) or is_small(asked.number - len(days))
        hidden = not whole and (small or not told)
        number: Cell = None if hidden else len(days)
        if people < FEWEST_PEOPLE and (days or hidden):  # that there is nothing is not told where the count is not
            rows.append(Row(label, (number, WITHHELD, WITHHELD)))
        elif days and not whole and (len(days) < SMALLEST or not told):
            rows.append(Row(label, (number, FEW_REQUESTS, FEW_REQUESTS)))
        else:
            rows.append(Row(label, (number, *durations(days))))
    note = "In Arbeitstagen nach dem Tag der Anfrage; Feiertage und Schließtage zählen nicht."
    columns = (REQUESTS, "Median", "90 von 100 in höchstens")
    return Table("zeiten", "Antwort und Termin", "Wartezeit", columns, tuple(rows), note)


def durations(days: Sequence[int]) -> tuple[Cell, Cell]:
    """Return median and 90th percentile as cells."""
    half, most = middle(days), p90(days)
    return NOTHING if half is None else half, NOTHING if most is None else most


def _outcomes(figures: Figures, *, whole: bool) -> Table:
    states = {
        AppointmentState.DONE: "durchgeführt", AppointmentState.CANCELLED: "abgesagt",
        AppointmentState.NO_SHOW: "nicht erschienen", AppointmentState.CONFIRMED: "steht noch an oder ist offen",
    }  # fmt: skip
    values = [figures.outcomes[state] for state in states]
    cells: Sequence[int | None] = values
    total: int | None = sum(values)
    if not whole:
        (shown,) = suppress(values)
        cells, total = shown.cells, shown.total
    if figures.outcome_leads < FEWEST_PEOPLE:
        return Table("termine", "Termine", "Ausgang", ("Termine",), (), TOO_FEW if any(values) else "")
    return counts("termine", "Termine", "Ausgang", list(states.values()), cells, total, "Termine")


def _work(figures: Figures) -> Table:
    work = figures.work
    columns = ("Stunden angeboten", "Stunden gebucht", "Prozent")
    if work is None:
        return Table("auslastung", "Auslastung", "Team", columns, (), without_hours())
    if work.people < FEWEST_PEOPLE or not work.available:
        return Table("auslastung", "Auslastung", "Team", columns, (), TOO_FEW if work.people else "")
    percent = round(100 * work.booked / work.available)
    cells = (round(work.available / 60), round(work.booked / 60), percent)
    row = Row(f"{work.people} Beratende", cells, min(100, percent))
    return Table("auslastung", "Auslastung", "Team", columns, (row,), "Bis heute, mit Vor- und Nachbereitung.")


def _ratings(figures: Figures, *, whole: bool) -> list[Table]:
    rated = figures.ratings
    titles = (("zufriedenheit", "Zufriedenheit"), ("geloest", "Anliegen gelöst"))
    if len({lead for _, _, lead in rated} - {None}) < FEWEST_PEOPLE:
        note = TOO_FEW if rated else "Noch keine Bewertungen."
        return [Table(key, title, "Bewertung", ("Bewertungen",), (), note) for key, title in titles]
    stars = Counter(number for number, _, _ in rated)
    solved = Counter(yes for _, yes, _ in rated)
    values = [[stars[number] for number in (5, 4, 3, 2, 1)], [solved[True], solved[False]]]
    shown: list[tuple[Sequence[int | None], int | None]] = [(row, sum(row)) for row in values]
    if not whole:
        shown = [(item.cells, item.total) for item in suppress(*values)]
    mean = sum(number for number, _, _ in rated) / len(rated)
    # With two values hidden, a mean would give them away.
    told = whole or None not in shown[0][0]
    labels = (["5 – sehr zufrieden", "4", "3", "2", "1 – sehr unzufrieden"], ["gelöst", "nicht gelöst"])
    notes = (f"Im Mittel {mean:.1f} von 5.".replace(".", ",", 1) if told else "", "")
    return [
        counts(key, title, "Bewertung", names, cells, total, "Bewertungen", note)
        for (key, title), names, (cells, total), note in zip(titles, labels, shown, notes, strict=True)
    ]


def _guided(figures: Figures, *, whole: bool) -> Table:
    pairs = ordered(figures.guided)
    cells: Sequence[int | None] = [number for _, number in pairs]
    total: int | None = sum(number for _, number in pairs)
    if not whole:
        (shown,) = suppress([number for _, number in pairs])
        cells, total = shown.cells, shown.total
    note = "Anfragen, die mit „Das beantwortet meine Frage“ endeten."
    labels, cells = unranked([label for label, _ in pairs], cells)
    return counts("ohne-termin", "Ohne Termin beantwortet", "Thema", labels, cells, total, note=note)


def _silent(figures: Figures, *, whole: bool) -> Table:
    number = figures.silent if whole else single(figures.silent)
    label = f"ohne Kontakt seit {SILENT_MONTHS} Monaten"
    return Table("ohne-kontakt", "Kommunen ohne Kontakt", "Heute", ("Kommunen",), (Row(label, (number,)),))
