"""The form of an adviser and the night ask one rule; the form says what is missing and marks nobody unasked."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group

from consultations import from_outside, without_role
from consultations.models import Adviser
from consultations.screens import advisers as screen
from portal.accounts.models import User
from tests.factories import bodies, desk
from tests.factories import calendar as make
from tests.people import PortalClient, make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
ADVISERS = "/cms/beratung/beratende/"
SAYS_SO = "ist als „Extern“ gekennzeichnet"


@pytest.fixture
def coordinator() -> PortalClient:
    return signed_in(desk.person("Koordination", "ko@kkv.example"))


def stored(client: PortalClient, user: User, **typed: Any) -> tuple[Adviser, str]:
    """Send the form of somebody, new or not; returns the adviser and the page that follows."""
    row = Adviser.objects.filter(user=user).first()
    data = {f"{name}-{part}_FORMS": 0 for name in ("hours", "overrides") for part in ("TOTAL", "INITIAL")}
    address = f"{ADVISERS}new/" if row is None else f"{ADVISERS}edit/{row.pk}/"
    answer = client.post(address, {**data, "user": user.pk, "weight": 100, **typed}, follow=True)
    return Adviser.objects.get(user=user), answer.content.decode()


def adviser_of(role: str, **fields: Any) -> Adviser:
    """Return an adviser without hours, whose account has one role, given without telling anybody."""
    adviser = make.adviser("Lüße", weekdays=(), **fields)
    if role:
        make.user_of(adviser).groups.set([Group.objects.get(name=role)])
    return adviser


@pytest.mark.parametrize(
    ("role", "is_active", "sentence"),
    [
        ("Redaktion", True, screen.NO_ROLE),
        ("Leitung", True, screen.NO_ROLE),
        ("", True, screen.NOT_ABLE),
        ("Beratung", False, screen.CLOSED),
    ],
)
def test_the_form_says_what_really_is_missing(
    coordinator: PortalClient, role: str, is_active: bool, sentence: str
) -> None:
    adviser = adviser_of(role, active=False)
    User.objects.filter(pk=adviser.user_id).update(is_active=is_active)
    adviser, page = stored(coordinator, User.objects.get(pk=adviser.user_id), active="on")
    assert sentence in page
    assert not adviser.active


def test_a_role_without_cases_and_the_mark_make_an_adviser_from_outside(coordinator: PortalClient) -> None:
    user = make_user("beides@verband.example", role="Redaktion", last_name="Öhlmüller")
    bodies.belongs(user, bodies.association(), is_external_adviser=True)
    adviser, page = stored(coordinator, user, active="on")
    assert (adviser.active, adviser.external) == (True, True)
    assert SAYS_SO in page
    assert without_role.end() == 0, "what the form has stored stands in the night as well"
    adviser.refresh_from_db()
    assert adviser.active


@pytest.mark.parametrize("external", [True, False])
def test_a_role_with_cases_and_the_mark_leave_the_choice(coordinator: PortalClient, external: bool) -> None:
    user = make_user("beides@verband.example", role="Beratung")
    bodies.belongs(user, bodies.association(), is_external_adviser=True)
    adviser, page = stored(coordinator, user, active="on", **({"external": "on"} if external else {}))
    assert (adviser.active, adviser.external) == (True, external)
    assert SAYS_SO not in page
    assert without_role.end() == 0


def test_who_was_stored_as_one_of_the_centre_is_made_one_from_outside_when_ticked_again(
    coordinator: PortalClient,
) -> None:
    adviser = adviser_of("Redaktion")
    bodies.belongs(make.user_of(adviser), bodies.association(), is_external_adviser=True)
    assert without_role.end() == 1, "a row of the centre needs a role of the centre"
    adviser, page = stored(coordinator, make.user_of(adviser), active="on")
    assert (adviser.active, adviser.external) == (True, True)
    assert SAYS_SO in page
    assert without_role.end() == 0


def test_a_change_of_the_share_turns_nobody_into_somebody_from_outside(coordinator: PortalClient) -> None:
    adviser = adviser_of("")
    adviser, page = stored(coordinator, make.user_of(adviser), active="on", weight=50)
    assert (adviser.weight, adviser.active, adviser.external) == (50, True, False)
    assert SAYS_SO not in page
    adviser, _ = stored(coordinator, make.user_of(adviser), weight=40)
    assert (adviser.weight, adviser.active, adviser.external) == (40, False, False), "nor does their end"
    make.user_of(adviser).groups.set([Group.objects.get(name="Beratung")])
    adviser, page = stored(coordinator, make.user_of(adviser), active="on")
    assert (adviser.active, adviser.external) == (True, False), "back in the role, they advise as before"
    assert SAYS_SO not in page


def test_a_mark_that_cannot_be_taken_off_is_explained(coordinator: PortalClient) -> None:
    user = make_user("fachfrau@verband.example")
    bodies.belongs(user, bodies.association(), is_external_adviser=True)
    _, page = stored(coordinator, user, active="on", external="on")
    assert SAYS_SO not in page, "it was ticked"
    adviser, page = stored(coordinator, user, active="on")
    assert adviser.external
    assert SAYS_SO in page
    user.groups.set([*user.groups.all(), Group.objects.get(name="Beratung")])
    adviser, page = stored(coordinator, user, active="on")
    assert (adviser.external, SAYS_SO in page) == (False, False), "with a role it can"


@pytest.mark.parametrize("external", [True, False])
@pytest.mark.parametrize("role", ["Beratung", "Redaktion", ""])
@pytest.mark.parametrize("marked", [True, False])
def test_whom_the_form_offers_the_night_leaves(
    coordinator: PortalClient, external: bool, role: str, marked: bool
) -> None:
    user = make_user("jemand@verband.example", role=role, last_name="Öhlmüller")
    if marked:
        bodies.belongs(user, bodies.association(), is_external_adviser=True)
    offered = "Öhlmüller" in coordinator.get(f"{ADVISERS}new/").content.decode()
    assert offered is from_outside.is_able(user) is (marked or role == "Beratung")
    if offered:
        adviser, _ = stored(coordinator, user, active="on", **({"external": "on"} if external else {}))
        assert without_role.end() == 0
        assert from_outside.advising().get() == adviser
