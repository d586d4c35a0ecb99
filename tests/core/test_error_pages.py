"""The pages for what went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client, override_settings

from tests.factories import content
from tests.people import PortalClient, make_user


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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/kontakt/", "/barriere-melden/", "/cms/pages/{page}/edit/", "/konto/anmelden/"]
)
@pytest.mark.parametrize("urlencoded", [True, False])
def test_too_much_text_is_told_its_limit_and_its_way_back(address: str, urlencoded: bool) -> None:
    page = content.topic("Größe")
    client = PortalClient()
    if address.startswith("/cms/"):
        client.force_login(make_user("leitung@kkv.example", is_superuser=True, factor=True))
    text = "ü" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2 + 1)
    data: Any = {"message": text, "title": text}
    kind: dict[str, Any] = {}
    if urlencoded:
        data, kind = f"message={text}", {"content_type": "application/x-www-form-urlencoded"}
    answer = client.post(address.format(page=page.pk), data, **kind)
    html = answer.content.decode()
    assert answer.status_code == 413
    assert "mehr als 10 Megabyte" in html
    assert "Gehen Sie im Browser zurück: Ihr Text steht dort noch." in html
    page.refresh_from_db()
    assert page.title == "Größe"


@pytest.mark.django_db
def test_other_bad_requests_keep_their_page(client: Client) -> None:
    answer = client.post("/kontakt/", "kaputt", content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "Fehler 400" in answer.content.decode()
