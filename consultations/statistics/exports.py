"""Tables as CSV and XLSX: what leaves the centre, so always without small counts.

A text that a spreadsheet would take for a formula stays a text (CWE-1236).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import BytesIO, StringIO

from openpyxl import Workbook
from openpyxl.styles import Font

from consultations.statistics.tables import HIDDEN, Cell, Table
from portal.core.text import printable

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LONGEST_SHEET = 31


def said(cell: Cell) -> int | float | str:
    """Return a cell as it is written: hidden counts say so; durations have their own words."""
    return HIDDEN if cell is None else cell


def harmless(value: int | float | str) -> int | float | str:
    """Return a value of a CSV file that no spreadsheet calculates."""
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _lines(table: Table) -> Iterable[list[int | float | str]]:
    yield [table.head, *table.columns]
    for row in table.rows:
        yield [row.label, *(said(cell) for cell in row.cells)]


def as_csv(table: Table, *, remark: str = "") -> bytes:
    """Return a table as German spreadsheets read it: semicolons, decimal comma, UTF-8 with its mark.

    A remark on all figures stands in a last line of its own.
    """
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for line in _lines(table):
        writer.writerow(
            [str(value).replace(".", ",") if isinstance(value, float) else harmless(value) for value in line]
        )
    if remark:
        writer.writerow([harmless(f"Hinweis: {remark}")])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(tables: Iterable[Table], *, title: str, remark: str = "") -> bytes:
    """Return a workbook with a sheet for each table; a remark on all figures stands at the end of each."""
    book = Workbook()
    book.properties.title = title
    if book.active is not None:
        book.remove(book.active)
    for table in tables:
        sheet = book.create_sheet(table.title[:_LONGEST_SHEET])
        sheet.append([table.title])
        sheet["A1"].font = Font(bold=True)
        if table.note:
            sheet.append([table.note])
        for line in _lines(table):
            sheet.append([printable(value) if isinstance(value, str) else value for value in line])
        if remark:
            sheet.append([f"Hinweis: {remark}"])
        for cells in sheet.iter_rows():
            for cell in cells:
                if cell.data_type == "f":
                    cell.data_type = "s"
        sheet.column_dimensions["A"].width = 44
    content = BytesIO()
    book.save(content)
    return content.getvalue()
