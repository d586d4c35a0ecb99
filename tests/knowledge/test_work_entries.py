"""The page of a work item leads to what it is about, also where that is no page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from knowledge.deadlines.services import REVIEW_DEADLINE, settle_passed
from knowledge.facts.services import REVIEW_FACT
from knowledge.links.work_items import LINKS
from knowledge.models import Act, Deadline, GlossaryTerm
from portal.core import work
from portal.core.models import WorkItem
from tests import factories
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db


def shown(item: WorkItem, role: str = "Fachprüfung") -> str:
    client = signed_in(make_user(f"{role[:4].lower()}@kkv.example", role=role))
    response = client.get(reverse("work_items:edit", args=[item.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


def form_of(entry: Any) -> str:
    return reverse(f"wagtailsnippets_knowledge_{entry._meta.model_name}:edit", args=[entry.pk])


def test_a_passed_deadline_is_a_click_away() -> None:
    deadline = factories.deadline("Größe melden", day=date(2026, 1, 1))
    deadline.save_revision().publish()
    settle_passed(today=date(2026, 1, 2))
    html = shown(WorkItem.objects.get(kind=REVIEW_DEADLINE))
    assert f'<a href="{form_of(deadline)}">Größe melden</a>' in html
    assert "<dt>Seite</dt>" not in html


@pytest.mark.parametrize("model", [Act, GlossaryTerm, Deadline])
def test_what_rests_on_a_changed_fact_is_a_click_away(model: Any) -> None:
    fact = factories.fact("O-12")
    makers: dict[Any, Any] = {Act: factories.act, GlossaryTerm: factories.term, Deadline: factories.deadline}
    entry = makers[model]()
    model.objects.filter(pk=entry.pk).update(facts=["O-12"])
    fact.statement = "Anders."
    fact.save()
    item = WorkItem.objects.get(kind=REVIEW_FACT)
    assert f'<a href="{form_of(entry)}">{entry}</a>' in shown(item)
    model.objects.filter(pk=entry.pk).delete()
    item.refresh_from_db()
    assert (item.state, work.entry_of(item)) == (WorkItem.State.DISMISSED, None)


def test_reported_links_lead_to_their_entry_and_bad_keys_to_none() -> None:
    term = factories.term()
    item = work.open_item(kind=LINKS, title="Defekte Links", dedupe_key=f"term:{term.pk}")
    assert f'<a href="{form_of(term)}">' in shown(item)
    for kind, key in ((LINKS, "unbekannt:1"), (LINKS, "term:0"), (REVIEW_FACT, "anderes-1"), ("barrier", "x:1")):
        assert work.entry_of(work.open_item(kind=kind, title="Offen", dedupe_key=key)) is None


def test_who_may_not_change_it_reads_its_name_alone() -> None:
    deadline = factories.deadline("Größe melden")
    item = work.open_item(kind=REVIEW_DEADLINE, title="Prüfen", dedupe_key=str(deadline.pk))
    html = shown(item, "Beratung")
    assert "Größe melden" in html
    assert form_of(deadline) not in html
