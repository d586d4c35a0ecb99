"""Memberships are confirmed once a year by the mail's link, or end after sixty days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts import memberships, renewal
from portal.accounts.models import Membership, User
from portal.accounts.renewal import ask_and_end
from portal.core import schedule
from portal.core.models import AuditEntry, WorkItem
from tests import secret_keys
from tests.factories.bodies import association, belongs, days_ago, person_of, town
from tests.mails import deliver, link_in, sent, text_of
from tests.people import PortalClient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture
def member() -> User:
    return person_of(town(), "mitglied@buedingen.example", renewed_at=days_ago(366))


def later(days: float) -> str:
    return ask_and_end(timezone.now() + timedelta(days=days))


def the_link() -> str:
    deliver()
    return link_in(sent()[-1], "bestaetigung")


def state(user: User) -> list[str]:
    return list(Membership.objects.filter(user=user).order_by("pk").values_list("state", flat=True))


def test_the_job_is_registered() -> None:
    assert schedule.jobs["confirm_memberships"].interval == timedelta(days=1)


def test_after_a_year_a_mail_asks_and_a_post_confirms(member: User) -> None:
    belongs(member, association(), renewed_at=days_ago(400))
    belongs(member, town("Fürth"))
    assert ask_and_end() == "2 gefragt"
    assert ask_and_end() == ""
    link, client = the_link(), Client()
    assert len(sent()) == 1
    assert "Büdingen" in text_of(sent()[0])
    assert "Verband der Mühlenorte" in text_of(sent()[0])
    assert "Fürth" not in text_of(sent()[0])
    page = client.get(link).content.decode()
    assert "Gehören Sie noch zu Büdingen?" in page
    membership = Membership.objects.get(user=member, municipality=town())
    assert membership.asked_at is not None  # a GET confirms nothing
    done = client.post(link, {"membership": membership.pk, "action": "confirm"}, follow=True).content.decode()
    assert "gilt ein weiteres Jahr" in done
    membership.refresh_from_db()
    assert membership.asked_at is None
    assert membership.renewed_at is not None
    assert membership.renewed_at > days_ago(1)
    assert AuditEntry.objects.filter(action="accounts.membership_renewed", actor=member.pk).count() == 1
    assert later(61) == "1 beendet"  # the association, which nobody confirmed
    assert "zuletzt am" in client.get(link).content.decode()  # the old link shows the new state


def test_the_link_outlives_a_change_of_the_secret_key(member: User, settings: Any) -> None:
    ask_and_end()
    link = the_link()
    secret_keys.replace(settings)
    assert "Gehören Sie noch zu Büdingen?" in Client().get(link).content.decode()
    member.email = "neu@buedingen.example"
    member.save()
    assert "Gehören Sie noch zu Büdingen?" not in Client().get(link).content.decode()


def test_the_link_also_ends_a_membership(member: User) -> None:
    ask_and_end()
    membership = Membership.objects.get(user=member)
    Client().post(the_link(), {"membership": membership.pk, "action": "end"})
    membership.refresh_from_db()
    assert (membership.state, membership.end_reason) == ("ended", "left")


def test_a_reminder_after_45_days_and_the_end_after_60(member: User) -> None:
    ask_and_end()
    assert later(44) == ""
    assert later(46) == "1 erinnert"
    assert later(47) == ""
    assert later(59.9) == ""
    assert state(member) == ["confirmed"]
    assert later(60.1) == "1 beendet"
    membership = Membership.objects.get(user=member)
    assert (membership.state, membership.end_reason) == ("ended", "lapsed")
    deliver()
    assert len(sent()) == 3
    assert "nicht bestätigt" in text_of(sent()[-1])
    entry = AuditEntry.objects.get(action="accounts.membership_ended")
    assert (entry.actor, entry.detail["reason"]) == (None, "lapsed")


def test_who_confirms_at_the_last_moment_stays(member: User) -> None:
    ask_and_end()
    membership = Membership.objects.get(user=member)
    renewal.renew(membership=membership)
    assert not memberships.end_without_answer(membership=membership, asked_before=timezone.now())
    assert state(member) == ["confirmed"]


def test_the_last_administrator_lapses_and_the_centre_hears_of_it() -> None:
    admin = person_of(town(), "verwaltung@buedingen.example", role="admin", renewed_at=days_ago(366))
    person_of(town(), "kollegin@buedingen.example")
    ask_and_end()
    later(61)
    assert state(admin) == ["ended"]
    item = WorkItem.objects.get(kind="unmanaged")
    assert (item.title, item.team) == ("Niemand verwaltet den Zugang: Büdingen", "Koordination")


def test_closed_accounts_get_no_mail(member: User) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)
    ask_and_end()
    later(61)
    assert not deliver()
    assert state(member) == ["ended"]


@pytest.mark.parametrize("broken", ["cut", "address", "closed", "old", "made up"])
def test_links_that_hold_no_more_say_so(member: User, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_and_end()
    link = the_link()
    if broken == "cut":
        link = f"{link[:-6]}/"
    elif broken == "address":
        User.objects.filter(pk=member.pk).update(email="anders@buedingen.example")
    elif broken == "closed":
        User.objects.filter(pk=member.pk).update(is_active=False)
    elif broken == "old":
        monkeypatch.setattr(renewal, "LINK_LIFE", timedelta(seconds=-1))
    else:
        link = "/konto/kommune/bestaetigung/abc/"
    for answer in (Client().get(link), Client().post(link, {"membership": "1", "action": "confirm"})):
        assert answer.status_code == 404
        assert "Dieser Link gilt nicht mehr" in answer.content.decode()
    assert Membership.objects.get(user=member).asked_at is not None


def test_a_link_confirms_only_the_own_memberships(member: User) -> None:
    other = person_of(town("Fürth"), "fremd@fuerth.example", renewed_at=days_ago(366))
    ask_and_end()
    foreign = Membership.objects.get(user=other)
    deliver()
    link = next(link_in(mail, "bestaetigung") for mail in sent() if mail["To"] == member.email)
    for value in (str(foreign.pk), "x", "-1", ""):
        page = Client().post(link, {"membership": value, "action": "confirm"}, follow=True).content.decode()
        assert "nichts mehr zu bestätigen" in page
    foreign.refresh_from_db()
    assert foreign.asked_at is not None


def test_guessing_links_is_limited() -> None:
    for _ in range(60):
        Client().get("/konto/kommune/bestaetigung/abc/")
    assert Client().get("/konto/kommune/bestaetigung/abc/").status_code == 429


def test_the_own_area_says_so_and_sends_the_link_again(member: User) -> None:
    client = PortalClient()
    client.force_login(member)
    assert "Bitte bestätigen Sie" not in client.get("/konto/").content.decode()
    client.post("/konto/kommune/bestaetigung/anfordern/")
    assert not deliver()
    ask_and_end()
    assert "Bitte bestätigen Sie bis zum" in client.get("/konto/").content.decode()
    for _ in range(5):
        client.post("/konto/kommune/bestaetigung/anfordern/")
    deliver()
    assert len(sent()) == 1 + 3


def test_what_administrators_leave_lying_goes_to_the_centre_once() -> None:
    person_of(town(), "verwaltung@buedingen.example", role="admin")
    asking = memberships.ask_to_join(user=make_user(), municipality=town(), wants_admin=False)
    assert later(13) == ""
    assert later(15) == "1 an die Kompetenzstelle"
    WorkItem.objects.update(state="dismissed", closed_at=timezone.now())
    assert later(16) == ""
    assert asking.state == "requested"
