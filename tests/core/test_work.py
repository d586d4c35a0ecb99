from datetime import date

import pytest
from django.db import IntegrityError, transaction

from portal.core import work
from portal.core.models import WorkItem
from tests.factories import people

pytestmark = pytest.mark.django_db


def test_one_open_item_per_cause() -> None:
    first = work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1", due_on=date(2026, 5, 1))
    user = people.staff()
    again = work.open_item(
        kind="review", title="Prüfen: überfällig", dedupe_key="seite-1", due_on=date(2026, 9, 1), owner=user
    )
    assert again.pk == first.pk
    assert (again.title, again.due_on, again.owner) == ("Prüfen: überfällig", date(2026, 5, 1), user)
    assert work.open_item(kind="barrier", title="x", dedupe_key="seite-1").pk != first.pk


def test_a_closed_cause_may_come_back() -> None:
    first = work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1")
    assert work.close_item(kind="review", dedupe_key="seite-1") == 1
    assert work.close_item(kind="review", dedupe_key="seite-1") == 0
    first.refresh_from_db()
    assert first.state == WorkItem.State.DONE
    assert first.closed_at
    assert work.open_item(kind="review", title="Prüfen", dedupe_key="seite-1").pk != first.pk


def test_items_without_key_stand_alone() -> None:
    assert work.open_item(kind="note", title="a").pk != work.open_item(kind="note", title="a").pk


def test_closing_and_reopening_by_hand() -> None:
    item = work.open_item(kind="note", title="a")
    work.set_state(item=item, state=WorkItem.State.DISMISSED)
    assert item.closed_at
    work.set_state(item=item, state=WorkItem.State.OPEN)
    assert item.closed_at is None


def test_database_refuses_contradictions() -> None:
    item = work.open_item(kind="review", title="a", dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.create(kind="review", title="b", dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkItem.objects.filter(pk=item.pk).update(state="done")
