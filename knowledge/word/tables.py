"""Tables as Markdown writes them: one header row, no merged cells, no table in a table."""

from __future__ import annotations

from collections.abc import Callable

from bs4.element import Tag

MAX_SPAN = 60


def _rows(table: Tag) -> list[Tag]:
    return [row for row in table.find_all("tr") if row.find_parent("table") is table]


def inner_tables(table: Tag) -> list[Tag]:
    """Return the tables within a table."""
    return list(table.find_all("table"))


def flatten(table: Tag) -> None:
    """Make an inner table running text: a paragraph for each row, its cells divided by semicolons."""
    for part in table.find_all(["tbody", "thead", "tfoot"]):
        part.unwrap()
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        for cell in cells:
            if cell is not cells[-1]:
                cell.insert_after("; ")
            for block in cell.find_all("p"):
                block.unwrap()
            cell.unwrap()
        row.name = "p"
    table.name = "div"


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name) or "1")
    return max(1, min(int(text), MAX_SPAN)) if text.isdigit() else 1


class Grid:
    """The cells of a table as rows of equal length; merged cells are repeated in each place they covered."""

    def __init__(self, table: Tag, write: Callable[[Tag, bool], str]) -> None:
        rows = _rows(table)
        self.merged = False
        self.has_header = bool(rows) and (
            rows[0].find_parent("thead") is not None or rows[0].find("th") is not None
        )
        self.rows: list[list[str]] = []
        open_cells: dict[int, tuple[int, str]] = {}
        for row in rows:
            line: list[str] = []
            for cell in row.find_all(["td", "th"], recursive=False):
                self._carry(open_cells, line)
                wide, high = _span(cell, "colspan"), _span(cell, "rowspan")
                self.merged = self.merged or wide > 1 or high > 1
                text = write(cell, row is rows[0])
                for _ in range(wide):
                    if high > 1:
                        open_cells[len(line)] = (high - 1, text)
                    line.append(text)
            self._carry(open_cells, line)
            if any(line):
                self.rows.append(line)
        width = max(map(len, self.rows), default=0)
        self.rows = [[*row, *[""] * (width - len(row))] for row in self.rows]
        self._drop_empty_columns()

    @staticmethod
    def _carry(open_cells: dict[int, tuple[int, str]], line: list[str]) -> None:
        while len(line) in open_cells:
            left, text = open_cells.pop(len(line))
            if left > 1:
                open_cells[len(line)] = (left - 1, text)
            line.append(text)

    def _drop_empty_columns(self) -> None:
        used = [
            number
            for number in range(len(self.rows[0]) if self.rows else 0)
            if any(row[number] for row in self.rows)
        ]
        self.rows = [[row[number] for number in used] for row in self.rows]

    def is_flat(self) -> bool:
        """True for what is no table to a reader: one row or one column."""
        return len(self.rows) < 2 or len(self.rows[0]) < 2

    def texts(self) -> list[str]:
        seen: list[str] = []
        for row in self.rows:
            seen += [text for text in dict.fromkeys(row) if text]
        return seen

    def markdown(self) -> str:
        head, *rest = self.rows
        lines = [_line(head), "|" + " --- |" * len(head), *map(_line, rest)]
        return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
