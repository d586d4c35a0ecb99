"""The report on work by team: what it counts, and that it tells about nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.core import work, work_figures
from portal.core.models import WorkItem
from tests.factories import people
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


def _client(role: str = "Redaktion") -> tuple[Client, Any]:
    user = make_user(f"{role.lower()}@kkv.example".replace("ü", "ue"), role=role, factor=True)
    client = PortalClient()
    client.force_login(user)
    return client, user


def _closed(team: str, days: float, owner: Any = None) -> None:
    item = work.open_item(kind="review", title="x", team=team, owner=owner)
    work.set_state(item=item, state=WorkItem.State.DONE)
    now = timezone.now()
    WorkItem.objects.filter(pk=item.pk).update(created_at=now - timedelta(days=days), closed_at=now)


def test_the_report_counts_by_team_and_names_nobody() -> None:
    client, user = _client()
    second, third = people.staff("nele@kkv.example"), people.staff("timo@kkv.example")
    people.staff("alex@kkv.example", "Beratung")
    for days, owner in ((2, second), (4, user), (9, third)):
        _closed("Redaktion", days, owner)
    for owner in (second, third):
        other = work.open_item(kind="review", title="y", owner=owner)
        WorkItem.objects.filter(pk=other.pk).update(created_at=timezone.now() - timedelta(days=5))
    _closed("Beratung", 7)
    item = work.open_item(kind="review", title="x", owner=user, due_on=timezone.localdate() - timedelta(days=1))
    WorkItem.objects.filter(pk=item.pk).update(created_at=timezone.now() - timedelta(days=5))
    found = work_figures.report(user)
    teams = {row.team: row for row in found.teams}
    editors, advisers = teams["Redaktion"], teams["Beratung"]
    assert not editors.figures.withheld
    assert (editors.figures.open, editors.figures.overdue, editors.figures.closed) == (3, 1, 3)
    assert (editors.figures.open_days, editors.figures.closing_days) == (5.0, 4.0)
    assert advisers.figures.withheld
    assert (advisers.figures.open, advisers.figures.overdue, advisers.figures.closed) == (None, None, None)
    assert advisers.figures.closing_days is None
    assert not found.complete
    assert found.everything.closed == 3, "the difference would tell the figures of a team of one"
    assert (found.own.open, found.own.closed) == (1, 1)
    assert work_figures.report(second).own.closing_days == 2.0
    html = client.get("/cms/berichte/aufgaben/").content.decode()
    assert "nicht gezeigt" in html
    assert "4 Tage" in html
    for name in (second.get_full_name(), second.email):
        assert name not in html


def test_teams_of_less_than_three_share_a_line() -> None:
    _, user = _client()
    colleague = people.staff("nele@kkv.example")
    for owner, number in ((user, 3), (colleague, 5)):
        for _ in range(number):
            work.open_item(kind="review", title="x", owner=owner)
    found = work_figures.report(user)
    (line,) = [row for row in found.teams if "Redaktion" in row.team]
    assert line.figures.open is None, "8 - 3 would be what the other one has open"
    assert (found.complete, found.everything.open, found.own.open) == (False, 0, 3)
    adviser = people.staff("alex@kkv.example", "Beratung")
    found = work_figures.report(user)
    (line,) = [row for row in found.teams if "Redaktion" in row.team]
    assert (line.team, line.figures.open, line.figures.open_days) == ("Redaktion, Beratung", 8, None)
    assert (found.complete, found.everything.open) == (True, 8)
    work.open_item(kind="review", title="x", owner=adviser, team="Beratung")
    assert work_figures.report(user).everything.open_days is not None
    colleague.groups.add(*adviser.groups.all())
    adviser.groups.clear()
    (line,) = [row for row in work_figures.report(user).teams if "Redaktion" in row.team]
    assert line.figures.withheld, "two people in two teams are two people"


def test_no_median_tells_about_one_or_two_people() -> None:
    client, user = _client()
    second, third = people.staff("nele@kkv.example"), people.staff("timo@kkv.example")
    for days in (2, 4, 9):
        _closed("Redaktion", days, second)
    work.open_item(kind="review", title="x", owner=second)
    found = work_figures.report(user)
    for figures in (found.everything, next(row.figures for row in found.teams if row.team == "Redaktion")):
        assert (figures.open, figures.closed, figures.open_days, figures.closing_days) == (1, 3, None, None)
    assert work_figures.report(second).own.closing_days == 4.0
    assert "4 Tage" not in client.get("/cms/berichte/aufgaben/").content.decode()
    _closed("Redaktion", 6, user)
    assert work_figures.report(user).everything.closing_days is None
    _closed("Redaktion", 8, third)
    assert work_figures.report(user).everything.closing_days == 6.0
