"""The pages for what went wrong."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client, override_settings


@pytest.mark.parametrize("code", ["400", "500"])
def test_page_for_broken_servers_needs_no_context(code: str) -> None:
    html = render_to_string(f"{code}.html")
    assert f"Fehler {code}" in html
    assert "<style" not in html
    assert "{" not in html


@pytest.mark.django_db
def test_lost_address_becomes_a_search(client: Client) -> None:
    response = client.get("/themen/gibt-es-nicht.html")
    assert response.status_code == 404
    assert 'value="gibt es nicht"' in response.content.decode()


@pytest.mark.django_db
def test_components_are_shown_in_demonstrations_only(client: Client) -> None:
    with override_settings(DEMO=False):
        assert client.get("/bausteine/").status_code == 404
    with override_settings(DEMO=True):
        page = client.get("/bausteine/?fehler=1").content.decode()
    assert "Bitte prüfen Sie Ihre Angaben" in page


@pytest.mark.django_db
def test_form_without_its_cookie_says_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/kontakt/", {"message": "Größe und Maß"})
    html = response.content.decode()
    assert response.status_code == 403
    assert "Das Formular konnte nicht angenommen werden" in html
    assert "style" not in html.partition("<body")[0].replace("stylesheet", "")
