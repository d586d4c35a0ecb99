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
from tests.factories import bodies, calendar, desk
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


def _role(lead: Adviser, capture: Any) -> None:
    with capture(execute=True):
        calendar.user_of(lead).groups.clear()


def _account(lead: Adviser, capture: Any) -> None:
    """Close an account by hand: nothing tells, the night finds it."""
    user = calendar.user_of(lead)
    user.is_active = False
    user.save()
    assert without_role.end() == 1


@pytest.mark.parametrize("lose", [_role, _account])
@pytest.mark.parametrize("something_left", [True, False])
def test_who_advises_from_outside_by_a_role_ends_with_it(
    lose: Any, something_left: bool, django_capture_on_commit_callbacks: Any
) -> None:
    lead = desk.adviser_with_role("Extern", external=True)
    assert without_role.end() == 0
    if something_left:
        desk.working_case(lead)
    lose(lead, django_capture_on_commit_callbacks)
    lead.refresh_from_db()
    assert not lead.active
    assert WorkItem.objects.filter(kind=without_role.OUTSIDE_KIND).count() == something_left
    assert without_role.end() == 0


def test_from_outside_the_mark_goes_on_without_the_role_and_the_role_without_the_mark(
    django_capture_on_commit_callbacks: Any,
) -> None:
    lead = desk.adviser_with_role("Extern", external=True)
    mark = bodies.belongs(calendar.user_of(lead), bodies.association(), is_external_adviser=True)
    mark.save()  # as the form does: the group follows
    _role(lead, django_capture_on_commit_callbacks)
    lead.refresh_from_db()
    assert lead.active
    calendar.user_of(lead).groups.add(Group.objects.get(name="Beratung"))
    with django_capture_on_commit_callbacks(execute=True):
        mark.is_external_adviser = False
        mark.save()
    lead.refresh_from_db()
    assert lead.active
    _role(lead, django_capture_on_commit_callbacks)
    lead.refresh_from_db()
    assert not lead.active
