"""The desk: queues, filters, search, and as many queries for many cases as for few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations import case_words
from consultations.models import Case, CaseWord
from consultations.services import cases, correspondence
from tests import querycounts
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def listed(client: Client, query: str = "") -> set[str]:
    response = client.get(f"/cms/beratung/{query}")
    assert response.status_code == 200
    return {case.reference for case in response.context["object_list"]}


def refs(*rows: Case) -> set[str]:
    return {row.reference for row in rows}


@pytest.fixture
def world() -> dict[str, Any]:
    lead, other = desk.adviser_with_role(), desk.adviser_with_role("Weiß")
    rows = {
        "new": make.case("Neu eingegangen"),
        "mine": desk.working_case(lead, subject="Registermodernisierung"),
        "other": desk.working_case(other, subject="Bürgerkonto für Kreisstädte"),
    }
    rows["further"] = desk.working_case(other, subject="Zu zweit")
    cases.assign(case=rows["further"], lead=other, by=None, further=[lead])
    rows["waiting"] = cases.advance(case=desk.working_case(lead), action="ask", by=None)
    rows["ended"] = cases.withdraw(case=desk.working_case(lead, subject="Altes Anliegen"), by=None)
    Case.objects.filter(pk=rows["other"].pk).update(answer_due=make.MONDAY - timedelta(days=1))
    return {**rows, "lead": lead, "client": signed_in(lead.user)}


def test_queues(world: dict[str, Any]) -> None:
    client = world["client"]
    assert listed(client, "?ansicht=unzugeordnet") == refs(world["new"])
    assert listed(client, "?ansicht=meine") == refs(world["mine"], world["further"], world["waiting"])
    assert listed(client, "?ansicht=warten") == refs(world["waiting"])
    assert listed(client, "?ansicht=ueberfaellig") == refs(world["other"])
    team = refs(*(world[name] for name in ("new", "mine", "other", "further", "waiting")))
    assert listed(client, "?ansicht=team") == listed(client) == team
    assert listed(client, "?ansicht=alle") == team | refs(world["ended"])
    counts = [line["count"] for line in client.get("/cms/beratung/").context["counts"]]
    assert counts == [1, 3, 5, 1, 1, 0, None]


def test_what_is_due_first_stands_at_the_top(world: dict[str, Any]) -> None:
    rows = list(world["client"].get("/cms/beratung/").context["object_list"])
    assert rows[0] == world["other"]
    assert "überfällig" in world["client"].get("/cms/beratung/?ansicht=ueberfaellig").content.decode()


def test_filters(world: dict[str, Any]) -> None:
    form = make.form()
    district = desk.district()
    Case.objects.filter(pk=world["mine"].pk).update(format=form)
    world["other"].municipality.district = district
    town = make.municipality("Nidda")
    town.district = district
    town.save()
    Case.objects.filter(pk=world["other"].pk).update(municipality=town)
    client = world["client"]
    assert listed(client, f"?format={form.pk}") == refs(world["mine"])
    assert listed(client, f"?district={district.pk}") == refs(world["other"])
    assert listed(client, "?state=withdrawn") == refs(world["ended"])
    assert listed(client, "?state=withdrawn&ansicht=team") == set()


def test_search_by_reference_municipality_and_words(world: dict[str, Any]) -> None:
    client, mine = world["client"], world["mine"]
    for spelling in (mine.reference, mine.reference.lower(), mine.reference.replace("-", " ")):
        assert listed(client, f"?q={spelling}") == refs(mine)
    assert listed(client, "?q=registermod") == refs(mine)
    assert listed(client, "?q=KREISSTAEDTE") == set()
    assert listed(client, "?q=kreisstädte+bürger") == refs(world["other"])
    assert listed(client, "?q=kreisstadte") == refs(world["other"])
    assert listed(client, "?q=altes") == refs(world["ended"]), "a search finds what has ended, too"
    assert len(listed(client, "?q=mühltal")) == 6
    assert listed(client, "?q=%2B") == set()
    correspondence.add_note(case=mine, text="Geheimwort", by=world["lead"].user)
    correspondence.receive(case=mine, text="Das Fachverfahren streikt", by=None)
    assert listed(client, "?q=geheimwort") == set()
    assert listed(client, "?q=fachverf+registermodernisierung") == refs(mine)


def test_words_are_the_same_when_they_are_made_anew(world: dict[str, Any]) -> None:
    correspondence.receive(case=world["mine"], text="Größenwahn, 2. Versuch", by=None)
    before = set(CaseWord.objects.values_list("case", "word"))
    assert case_words.rebuild(Case.objects.all()) == len(before)
    assert set(CaseWord.objects.values_list("case", "word")) == before


def test_the_number_of_queries_does_not_depend_on_the_number_of_cases(world: dict[str, Any]) -> None:
    client, lead = world["client"], world["lead"]
    few = querycounts.warm("/cms/beratung/", client), querycounts.warm("/cms/beratung/?q=anschluss", client)
    for _ in range(12):
        desk.working_case(lead)
    many = querycounts.warm("/cms/beratung/", client), querycounts.warm("/cms/beratung/?q=anschluss", client)
    assert many == few


def test_the_case_page_costs_the_same_for_a_long_history(world: dict[str, Any]) -> None:
    client, case, lead = world["client"], world["mine"], world["lead"]
    address = f"/cms/beratung/vorgang/{case.pk}/"
    correspondence.answer(case=case, text="Hallo", by=lead.user, files=[desk.pdf()])
    few = querycounts.warm(address, client)
    for number in range(5):
        correspondence.answer(case=case, text=f"Nachricht {number}", by=lead.user, files=[desk.pdf()])
        correspondence.add_note(case=case, text="Notiz", by=lead.user)
    assert querycounts.warm(address, client) == few


def test_closed_there_is_no_desk_and_no_menu(world: dict[str, Any], settings: Any) -> None:
    assert '"url": "/cms/beratung/"' in world["client"].get("/cms/").content.decode()
    settings.CONSULTATIONS_OPEN = False
    case = world["mine"].pk
    assert '"url": "/cms/beratung/"' not in world["client"].get("/cms/").content.decode()
    for part in (
        "",
        "ergebnisse/",
        "aufnehmen/",
        "zahlen/",
        "kommunen/",
        f"vorgang/{case}/",
        "protokollvorlagen/",
    ):
        assert world["client"].get(f"/cms/beratung/{part}").status_code == 404, part


def test_without_scripts_menu_search_and_filters_are_plain(world: dict[str, Any]) -> None:
    """Wagtail draws its menu by script, and its search field sends nothing without one."""
    client = world["client"]
    page = client.get("/cms/beratung/").content.decode()
    assert '<noscript><p class="nice-padding"><a href="/cms/beratung/?einfach=1">' in page
    assert "plain_q" not in page
    response = client.get("/cms/beratung/?einfach=1&q=Registermodernisierung&state=in_progress")
    assert [case.reference for case in response.context["object_list"]] == [world["mine"].reference]
    form = response.context["plain_form"]
    assert list(form.fields) == ["q", "ansicht", "state", "topic", "format", "district"]
    assert (form["q"].value(), form["state"].value()) == ("Registermodernisierung", "in_progress")
    places = {item.label for item in response.context["places"]}
    assert {"Vorgänge", "Anliegen aufnehmen", "Gruppentermine"} <= places
    assert "E-Mail-Vorlagen" not in places, "only what the person may open"
    assert '<nav class="nice-padding" aria-label="Seiten der Beratung">' in response.content.decode()
