"""The fact sheet in the admin: who uses a fact, what a change sets off, what editors see of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from knowledge.deadlines.services import settle_passed
from knowledge.facts.queries import entries_using, pages_using, use_counts
from knowledge.models import Act, ArticlePage, Deadline, Fact, GlossaryTerm
from portal.core.models import WorkItem
from portal.core.review.validation import problems
from tests import factories
from tests.factories import bulk
from tests.forms import editor_data
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
LIST = "/cms/snippets/knowledge/fact/"


@pytest.fixture
def editing() -> Client:
    client = PortalClient()
    client.force_login(make_user("redaktion@kkv.example", role="Redaktion"))
    return client


def edit_url(fact: Fact) -> str:
    return reverse("wagtailsnippets_knowledge_fact:edit", args=[fact.pk])


def fact_data(fact: Fact, **changes: Any) -> dict[str, Any]:
    names = ("identifier", "statement", "source", "url", "state_date", "mark", "unused_reason")
    return {**{name: str(getattr(fact, name)) for name in names}, **changes}


def items() -> list[WorkItem]:
    return list(WorkItem.objects.filter(kind="review-fact").order_by("title"))


def test_the_database_refuses_a_second_fact_and_an_unknown_mark() -> None:
    fact = factories.fact()
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.fact()
    with pytest.raises(IntegrityError), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(mark="sicher")


def test_pages_of_all_kinds_and_drafts_are_found() -> None:
    topic = factories.topic()
    article = factories.article("Ämter", parent=topic, facts=["O-12", "O-01"])
    question = factories.question("Wann?", parent=topic, facts=["O-12"], live=False)
    template = factories.template("Zettel", facts=["O-12"])
    factories.article("Anderes", parent=topic, facts=["O-1", "O-123", "XO-12"])

    assert [page.pk for page in pages_using("O-12")] == [question.pk, template.pk, article.pk]
    assert use_counts() == {"O-12": 3, "O-01": 1, "O-1": 1, "O-123": 1, "XO-12": 1}


def test_what_only_a_waiting_draft_names_is_found_and_reviewed(editing: Client) -> None:
    page: Any = factories.article("Ämter", facts=["K-01"])
    page.facts = ["K-01", "O-12"]
    page.save_revision()
    alias = page.create_alias(update_slug="kopie")
    for entry in (factories.term("Postfach"), factories.act("SGB X"), factories.deadline("Frist")):
        entry.facts = ["O-12"]
        entry.save_revision()
    fact, similar = factories.fact(), factories.fact("O-1")

    assert ArticlePage.objects.get(pk=page.pk).facts == ["K-01"]
    assert [found.pk for found in pages_using("O-12")] == [page.pk]
    assert pages_using("O-1") == []
    assert alias.pk not in [found.pk for found in pages_using("O-12")]
    assert use_counts() == {"O-12": 4, "K-01": 1}
    assert reverse("wagtailadmin_pages:edit", args=[page.pk]) in editing.get(edit_url(fact)).content.decode()
    assert "Nichts stützt sich" in editing.get(edit_url(similar)).content.decode()
    fact.source = "Neues Gesetz"
    fact.save()
    assert [item.title.partition(": ")[2] for item in items()] == ["Postfach", "Frist", "SGB X", "Ämter"]

    page.facts = ["K-01"]
    page.save_revision().publish()
    assert pages_using("O-12") == []


def test_more_drafts_cost_no_more_queries() -> None:
    def counted() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as found:
            pages, entries = pages_using("O-12"), entries_using("O-12")
            use_counts()
        return len(pages) + len(entries), len(found)

    def drafts(count: int) -> None:
        for _ in range(count):
            page: Any = factories.article()
            page.facts = ["O-12"]
            page.save_revision()

    drafts(1)
    assert counted()[0] == 1
    few = counted()[1]
    drafts(5)
    assert counted() == (6, few)


def test_a_changed_fact_sends_each_page_to_its_owner(editing: Client) -> None:
    owner = make_user("owner@kkv.example", role="Fachprüfung")
    topic = factories.topic()
    page = factories.article("Ämter öffnen", parent=topic, facts=["O-12"], responsible_person=owner)
    factories.question("Wann?", parent=topic, facts=["O-12", "K-01"])
    factories.article("Anderes", parent=topic, facts=["K-01"])
    factories.question(
        "Früher?", parent=topic, facts=["O-12"], successor=factories.question("Jetzt?", parent=topic)
    )
    fact = factories.fact()

    data = fact_data(fact, statement="Am vierten Tag nach der Bereitstellung.", state_date="2026-11-01")
    assert editing.post(edit_url(fact), data).status_code == 302

    assert len(items()) == 2
    mine = next(item for item in items() if item.page_id == page.pk)
    assert mine.title == "Geänderte Fakten prüfen: Ämter öffnen"
    assert (mine.owner, mine.team, mine.source) == (owner, "Fachprüfung", "Faktenblatt, O-12")
    assert mine.note == "O-12: Aussage, Stand geändert (Stand 01.11.2026)."


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("statement", "Neu.", "Aussage"),
        ("source", "Neues Gesetz", "Quelle"),
        ("state_date", date(2026, 11, 1), "Stand"),
        ("mark", Fact.Mark.OPEN, "Gewissheit"),
        ("url", "https://example.org/", ""),
        ("unused_reason", "Hintergrund", ""),
        ("statement", "Ein Verwaltungsakt im Postfach gilt am vierten Tag als bekannt gegeben.", ""),
    ],
)
def test_only_what_a_page_rests_on_counts(name: str, value: Any, label: str) -> None:
    factories.article(facts=["O-12"])
    fact = factories.fact()
    setattr(fact, name, value)
    fact.save()

    assert [item.note.split(" geändert")[0] for item in items()] == ([f"O-12: {label}"] if label else [])


def test_one_open_item_names_all_changed_facts_of_a_page() -> None:
    page = factories.article(facts=["K-01", "O-12"])
    facts = [factories.fact("K-01"), factories.fact()]
    for fact in [*facts, facts[0]]:
        fact.source = "Neues Gesetz" if fact.source != "Neues Gesetz" else "Altes Gesetz"
        fact.save()

    (item,) = items()
    assert item.page_id == page.pk
    assert item.note.splitlines() == [
        "K-01: Quelle geändert (Stand 19.08.2026).",
        "O-12: Quelle geändert (Stand 19.08.2026).",
    ]


def test_terms_and_acts_rest_on_facts_too(editing: Client) -> None:
    term = factories.term("Postfach", facts=["O-12"], live=False)
    act = factories.act("SGB X", facts=["O-12", "K-01"])
    deadline = factories.deadline("Frist", facts=["O-12"])
    fact = factories.fact()

    assert use_counts() == {"O-12": 3, "K-01": 1}
    html = editing.get(edit_url(fact)).content.decode()
    for kind, entry in (("glossaryterm", term), ("act", act), ("deadline", deadline)):
        assert f'href="{reverse(f"wagtailsnippets_knowledge_{kind}:edit", args=[entry.pk])}"' in html
    assert editing.post(edit_url(fact), fact_data(fact, state_date="2026-11-01")).status_code == 302

    assert [(item.title, item.team) for item in items()] == [
        ("Geänderte Fakten prüfen, Begriff: Postfach", "Fachprüfung"),
        ("Geänderte Fakten prüfen, Frist: Frist", "Fachprüfung"),
        ("Geänderte Fakten prüfen, Rechtsvorschrift: SGB X", "Fachprüfung"),
    ]
    Deadline.objects.filter(pk=deadline.pk).update(kind=Deadline.Kind.LIMIT, day=date(2026, 1, 1))
    settle_passed()
    assert WorkItem.objects.filter(state=WorkItem.State.OPEN).count() == 4
    for model in (GlossaryTerm, Act, Deadline):
        model.objects.all().delete()
    assert not WorkItem.objects.filter(state=WorkItem.State.OPEN).exists()  # nothing is left to look after


@pytest.mark.parametrize("make", [factories.term, factories.act])
def test_the_form_of_an_entry_shows_and_checks_its_facts(editing: Client, make: Any) -> None:
    fact = factories.fact()
    entry = make(facts=["O-12"])
    address = reverse(f"wagtailsnippets_knowledge_{entry._meta.model_name}:edit", args=[entry.pk])

    html = editing.get(address).content.decode()
    assert 'value="O-12"' in html
    assert fact.statement in html
    response = editing.post(address, {"fact_list": "O-13"})
    error = "Den Fakt „O-13“ gibt es nicht. Meinten Sie „O-12“?"
    assert response.context["form"].errors["fact_list"] == [error]


def test_the_form_says_which_pages_rest_on_the_fact_and_keeps_the_identifier(editing: Client) -> None:
    page = factories.article("Ämter öffnen", facts=["O-12"])
    fact = factories.fact()

    html = editing.get(edit_url(fact)).content.decode()
    assert f'href="{reverse("wagtailadmin_pages:edit", args=[page.pk])}"' in html
    assert "Ämter öffnen" in html
    editing.post(edit_url(fact), fact_data(fact, identifier="O-99", source="Neu"))
    fact.refresh_from_db()
    assert (fact.identifier, fact.source) == ("O-12", "Neu")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"identifier": "O-12"}, "Diese Kennung hat schon ein anderer Fakt."),
        ({"identifier": "o12"}, "Die Kennung hat die Form „O-12“."),
        ({"identifier": "O-13", "state_date": "30.02.2026"}, "ein gültiges Datum"),
        ({"identifier": "O-13", "source": ""}, "muss ausgefüllt werden"),
        ({"identifier": "O-13", "mark": "sicher"}, "sicher"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    editing: Client, changes: dict[str, str], message: str
) -> None:
    data = fact_data(factories.fact(), statement="Größe zählt.", **changes)
    response = editing.post(f"{LIST}add/", data)

    assert response.status_code == 200
    assert message in str(response.context["form"].errors)
    assert "Größe zählt." in response.content.decode()
    assert Fact.objects.count() == 1


def shown(client: Client, query: str) -> list[str]:
    return [fact.identifier for fact in client.get(f"{LIST}?{query}").context["object_list"]]


def test_the_list_is_searched_and_filtered(editing: Client) -> None:
    factories.article(facts=["O-12"])
    factories.fact()
    factories.fact("K-01", statement="Land und Verbände arbeiten zusammen.", mark=Fact.Mark.SOURCE)

    assert shown(editing, "") == ["K-01", "O-12"]
    assert shown(editing, "q=verbände") == ["K-01"]
    assert shown(editing, "mark=belegt") == ["K-01"]
    assert shown(editing, "used=ja") == ["O-12"]
    assert shown(editing, "used=nein") == ["K-01"]


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return len(found)


def test_more_facts_and_pages_cost_no_more_queries(editing: Client) -> None:
    topic = factories.topic()

    def more(count: int, first: int) -> None:
        for number in range(first, first + count):
            factories.fact(f"O-{number:02d}")
            ArticlePage.objects.filter(pk=factories.article(parent=topic).pk).update(facts=[f"O-{number:02d}"])

    more(3, 1)
    few = queries_of(editing, LIST)
    more(9, 4)
    assert queries_of(editing, LIST) == few
    assert few <= 15
    assert queries_of(editing, f"{LIST}?used=ja") <= 15


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages(editing: Client) -> None:
    for number in range(1, 100):
        factories.fact(f"O-{number:02d}")
    vary = {number: {"facts": [f"O-{number % 99 + 1:02d}", "K-01"]} for number in range(10_000)}
    bulk.articles(10_000, parent=factories.topic(), vary=vary.__getitem__)

    queries_of(editing, LIST)  # a process reads the kinds of content once
    assert queries_of(editing, LIST) <= 15
    assert use_counts()["K-01"] == 10_000
    assert len(pages_using("O-12")) == 101


def test_a_fact_in_use_is_not_deleted() -> None:
    client = PortalClient()
    client.force_login(make_user("leitung@kkv.example", role="Administration"))
    factories.article(facts=["O-12"])
    used, free = factories.fact(), factories.fact("K-01")
    bulk = f"/cms/bulk/knowledge/fact/delete/?id={used.pk}&id={free.pk}&next={LIST}"

    for address in (reverse("wagtailsnippets_knowledge_fact:delete", args=[used.pk]), bulk):
        response = client.post(address, follow=True)
        assert "Auf O-12 stützen sich noch Seiten oder Einträge." in response.content.decode()
    client.post(reverse("wagtailsnippets_knowledge_fact:delete", args=[free.pk]))
    assert [fact.identifier for fact in Fact.objects.all()] == ["O-12"]


@pytest.mark.parametrize("make", [factories.article, factories.term, factories.act, factories.deadline])
def test_a_version_that_names_a_fact_deleted_since_does_not_go_live(make: Any) -> None:
    subject = make(facts=["O-12"])
    assert [item.message for item in problems(subject) if item.field == "fact_list"] == [
        "Den Fakt „O-12“ gibt es nicht. Alle Kennungen stehen im Faktenblatt."
    ]
    factories.fact()
    assert [item for item in problems(subject) if item.field == "fact_list"] == []


@pytest.mark.parametrize("role", ["Beratung", "Koordination", "Leitung"])
def test_others_of_the_centre_do_not_change_facts(role: str) -> None:
    client = PortalClient()
    client.force_login(make_user("jemand@kkv.example", role=role))
    fact = factories.fact()

    assert client.post(edit_url(fact), fact_data(fact, source="Neu")).status_code in (302, 403)
    fact.refresh_from_db()
    assert fact.source != "Neu"


def form_of(page: ArticlePage, user: Any, **changes: Any) -> Any:
    data = editor_data(page, user, change_significance="minor", **changes)
    form_class = type(page).get_edit_handler().get_form_class()
    return form_class(data, instance=page, parent_page=page.get_parent(), for_user=user)


def test_the_facts_of_a_page_are_edited_as_a_list() -> None:
    user = make_user("redaktion@kkv.example", role="Redaktion")
    for name in ("K-01", "O-12"):
        factories.fact(name)
    page = factories.article(facts=["K-01"])

    form = form_of(page, user, fact_list="o-12;  K-01 o-12")
    assert form.is_valid(), form.errors
    assert form.save(commit=False).facts == ["O-12", "K-01"]
    assert form_of(page, user, fact_list="").is_valid()
    assert page.facts == []


def test_a_form_without_the_field_keeps_the_facts() -> None:
    page = factories.article(facts=["K-01"])
    form = form_of(page, make_user("redaktion@kkv.example", role="Redaktion"))

    assert form.is_valid(), form.errors
    assert page.facts == ["K-01"]


def test_an_unknown_fact_is_refused_at_the_field_and_old_ones_stay() -> None:
    user = make_user("redaktion@kkv.example", role="Redaktion")
    factories.fact()
    page = factories.article(facts=["X-01"])  # from a time without a sheet

    form = form_of(page, user, fact_list="X-01, O-13")
    assert form.errors == {"fact_list": ["Den Fakt „O-13“ gibt es nicht. Meinten Sie „O-12“?"]}
    assert page.facts == ["X-01"]
    assert form_of(page, user, fact_list="X-01, O-12").is_valid()


def test_editors_see_what_the_facts_of_a_page_say_and_readers_see_nothing(editing: Client) -> None:
    fact = factories.fact()
    page = factories.article("Ämter öffnen", facts=["O-12", "X-01"])

    html = editing.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert fact.statement in html
    assert edit_url(fact) in html
    assert 'value="O-12, X-01"' in html
    assert "Im Faktenblatt gibt es diese Kennung nicht." in html
    for address in (page.get_url(), f"{page.get_url().rstrip('/')}.md"):
        read = Client().get(address).content.decode()
        assert "Ämter öffnen" in read
        assert "O-12" not in read
        assert fact.statement not in read
