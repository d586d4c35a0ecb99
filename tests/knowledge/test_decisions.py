"""Decision helps: the rules of a tree, the way in the address, what readers and editors get, what is counted."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from knowledge.decisions import services
from knowledge.decisions.counter import results
from knowledge.decisions.tree import STEP, Tree, node_of
from knowledge.decisions.way import MAX_LENGTH, answered, walk
from knowledge.models import DecisionHelpPage, ResultCount, VisitCount
from knowledge.search_sources import DecisionSource
from knowledge.versions.compare import compare
from knowledge.visits.counter import counter
from tests import factories
from tests.factories.decisions import Nodes, nodes, result, step
from tests.querycounts import forget_everything

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TO_RESULT = "recht.bundesrecht~form.ja"


def a_tree(made: Nodes) -> Tree:
    return Tree(tuple(node_of(kind, value) for kind, value in made))


def messages(made: Nodes) -> list[str]:
    return [fault.message for fault in a_tree(made).faults]


# -- the rules ----------------------------------------------------------------------------------------------


def test_a_whole_tree_has_no_faults_and_every_way_ends() -> None:
    found = a_tree(nodes())
    assert found.faults == []
    assert [(said, end.key if end else "") for said, end in found.ways()] == [
        (["Bundesrecht", "Ja"], "ersetzt"),
        (["Bundesrecht", "Nein, gar nicht"], "pruefen"),
        (["Landesrecht"], "pruefen"),
    ]


@pytest.mark.parametrize(
    ("made", "message", "lacking"),
    [
        ([], "mindestens eine Frage", True),
        ([result("a"), step("b", ("Ja", "a"), ("Nein", "a"))], "Am Anfang steht eine Frage", True),
        ([step("a", ("Ja", "b"), ("Nein", "a")), result("b")], "im Kreis: a → a", False),
        (
            [step("a", ("Ja", "b"), ("Nein", "r")), step("b", ("Ja", "c"), ("Nein", "r")),
             step("c", ("Ja", "a"), ("Nein", "r")), result("r")],
            "im Kreis: a → b → c → a", False,
        ),
        ([step("a", ("Ja", "b"), ("Nein", "")), result("b")], "Sackgasse: Die Antwort „Nein“ der Frage „a“", True),
        ([step("a", ("Ja", "b"), ("Nein", "bb")), result("b")], "gibt es nicht", False),
        ([step("a", ("Ja", "ersetzt"), ("Nein", "ersetz")), result("ersetzt")], "Meinten Sie „ersetzt“?", False),
        ([step("a", ("Ja", "b"), ("Nein", "b")), result("b"), result("c")], "„c“ erreicht niemand", True),
        ([step("a", ("Ja", "b"), ("Nein", "b")), result("b"), result("b")], "„b“ steht zweimal da", False),
        ([step("a", ("Ja", "b"), ("ja!", "b")), result("b")], "gibt es bei dieser Frage schon", False),
        ([step("a", ("Ä" * 30 + " ja", "b"), ("ä" * 30 + " nein", "b")), result("b")], "ersten 40 Zeichen", False),
        ([step("a", ("Ja", "b")), result("b")], "mindestens zwei Antworten", True),
        ([step("a", ("Ja", "b"), ("", "b")), result("b")], "Schreiben Sie die Antwort aus", True),
        ([step("a", ("Ja", "b"), ("Nein", "b")), result("b", legal_basis=" ")], "keine Rechtsgrundlage", True),
        ([step("Größe", ("Ja", "b"), ("Nein", "b")), result("b")], "ist kein Kürzel", False),
        ([step("", ("Ja", "b"), ("Nein", "b")), result("b")], "Geben Sie ein Kürzel an", True),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(made: Nodes, message: str, lacking: bool) -> None:
    found = [fault for fault in a_tree(made).faults if message in fault.message]
    assert found, messages(made)
    assert found[0].lacking is lacking


def test_a_tree_of_many_ways_and_of_nonsense_is_read_in_time() -> None:
    """Thirty questions with two answers to the same next one have a milliard of ways."""
    wide = [step(f"f{n}", ("Ja", f"f{n + 1}"), ("Nein", f"f{n + 1}")) for n in range(30)]
    assert messages([*wide, result("f30")]) == []
    assert len(a_tree([*wide, result("f30")]).ways()) == 60
    everywhere = [step(f"f{n}", *((f"Antwort {m}", f"f{m}") for m in range(12))) for n in range(12)]
    assert any("im Kreis" in message for message in messages(everywhere))
    assert all(end is None for _, end in a_tree(everywhere).ways())


# -- the way ------------------------------------------------------------------------------------------------


def test_a_way_is_followed_and_what_does_not_hold_is_left_out() -> None:
    found = a_tree(nodes())
    walked = walk(found, TO_RESULT)
    assert (walked.way, walked.node.key if walked.node else "", walked.is_outdated) == (
        TO_RESULT,
        "ersetzt",
        False,
    )
    for raw, node in (
        ("recht.bundesrecht~form.vielleicht", "form"), ("recht.bundesrecht~weg.ja", "form"), ("x", "recht"),
        ("recht.", "recht"), (".", "recht"), ("~~~", "recht"), ("recht.bundesrecht~recht.landesrecht", "form"),
        ("a.b" * 5_000, "recht"), ("recht.bundesrecht" + "~x.y" * 4_000, "form"), ("\0\ud800<script>", "recht"),
    ):  # fmt: skip
        walked = walk(found, raw)
        assert walked.node is not None
        assert (walked.node.key, walked.is_outdated) == (node, True), raw


def test_answers_hold_when_a_question_came_between() -> None:
    made = nodes()
    made[0] = step("recht", ("Bundesrecht", "neu"), ("Landesrecht", "pruefen"))
    made.insert(1, step("neu", ("Ja", "form"), ("Nein", "pruefen")))
    walked = walk(a_tree(made), TO_RESULT)
    assert walked.node is not None
    assert (walked.node.key, walked.rest, walked.is_outdated) == ("neu", (("form", "ja"),), True)
    following = answered(a_tree(made), walked.everything, "neu", "ja")
    assert following is not None
    assert following.way == "recht.bundesrecht~neu.ja~form.ja"


def test_a_changed_answer_keeps_the_later_ones_it_still_meets() -> None:
    found = a_tree(nodes())
    same, other = (
        answered(found, TO_RESULT, "recht", "bundesrecht"),
        answered(found, TO_RESULT, "recht", "landesrecht"),
    )
    assert same is not None
    assert other is not None
    assert (same.way, other.way) == (TO_RESULT, "recht.landesrecht")
    assert answered(found, TO_RESULT, "recht", "gibt-es-nicht") is None
    assert answered(found, TO_RESULT, "gibt-es-nicht", "ja") is None


# -- what readers get ---------------------------------------------------------------------------------------


@pytest.fixture
def page(db: None) -> DecisionHelpPage:
    factories.act()
    return factories.decision()


def shown(page: Any, query: str = "") -> Any:
    response = Client().get(f"{page.url}{query}")
    assert response.status_code == 200
    return response


def test_one_question_a_page_by_get_alone(page: DecisionHelpPage) -> None:
    html = shown(page).content.decode()
    assert 'method="get"' in html
    assert html.count('type="radio"') == 2
    assert "Sehen Sie im <strong>Gesetz</strong> nach." in html
    assert 'name="robots"' not in html
    assert f'<link rel="canonical" href="{settings.BASE_URL}{page.url}">' in html
    response = Client().get(f"{page.url}?frage=recht&antwort=bundesrecht&weiter=ja")
    assert (response.status_code, response["Location"]) == (302, f"{page.url}?weg=recht.bundesrecht")
    step_html = shown(page, "?weg=recht.bundesrecht").content.decode()
    assert "Wie groß ist form?" in step_html
    assert 'content="noindex, nofollow"' in step_html
    assert "Ihre Antworten" in step_html
    assert f'href="{page.url}?weg=recht.bundesrecht&amp;frage=recht"' in step_html


def test_a_result_shows_its_ground_what_to_do_and_the_way_to_advice(page: DecisionHelpPage) -> None:
    html = shown(page, f"?weg={TO_RESULT}").content.decode()
    assert "Die Größe von ersetzt genügt." in html
    assert html.count("<li>Feld streichen.</li>") == 1
    assert 'href="/recht/ozg/#p-9"' in html
    assert "anliegen=Gr%C3%B6%C3%9Fe+der+Unterschrift" in html
    assert f"{settings.BASE_URL}{page.url}?weg={TO_RESULT}" in html
    other = shown(page, "?weg=recht.landesrecht").content.decode()
    assert 'href="https://example.org/"' in other


def test_back_shows_the_answer_given_and_loses_none(page: DecisionHelpPage) -> None:
    html = shown(page, f"?weg={TO_RESULT}&frage=recht").content.decode()
    assert 'value="bundesrecht" id="kp-antwort-1" checked' in html
    assert f'name="weg" value="{TO_RESULT}"' in html
    response = Client().get(f"{page.url}?weg={TO_RESULT}&frage=recht&antwort=bundesrecht&weiter=ja")
    assert response["Location"] == f"{page.url}?weg={TO_RESULT}"


def test_another_branch_and_back_again_loses_no_answer(page: DecisionHelpPage) -> None:
    response = Client().get(f"{page.url}?weg={TO_RESULT}&frage=recht&antwort=landesrecht&weiter=ja")
    assert response["Location"] == f"{page.url}?weg=recht.landesrecht&spaeter=form.ja"
    html = Client().get(response["Location"]).content.decode()
    assert "Die Fragen haben sich geändert" not in html
    assert 'content="noindex, nofollow"' in html
    change = f"{page.url}?weg=recht.landesrecht&amp;spaeter=form.ja&amp;frage=recht"
    assert f'href="{change}"' in html

    html = Client().get(change.replace("&amp;", "&")).content.decode()
    form = html[html.index('<form class="kp-form kp-decision"') :].partition("</form>")[0]
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    assert hidden == [("weg", "recht.landesrecht"), ("spaeter", "form.ja"), ("frage", "recht")]
    response = Client().get(page.url, [*hidden, ("antwort", "bundesrecht"), ("weiter", "ja")])
    assert response["Location"] == f"{page.url}?weg={TO_RESULT}"


@pytest.mark.parametrize("later", ["quatsch", "form.vielleicht", "x" * 10_000, "%00", "recht.bundesrecht"])
def test_what_is_kept_for_later_does_no_harm(page: DecisionHelpPage, later: str) -> None:
    html = shown(page, f"?weg=recht.landesrecht&spaeter={later}").content.decode()
    assert "Die Größe von pruefen genügt." in html
    assert "Die Fragen haben sich geändert" not in html


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?frage=recht&weiter=ja", "Bitte wählen Sie eine Antwort."),
        ("?frage=recht&antwort=quatsch&weiter=ja", "Diese Antwort gibt es bei dieser Frage nicht."),
        ("?weg=recht.bundesrecht&frage=weg&antwort=ja", "Diese Antwort gibt es bei dieser Frage nicht."),
    ],
)
def test_a_missing_answer_is_said_at_the_field(page: DecisionHelpPage, query: str, said: str) -> None:
    html = shown(page, query).content.decode()
    assert html.count(said) == 2  # in the summary and at the field
    assert "<title>Fehler: " in html
    assert 'href="#kp-antwort-1"' in html
    assert "kp-frage-fehler" in html


@pytest.mark.parametrize(
    "way", ["quatsch", "recht.bundesrecht~alt.ja", "x" * 10_000, "%00", "%ff%fe", "recht.%2F"]
)
def test_an_address_of_another_time_is_harmless(page: DecisionHelpPage, way: str) -> None:
    html = shown(page, f"?weg={way}").content.decode()
    assert "Die Fragen haben sich geändert" in html
    assert 'type="radio"' in html
    assert ("Ihre Antworten" in html) is way.startswith("recht.bundesrecht")


def test_a_tree_changed_since_keeps_what_holds(page: DecisionHelpPage) -> None:
    page.body[1] = step("form", ("Nein", "pruefen"), ("Weiß ich nicht", "pruefen"))
    page.save()
    html = shown(page, f"?weg={TO_RESULT}").content.decode()
    assert "Die Fragen haben sich geändert" in html
    assert "Wie groß ist form?" in html
    assert "Bundesrecht" in html


def test_the_text_of_the_whole_tree_is_found_and_cited(page: DecisionHelpPage) -> None:
    text = page.rendered["text"]
    for words in ("Wie groß ist form?", "Nein, gar nicht", "Die Größe von ersetzt genügt.", "Feld streichen."):
        assert words in text
    assert page.legal_references.filter(key="9").exists()


def test_the_search_finds_questions_and_results_and_leads_to_the_start(page: DecisionHelpPage) -> None:
    (document,) = DecisionSource().load([page.pk])
    assert (document.kind, document.url, document.badge) == ("decision", page.url, "Entscheidungshilfe")
    assert "Wie groß ist form?" in document.body
    assert "Die Größe von ersetzt genügt." in document.body
    assert "ozg/9" in document.cites


def test_what_changed_in_a_tree_is_told(page: DecisionHelpPage) -> None:
    old = page.save_revision().content
    page.body[1] = step("form", ("Ja", "ersetzt"), ("Nie", "pruefen"), question="Wie groß ist es wirklich?")
    told = compare(DecisionHelpPage, old, page.save_revision().content)
    (part,) = [part for part in told.changes[0].parts if part.state != "same"]
    words = " ".join(piece.text for row in part.rows for cell in row.cells for piece in cell if piece.op == "ins")
    assert part.label == "Frage"
    assert "wirklich?" in words
    assert "Nie" in words


def test_the_overview_topics_and_articles_lead_to_it(page: DecisionHelpPage) -> None:
    topic = factories.topic("Ämter")
    article = factories.article("Größe prüfen", parent=topic)
    made = nodes()
    made[2][1]["articles"] = [article]
    page.body = page.body.stream_block.to_python(
        [{"type": kind, "value": {**value, "articles": [article.pk]} if kind == "result" else value}
         for kind, value in nodes()]
    )  # fmt: skip
    page.topics.set([topic])
    page.save()
    forget_everything()
    assert page.title in shown(page.get_parent()).content.decode()
    assert [item["title"] for item in shown(topic).context["decisions"]] == [page.title]
    assert [item["title"] for item in shown(article).context["decisions"]] == [page.title]
    assert "Entscheidungshilfe zu diesem Thema" in shown(article).content.decode()
    assert "Größe prüfen" in shown(page, f"?weg={TO_RESULT}").content.decode()
    page.live = False
    page.save()
    forget_everything()
    assert shown(article).context["decisions"] == []


# -- cache and counts ---------------------------------------------------------------------------------------


@pytest.fixture
def _empty_counters() -> Any:
    counter._reset()
    results._reset()
    yield
    counter._reset()
    results._reset()


@pytest.fixture
def published(django_capture_on_commit_callbacks: Any) -> DecisionHelpPage:
    with django_capture_on_commit_callbacks(execute=True):
        page = factories.decision()
    forget_everything()
    return page


@pytest.mark.django_db
def test_ways_are_not_mixed_up_and_invented_ones_not_kept(published: DecisionHelpPage) -> None:
    client, url = Client(), published.url
    pages = {}
    for query in ("", "?weg=recht.bundesrecht", "?weg=recht.landesrecht", f"?weg={TO_RESULT}&frage=form"):
        first, second = client.get(f"{url}{query}"), client.get(f"{url}{query}")
        assert (first["X-Cache"], second["X-Cache"]) == ("miss", "hit"), query
        assert first.content == second.content
        pages[query] = first.content
    assert len(set(pages.values())) == 4
    for query in ("?weg=erfunden.eins", "?weg=recht.bundesrecht~x.y", "?frage=erfunden", "?weg=", "?weiter=ja"):
        assert "X-Cache" not in client.get(f"{url}{query}").headers, query
    assert "X-Cache" not in client.get("/?weg=recht.bundesrecht").headers
    assert "X-Cache" not in client.get(f"{url}?antwort=bundesrecht").headers


@pytest.mark.django_db
@pytest.mark.usefixtures("_empty_counters")
def test_only_a_number_for_each_result_is_kept(published: DecisionHelpPage) -> None:
    for query in (
        "",
        "?weg=recht.bundesrecht",
        f"?weg={TO_RESULT}",
        f"?weg={TO_RESULT}",
        "?weg=recht.landesrecht",
    ):
        response = Client().get(f"{published.url}{query}", headers={"user-agent": BROWSER})
        assert not response.cookies
    Client().get(f"{published.url}?weg={TO_RESULT}", headers={"user-agent": "curl/8.5"})
    counter.flush()
    results.flush()
    assert {row.result: row.count for row in ResultCount.objects.all()} == {"ersetzt": 2, "pruefen": 1}
    assert {field.name for field in ResultCount._meta.get_fields()} == {"id", "page", "result", "month", "count"}
    assert [row.count for row in VisitCount.objects.all()] == [1]


@pytest.mark.django_db
def test_numbers_add_up_and_old_months_go(published: DecisionHelpPage) -> None:
    key = (published.pk, "ersetzt", date(2026, 8, 1))
    services.add({key: 2, (published.pk, "pruefen", date(2023, 1, 1)): 1, (999_999, "x", date(2026, 8, 1)): 1})
    services.add({key: 3})
    assert ResultCount.objects.get(result="ersetzt").count == 5
    assert services.forget_old(date(2026, 8, 19)) == "1 Monate gelöscht"
    assert ResultCount.objects.count() == 1
    published.delete()
    assert not ResultCount.objects.exists()


def test_the_longest_way_fits_and_kinds_are_told_apart() -> None:
    assert MAX_LENGTH > 6_000
    assert node_of(STEP, {"key": "a"}).answers == ()
