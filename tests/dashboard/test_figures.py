from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.core.dashboard import Figure, figures_for, register, sources
from portal.core.models import WorkItem
from portal.core.work_figures import counts
from portal.dashboard.figures import work_items
from tests.people import make_user

pytestmark = pytest.mark.django_db


def test_the_overview_counts_open_own_and_overdue_work() -> None:
    user = make_user("leitung@kkv.example", role="Leitung")
    yesterday = timezone.localdate() - timedelta(days=1)
    WorkItem.objects.create(kind="review", title="Prüfung fällig", owner=user)
    WorkItem.objects.create(kind="barrier", title="Barriere gemeldet", due_on=yesterday)
    WorkItem.objects.create(kind="review", title="Fertig", state="done", closed_at=timezone.now())
    assert [(figure.count, figure.urgent) for figure in work_items(counts(user))] == [
        (1, False),
        (2, False),
        (1, False),
        (1, True),
    ]


def test_the_start_page_shows_it_and_its_queries_do_not_grow(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = make_user("leitung@kkv.example", role="Leitung")
    client.force_login(user)
    page = client.get("/cms/").content.decode()
    assert "Übersicht" in page
    assert "0 offene Aufgaben für mich" in page
    for number in range(30):
        WorkItem.objects.create(kind="review", title=f"Prüfung {number}")
    with django_assert_max_num_queries(3):  # all sources are counted together, after the rights
        assert figures_for(user)[1].count == 30


def test_a_source_asks_for_its_permission() -> None:
    register("test", lambda user: [Figure(7, "Geheimnisse")], permission="accounts.change_user")
    try:
        assert not any(figure.count == 7 for figure in figures_for(make_user(role="Beratung")))
        assert any(figure.count == 7 for figure in figures_for(make_user("a@kkv.example", role="Administration")))
    finally:
        del sources["test"]
