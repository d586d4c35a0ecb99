"""Queries whose SQL is made once give what Django's own give, with other ids each time."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection
from django.db.models import CharField, QuerySet, TextField
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page

from portal.core import compiled
from portal.core.compiled import ask, places

pytestmark = pytest.mark.django_db


def titles(ids: Sequence[int]) -> QuerySet[Page, tuple[int, str]]:
    return Page.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "title")


def by_text(ids: Sequence[int]) -> QuerySet[Page, int]:
    rows = Page.objects.annotate(text=Cast("pk", TextField())).filter(text__in=[str(pk) for pk in ids])
    return rows.order_by("pk").values_list("pk", flat=True)


def test_ids_are_filled_in_each_time_and_the_sql_is_made_once() -> None:
    pks = list(Page.objects.order_by("pk").values_list("pk", flat=True)[:2])
    asked = places(0, 2)
    made: list[int] = []

    def query() -> QuerySet[Page, tuple[int, str]]:
        made.append(1)
        return titles(asked)

    for chosen in ([pks[0], pks[0]], pks, [pks[1], -5]):
        rows = ask("test-titles", query, dict(zip(asked, chosen, strict=True)))
        assert rows == list(titles(chosen))
    assert len(made) == 1


def test_ids_in_a_column_of_text_are_filled_in_as_text() -> None:
    pk = Page.objects.order_by("pk").values_list("pk", flat=True)[0]
    asked = places(7, 1)
    assert ask("test-text", lambda: by_text(asked), {asked[0]: pk}) == [(pk,)]


def test_no_two_places_are_the_same() -> None:
    numbers = [*places(0, 16), *places(16, 16)]
    assert len(set(numbers)) == 32
    assert max(numbers) < 0


def test_what_is_kept_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 3)
    monkeypatch.setattr(compiled, "_known", {})
    for number in range(8):
        ask(("test", number), lambda: titles([]) | Page.objects.filter(pk=-1).values_list("pk", "title"))
    assert len(compiled._known) <= 3


def test_it_is_counted_as_the_one_query_it_is() -> None:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        ask("test-all", lambda: Page.objects.order_by("pk").values_list("pk", Cast("title", CharField())))
    assert len(seen) == 1
