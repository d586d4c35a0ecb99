"""Internal links are checked when a page is saved: a message in a draft, an obstacle on the way to the readers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.test.utils.form_data import streamfield

from knowledge.links.internal import problems_of
from portal.core.models import Tag
from portal.core.review import validation
from tests import factories
from tests.factories.content import document as make_document
from tests.factories.review import draft_article, person
from tests.forms import editor_data
from tests.people import PortalClient

pytestmark = pytest.mark.django_db


def page(*blocks: Any, **fields: Any) -> Any:
    stream = [{"type": "markdown", "value": item} if isinstance(item, str) else item for item in blocks]
    return factories.article("Größen prüfen", body=json.dumps(stream), **fields)


def found(subject: Any) -> list[tuple[str, bool]]:
    return [(problem.link.url or str(problem.link.page_id), problem.missing) for problem in problems_of(subject)]


def test_links_that_lead_somewhere() -> None:
    topic = factories.topic("Verwaltung")
    act, term, deadline = factories.act(), factories.term("Prüfung"), factories.deadline()
    Tag.objects.get_or_create(name="Öffnung", slug="oeffnung")
    Redirect.objects.create(old_path="/frueher", redirect_link="/themen/")
    document = make_document()
    addresses = [
        topic.url, topic.url.rstrip("/"), f"{topic.url}?seite=2", f"{topic.url.rstrip('/')}.md",
        f"{topic.url}feed.atom", f"/recht/{act.slug}/", f"/glossar/{term.slug}/", "/glossar/",
        f"/fristen/{deadline.slug}/", f"/fristen/{deadline.slug}.md", "/fristen.ics", "/fristen/",
        "/schlagwort/oeffnung/", "/kontakt/?anliegen=x",
        "/frueher/", "/", "http://testserver/themen/", document.url, "#prufschritte", "#inhalt", "/suche/?q=x",
    ]  # fmt: skip
    text = " ".join(f"[x]({url})" for url in addresses) + "\n\n## Prüfschritte\n\n[^1]\n\n[^1]: Fußnote"
    assert found(page(text)) == [("#prufschritte", False)]
    assert found(page(text.replace("#prufschritte", "#pruefschritte"))) == []


@pytest.mark.parametrize(
    "url",
    ["/gibt/es/nicht/", "/themen/weg/", "http://testserver/weg/", "/recht/abc/", "/glossar/abc/",
     "/fristen/abc/", "/fristen/abc.md", "/schlagwort/abc/",
     "/dokumente/99999/x.pdf", "/themen/weg.md", "/themen/weg/feed.atom"],
)  # fmt: skip
def test_links_that_lead_nowhere(url: str) -> None:
    factories.topic_index()
    assert found(page(f"Siehe [dort]({url}).")) == [(url, True)]


@pytest.mark.parametrize("url", ["www.example.de/x", "weg.html", "../themen/", "./weg", "?seite=2"])
def test_relative_addresses_are_refused(url: str) -> None:
    subject = page(f"Siehe [dort]({url}).")
    assert found(subject) == [(url, True)]
    assert "ist keine vollständige Adresse" in problems_of(subject)[0].message


def test_other_schemes_are_no_relative_addresses() -> None:
    assert found(page("[a](mailto:a@b.example) [b](tel:+496110) [c](https://fremd.example/x)")) == []


def test_unpublished_deleted_and_chosen_pages() -> None:
    hidden = factories.article("Entwurf", live=False)
    question = factories.question("Was gilt?", live=False)
    subject = page(
        f"[a]({hidden.url or hidden.get_url_parts()[2]})",
        {
            "type": "text",
            "value": f'<p><a linktype="page" id="{hidden.pk}">b</a> <a linktype="page" id="9999">c</a></p>',
        },
        {"type": "question", "value": question.pk},
    )
    assert [missing for _, missing in found(subject)] == [False, False, True, False]
    messages = [problem.message for problem in problems_of(subject)]
    assert "Diese Seite ist nicht veröffentlicht." in messages[0]
    assert messages[2] == (
        "Abschnitt 2 (Text): Der Link „c“ (Seite ausgewählt) führt ins Leere. "
        "Korrigieren Sie ihn oder nehmen Sie ihn heraus."
    )


def test_marks_on_other_pages() -> None:
    other = page("## Fristen\n\nText")
    assert found(page(f"[x]({other.url}#fristen) [y]({other.url}#kosten)")) == [(f"{other.url}#kosten", False)]


def test_many_links_cost_few_queries(django_assert_max_num_queries: Any) -> None:
    topic = factories.topic()
    subject = page(" ".join(f"[x]({topic.url}?seite={number})" for number in range(50)))
    with django_assert_max_num_queries(6):
        assert found(subject) == []


def test_acts_and_terms_are_checked_too() -> None:
    term = factories.term("Prüfung", meaning="Siehe [dort](/weg/).")
    assert validation.rule_errors(term) == [("meaning", problems_of(term)[0].message)]
    assert validation.rule_errors(factories.act(summary="[x](/weg/)"))[0][0] == "summary"


def test_a_version_with_a_dead_end_does_not_go_live() -> None:
    draft = draft_article(
        person("Autorin"), body=json.dumps([{"type": "markdown", "value": "[x](/weg/) [y](/fort/)"}])
    )
    errors = [problem for problem in validation.problems(draft) if problem.field == "body"]
    assert len(errors) == 1
    assert "(/weg/)" in errors[0].message
    assert "(/fort/)" in errors[0].message


def saved(draft: Any, author: Any, text: str, action: str = "") -> str:
    """Save a draft in the editor as a browser does, and return what it then shows."""
    client = PortalClient()
    client.force_login(author)
    data = editor_data(draft, author, body=streamfield([("markdown", text)]))
    address = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    answer = client.post(address, {**data, action: "1"} if action else data, follow=True)
    return str(answer.content.decode())


def test_a_draft_is_saved_with_a_warning() -> None:
    author = person("Autorin")
    draft = draft_article(author)
    shown = saved(draft, author, "Siehe [dort](/weg/).")
    assert "Der Link „dort“ (/weg/) führt ins Leere." in shown
    draft.refresh_from_db()
    assert "/weg/" in str(draft.get_latest_revision_as_object().body.raw_data)


def test_what_goes_to_review_has_no_dead_end() -> None:
    author = person("Autorin")
    draft = draft_article(author)
    shown = saved(draft, author, "Siehe [dort](/weg/).", "action-submit")
    assert "hrt ins Leere. Korrigieren" in shown  # the stream's messages are JSON with escaped umlauts
    draft.refresh_from_db()
    assert draft.current_workflow_state is None
    assert "[dort](/weg/)" in shown  # nothing typed is lost
    saved(draft, author, "Siehe [dort](/).", "action-submit")
    draft.refresh_from_db()
    assert draft.current_workflow_state is not None


def test_saving_by_itself_says_nothing_later() -> None:
    author = person("Autorin")
    draft = draft_article(author)
    client = PortalClient()
    client.force_login(author)
    data = editor_data(draft, author, body=streamfield([("markdown", "[x](/weg/)")]))
    address = reverse("wagtailadmin_pages:edit", args=[draft.pk])
    assert client.post(address, data, headers={"accept": "application/json"}).status_code == 200
    assert "führt ins Leere" not in client.get("/cms/").content.decode()


def test_dead_links_of_a_deadline_are_named_in_a_draft_and_stop_the_submission() -> None:
    anna = person("Anna")
    deadline = factories.deadline(live=False, text="Siehe [dort](/gibt/es/nicht/).")
    browser = PortalClient()
    browser.force_login(anna)
    address = reverse("wagtailsnippets_knowledge_deadline:edit", args=[deadline.pk])
    data = editor_data(deadline, anna)
    assert "führt ins Leere" in browser.post(address, data, follow=True).content.decode()
    deadline.refresh_from_db()
    assert deadline.latest_revision is not None
    refused = browser.post(address, {**data, "action-submit": "1"})
    assert "führt ins Leere" in refused.content.decode()
    deadline.refresh_from_db()
    assert deadline.current_workflow_state is None
    assert "text" in {item.field for item in validation.problems(deadline)}
