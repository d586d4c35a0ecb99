"""An adviser from outside, by the forms: marked at the membership, made an adviser, given a case, and ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from consultations import without_role
from consultations.desk import rights
from consultations.models import Adviser, Case
from consultations.services import cases, notices
from portal.accounts import services
from portal.accounts.models import Membership, Municipality, User
from portal.core.models import WorkItem
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import PortalClient, add_totp, make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
ADVISERS, LIST = "/cms/beratung/beratende/", "/beratung/zugewiesen/"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def membership() -> Membership:
    kind = Municipality.Kind.VERBAND
    body = Municipality.objects.create(name="Städteverbund", slug="test-verbund", kind=kind)
    return Membership.objects.create(
        user=make_user("fachfrau@verband.example", last_name="Öhlmüller"), municipality=body, state="confirmed",
        confirmed_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def coordinator() -> PortalClient:
    return signed_in(desk.person("Koordination", "ko@kkv.example"))


def mark(client: PortalClient, membership: Membership, *, on: bool) -> None:
    data = {"role": membership.role, "state": "confirmed", **({"is_external_adviser": "on"} if on else {})}
    assert client.post(reverse("membership:edit", args=[membership.pk]), data).status_code == 302


def data_for(user: User, **more: Any) -> dict[str, Any]:
    inlines = {f"{name}-{part}_FORMS": 0 for name in ("hours", "overrides") for part in ("TOTAL", "INITIAL")}
    return {**inlines, "user": user.pk, "active": "on", "weight": 100, **more}


def person(membership: Membership) -> User:
    """Return the account as a new request sees it."""
    return User.objects.get(pk=membership.user_id)


def made(client: PortalClient, membership: Membership) -> Adviser:
    mark(client, membership, on=True)
    assert client.post(f"{ADVISERS}new/", data_for(membership.user)).status_code == 302
    return Adviser.objects.get(user=membership.user_id)


def choices(client: PortalClient, case: Case) -> list[Adviser]:
    """Return whom the form of the assignment offers."""
    answer = client.get(f"/cms/beratung/vorgang/{case.pk}/zuordnen/")
    return list(answer.context["form"].fields["adviser"].queryset)


def given(client: PortalClient, adviser: Adviser) -> Case:
    case = make.case(municipality=make.municipality("Größingen"))
    address = f"/cms/beratung/vorgang/{case.pk}/zuordnen/"
    assert adviser in choices(client, case)
    assert client.post(address, {"adviser": adviser.pk, "reason": "Verband"}).status_code == 302
    return case


def told(membership: Membership) -> int:
    """Return how many mails about cases the person has got so far."""
    return sum(mail["To"] == membership.user.email and "B-" in mail["Subject"] for mail in mails.deliver())


def test_from_the_mark_to_the_case_they_see(coordinator: PortalClient, membership: Membership) -> None:
    new = f"{ADVISERS}new/"
    assert "Öhlmüller" not in coordinator.get(new).content.decode()
    assert coordinator.post(new, data_for(membership.user)).status_code == 200
    mark(coordinator, membership, on=True)
    assert "Öhlmüller" in coordinator.get(new).content.decode()
    adviser = made(coordinator, membership)
    assert (adviser.external, adviser.active) == (True, True), "external, though nobody has ticked it"
    other, case = make.case("Anliegen einer anderen Kommune"), given(coordinator, adviser)
    add_totp(membership.user)
    client = PortalClient()
    client.force_login(person(membership))
    assert case.reference in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{case.pk}/").status_code == 200
    assert client.get(f"{LIST}{other.pk}/").status_code == 404
    assert client.get("/cms/").status_code != 200


def test_external_cannot_be_taken_off_somebody_from_outside(
    coordinator: PortalClient, membership: Membership
) -> None:
    adviser = made(coordinator, membership)
    address = f"{ADVISERS}edit/{adviser.pk}/"
    assert coordinator.post(address, data_for(membership.user, weight=50)).status_code == 302
    adviser.refresh_from_db()
    assert (adviser.external, adviser.weight) == (True, 50)


@pytest.mark.parametrize("ended", ["mark", "membership"])
def test_it_ends_with_the_mark_or_the_membership(
    coordinator: PortalClient, membership: Membership, ended: str
) -> None:
    adviser = made(coordinator, membership)
    case = given(coordinator, adviser)
    assert list(rights.scope(person(membership))) == [case]
    before = told(membership)
    assert before == 1
    if ended == "mark":
        mark(coordinator, membership, on=False)
    else:
        services.end_membership(membership=membership, by=None)
    assert not rights.scope(person(membership)).exists()
    adviser.refresh_from_db()
    assert not adviser.active
    assert WorkItem.objects.filter(kind=without_role.OUTSIDE_KIND).count() == 1, "a case has to be handed over"
    notices.tell_centre(Case.objects.select_related("lead__user").get(pk=case.pk), "Neue Nachricht")
    assert told(membership) == before
    assert adviser not in choices(coordinator, case)
    cases.assign(case=case, lead=desk.adviser_with_role(), by=None)
    page = coordinator.post(f"{ADVISERS}edit/{adviser.pk}/", data_for(membership.user))
    assert "nicht als externe Beratung gekennzeichnet" in page.content.decode()


def test_without_anything_ahead_they_are_switched_off(coordinator: PortalClient, membership: Membership) -> None:
    adviser = made(coordinator, membership)
    mark(coordinator, membership, on=False)
    adviser.refresh_from_db()
    assert not adviser.active
    assert not WorkItem.objects.filter(kind=without_role.OUTSIDE_KIND).exists()
