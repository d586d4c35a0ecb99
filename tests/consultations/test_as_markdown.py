"""Contact and report of a barrier as Markdown."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Site

from portal.core.models import Operator
from tests import factories

pytestmark = pytest.mark.django_db


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    assert not response.cookies
    return response.content.decode()


@pytest.fixture
def operator() -> Operator:
    return Operator.objects.create(
        site=Site.objects.get(), name="Fachstelle [Süd]", region="Übersee", email="postfach@example.org",
        phone="0611 123",
    )  # fmt: skip


@pytest.mark.usefixtures("operator")
def test_contact_says_how_to_reach_the_centre_and_for_what(client: Client) -> None:
    shown = text(client, "/kontakt.md")

    for line in (
        "- Stelle: Fachstelle \\[Süd\\]", "- Zuständig für: Übersee", "- Telefon: 0611 123",
        "- Funktionspostfach: <mailto:postfach@example.org>",
        "- [Beratung anfragen](/kontakt/?anliegen=beratung)", "- Name (freiwillig)", "- Ihre Nachricht",
        "[Barriere melden](/barriere-melden/)",
    ):  # fmt: skip
        assert f"\n{line}\n" in shown + "\n"
    assert "[Nachricht schreiben](/kontakt/)" in shown
    assert client.post("/kontakt.md").status_code == 405


def test_a_barrier_names_mailbox_and_enforcement(client: Client, operator: Operator) -> None:
    factories.standard_page("Erklärung zur Barrierefreiheit")
    assert "<mailto:postfach@example.org>" in text(client, "/barriere-melden.md")
    operator.accessibility_email = "barrieren@example.org"
    operator.save()

    shown = text(client, "/barriere-melden.md")

    assert "Per E-Mail: <mailto:barrieren@example.org>" in shown
    assert "- E-Mail-Adresse (freiwillig)" in shown
    assert "Durchsetzungsstelle. Sie steht hier: [Erklärung zur Barrierefreiheit](/erklaerung-zur-" in shown


def test_without_particulars_no_line_is_empty(client: Client) -> None:
    assert "mailto" not in text(client, "/kontakt.md") + text(client, "/barriere-melden.md")
    for address in ("/kontakt/", "/kontakt/gesendet/", "/barriere-melden/"):
        assert 'href="mailto:"' not in client.get(address).content.decode()
