"""What the index holds of the law goes with it: sections of older texts, provisions taken out, acts deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from knowledge.law_import import store_law
from knowledge.law_text import parse_law
from knowledge.models import Act, GlossaryTerm, LawSection, Provision
from portal.core.models import PortalDocument
from search.index import open_current
from search.rebuild import inspect
from tests import factories
from tests.factories.content import document
from tests.search.conftest import Library
from tests.search.test_follower import keys

pytestmark = pytest.mark.django_db
Follow = Callable[[], None]


def _import(state: str, **sections: str) -> None:
    text = "% Onlinezugangsgesetz (OZG)\n% Ausfertigungsdatum: 14.08.2017\n \n"
    text += "".join(f"# § {number.removeprefix('p')}\n\n{words}\n\n" for number, words in sections.items())
    store_law(parse_law(text, stem="OZG"), state=date.fromisoformat(state))


def _findings() -> list[str]:
    return inspect(open_current())


def test_a_newer_text_leaves_nothing_of_the_older_one(follow: Follow, indexed: Library) -> None:
    _import("2026-01-01", p1="Die Hundesteuer.", p2="Das Wohngeld.", p3="Die Größe.")
    follow()
    before = dict(LawSection.objects.values_list("anchor", "pk"))
    assert keys("Wohngeld") == {f"section:{before['p-2']}"}
    _import("2026-02-01", p1="Die Hundesteuer.", p3="Die neue Übergröße.", p4="Das Elterngeld.")
    follow()
    after = dict(LawSection.objects.order_by("position").values_list("anchor", "pk"))
    assert list(after) == ["p-1", "p-3", "p-4"]
    assert (after["p-1"], after["p-3"]) == (before["p-1"], before["p-3"])
    assert keys("Wohngeld") == set()
    assert keys("Übergröße") == {f"section:{after['p-3']}"}
    assert keys("Elterngeld") == {f"section:{after['p-4']}"}
    assert _findings() == []


def test_a_provision_taken_out_is_found_no_more(follow: Follow, indexed: Library) -> None:
    provision = indexed.act.provisions.get()
    assert f"provision:{provision.pk}" in keys("Bescheid Postfach")
    act = Act.objects.get(pk=indexed.act.pk)
    act.provisions = []
    act.save()
    follow()
    assert not Provision.objects.exists()
    assert f"provision:{provision.pk}" not in keys("Bescheid Postfach")
    assert _findings() == []


@pytest.mark.parametrize("many", [False, True])
def test_a_deleted_act_leaves_nothing(follow: Follow, indexed: Library, many: bool) -> None:
    """Also what pages cite of it, and also where the list of the admin deletes many at once."""
    _import("2026-01-01", p1="Die Hundesteuer.")
    follow()
    if many:
        Act.objects.filter(pk=indexed.act.pk).delete()
    else:
        Act.objects.get(pk=indexed.act.pk).delete()
    follow()
    assert keys("Hundesteuer") == set()
    assert not {key for key in keys("Onlinezugangsgesetz") if not key.startswith("question")}
    assert _findings() == []


def test_terms_and_files_deleted_at_once_leave_nothing(follow: Follow, indexed: Library) -> None:
    file = document("Größen.txt", b"Abwasserverband")
    indexed.add_article("Abwasser", "Ja.", body=[("file", {"document": file, "title": ""})])
    follow()
    assert f"download:{file.pk}" in keys("Abwasserverband")
    GlossaryTerm.objects.all().delete()
    PortalDocument.objects.all().delete()
    follow()
    assert not keys("Abwasserverband")
    assert not {key for key in keys("EfA") if key.startswith("term:")}
    assert _findings() == []


def test_an_act_that_comes_later_is_cited_by_the_pages_that_name_it(
    follow: Follow, indexed: Library, drain: Any
) -> None:
    page = indexed.add_article("Verfahren", "Ja.", legal_basis="§ 5 HVwVfG", no_legal_basis=False)
    follow()
    drain()
    factories.act("HVwVfG", "Hessisches Verwaltungsverfahrensgesetz")
    drain()
    follow()
    assert f"article:{page.pk}" in keys("§ 5 HVwVfG")
    assert _findings() == []
