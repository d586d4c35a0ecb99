"""A duration that is missing says why: nothing to measure, too few requests or cases, too few people."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from consultations.statistics.tables import FEW_CASES, FEW_REQUESTS, HIDDEN, NOTHING
from tests.consultations.test_statistics import YEAR, _in_june, client_of, seed

__all__ = ["_in_june"]
pytestmark = pytest.mark.django_db
TIMES, ENDED = "zeiten", "beendet-dauer"


def on_screen(client: Client, key: str) -> list[tuple[Any, ...]]:
    answer = client.get(f"/cms/beratung/statistik/?zeit={YEAR}")
    table = next(table for table in answer.context["tables"] if table.key == key)
    for row in table.rows:
        for cell in row.cells:
            if isinstance(cell, str):
                assert f"<td>{cell}</td>" in answer.content.decode()
    return [row.cells for row in table.rows]


def in_csv(client: Client, key: str) -> list[list[str]]:
    text = client.get(f"/cms/beratung/statistik/{key}.csv?zeit={YEAR}").content.decode("utf-8-sig")
    return [line[1:] for line in csv.reader(StringIO(text), delimiter=";") if len(line) > 1][1:]


def in_xlsx(client: Client, title: str) -> list[tuple[Any, ...]]:
    book = load_workbook(BytesIO(client.get(f"/cms/beratung/statistik/alle.xlsx?zeit={YEAR}").content))
    rows = [row[1:] for row in book[title].iter_rows(values_only=True)]
    return [row for row in rows if row[0] is not None][1:]


@pytest.mark.parametrize("role", ["Koordination", "Leitung"])
def test_without_data_there_is_a_dash(role: str) -> None:
    client = client_of(role)
    nothing = (0, NOTHING, NOTHING)
    assert on_screen(client, TIMES) == [nothing, nothing]
    assert on_screen(client, ENDED) == [nothing]
    assert in_csv(client, TIMES) == [["0", "–", "–"], ["0", "–", "–"]]
    assert in_csv(client, ENDED) == [["0", "–", "–"]]
    assert in_xlsx(client, "Antwort und Termin") == [nothing, nothing]
    assert in_xlsx(client, "Dauer beendeter Vorgänge") == [nothing]


def test_too_few_requests_are_called_so_and_no_small_number() -> None:
    seed(4)
    client = client_of("Leitung")
    assert on_screen(client, TIMES)[0] == (None, FEW_REQUESTS, FEW_REQUESTS)
    assert on_screen(client, ENDED) == [(None, FEW_CASES, FEW_CASES)]
    assert in_csv(client, TIMES)[0] == [HIDDEN, "zu wenige Anfragen", "zu wenige Anfragen"]
    assert in_csv(client, ENDED) == [[HIDDEN, "zu wenige Vorgänge", "zu wenige Vorgänge"]]
    assert in_xlsx(client, "Antwort und Termin")[0] == (HIDDEN, FEW_REQUESTS, FEW_REQUESTS)
    assert in_xlsx(client, "Dauer beendeter Vorgänge") == [(HIDDEN, FEW_CASES, FEW_CASES)]


def test_who_gives_cases_out_sees_them_all() -> None:
    seed(4)
    assert on_screen(client_of("Koordination"), TIMES)[0] == (4, 1.5, 3.0)
