"""A decision in „Zugehörigkeiten“ takes the way of every other one: mails, tasks and reasons follow."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from portal.accounts import centre_tasks, memberships
from portal.accounts.models import Membership, User
from portal.core.models import AuditEntry, WorkItem
from tests.factories.bodies import belongs, person_of, town
from tests.mails import deliver, text_of
from tests.people import PortalClient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture
def coordinator() -> User:
    return make_user("koordination@kkv.example", role="Koordination")


@pytest.fixture
def desk(coordinator: User) -> Client:
    client = PortalClient()
    client.force_login(coordinator)
    return client


@pytest.fixture
def asking() -> Membership:
    """Somebody who waits for the centre, as nobody manages the access of the town."""
    belongs(make_user("kollegin@stadt.example"), town())
    found = memberships.ask_to_join(user=make_user("leitung@stadt.example"), municipality=town(), wants_admin=True)
    centre_tasks.report_unmanaged(found)
    assert waiting() == {"membership", "unmanaged"}
    return found


def waiting() -> set[str]:
    return set(WorkItem.objects.filter(closed_at=None).values_list("kind", flat=True))


def save(desk: Client, membership: Membership, **changes: Any) -> Any:
    data = {"role": membership.role, "state": membership.state, **changes}
    answer = desk.post(reverse("membership:edit", args=[membership.pk]), data)
    membership.refresh_from_db()
    return answer


def last_mail() -> tuple[str, str, str]:
    mail = deliver()[-1]
    return mail["To"], str(mail["Subject"]), text_of(mail)


def test_admitting_tells_the_person_and_closes_both_tasks(desk: Client, asking: Membership) -> None:
    save(desk, asking, state="confirmed")
    assert (asking.state, asking.role) == ("confirmed", "admin")
    to, subject, text = last_mail()
    assert (to, subject.endswith("Ihr Zugang für Büdingen")) == ("leitung@stadt.example", True)
    assert "verwalten dort den Zugang" in text
    assert waiting() == set()


def test_admitting_as_a_member_alone(desk: Client, asking: Membership) -> None:
    save(desk, asking, state="confirmed", role="member")
    assert (asking.state, asking.role) == ("confirmed", "member")
    assert "verwalten" not in last_mail()[2]
    assert waiting() == {"unmanaged"}


def test_refusing_tells_the_person_why_and_closes_the_task(desk: Client, asking: Membership) -> None:
    save(desk, asking, state="ended")
    assert (asking.state, asking.end_reason) == ("ended", "refused")
    assert "wurde abgelehnt" in last_mail()[2]
    assert waiting() == {"unmanaged"}


def test_ending_tells_the_person_and_changes_no_role_on_the_way(desk: Client) -> None:
    member = belongs(make_user("a@buedingen.example"), town())
    save(desk, member, state="ended", role="admin")
    assert (member.state, member.end_reason, member.role) == ("ended", "removed", "member")
    (mail,) = deliver()
    assert "wurde beendet" in text_of(mail)
    assert not AuditEntry.objects.filter(action="accounts.membership_role").exists()


def test_a_new_administrator_closes_the_task_that_nobody_is(desk: Client, asking: Membership) -> None:
    data = {"user": make_user("neu@stadt.example").pk, "municipality": town().pk, "role": "admin"}
    assert desk.post(reverse("membership:add"), {**data, "state": "confirmed"}).status_code == 302
    assert last_mail()[0] == "neu@stadt.example"
    assert "verwalten dort den Zugang" in last_mail()[2]
    assert waiting() == {"membership"}


def test_a_request_written_down_is_told_to_who_decides(desk: Client) -> None:
    data = {"municipality": town().pk, "role": "member", "state": "requested"}
    desk.post(reverse("membership:add"), {**data, "user": make_user("erste@stadt.example").pk})
    assert waiting() == {"membership"}
    person_of(town(), "chefin@stadt.example", role="admin")
    desk.post(reverse("membership:add"), {**data, "user": make_user("zweite@stadt.example").pk})
    assert last_mail()[0] == "chefin@stadt.example"
    assert Membership.objects.filter(state="requested").count() == 2


def test_the_own_request_is_taken_back_and_not_refused(desk: Client, coordinator: User) -> None:
    own = memberships.ask_to_join(user=coordinator, municipality=town(), wants_admin=False)
    save(desk, own, state="ended")
    assert (own.state, own.end_reason) == ("ended", "left")
    assert waiting() == set()


def test_somebody_else_was_faster(desk: Client, asking: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(**options: Any) -> Membership:
        raise ValidationError("Diese Anfrage ist schon erledigt.")

    monkeypatch.setattr(memberships, "admit", decided)
    answer = save(desk, asking, state="confirmed")
    assert answer.status_code == 200
    assert "Diese Anfrage ist schon erledigt." in answer.content.decode()
    assert asking.state == "requested"
