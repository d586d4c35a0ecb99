"""Every link of a page is found, with the sentence it stands in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from knowledge.links.extraction import external, is_external, links_of, normal, own_hosts
from knowledge.links.reports import edit_url
from knowledge.links.services import store_places
from knowledge.links.work_items import sync_work_items
from knowledge.models import ExternalLink, LinkPlace, PageSource, SeenContent
from knowledge.reading.passes import read_all
from portal.core.models import WorkItem
from tests import factories
from tests.factories.links import link, place
from tests.factories.review import person

pytestmark = pytest.mark.django_db

TABLE = {
    "columns": [{"type": "text", "heading": "Was"}],
    "rows": [{"values": ["[Zelle](https://zelle.example/)"]}],
}
BODY: list[dict[str, Any]] = [
    {"type": "markdown", "id": "aaa", "value": "Vorher. Siehe z. B. [Amt](https://amt.example/x). Danach."},
    {"type": "text", "value": '<p>Im <a href="https://text.example/">Text</a> steht es.</p>'},
    {"type": "callout", "value": {"kind": "hinweis", "title": "", "text": "[K](https://kasten.example/)"}},
    {"type": "steps", "value": {"title": "", "items": [{"title": "Eins", "text": "<https://schritt.example/>"}]}},
    {
        "type": "accordion",
        "value": {"title": "", "items": [{"title": "A", "text": "[f](https://falte.example/)"}]},
    },
    {"type": "quote", "value": {"text": "Zitat", "source": "Amt", "url": "https://zitat.example/"}},
    {"type": "table", "value": {"caption": "T", "first_column_is_header": False, "table": TABLE}},
]


def page(body: Any, **fields: Any) -> Any:
    import json

    return factories.article(body=json.dumps(body), **fields)


def test_every_block_field_and_source_is_read() -> None:
    found = links_of(page(BODY))
    assert [item.url for item in found] == [
        "https://amt.example/x", "https://text.example/", "https://kasten.example/", "https://schritt.example/",
        "https://falte.example/", "https://zitat.example/", "https://zelle.example/", "https://example.org/",
    ]  # fmt: skip
    assert (found[0].spot, found[0].label, found[0].sentence) == (
        "aaa",
        "Abschnitt 1 (Markdown)",
        "Siehe z. B. Amt.",
    )
    assert (found[-1].spot, found[-1].label) == ("sources", "Quellen")


def test_acts_and_terms_are_read() -> None:
    act = factories.act(
        source_url="https://gesetz.example/", eli="https://eli.example/1", summary="[s](https://s.example/)"
    )
    term = factories.term("Prüfung", meaning="Siehe [hier](https://begriff.example/).")
    assert {item.url for item in links_of(act)} == {
        "https://gesetz.example/",
        "https://eli.example/1",
        "https://s.example/",
    }
    assert [item.url for item in links_of(term)] == ["https://begriff.example/"]
    store_places(act)
    store_places(term)
    assert LinkPlace.objects.filter(act=act).count() == 3
    assert LinkPlace.objects.filter(term=term).count() == 1


def test_deadlines_are_read_at_night() -> None:
    anna, now = person("Anna"), timezone.now()
    deadline = factories.deadline(
        text="Siehe [hier](https://frist.example/).", source_url="https://quelle.example/", responsible_person=anna
    )
    read_all()
    places = LinkPlace.objects.filter(deadline=deadline)
    assert set(places.values_list("link__url", "label")) == {
        ("https://frist.example/", "Was gilt"), ("https://quelle.example/", "Adresse der Quelle"),
    }  # fmt: skip
    ExternalLink.objects.filter(url="https://quelle.example/").update(
        verdict="broken", failures=9, first_failed_at=now, last_failed_on=timezone.localdate(now)
    )
    assert sync_work_items() == 1
    item = WorkItem.objects.get(kind="links")
    assert (item.dedupe_key, item.owner) == (f"deadline:{deadline.pk}", anna)
    assert edit_url(places[0]) == reverse("wagtailsnippets_knowledge_deadline:edit", args=[deadline.pk])
    deadline.live = False
    deadline.save()
    read_all()
    assert not LinkPlace.objects.exists()
    item.refresh_from_db()
    assert item.state == WorkItem.State.DONE


@pytest.mark.parametrize(
    ("url", "outside"),
    [
        ("https://amt.example/", True), ("//amt.example/x", True), ("HTTPS://Amt.Example/", True),
        ("http://testserver/themen/", False), ("https://user@testserver:8000/", False), ("/themen/", False),
        ("#oben", False), ("mailto:a@b.example", False), ("tel:+49", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_external(url: str, outside: bool) -> None:
    assert is_external(url, own_hosts()) is outside


def test_addresses_are_stored_once_without_fragment() -> None:
    body = [{"type": "markdown", "value": "[a](https://amt.example/x#eins) und [b](https://amt.example/x#zwei)"}]
    first, second = page(body), page(body)
    for item in (first, second, second):
        store_places(item)
    assert ExternalLink.objects.filter(url="https://amt.example/x").count() == 1
    assert LinkPlace.objects.filter(page=second, link__url="https://amt.example/x").count() == 2
    assert normal("//amt.example/#x") == "https://amt.example/"
    assert len(external(links_of(first))) == 3


def test_very_long_addresses_are_cut_not_refused() -> None:
    body = [{"type": "markdown", "value": f"[a](https://amt.example/{'ä' * 3000})"}]
    store_places(page(body))
    assert ExternalLink.objects.filter(url__startswith="https://amt.example/").count() == 1


# -- reading at night -------------------------------------------------------------------------------


def test_the_nightly_run_reads_what_changed_and_forgets_what_is_offline() -> None:
    article = page(BODY)
    factories.article("Entwurf", live=False)
    read_all()
    assert LinkPlace.objects.filter(page=article).count() == 8
    assert not LinkPlace.objects.filter(page__live=False).exists()
    assert read_all() == ""
    article.sources.add(PageSource(title="Neue Quelle", url="https://neu.example/"))
    article.save()
    assert read_all() == "1 Inhalte gelesen"
    assert LinkPlace.objects.filter(page=article, link__url="https://neu.example/").exists()
    article.unpublish()
    assert read_all() == "1 Inhalte gelesen"
    assert not LinkPlace.objects.filter(page=article).exists()
    assert not SeenContent.objects.filter(kind="page", object_id=article.pk).exists()


def test_publishing_reads_at_once(drain: Any) -> None:
    article = factories.article("Größe", live=False)
    revision = article.save_revision()
    from portal.core.review import guard

    with guard.releasing(revision):
        revision.publish()
    drain()
    assert LinkPlace.objects.filter(page=article, link__url="https://example.org/").exists()


# -- what the database holds ------------------------------------------------------------------------


def test_a_place_stands_in_one_thing() -> None:
    found = link()
    with pytest.raises(IntegrityError, match="knowledge_linkplace_one_subject"), transaction.atomic():
        place(found, None)
    with pytest.raises(IntegrityError, match="knowledge_linkplace_one_subject"), transaction.atomic():
        place(found, factories.article(), act=factories.act())


def test_failures_have_their_time_and_fine_links_none() -> None:
    found = link(failures=2)
    with pytest.raises(IntegrityError, match="knowledge_link_failed_has_time"), transaction.atomic():
        ExternalLink.objects.filter(pk=found.pk).update(first_failed_at=None)
    with pytest.raises(IntegrityError, match="knowledge_link_fine_has_no_failure"), transaction.atomic():
        ExternalLink.objects.filter(pk=found.pk).update(verdict="ok")
