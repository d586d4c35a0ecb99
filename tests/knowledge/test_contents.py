"""Each page with three headings has a table of contents, on narrow screens too."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.rich_text import RichText

from knowledge.models import Provision
from portal.home.models import EasyLanguagePage, SignLanguagePage
from tests import factories
from tests.factories import reading

pytestmark = pytest.mark.django_db

BODY = [("text", RichText("<h2>Größe</h2><p>A</p><h2>Maß</h2><p>B</p><h2>Öffnung</h2><p>C</p>"))]


def _places(address: str) -> list[str]:
    html = Client().get(address).content.decode()
    return [place for place in ("kp-only-narrow", "kp-only-wide") if f'kp-toc {place}"' in html or (
        place == "kp-only-wide" and 'kp-toc kp-toc--wide' in html)]  # fmt: skip


def test_every_kind_of_page_has_one_in_both_places() -> None:
    home = reading.home()
    pages = [
        factories.article(body=BODY), factories.question(body=BODY),
        factories.template("Größentabelle", body=BODY), factories.standard_page("Auskunft", body=BODY),
        home.add_child(instance=EasyLanguagePage(title="Leichte Sprache", slug="leichte-sprache", body=BODY)),
        home.add_child(instance=SignLanguagePage(title="Gebärdensprache", slug="gebaerdensprache", body=BODY)),
    ]  # fmt: skip
    assert {page.url: _places(page.url) for page in pages} == {
        page.url: ["kp-only-narrow", "kp-only-wide"] for page in pages
    }


def test_an_act_lists_its_provisions_on_narrow_screens_too() -> None:
    act = reading.act()
    for number in range(1, 4):
        Provision.objects.create(act=act, ref=f"§ {number}", key=str(number))
    html = Client().get(f"/recht/{act.slug}/").content.decode()
    narrow = html.partition("kp-only-narrow")[2].partition("</details>")[0]
    assert narrow.count('href="#') == 3
