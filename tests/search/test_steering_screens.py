"""The screens of "Suche pflegen": who may, forms, preview, versions, weights."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import TestCase
from django.utils import timezone

from knowledge.models import ArticlePage
from portal.core.visibility import STAFF_GROUPS, Visibility
from search import index as search_index
from search.finding import find
from search.models import SearchDay, SteeringRule, SteeringVersion
from search.ranking import ranking
from search.rebuild import rebuild
from search.steering import services
from search.steering.forms import searches_of
from search.steering.preview import Compared, Moved, Preview, preview
from search.steering.weights import sections
from tests.people import PortalClient, make_user, signed_in
from tests.querycounts import count
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db
MAY = {"Redaktion", "Administration"}
INDEX = "/cms/suche-pflegen/"
Kind = SteeringRule.Kind


@pytest.fixture
def editor() -> PortalClient:
    return signed_in(make_user("anna@kkv.example", role="Redaktion"))


def make_rule(kind: str = Kind.EQUAL, words: str = "Perso\nPersonalausweis", **values: Any) -> SteeringRule:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.save_rule(rule=SteeringRule(kind=kind, words=words, **values), actor=None)


@pytest.mark.parametrize("role", STAFF_GROUPS)
def test_who_may(role: str) -> None:
    rule = make_rule()
    version = SteeringVersion.objects.get()
    client = signed_in(make_user("wer@kkv.example", role=role))
    allowed = role in MAY
    for address in (INDEX, f"{INDEX}new/?art=equal", f"{INDEX}edit/{rule.pk}/", f"{INDEX}delete/{rule.pk}/",
                    f"{INDEX}verlauf/", f"{INDEX}gewichte/"):  # fmt: skip
        assert (client.get(address).status_code == 200) is allowed, address
    assert ("Suche pflegen" in client.get("/cms/").content.decode()) is allowed
    client.post(f"{INDEX}verlauf/{version.pk}/rueckgaengig/")
    assert SteeringRule.objects.exists() is not allowed


def test_readers_and_get_undo_nothing(editor: PortalClient) -> None:
    make_rule()
    version = SteeringVersion.objects.get()
    address = f"{INDEX}verlauf/{version.pk}/rueckgaengig/"
    assert PortalClient().post(address).status_code == 403
    assert editor.get(address).status_code == 405
    assert SteeringRule.objects.exists()


def test_a_new_rule_is_checked_and_saved(editor: PortalClient, indexed: Library) -> None:
    kinds = editor.get(f"{INDEX}new/").content.decode()
    assert all(f"?art={kind.value}" in kinds for kind in Kind)
    data = {"kind": "equal", "words": "NOOTS", "note": "", "samples": ""}
    refused = editor.post(f"{INDEX}new/?art=equal", data)
    assert "mindestens zwei Zeilen" in refused.content.decode()
    data["words"] = " NOOTS \n\n Nachweisautobahn "
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert editor.post(f"{INDEX}new/", data).status_code == 302
    rule = SteeringRule.objects.get()
    assert rule.word_list == ["NOOTS", "Nachweisautobahn"]
    version = SteeringVersion.objects.get()
    assert version.actor is not None
    assert version.actor.email == "anna@kkv.example"
    assert find("Nachweisautobahn", level=Visibility.PUBLIC).results


def test_a_page_is_chosen_and_has_to_be_live(editor: PortalClient, library: Library) -> None:
    data = {"kind": "pin", "words": "Register", "target": "", "place": "1", "note": "", "samples": ""}
    address = f"{INDEX}new/?art=pin"
    assert "Wählen Sie eine veröffentlichte Seite" in editor.post(address, data).content.decode()
    library.question.unpublish()
    offline = editor.post(address, {**data, "page": library.question.pk}).content.decode()
    assert "Wählen Sie eine veröffentlichte Seite" in offline
    assert editor.post(address, {**data, "page": library.article.pk}).status_code == 302
    assert SteeringRule.objects.get().target == f"article:{library.article.pk}"
    rule = SteeringRule.objects.get()
    assert str(library.article.title) in editor.get(f"{INDEX}edit/{rule.pk}/").content.decode()
    assert library.article.title in editor.get(INDEX).content.decode()


def test_what_is_no_page_comes_by_its_key(editor: PortalClient, library: Library) -> None:
    key = f"term:{library.term.pk}"
    form = editor.get(f"{INDEX}new/?art=hide&woerter=Register&ziel={key}").content.decode()
    assert "Gewählt ist „EfA" in form
    data = {"kind": "hide", "words": "Register", "target": key, "note": "", "samples": ""}
    assert editor.post(f"{INDEX}new/", data).status_code == 302
    assert SteeringRule.objects.get().target == key


def test_the_preview_shows_before_and_after_and_stores_nothing(editor: PortalClient, indexed: Library) -> None:
    data = {"kind": "equal", "words": "NOOTS\nNachweisautobahn", "note": "", "samples": "Nachweisautobahn\nEfA",
            "preview": "1"}  # fmt: skip
    text = editor.post(f"{INDEX}new/?art=equal", data).content.decode()
    assert "Noch ist nichts gespeichert" in text
    assert "(vorher 0)" in text
    assert "<strong>(neu)</strong>" in text
    assert "Unverändert: „NOOTS“, „EfA“" in text
    assert not SteeringRule.objects.exists()
    data["words"] = "NOOTS"
    assert "Vorschau</h3>" not in editor.post(f"{INDEX}new/?art=equal", data).content.decode()


def test_the_preview_of_a_change_starts_from_what_is_stored(editor: PortalClient, indexed: Library) -> None:
    rule = make_rule(words="NOOTS\nNachweisautobahn")
    data = {"kind": "equal", "words": "NOOTS\nDatenautobahn", "note": "", "samples": "Nachweisautobahn",
            "preview": "1"}  # fmt: skip
    text = editor.post(f"{INDEX}edit/{rule.pk}/", data).content.decode()
    assert "„Nachweisautobahn“: 0 Treffer (vorher 2)" in text
    assert SteeringRule.objects.get().word_list == ["NOOTS", "Nachweisautobahn"]


def test_the_preview_sees_a_word_go_that_was_never_corrected(editor: PortalClient, indexed: Library) -> None:
    rule = make_rule(Kind.NEVER, "Regisster\nFantasiewort")
    assert not find("Regisster", level=Visibility.PUBLIC).results
    data = {"kind": "never", "words": "Fantasiewort", "note": "", "samples": "Regisster", "preview": "1"}
    text = editor.post(f"{INDEX}edit/{rule.pk}/", data).content.decode()
    assert "(vorher 0)" in text
    assert "<strong>(neu)</strong>" in text
    assert not find("Regisster", level=Visibility.PUBLIC).results  # nothing is stored


def test_the_preview_of_a_denied_word_shows_which_suggestions_go(editor: PortalClient, indexed: Library) -> None:
    data = {"kind": "deny", "words": "NOOTS", "note": "", "samples": "", "preview": "1"}
    text = editor.post(f"{INDEX}new/?art=deny", data).content.decode()
    assert "Bei 1 von 1 Suchen ändern sich die Vorschläge" in text
    assert "„NOOTS“: 0 Vorschläge (vorher" in text
    rule = make_rule(Kind.DENY, "NOOTS")
    assert "(vorher 0)" in editor.get(f"{INDEX}delete/{rule.pk}/").content.decode()


FREQUENT = "Quastenflosser\nEfA\nWohngeld\nHundesteuer\nBaugenehmigung"


def test_the_preview_tries_every_word_of_a_usual_rule_and_the_frequent_searches(
    editor: PortalClient, indexed: Library
) -> None:
    data = {"kind": "equal", "words": "NOOTS\nErstwort\nZweitwort\nNachweisautobahn", "note": "",
            "samples": FREQUENT, "preview": "1"}  # fmt: skip
    text = editor.post(f"{INDEX}new/?art=equal", data).content.decode()
    assert "Bei 3 von 9 Suchen ändern sich die Treffer." in text
    assert "„Nachweisautobahn“: 2 Treffer (vorher 0)" in text
    assert "„Baugenehmigung“" in text


def test_the_preview_tries_a_word_that_was_taken_out(editor: PortalClient, indexed: Library) -> None:
    rule = make_rule(words="NOOTS\nErstwort\nZweitwort\nNachweisautobahn")
    data = {
        "kind": "equal",
        "words": "NOOTS\nErstwort\nZweitwort",
        "note": "",
        "samples": FREQUENT,
        "preview": "1",
    }
    text = editor.post(f"{INDEX}edit/{rule.pk}/", data).content.decode()
    assert "„Nachweisautobahn“: 0 Treffer (vorher 2)" in text


def test_the_preview_tries_what_a_word_leads_to(editor: PortalClient, indexed: Library) -> None:
    data = {"kind": "one_way", "words": "Rathauscloud", "others": "Onlinedienst\nNOOTS", "note": "",
            "samples": FREQUENT, "preview": "1"}  # fmt: skip
    text = editor.post(f"{INDEX}new/?art=one_way", data).content.decode()
    assert "„Rathauscloud“: " in text
    assert "Unverändert: „Onlinedienst“, „NOOTS“, „Quastenflosser“" in text


def test_words_that_come_or_go_are_tried_first_and_the_rest_is_named(
    editor: PortalClient, indexed: Library
) -> None:
    words = [f"Kunstwort{letter}" for letter in "abcdefghij"]
    rule = make_rule(words="\n".join([*words, "Nachweisautobahn"]))
    rule.words = "\n".join([*words, "Datenautobahn"])
    tried = searches_of(rule, ["Wohngeld", "Hundesteuer"])
    assert tried[:3] == ["Nachweisautobahn", "Datenautobahn", "Kunstworta"]
    assert tried[8:11] == ["Wohngeld", "Hundesteuer", "Kunstwortg"]
    data = {"kind": "equal", "words": rule.words, "note": "", "samples": "Wohngeld\nHundesteuer", "preview": "1"}
    text = editor.post(f"{INDEX}edit/{rule.pk}/", data).content.decode()
    assert "Nicht ausprobiert (eine Vorschau hat höchstens 12 Suchen): „Kunstworti“, „Kunstwortj“" in text


def test_a_preview_speaks_of_suggestions_and_of_one_in_the_singular() -> None:
    one = Compared("wohn", 2, 1, [Moved("Wohnung", "/wohnung/", 1, 1)], ["Wohngeld"])
    shown = {"preview": Preview([one], None, [], of_suggestions=True)}
    text = render_to_string("search/admin/preview.html", shown)
    assert "„wohn“: 1 Vorschlag (vorher 2)" in text
    assert "Nicht mehr vorgeschlagen: Wohngeld" in text
    of_results = render_to_string("search/admin/preview.html", {"preview": Preview([one], None, [])})
    assert "„wohn“: 1 Treffer (vorher 2)" in of_results
    assert "Nicht mehr unter den ersten zehn: Wohngeld" in of_results
    same = Preview([Compared("wohn", 2, 2, [], [])], None, [])
    assert "Bei der einen Suche ändern sich die Treffer nicht." in render_to_string(
        "search/admin/preview.html", {"preview": same}
    )


def test_before_a_rule_goes_the_page_shows_what_will_be_found_without_it(
    editor: PortalClient, indexed: Library
) -> None:
    rule = make_rule(words="NOOTS\nNachweisautobahn")
    text = editor.get(f"{INDEX}delete/{rule.pk}/").content.decode()
    assert "Noch ist nichts gelöscht" in text
    assert "„Nachweisautobahn“: 0 Treffer (vorher 2)" in text
    assert SteeringRule.objects.exists()


@pytest.fixture
def closed(library: Library) -> Iterator[ArticlePage]:
    """A page for signed-in municipalities, in the index."""
    page = library.add_article("Musterdienst", "Register.", visibility=Visibility.MUNICIPALITY)
    rebuild()
    yield page
    search_index._readers.index = None


def test_a_rule_about_a_closed_page_is_tried_as_its_readers_search(
    editor: PortalClient, closed: ArticlePage, library: Library
) -> None:
    data = {"kind": "pin", "words": "Fantasiewort", "target": f"article:{closed.pk}", "place": "1", "note": "",
            "samples": "", "preview": "1"}  # fmt: skip
    text = editor.post(f"{INDEX}new/?art=pin", data).content.decode()
    assert "Ausprobiert mit den Rechten angemeldeter Kommunen." in text
    assert "„Fantasiewort“: 1 Treffer (vorher 0), mit den Rechten angemeldeter Kommunen" in text
    rule = make_rule(Kind.HIDE, "Musterdienst", target=f"article:{closed.pk}")
    gone = editor.get(f"{INDEX}delete/{rule.pk}/").content.decode()
    assert "Ausprobiert mit den Rechten angemeldeter Kommunen." in gone
    assert "„Musterdienst“: 1 Treffer (vorher 0), mit den Rechten angemeldeter Kommunen" in gone
    # From the closed page to an open one: those who may read both see both move.
    moved = {**data, "kind": "hide", "words": "Musterdienst", "target": f"article:{library.article.pk}"}
    changed = editor.post(f"{INDEX}edit/{rule.pk}/", moved).content.decode()
    assert "„Musterdienst“: 1 Treffer (vorher 0), mit den Rechten angemeldeter Kommunen" in changed


def test_a_rule_about_an_open_page_is_tried_without_account(editor: PortalClient, indexed: Library) -> None:
    rule = make_rule(Kind.PIN, "Fantasiewort", target=f"article:{indexed.article.pk}")
    text = editor.get(f"{INDEX}delete/{rule.pk}/").content.decode()
    assert "Ausprobiert ohne Anmeldung.</p>" in text
    assert "„Fantasiewort“: 0 Treffer (vorher 1)</h4>" in text


def test_equal_words_that_only_municipalities_find_are_tried_as_they_search(
    editor: PortalClient, closed: ArticlePage
) -> None:
    data = {"kind": "equal", "words": "Musterdienst\nFantasiewort", "note": "", "samples": "", "preview": "1"}
    text = editor.post(f"{INDEX}new/?art=equal", data).content.decode()
    assert (
        "Ausprobiert ohne Anmeldung. Wo sich dabei nichts ändert, auch mit den Rechten angemeldeter Kommunen.</p>"
        in text
    )
    assert "„Fantasiewort“: 1 Treffer (vorher 0), mit den Rechten angemeldeter Kommunen" in text


def test_a_preview_shows_nobody_more_than_he_may_read(closed: ArticlePage) -> None:
    rule = SteeringRule(kind=Kind.PIN, words="Fantasiewort", target=f"article:{closed.pk}")
    shown = preview(rule, ["Fantasiewort"], reader=Visibility.PUBLIC)
    assert (shown.levels, shown.changed) == ((Visibility.PUBLIC,), [])
    assert preview(rule, ["Fantasiewort"], reader=Visibility.CENTRE).levels == (Visibility.MUNICIPALITY,)


def test_the_most_frequent_searches_are_there_to_try_it_on(editor: PortalClient) -> None:
    day = timezone.localdate()
    SearchDay.objects.create(day=day, normal="wohngeld", engine="embedded", text="Wohngeld", count=9, hits=3)
    SearchDay.objects.create(day=day, normal="selten", engine="embedded", text="Selten", count=1, clicks=1)
    form = editor.get(f"{INDEX}new/?art=equal").content.decode()
    assert "Wohngeld</textarea>" in form


def test_versions_are_told_in_words_and_undone(editor: PortalClient, library: Library) -> None:
    rule = make_rule(Kind.PIN, "Register", target=f"article:{library.article.pk}")
    editor.post(f"{INDEX}delete/{rule.pk}/")
    assert not SteeringRule.objects.exists()
    text = editor.get(f"{INDEX}verlauf/?regel={rule.pk}").content.decode()
    assert "gelöscht" in text
    assert library.article.title in text
    newest = SteeringVersion.objects.first()
    assert newest is not None
    answer = editor.post(f"{INDEX}verlauf/{newest.pk}/rueckgaengig/", follow=True)
    assert "rückgängig gemacht" in answer.content.decode()
    assert SteeringRule.objects.get().pk == rule.pk
    again = editor.post(f"{INDEX}verlauf/{newest.pk}/rueckgaengig/", follow=True)
    assert "noch einmal geändert" in again.content.decode()


def test_screens_cost_a_fixed_number_of_queries(editor: PortalClient, library: Library) -> None:
    def costs() -> list[int]:
        addresses = (INDEX, f"{INDEX}verlauf/")
        for address in addresses:
            count(address, editor)
        return [count(address, editor) for address in addresses]

    make_rule(Kind.PIN, "Register", target=f"article:{library.article.pk}")
    few = costs()
    for number in range(20):
        make_rule(Kind.HIDE, f"Suche {number}x", target=f"article:{library.article.pk}")
    assert costs() == few
    assert max(few) <= 20


def test_every_weight_is_shown_with_its_reason(editor: PortalClient) -> None:
    shown = {(section.name, weight.name) for section in sections() for weight in section.weights}
    data = ranking()
    names = {
        (part, name) for part in ("fields", "readings", "query", "citations", "semantic", "kinds")
        for name in getattr(data, part)
    }  # fmt: skip
    assert shown == names
    assert all(section.text for section in sections())
    assert [weight.name for section in sections() for weight in section.weights if not weight.reason] == []
    assert [weight.name for section in sections() for weight in section.weights if not weight.effect] == []
    assert not any(
        "nicht" in weight.effect and "gemessen" in weight.effect for part in sections() for weight in part.weights
    )
    text = editor.get(f"{INDEX}gewichte/").content.decode()
    assert all(name in text for _, name in names)
