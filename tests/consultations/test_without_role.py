"""An adviser whose role is taken away is booked by nobody, hears of nothing, and what they have becomes a task."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from consultations import calendar_feed, from_outside, queries, without_role
from consultations.models import Adviser
from consultations.services import appointments, assignment, correspondence
from portal.core import schedule
from portal.core.models import WorkItem
from tests import mails
from tests.factories import calendar, desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Größe")


def take_role(lead: Adviser, capture: Any) -> None:
    """Untick all roles in the admin."""
    client, user = signed_in(desk.person("Administration", "verwaltung@kkv.example")), calendar.user_of(lead)
    data = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name, "is_active": "on"}
    with capture(execute=True):
        assert client.post(f"/cms/users/edit/{user.pk}/", data).status_code == 302
    assert not user.groups.exists()
    lead.refresh_from_db()


def test_without_a_role_nothing_of_advice_goes_on(lead: Adviser, django_capture_on_commit_callbacks: Any) -> None:
    form, case = calendar.form(), desk.working_case(lead)
    appointments.book(placement=calendar.placement(form, calendar.on(2), lead), case=case, by=None)
    held = appointments.hold(placement=calendar.placement(form, calendar.on(3), lead), holder="a")
    feed = "/" + calendar_feed.renew(adviser=lead, by=None).partition("//")[2].partition("/")[2]
    assert Client().get(feed).status_code == 200
    take_role(lead, django_capture_on_commit_callbacks)
    assert not lead.active
    held.refresh_from_db()
    assert held.state == "expired"
    assert Client().get(feed).status_code == 404
    assert lead not in from_outside.advising()
    assert queries.competent_advisers(form=form) == []
    suggested = assignment.suggest(calendar.case("Noch eine Frage"))
    assert suggested is not None
    assert suggested.adviser is None
    item = WorkItem.objects.get(kind=without_role.KIND)
    assert (item.team, "ihre Termine" in item.note) == ("Koordination", True)
    before = len(mails.deliver())
    correspondence.receive(case=case, text="Wann kommt die Antwort?", by=None)
    assert calendar.user_of(lead).email not in [mail["To"] for mail in mails.deliver()[before:]]


def test_with_nothing_ahead_there_is_no_task(lead: Adviser, django_capture_on_commit_callbacks: Any) -> None:
    take_role(lead, django_capture_on_commit_callbacks)
    assert not lead.active
    assert not WorkItem.objects.filter(kind=without_role.KIND).exists()


def test_another_role_that_works_on_cases_goes_on(lead: Adviser, django_capture_on_commit_callbacks: Any) -> None:
    user = calendar.user_of(lead)
    with django_capture_on_commit_callbacks(execute=True):
        user.groups.set([Group.objects.get(name="Koordination")])
    lead.refresh_from_db()
    assert lead.active
    with django_capture_on_commit_callbacks(execute=True):
        user.groups.set([Group.objects.get(name="Redaktion")])
    lead.refresh_from_db()
    assert not lead.active, "who edits pages opens no cases"


def _no_superuser(lead: Adviser) -> None:
    user = calendar.user_of(lead)
    user.groups.clear()
    user.is_superuser = False
    user.save()


def _no_such_role(lead: Adviser) -> None:
    Group.objects.get(name="Beratung").delete()


@pytest.mark.parametrize("lose", [_no_superuser, _no_such_role])
def test_a_role_lost_without_a_signal_is_found_at_night(lead: Adviser, lose: Any) -> None:
    desk.working_case(lead)
    lose(lead)
    assert schedule.jobs["end_advice"].function() == "1 Beratende ohne Rolle"
    assert queries.competent_advisers(form=None) == []
    assert WorkItem.objects.filter(kind=without_role.KIND).count() == 1
    assert schedule.jobs["end_advice"].function() == ""


@pytest.mark.parametrize(
    ("role", "goes_on"), [("Beratung", True), ("Koordination", True), ("Redaktion", False), ("Leitung", False)]
)
def test_the_night_and_the_form_know_one_rule(lead: Adviser, role: str, goes_on: bool) -> None:
    user = calendar.user_of(lead)
    user.groups.set([Group.objects.get(name=role)])  # no commit: the signal does not look
    assert from_outside.able().filter(pk=user.pk).exists() is goes_on
    schedule.jobs["end_advice"].function()
    lead.refresh_from_db()
    assert lead.active is goes_on
