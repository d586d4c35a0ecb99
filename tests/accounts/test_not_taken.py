"""A form sent without the login it needs: nothing is saved, what was typed is shown, the way leads back to it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from portal.core import typed
from tests.factories import content
from tests.people import PASSWORD, PortalClient, make_user

pytestmark = pytest.mark.django_db
OWN = {"Sec-Fetch-Site": "same-origin"}
HOST = "http://testserver"
TEXT = "Wie schließen wir uns\nan die Größe an?"


def send(path: str, data: dict[str, Any] | None = None, *, seen: str = "", client: Client | None = None) -> Any:
    headers = {**OWN, **({"Referer": f"{HOST}{seen}"} if seen else {})}
    return (client or Client()).post(path, data or {}, headers=headers)


def way_on(answer: Any) -> str:
    found = re.search(r'href="/konto/anmelden/\?next=([^"]+)"', answer.content.decode())
    assert found is not None, answer.content.decode()
    return found[1]


def shown(answer: Any) -> str:
    found = re.search(r'<textarea[^>]*id="typed"[^>]*>([^<]*)</textarea>', answer.content.decode())
    return found[1] if found is not None else ""


def test_what_was_typed_is_shown_and_the_way_leads_back() -> None:
    answer = send(
        "/konto/profil/", {"first_name": TEXT, "password": "ein langes Kennwort"}, seen="/konto/profil/?a=b"
    )
    assert answer.status_code == 403
    assert answer.headers["Cache-Control"].count("no-store")
    html = answer.content.decode()
    assert "Sie sind nicht mehr angemeldet" in html
    assert "ist nicht gespeichert" in html
    assert shown(answer) == TEXT
    assert "Kennwort" not in html, "secrets are never shown"
    assert way_on(answer) == "%2Fkonto%2Fprofil%2F%3Fa%3Db"


@pytest.mark.parametrize("seen", ["", "https://boese.example/konto/", "//boese.example/"])
def test_without_a_page_of_ours_the_way_leads_to_the_start(seen: str) -> None:
    headers = {"Referer": seen} if seen else {}
    for path, start in (
        ("/konto/sitzungen/1/beenden/", "%2Fkonto%2F"),
        ("/cms/beratung/vorgang/1/weiter/", "%2Fcms%2F"),
    ):
        answer = Client().post(path, {}, headers=headers)
        assert answer.status_code == 403
        assert way_on(answer) == start, "not to an address that takes forms only"
        assert "Kopieren" not in answer.content.decode(), "there is nothing to copy"


def test_an_editor_gets_the_texts_of_a_page_back() -> None:
    page, client = content.topic("Größe"), PortalClient()
    body = json.dumps({"blocks": [{"text": "Erster Absatz"}, {"text": "zweiter Absatz"}], "entityMap": {}})
    path = f"/cms/pages/{page.pk}/edit/"
    data = {"title": "Neuer Titel", "body-0-value": body, "body-0-id": "x", "comments": '[{"a": "b c"}]'}
    answer = send(path, data, seen=path, client=client)
    assert shown(answer) == "Neuer Titel\n\nErster Absatz\nzweiter Absatz"
    assert way_on(answer) == path.replace("/", "%2F")


def test_scripts_and_the_login_itself_keep_their_answers() -> None:
    assert Client().post("/konto/profil/", headers={"Accept": "application/json"}).status_code == 302
    assert Client().get("/konto/profil/").status_code == 302
    assert Client().post("/cms/logout/").status_code == 302
    assert send("/konto/passwort/", {"oldpassword": "x y"}).status_code == 302
    wrong = send("/konto/anmelden/", {"login": "wer@ort.example", "password": "falsch und lang"})
    assert "falsch und lang" not in wrong.content.decode()


def test_a_session_of_a_closed_account_is_told_so_with_its_text() -> None:
    user = make_user("nora@muehltal.example")
    client = PortalClient()
    client.force_login(user)
    get_user_model()._default_manager.filter(pk=user.pk).update(is_active=False)
    answer = send("/konto/profil/", {"first_name": TEXT}, client=client)
    assert "Ihr Konto ist geschlossen" in answer.content.decode()
    assert shown(answer) == TEXT


def test_a_session_without_the_factor_is_told_so_with_its_text() -> None:
    client = Client()
    user = make_user("neu@kkv.example", role="Redaktion")
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    answer = send("/cms/account/", {"first_name": TEXT}, client=client)
    assert (answer.status_code, shown(answer)) == (403, TEXT)
    assert f'href="{reverse("mfa_index")}"' in answer.content.decode()
    plain = client.post("/cms/account/", {}, headers={"x-requested-with": "XMLHttpRequest"})
    assert plain.headers["Content-Type"].startswith("text/plain")


@override_settings(CONSULTATIONS_OPEN=True)
def test_pages_that_answer_instead_of_a_form_show_what_was_typed() -> None:
    strict = Client(enforce_csrf_checks=True)
    for client, path, code in (
        (strict, "/kontakt/", 403),
        (Client(), "/gibt-es-nicht/", 404),
        (Client(), "/beratung/vorgang/WzEsMF0:kaputt:kaputt/nachricht/", 404),
        (Client(), "/beratung/bewertung/WzEsMF0:kaputt:kaputt/", 404),
        (Client(), "/beratung/anfrage/kaputt/anliegen/", 404),
    ):
        answer = send(path, {"message": TEXT}, client=client)
        assert (answer.status_code, shown(answer)) == (code, TEXT), path
        foreign = client.post(path, {"message": TEXT}, headers={"Sec-Fetch-Site": "cross-site"})
        assert shown(foreign) == "", "no foreign page writes into ours"


def test_nothing_is_made_up_of_what_cannot_be_read() -> None:
    post = RequestFactory().post
    for data in ("{kaputt und", '["a b"]', '{"blocks": 3}', '{"blocks": [{"text": "ein Wort"}, 4]}', "eins"):
        request = post("/", {"text": data}, headers=OWN)
        assert typed.text_of(request) in {"{kaputt und", "", "ein Wort"}
    assert typed.text_of(post("/", "kaputt", content_type="multipart/form-data", headers=OWN)) == ""
    latin = post("/", "text=x", content_type="application/x-www-form-urlencoded; charset=latin-1", headers=OWN)
    assert typed.text_of(latin) == ""
    assert typed.text_of(post("/", {"text": "[" * 200_000, "day": "2027-03-01 09:00"}, headers=OWN)) == ""
    assert typed.text_of(RequestFactory().get("/", {"text": TEXT}, headers=OWN)) == ""


# -- addresses that take forms only -------------------------------------------------------------------------------


def test_who_opens_an_address_for_forms_reads_what_it_is() -> None:
    client = PortalClient()
    client.force_login(make_user())
    answer = client.get("/konto/sitzungen/1/beenden/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "Sie nimmt nur entgegen, was ein Formular sendet." in answer.content.decode()
    assert client.get("/konto/sitzungen/1/beenden/", headers={"Accept": "application/json"}).content == b""
