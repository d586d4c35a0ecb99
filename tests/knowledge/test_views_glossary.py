"""The glossary as readers see it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def main_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode().split("<main")[1].split("</main>")[0]


def test_all_terms_stand_on_one_page_in_german_order() -> None:
    for name in ("Zuständigkeitsfinder", "Übermittlung", "EfA", "Ämterlotse", "Akte"):
        reading.term(name)
    html = main_of(Client(), "/glossar/")
    order = ["Akte", "Ämterlotse", "EfA", "Übermittlung", "Zuständigkeitsfinder"]
    positions = [html.index(f">{name}</a>") for name in order]
    assert positions == sorted(positions)
    assert "5 Begriffe" in html
    assert 'id="begriff-uebermittlung"' in html
    assert 'href="#buchstabe-u"' in html


def test_a_letter_can_be_chosen_without_script() -> None:
    for name in ("Akte", "Übermittlung"):
        reading.term(name)
    html = main_of(Client(), "/glossar/?buchstabe=U")
    assert "/glossar/uebermittlung/" in html
    assert "/glossar/akte/" not in html
    assert "1 von 2 Begriffen" in html
    assert '<option value="U" selected>' in html
    assert "/glossar/akte/" in main_of(Client(), "/glossar/?buchstabe=%00%FF")


def test_a_term_shows_meaning_names_and_relatives() -> None:
    reading.term("Onlinedienst", synonyms="Online-Dienst\nE-Dienst")
    reading.term(
        "EfA", expansion="Einer für Alle", synonyms="EfA-Prinzip", related="Online-Dienst\nKostenfrage",
        meaning="Ein **Nachnutzungsmodell** für Länder.\n\n<script>alert(1)</script>",
    )  # fmt: skip
    html = main_of(Client(), "/glossar/efa/")
    assert "<h1>EfA</h1>" in html
    assert "Einer für Alle" in html
    assert "<strong>Nachnutzungsmodell</strong>" in html
    assert "<script" not in html
    assert "EfA-Prinzip" in html
    assert '<a href="/glossar/onlinedienst/">Online-Dienst</a>' in html
    assert "Kostenfrage" in html
    assert 'href="/glossar/kostenfrage/"' not in html


def test_a_term_lists_the_pages_that_use_it() -> None:
    term = reading.term("Zuständigkeitsfinder")
    topic = reading.topic("Ämter")
    body = [{"type": "markdown", "value": "Der Zuständigkeitsfinder nennt das Amt."}]
    reading.article(topic, "Amt nennen", body=body)
    reading.restrict(reading.article(topic, "Interner Vermerk", body=body))
    reading.article(topic, "Etwas anderes")
    call_command("rebuild_index", stdout=io.StringIO())
    html = main_of(Client(), f"/glossar/{term.slug}/")
    assert "Amt nennen" in html
    assert "Interner Vermerk" not in html
    assert "Etwas anderes" not in html


def test_an_unpublished_term_is_not_there() -> None:
    reading.term("Entwurfsbegriff", live=False)
    assert Client().get("/glossar/entwurfsbegriff/").status_code == 404
    assert "Entwurfsbegriff" not in main_of(Client(), "/glossar/")


def test_staff_find_the_way_to_the_editor() -> None:
    page = reading.term("Öffnungsklausel")
    editor = PortalClient()
    editor.force_login(make_user("redaktion@example.org", role="Redaktion"))
    assert "Bearbeiten" not in main_of(Client(), f"/glossar/{page.slug}/")
    assert main_of(editor, f"/glossar/{page.slug}/")


@pytest.mark.parametrize("address", ["/glossar/", "/glossar/begriff-0/"])
def test_queries_do_not_grow_with_the_number_of_terms(address: str, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    client = Client()

    def count() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    reading.term("Begriff 0", related="\n".join(f"Begriff {number}" for number in range(30)))
    few = count()
    for number in range(1, 25):
        reading.term(f"Begriff {number}")
    assert count() == few <= 14
