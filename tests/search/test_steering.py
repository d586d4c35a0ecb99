"""Rules of the staff: what they do to a search, what is refused, how they come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TestCase

from knowledge.models import ArticlePage
from portal.core.models import AuditEntry
from portal.core.visibility import Visibility
from search import index as search_index
from search.engines.base import Order
from search.finding import find, suggest
from search.fresh import TOKEN_KEY
from search.models import SteeringRule, SteeringVersion
from search.narrowing import Filters
from search.rebuild import rebuild
from search.spelling import never_corrected
from search.steering import services
from search.steering.rules import current_rules, normal, trying
from tests.people import make_user
from tests.search.conftest import Library

pytestmark = pytest.mark.django_db
Kind = SteeringRule.Kind


def rule(kind: str, words: str, **values: Any) -> SteeringRule:
    return SteeringRule(kind=kind, words=words, **values)


def save(kind: str, words: str, **values: Any) -> SteeringRule:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.save_rule(rule=rule(kind, words, **values), actor=None)


def titles(text: str, level: Visibility = Visibility.PUBLIC, **filters: Any) -> list[str]:
    return [result.title for result in find(text, level=level, **filters).results]


def test_equal_words_find_each_other_at_once(indexed: Library) -> None:
    assert titles("Nachweisautobahn") == []
    save(Kind.EQUAL, "NOOTS\nNachweisautobahn")
    assert titles("Nachweisautobahn")[0] == "NOOTS-Anschluss vorbereiten"


def test_names_of_several_words_are_equal_too(indexed: Library) -> None:
    save(Kind.EQUAL, "EfA\nAlle zusammen mit einem")
    assert "Wer betreibt den EfA-Dienst?" in titles("alle zusammen mit einem")


def test_one_way_leads_only_there(indexed: Library) -> None:
    save(Kind.ONE_WAY, "Rathauscloud", others="EfA-Dienst")
    assert "Wer betreibt den EfA-Dienst?" in titles("Rathauscloud")
    indexed.add_article("Rathauscloud", "Ein Projekt.")
    assert "Rathauscloud" not in titles("EfA-Dienst")


def test_a_word_that_is_never_corrected(indexed: Library) -> None:
    save(Kind.NEVER, "Regisster")
    assert "regisster" in never_corrected()


def test_a_pinned_result_stands_first_and_once(indexed: Library) -> None:
    key = f"question:{indexed.question.pk}"
    before = find("Register", level=Visibility.PUBLIC)
    save(Kind.PIN, "Register", target=key)
    found = find("register", level=Visibility.PUBLIC)
    assert found.results[0].key == key
    assert [item.key for item in found.results].count(key) == 1
    assert found.total == before.total + 1
    assert found.kind_counts["question"] == before.kind_counts.get("question", 0) + 1
    assert titles("Register", kinds=["article"]) == titles("Register", kinds=["article"])
    assert "Wer betreibt den EfA-Dienst?" not in titles("Register", kinds=["article"])


def test_counts_are_right_with_a_pin_under_every_filter(indexed: Library) -> None:
    """What is pinned, found by the words or not, is counted once, and obeys filters like all else."""
    for number in range(3):
        indexed.add_article(f"Register {number}", "Anschluss der Register.", audience=["it"])
    from search.rebuild import rebuild

    rebuild()
    every = find("Register", level=Visibility.PUBLIC).results
    pinned = next(item.key for item in every if item.key.startswith("article:"))
    plain = find("Register", level=Visibility.PUBLIC, kinds=["question"])
    save(Kind.PIN, "Register", target=pinned)
    narrowed = find("Register", level=Visibility.PUBLIC, kinds=["question"])
    assert narrowed.kind_counts == plain.kind_counts
    assert pinned not in [item.key for item in narrowed.results]
    for kind, number in narrowed.kind_counts.items():
        assert find("Register", level=Visibility.PUBLIC, kinds=[kind]).total == number
    others = Filters(audiences=("redaktion",))
    assert pinned not in [item.key for item in find("Register", level=Visibility.PUBLIC, filters=others).results]


def test_pins_move_the_other_results_and_lose_none(indexed: Library) -> None:
    for number in range(14):
        indexed.add_article(f"Register {number:02}", "Anschluss der Register.")
    from search.rebuild import rebuild

    rebuild()
    every = [item.key for page in (1, 2) for item in find("Register", level=Visibility.PUBLIC, page=page).results]
    last = every[-1]
    save(Kind.PIN, "Register", target=last)
    save(Kind.HIDE, "Register", target=every[0])
    pages = [find("Register", level=Visibility.PUBLIC, page=page) for page in (1, 2)]
    now = [item.key for page in pages for item in page.results]
    assert now == [last, *every[1:-1]]
    assert {page.total for page in pages} == {len(every) - 1}


def test_a_pinned_page_is_shown_at_the_readers_level_only(indexed: Library) -> None:
    key = f"article:{indexed.article.pk}"
    save(Kind.PIN, "Postfach", target=key)
    assert titles("Postfach")[0] == indexed.article.title
    indexed.registers.visibility = "centre"
    indexed.registers.save_revision().publish()
    assert indexed.article.title not in titles("Postfach")


def test_pins_hold_for_the_same_words_in_another_form(indexed: Library) -> None:
    assert normal("Umsetzung des OZG") == normal("ozg umsetzungen")
    save(Kind.PIN, "Umsetzung des OZG", target=f"question:{indexed.question.pk}")
    assert titles("ozg umsetzung")[0] == indexed.question.title
    assert titles("ozg umsetzung frist")[:1] != [indexed.question.title]


def test_denied_suggestions(indexed: Library) -> None:
    assert any("NOOTS" in item["label"] for item in suggest("noots"))
    save(Kind.DENY, "NOOTS-Anschluss")
    assert not any("NOOTS-Anschluss" in item["label"] for item in suggest("noots"))


@pytest.mark.parametrize(
    ("kind", "words", "others", "expected"),
    [
        (Kind.EQUAL, " \n ", "", "mindestens ein Wort"),
        (Kind.EQUAL, "!!!\nOZG", "", "enthält kein Wort"),
        (Kind.EQUAL, "a\nOZG", "", "zu kurz"),
        (Kind.EQUAL, "OZG", "", "mindestens zwei"),
        (Kind.EQUAL, "Register\nRegistern", "", "dasselbe"),
        (Kind.EQUAL, "Ausweis\nPerso", "", "steht schon in einer Regel"),
        (Kind.EQUAL, "Rad\nBulle", "", "führt schon zu"),
        (Kind.EQUAL, "OZG\n" + "x" * 200, "", "zu lang"),
        (Kind.EQUAL, "\n".join(f"Wort{number}" for number in range(30)), "", "Höchstens 20"),
        (Kind.ONE_WAY, "Rad", "Rad", "zu sich selbst"),
        (Kind.ONE_WAY, "Rad", "", "mindestens ein Wort"),
        (Kind.ONE_WAY, "Kuh", "Rad", "Kreis: Kuh → Rad → Bulle → Kuh"),
        (Kind.ONE_WAY, "Bulle", "Rad", "Kreis"),
        (Kind.ONE_WAY, "Perso", "Personalausweis", "schon gleich"),
        (Kind.ONE_WAY, "Rad", "Bulle", "steht schon"),
        (Kind.NEVER, "xoev", "", "steht schon"),
        (Kind.PIN, "Test", "", "gibt es nicht"),
    ],
)
def test_what_is_refused(library: Library, kind: str, words: str, others: str, expected: str) -> None:
    save(Kind.EQUAL, "Perso\nPersonalausweis")
    save(Kind.ONE_WAY, "Rad", others="Bulle")
    save(Kind.ONE_WAY, "Bulle", others="Kuh")
    save(Kind.NEVER, "XÖV")
    target = "article:999999" if kind == Kind.PIN else ""
    with pytest.raises(ValidationError, match=expected):
        save(kind, words, others=others, target=target)


def test_words_on_one_side_of_a_one_way_rule_may_be_equal(library: Library) -> None:
    save(Kind.ONE_WAY, "Umzug\nUmziehen", others="Ummeldung\nAnmeldung")
    save(Kind.EQUAL, "Ummeldung\nAnmeldung")
    save(Kind.EQUAL, "Umzug\nUmziehen")
    assert SteeringRule.objects.filter(kind=Kind.EQUAL).count() == 2


def test_a_circle_over_equal_words_is_refused(library: Library) -> None:
    save(Kind.EQUAL, "Rind\nKuh")
    save(Kind.ONE_WAY, "Rind", others="Stall")
    with pytest.raises(ValidationError, match="Kreis: Stall → Kuh = Rind → Stall"):
        save(Kind.ONE_WAY, "Stall", others="Kuh")
    save(Kind.ONE_WAY, "Stall", others="Scheune")
    with pytest.raises(ValidationError, match="Kreis: Scheune → Kuh = Rind → Stall → Scheune"):
        save(Kind.ONE_WAY, "Scheune", others="Kuh")
    save(Kind.ONE_WAY, "Ochse", others="Rind")
    with pytest.raises(ValidationError, match="Kreis: Scheune → Ochse → Rind → Stall → Scheune"):
        save(Kind.ONE_WAY, "Scheune", others="Ochse")
    save(Kind.ONE_WAY, "Hof", others="Kuh")


def test_words_that_lead_to_each_other_over_others_become_no_equal_ones(library: Library) -> None:
    save(Kind.ONE_WAY, "Rad", others="Bulle")
    save(Kind.ONE_WAY, "Bulle", others="Kuh")
    with pytest.raises(ValidationError, match="Kreis: Rad → Bulle → Kuh = Rad"):
        save(Kind.EQUAL, "Rad\nKuh")
    save(Kind.EQUAL, "Rad\nVelo")


def test_no_more_than_five_pins_and_none_twice(library: Library) -> None:
    for number in range(5):
        page = library.add_article(f"Seite {number}", "Text.")
        save(Kind.PIN, "Register", target=f"article:{page.pk}")
    with pytest.raises(ValidationError, match="schon eine Regel"):
        save(Kind.HIDE, "register", target=f"article:{page.pk}")
    with pytest.raises(ValidationError, match="5 Treffer oben"):
        save(Kind.PIN, "Registern", target=f"article:{library.article.pk}")


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "equal", "words": ""},
        {"kind": "equal", "words": "a", "target": "article:1"},
        {"kind": "pin", "words": "a"},
        {"kind": "one_way", "words": "a"},
        {"kind": "never", "words": "a", "others": "b"},
    ],
)
def test_the_database_refuses_what_no_rule_can_be(values: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        SteeringRule.objects.create(**values)


def test_each_change_is_kept_and_can_be_undone(library: Library) -> None:
    actor = make_user("anna@kkv.example", role="Redaktion")
    made = services.save_rule(rule=rule(Kind.EQUAL, "Perso\nAusweis"), actor=actor)
    made.words = "Perso\nAusweis\nPersonalausweis"
    services.save_rule(rule=made, actor=actor)
    services.save_rule(rule=made, actor=actor)  # nothing new
    assert SteeringVersion.objects.count() == 2
    changed = SteeringVersion.objects.first()
    assert changed is not None
    assert changed.before is not None
    assert (changed.actor, changed.before["words"]) == (actor, "Perso\nAusweis")
    services.undo(version=changed, actor=actor)
    assert SteeringRule.objects.get().word_list == ["Perso", "Ausweis"]
    services.delete_rule(rule=made, actor=actor)
    assert not SteeringRule.objects.exists()
    with pytest.raises(ValidationError, match="noch einmal geändert"):
        services.undo(version=changed, actor=actor)
    services.undo(version=SteeringVersion.objects.first(), actor=actor)  # type: ignore[arg-type]  # there is one
    assert SteeringRule.objects.get().pk == made.pk
    assert AuditEntry.objects.filter(action__startswith="search.rule", actor=actor.pk).count() == 5


def test_what_was_undone_must_still_be_allowed(library: Library) -> None:
    made = save(Kind.EQUAL, "Perso\nAusweis")
    services.delete_rule(rule=made, actor=None)
    save(Kind.EQUAL, "Perso\nPersonalausweis")
    with pytest.raises(ValidationError, match="steht schon"):
        services.undo(version=SteeringVersion.objects.get(after__isnull=True), actor=None)


def test_trying_changes_nothing_for_others(indexed: Library) -> None:
    with trying([rule(Kind.EQUAL, "NOOTS\nNachweisautobahn")]):
        assert titles("Nachweisautobahn")
    assert titles("Nachweisautobahn") == []


def test_a_pinned_page_is_found_by_date_too_while_the_database_answers(
    library: Library, settings: Any, tmp_path: Path
) -> None:
    save(Kind.PIN, library.article.title, target=f"article:{library.article.pk}")
    settings.SEARCH_INDEX_DIR = tmp_path
    found = find(library.article.title, level=Visibility.PUBLIC, filters=Filters(order=Order.DATE))
    assert found.degraded
    assert library.article.title in [result.title for result in found.results]


def test_rules_cost_no_query_once_read(indexed: Library, django_assert_num_queries: Any) -> None:
    save(Kind.DENY, "Wort")
    current_rules()
    with django_assert_num_queries(0):
        assert current_rules().denies("ein Wort")


def test_another_process_sees_a_change(indexed: Library) -> None:
    from django.core.cache import cache

    current_rules()
    token = cache.get(TOKEN_KEY)
    save(Kind.DENY, "Wort")
    assert cache.get(TOKEN_KEY) != token


def test_a_phrase_that_only_the_pinned_page_has_is_not_taken_apart(indexed: Library) -> None:
    indexed.add_article("Nur hier", "Der Wortlaut grüne Ampel am Tor steht nur hier.")
    indexed.add_article("Anders", "Am Tor steht eine Ampel, sie ist grün.")
    rebuild()
    page = ArticlePage.objects.get(title="Nur hier")
    save(Kind.PIN, "grüne Ampel am Tor", target=f"article:{page.pk}")
    search_index._readers.index = None
    found = find('"grüne Ampel am Tor"', level=Visibility.PUBLIC)
    assert [result.title for result in found.results] == ["Nur hier"]
    assert (found.total, found.relaxed) == (1, False)


def test_a_pinned_page_is_found_while_the_database_answers(
    library: Library, settings: Any, tmp_path: Path
) -> None:
    save(Kind.PIN, library.article.title, target=f"article:{library.article.pk}")
    settings.SEARCH_INDEX_DIR = tmp_path
    found = find(library.article.title, level=Visibility.PUBLIC)
    assert found.degraded
    assert library.article.title in [result.title for result in found.results]
