"""Addresses that once were true lead on after an act, a term or a topic got another one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.contrib.redirects.models import Redirect

from tests.factories import reading

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("form", ["/", ".md", "/wortlaut/", "/wortlaut.md", "/aenderungen.atom"])
def test_an_act_keeps_its_old_addresses(form: str) -> None:
    act = reading.act("ÄGG")
    reading.law_text(act, [("§ 1", "Größe", "Text.")])
    first = act.slug
    for slug in ("zwischenzeit", "neu"):
        act.slug = slug
        act.save()
    for slug in (first, "zwischenzeit"):
        response = Client().get(f"/recht/{slug}{form}")
        assert (response.status_code, response["Location"]) == (301, f"/recht/neu{form}")
    assert Client().get(f"/recht/neu{form}").status_code == 200


def test_a_term_keeps_its_old_addresses_and_may_go_back() -> None:
    term = reading.term("Öffnung")
    first = term.slug
    for slug in ("neu", first):
        term.slug = slug
        term.save()
    for form in ("/", ".md"):
        response = Client().get(f"/glossar/neu{form}")
        assert (response.status_code, response["Location"]) == (301, f"/glossar/{first}{form}")
        assert Client().get(f"/glossar/{first}{form}").status_code == 200


def test_a_draft_has_no_address_to_keep() -> None:
    term = reading.term("Entwurf", live=False)
    term.slug = "anders"
    term.save()
    assert not Redirect.objects.exists()


def test_the_feed_of_a_renamed_topic_leads_on(django_capture_on_commit_callbacks: Any) -> None:
    topic = reading.topic("Ämter")
    topic.slug = "behoerden"
    with django_capture_on_commit_callbacks(execute=True):
        topic.save_revision().publish()
    response = Client().get("/themen/aemter/aenderungen.atom")
    assert (response.status_code, response["Location"]) == (301, "/themen/behoerden/aenderungen.atom")


@pytest.mark.parametrize("make", [reading.act, reading.term])
def test_a_draft_moves_no_address_and_its_release_moves_it_once(make: Any) -> None:
    """Wagtail saves the object with the fields of the draft, each time a draft is saved."""
    entry = make("Alt")
    entry.save_revision(clean=False).publish()
    draft = type(entry).objects.get(pk=entry.pk)
    draft.slug = "neu"
    draft.save_revision(clean=False)
    revision = draft.save_revision(clean=False)
    assert not Redirect.objects.exists()
    revision.publish()
    first = "recht" if make is reading.act else "glossar"
    for form in ("/", ".md", "/versionen/", "/versionen.md"):
        answer = Client().get(f"/{first}/alt{form}")
        assert (answer.status_code, answer["Location"]) == (301, f"/{first}/neu{form}")
    paths = list(Redirect.objects.values_list("old_path", flat=True))
    assert len(paths) == len(set(paths))


def test_an_address_given_on_twice_leads_to_the_last_one() -> None:
    """Two rows for one address would answer neither."""
    first = reading.term("Erste")
    first.slug = "zweite"
    first.save()
    second = reading.term("Andere")
    second.slug = "erste"
    second.save()
    second.slug = "dritte"
    second.save()
    assert Client().get("/glossar/erste/")["Location"] == "/glossar/dritte/"
