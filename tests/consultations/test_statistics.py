"""The statistics: what is counted, who sees which numbers, what leaves the centre, what it costs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from consultations.models import (
    Allocation,
    Appointment,
    Case,
    CaseKeeping,
    Closure,
    GuidanceSuccess,
    PastCase,
    Rating,
)
from consultations.privacy import anonymising
from consultations.privacy.table import SHIPPED
from consultations.statistics import exports, periods, reading, tables
from consultations.statistics.tables import Row, Table
from consultations.statistics.working_days import WorkingDays, middle, p90
from portal.accounts.models import Municipality
from tests import factories, querycounts
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db
YEAR = "2027"
MOST_QUERIES = 26  # five of them: session, account, rights


@pytest.fixture(autouse=True)
def _in_june(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = "DE-HE"
    with time_machine.travel(make.on(100), tick=False):
        yield


def towns(number: int) -> list[Municipality]:
    made = [make.municipality(f"Ort{place}") for place in range(number)]
    Municipality.objects.filter(pk__in=[town.pk for town in made[::2]]).update(district=desk.district())
    return made


def seed(number: int, *, people: int = 3) -> dict[str, Any]:
    """Make cases of March 2027, answered after some days, with appointments and ratings, led by some people."""
    leads = [desk.adviser_with_role(f"Person{place}") for place in range(people)]
    topics = [factories.topic(f"Thema {place}") for place in range(3)]
    form, places = make.form(), towns(4)
    asked = make.on(0)
    cases = Case.objects.bulk_create(
        Case(
            municipality=places[place % 4], subject=f"Anliegen {place}", topic=topics[place % 3 if place else 2],
            format=form, state="closed", lead=leads[place % people], ended_at=asked + timedelta(days=9),
            first_answer_at=asked + timedelta(days=place % 4),
        )
        for place in range(number)
    )  # fmt: skip
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(created_at=asked)
    begins = [make.on(7 + place // 8, 9 + place % 8) for place in range(number)]
    rows = Appointment.objects.bulk_create(
        Appointment(
            case=case, format=form, state=("done", "done", "cancelled", "no_show")[place % 4],
            starts_at=begins[place], ends_at=begins[place] + timedelta(hours=1),
        )
        for place, case in enumerate(cases)
    )  # fmt: skip
    Allocation.objects.bulk_create(
        Allocation(
            appointment=row, adviser=leads[place % people], state=row.state, blocks_from=begins[place],
            blocks_until=begins[place] + timedelta(hours=1),
        )
        for place, row in enumerate(rows) if row.state == "done"
    )  # fmt: skip
    Rating.objects.bulk_create(
        Rating(case=case, stars=5 - place % 2, solved=place % 3 != 0) for place, case in enumerate(cases)
    )
    GuidanceSuccess.objects.create(day=date(2027, 3, 2), topic=topics[0], number=7)
    return {"leads": leads, "topics": topics, "cases": cases}


def client_of(role: str) -> Client:
    return signed_in(desk.person(role, f"{role.lower()}@kkv.example"))


def shown(client: Client, zeit: str = YEAR) -> dict[str, Table]:
    answer = client.get(f"/cms/beratung/statistik/?zeit={zeit}")
    assert answer.status_code == 200
    return {table.key: table for table in answer.context["tables"]}


def cells(table: Table) -> dict[str, Any]:
    return {row.label: row.cells[0] if len(row.cells) == 1 else row.cells for row in table.rows}


def test_figures_of_a_year() -> None:
    seed(24)
    found = shown(client_of("Koordination"))
    assert cells(found["monate"])["03.2027"] == 24
    assert cells(found["themen"])["Thema 2"] + cells(found["themen"])["Thema 1"] == 17
    assert cells(found["themen"])["Zusammen"] == 24
    assert cells(found["landkreise"]) == {"Wetteraukreis": 12, "ohne Landkreis": 12, "Zusammen": 24}
    assert cells(found["formate"])["Erstgespräch"] == 24
    assert cells(found["termine"]) == {
        "durchgeführt": 12, "abgesagt": 6, "nicht erschienen": 6, "steht noch an oder ist offen": 0,
        "Zusammen": 24,
    }  # fmt: skip
    # Monday's question, answered on the same day, on Tuesday, Wednesday, Thursday.
    assert cells(found["zeiten"])["Bis zur ersten Antwort"] == (24, 1.5, 3.0)
    assert cells(found["zufriedenheit"])["5 – sehr zufrieden"] == 12
    assert "4,5 von 5" in found["zufriedenheit"].note
    assert cells(found["geloest"]) == {"gelöst": 16, "nicht gelöst": 8, "Zusammen": 24}
    assert cells(found["ohne-termin"]) == {"Thema 0": 7, "Zusammen": 7}
    assert set(cells(found["ohne-artikel"])) == {"Thema 0", "Thema 1", "Thema 2"}
    assert cells(found["ohne-kontakt"]) == {
        "ohne Kontakt seit 12 Monaten": Municipality.objects.filter(active=True).count() - 4
    }, "four towns have asked"


def test_a_topic_with_an_article_is_no_gap() -> None:
    world = seed(12)
    factories.article("Anleitung", parent=world["topics"][1])
    factories.article("Entwurf", parent=world["topics"][2], live=False)
    assert set(cells(shown(client_of("Koordination"))["ohne-artikel"])) == {"Thema 0", "Thema 2"}


def test_leitung_and_every_export_see_no_small_counts() -> None:
    world = seed(12)
    Case.objects.filter(pk__in=[case.pk for case in world["cases"][:10]]).update(topic=world["topics"][1])
    Case.objects.filter(pk__in=[case.pk for case in world["cases"][10:]]).update(topic=world["topics"][0])
    whole, strict = shown(client_of("Koordination")), shown(client_of("Leitung"))
    assert cells(whole["themen"]) == {"Thema 1": 10, "Thema 0": 2, "Zusammen": 12}
    assert cells(strict["themen"]) == {"Thema 1": None, "Thema 0": None, "Zusammen": 12}
    assert cells(strict["ohne-artikel"]) == {"Thema 1": None, "Thema 0": None}, "no other way to the same number"
    coordinator = signed_in(desk.person("Koordination", "zwei@kkv.example"))
    text = coordinator.get(f"/cms/beratung/statistik/themen.csv?zeit={YEAR}").content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text), delimiter=";")) == [
        ["Thema", "Anfragen"], ["Thema 0", tables.HIDDEN], ["Thema 1", tables.HIDDEN], ["Zusammen", "12"],
        [f"Hinweis: {periods.remark(periods.year(2027), date(2027, 6, 9))}"],
    ]  # fmt: skip


def test_what_leaves_the_centre_is_of_whole_years() -> None:
    """Quarters and years overlap: their difference would tell small counts."""
    seed(6)
    leitung, coordinator = client_of("Leitung"), client_of("Koordination")
    assert all(period.is_year for period in leitung.get("/cms/beratung/statistik/").context["periods"])
    assert leitung.get("/cms/beratung/statistik/?zeit=2027-q1").context["period"].key == "2027"
    assert coordinator.get("/cms/beratung/statistik/?zeit=2027-q1").context["period"].last == date(2027, 3, 31)
    export = coordinator.get("/cms/beratung/statistik/themen.csv?zeit=2027-q1")
    assert "beratung-themen-2027.csv" in export["Content-Disposition"]


def test_ended_cases_of_all_years_do_not_tell_what_a_year_hides() -> None:
    """Nine declined in all, less seven of the year before, would be the two that this year hides."""
    lead, town = desk.adviser_with_role("Weiß"), make.municipality()
    for year, numbers in ((2026, (12, 7, 9)), (2027, (20, 2, 8))):
        for state, number in zip(("closed", "declined", "withdrawn"), numbers, strict=True):
            reason = "Kein Anliegen der Kommune" if state == "declined" else ""
            Case.objects.bulk_create(
                Case(
                    municipality=town, subject="Anliegen", state=state, lead=lead, reason=reason,
                    ended_at=make.on(0).replace(year=year),
                )
                for _ in range(number)
            )  # fmt: skip
    for _ in range(6):
        make.case(municipality=town)
    clients = {role: client_of(role) for role in ("Leitung", "Koordination")}
    of_years = [
        cells(shown(clients["Leitung"], year)["beendet-ergebnisse"])["Abgelehnt"] for year in (YEAR, "2026")
    ]
    assert of_years == [None, 7]
    pages = {role: client.get("/cms/beratung/zahlen/") for role, client in clients.items()}
    told = {role: dict(page.context["states"]) for role, page in pages.items()}
    assert not {"Abgeschlossen", "Abgelehnt", "Zurückgezogen"} & set(told["Leitung"])
    assert told["Leitung"]["Eingegangen"] == 6
    assert (told["Koordination"]["Abgelehnt"], told["Koordination"]["Eingegangen"]) == (9, 6)
    assert "Offene Vorgänge nach Zustand" in pages["Leitung"].content.decode()
    assert "Beendete Vorgänge stehen in der Statistik" in pages["Leitung"].content.decode()


def test_years_whose_cases_are_going_are_not_offered(settings: Any, tmp_path: Path) -> None:
    """What retention takes away would make earlier years shrink without a word."""
    seed(24)
    client = client_of("Koordination")
    response = client.get("/cms/beratung/statistik/?zeit=2024")
    assert response.context["period"].key == "2027"
    keys = [period.key for period in response.context["periods"]]
    assert [key for key in keys if "-" not in key] == ["2027", "2026", "2025"], "1,095 days reach into June 2024"
    assert ("2024-q3" in keys, "2024-q2" in keys) == (True, False)
    assert "nur für Zeiträume, die noch vollständig sind" in response.content.decode()
    book = load_workbook(BytesIO(client.get(f"/cms/beratung/statistik/alle.xlsx?zeit={YEAR}").content))
    last = [row[0] for row in book["Anfragen nach Thema"].iter_rows(values_only=True)][-1]
    assert str(last).startswith("Hinweis: Vorgänge werden 1095 Tage nach ihrem Ende anonymisiert")
    short = tmp_path / "tabelle.toml"
    short.write_text(SHIPPED.read_text(encoding="utf-8").replace("days = 1095", "days = 100"), encoding="utf-8")
    settings.PROCESSING_FILE = short
    response = client.get("/cms/beratung/statistik/")
    assert [period.key for period in response.context["periods"]] == ["2027", "2027-q2"]
    assert "können schon Vorgänge fehlen" in response.content.decode()


@pytest.mark.parametrize("role", ["Koordination", "Leitung"])
def test_teams_of_two_are_nobodys_figures(role: str) -> None:
    seed(24, people=2)
    found = shown(client_of(role))
    for key in ("termine", "auslastung", "zufriedenheit", "geloest"):
        assert found[key].rows == (), key
    assert tables.WITHHELD in cells(found["zeiten"])["Bis zur ersten Antwort"]
    assert cells(found["monate"])["03.2027"] == 24, "what municipalities ask is no figure about staff"


def test_no_name_of_staff_or_municipality_is_on_the_page() -> None:
    world = seed(24)
    text = client_of("Leitung").get("/cms/beratung/statistik/").content.decode()
    for word in ("Person0", "Ort1", world["cases"][0].reference, "Anliegen 1"):
        assert word not in text


def past(number: int, year: int, **fields: Any) -> None:
    values = {"size_class": "", "days": 20, "outcome": "closed", "topic": None, "year": year, **fields}
    PastCase.objects.bulk_create(PastCase(**values) for _ in range(number))


def test_anonymised_cases_count_in_the_year_of_their_end() -> None:
    world = seed(24)
    before = shown(client_of("Koordination"))
    assert cells(before["beendet-themen"])["Zusammen"] == 24
    assert cells(before["beendet-ergebnisse"]) == {
        "Abgeschlossen": 24, "Abgelehnt": 0, "Zurückgezogen": 0, "Zusammen": 24,
    }  # fmt: skip
    assert cells(before["beendet-dauer"]) == {"Tage vom Eingang bis zum Ende": (24, 9.0, 9.0)}
    gone = world["cases"][0]
    keeping = {"decision": "not_wanted", "offered_at": make.on(90), "decided_at": make.on(91)}
    CaseKeeping.objects.create(case=gone, **keeping)
    anonymising.anonymise(case=gone)
    after = shown(signed_in(desk.person("Koordination", "zwei@kkv.example")))
    assert cells(after["themen"])["Zusammen"] == 23, "requests of a case that is gone are gone"
    for key in ("beendet-themen", "beendet-groessen", "beendet-ergebnisse", "beendet-dauer"):
        assert after[key] == before[key], key


def test_years_before_the_retention_have_their_ended_cases_alone() -> None:
    world = seed(6)
    topic = world["topics"][0]
    past(7, 2019, topic=topic, days=10)
    past(6, 2019, outcome="withdrawn", days=40)
    past(2, 2019, outcome="declined", days=1)
    whole, strict = client_of("Koordination"), client_of("Leitung")
    page = whole.get("/cms/beratung/statistik/?zeit=2019")
    keys = [period.key for period in page.context["periods"] if period.is_year]
    assert keys == [str(number) for number in range(2027, 2018, -1)]
    assert "Andere Zahlen gibt es für dieses Jahr deshalb nicht mehr" in page.content.decode()
    found = {table.key: table for table in page.context["tables"]}
    assert set(found) == {"beendet-themen", "beendet-groessen", "beendet-ergebnisse", "beendet-dauer"}
    assert cells(found["beendet-themen"]) == {"ohne Thema": 8, "Thema 0": 7, "Zusammen": 15}
    assert cells(found["beendet-groessen"])["ohne Größenklasse"] == 15
    assert cells(found["beendet-dauer"]) == {"Tage vom Eingang bis zum Ende": (15, 10.0, 40.0)}
    hidden = cells(shown(strict, "2019")["beendet-ergebnisse"])
    assert (hidden["Abgelehnt"], hidden["Zurückgezogen"], hidden["Zusammen"]) == (None, None, 15)
    text = strict.get("/cms/beratung/statistik/beendet-themen.csv?zeit=2019").content.decode("utf-8-sig")
    assert list(csv.reader(StringIO(text), delimiter=";"))[:2] == [["Thema", "Vorgänge"], ["ohne Thema", "8"]]
    assert strict.get("/cms/beratung/statistik/themen.csv?zeit=2019").status_code == 404
    book = load_workbook(BytesIO(strict.get("/cms/beratung/statistik/alle.xlsx?zeit=2019").content))
    assert book.sheetnames == [
        "Beendet nach Thema", "Beendet nach Größenklasse", "Beendet nach Ergebnis", "Dauer beendeter Vorgänge",
    ]  # fmt: skip


def test_how_long_two_people_took_is_shown_to_nobody() -> None:
    seed(24, people=2)
    past(30, 2027)
    found = cells(shown(client_of("Koordination"))["beendet-dauer"])
    assert found["Tage vom Eingang bis zum Ende"] == (54, tables.WITHHELD, tables.WITHHELD)


def test_utilisation_counts_hours_without_holidays_and_absences() -> None:
    adviser = desk.adviser_with_role("Eins", hours=(9, 17))
    period = periods.year(2027)
    Closure.objects.all().delete()
    found = reading.work(period, make.on(5), [adviser.pk])
    # 1 January to Saturday, 6 March 2027: 45 weekdays without New Year, eight hours each.
    assert (found.available, found.booked, found.people) == (45 * 8 * 60, 0, 1)


def test_working_days_and_percentiles() -> None:
    Closure.objects.all().delete()
    days = WorkingDays(date(2027, 3, 1), date(2027, 4, 30))
    friday, tuesday = date(2027, 3, 26), date(2027, 3, 30)
    # 26 March is Good Friday, the 29th Easter Monday.
    assert days.between(date(2027, 3, 25), tuesday) == 1
    assert days.between(friday, friday) == 0
    assert days.between(tuesday, friday) == 0
    assert (middle([]), p90([])) == (None, None)
    assert p90(list(range(1, 11))) == 9
    assert p90([3]) == 3


def test_no_spreadsheet_calculates_what_somebody_has_called_a_topic() -> None:
    bad = "=HYPERLINK(1)"
    table = Table("t", "Titel", "Thema", ("Anfragen",), (Row(bad, (7,)), Row("@x", (None,)), Row("-1+2", (1.5,))))
    lines = exports.as_csv(table).decode("utf-8-sig").splitlines()
    assert lines == ["Thema;Anfragen", "'=HYPERLINK(1);7", f"'@x;{tables.HIDDEN}", "'-1+2;1,5"]
    sheet = load_workbook(BytesIO(exports.as_xlsx([table], title="x")))["Titel"]
    assert (sheet["A3"].value, sheet["A3"].data_type) == (bad, "s")


def test_the_workbook_has_a_sheet_for_each_table() -> None:
    seed(24)
    answer = client_of("Leitung").get(f"/cms/beratung/statistik/alle.xlsx?zeit={YEAR}")
    book = load_workbook(BytesIO(answer.content))
    assert "Anfragen nach Thema" in book.sheetnames
    assert len(book.sheetnames) == 17
    assert answer["Content-Disposition"] == 'attachment; filename="beratung-2027.xlsx"'


def test_one_sees_oneself_and_nobody_else(settings: Any) -> None:
    world = seed(24)
    own = signed_in(world["leads"][0].user)
    found = own.get("/cms/beratung/meine-zahlen/").context["own"]
    assert (found.open, found.ended, found.ratings) == (0, 0, 8)
    assert found.work.booked > 0
    assert "own" not in client_of("Koordination").get("/cms/beratung/meine-zahlen/").context
    menu = own.get("/cms/beratung/").content.decode()
    assert "Meine Zahlen" in menu
    settings.STAFF_FIGURES = False
    assert own.get("/cms/beratung/meine-zahlen/").status_code == 404
    assert "Meine Zahlen" not in own.get("/cms/beratung/").content.decode()


def test_without_staff_figures_a_suggestion_tells_no_load(settings: Any) -> None:
    from consultations.services import assignment

    desk.adviser_with_role()
    case = make.case()
    assert "gebuchte Minuten" in assignment.suggest(case).reasons[-1]
    settings.STAFF_FIGURES = False
    assert "gebuchte Minuten" not in assignment.suggest(case).reasons[-1]


def test_the_number_of_queries_is_the_same_for_a_thousand_cases() -> None:
    client = signed_in(make_user("root@kkv.example", is_superuser=True))
    address = f"/cms/beratung/statistik/?zeit={YEAR}"
    few = seed(6)
    client.get(address)
    first = querycounts.count(address, client)
    for old in few["cases"]:
        Rating.objects.filter(case=old).delete()
    Case.objects.bulk_create(
        Case(
            municipality=few["cases"][0].municipality, subject=f"Viele {place}", topic=few["topics"][place % 3],
            state="closed", lead=few["leads"][place % 3], ended_at=make.on(9),
        )
        for place in range(1000)
    )  # fmt: skip
    assert querycounts.count(address, client) == first
    assert first <= MOST_QUERIES, first


def test_the_tables_cost_about_fifteen_queries() -> None:
    seed(6)
    with CaptureQueriesContext(connection) as queries:
        tables.build(reading.read(periods.year(2027)), whole=False)
    assert len(queries) <= 18, len(queries)
