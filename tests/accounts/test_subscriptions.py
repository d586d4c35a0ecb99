"""The subscriptions of an account: no confirmation needed, own ones only, gone with the account."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.utils import timezone

from portal.accounts import services
from portal.core import outbox
from portal.core.models import Frequency, SubjectKind, Subscriber, Subscription
from portal.core.subscriptions import queries, tokens
from portal.core.subscriptions import services as subscriptions
from portal.core.subscriptions.registry import Subject
from portal.core.visibility import Visibility
from tests import mails
from tests.factories import reading
from tests.factories.subscribing import subscriber
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
OWN = "/konto/abos/"


@pytest.fixture
def user() -> Any:
    return make_user("kommune@gemeinde.example", role="Kommune")


@pytest.fixture
def member(user: Any) -> PortalClient:
    client = PortalClient()
    client.force_login(user)
    return client


def test_a_municipality_subscribes_at_its_level_without_confirming(member: PortalClient, user: Any) -> None:
    topic = reading.topic("Nur für Kommunen")
    reading.restrict(topic, Visibility.MUNICIPALITY)
    page = member.get("/abonnieren/", {"seite": topic.get_url()}).content.decode()
    assert "Thema: Nur für Kommunen" in page
    assert 'name="email"' not in page
    assert f"{topic.get_url()}aenderungen.atom" not in page  # no feed reader could fetch it
    data = {"subject": f"topic:{topic.pk}", "frequency": "daily"}
    response = member.post(f"/abonnieren/?seite={topic.get_url()}", data)
    assert response["Location"] == OWN
    row = Subscriber.objects.get()
    assert (row.user, row.address, row.frequency) == (user, user.email, "daily")
    assert row.subscriptions.get().confirmed_at
    outbox.work_off()
    assert mails.sent() == []
    shown = member.get(OWN).content.decode()
    assert "Nur für Kommunen" in shown
    assert "no-store" in member.get(OWN)["Cache-Control"]
    user.groups.clear()
    assert "Nur für Kommunen" not in member.get(OWN).content.decode()


def test_it_changes_and_ends_its_own(member: PortalClient, user: Any) -> None:
    who = subscriber(user.email, user=user)
    foreign = subscriber("fremd@gemeinde.example").subscriptions.get()
    response = member.post(OWN, {"action": "frequency", "frequency": "at_once"}, follow=True)
    assert "Gespeichert. Wir schreiben Ihnen: Sofort." in response.content.decode()
    member.post(OWN, {"remove": str(foreign.pk)})
    assert Subscription.objects.filter(pk=foreign.pk).exists()
    member.post(OWN, {"remove": str(who.subscriptions.get().pk)})
    assert list(Subscriber.objects.all()) == [foreign.subscriber]
    assert "noch nichts abonniert" in member.get(OWN).content.decode()
    assert member.post(OWN, {"action": "forget"}).status_code == 302


def test_what_the_address_had_before_belongs_to_the_account(member: PortalClient, user: Any) -> None:
    before = subscriber(user.email)
    pending = before.subscriptions.create(kind="page", object_id=reading.article(reading.topic(), "Öffnen").pk)
    assert "Öffnen" in member.get(OWN).content.decode()
    before.refresh_from_db()
    assert before.user is None, "looking changes nothing"
    member.post(OWN, {"action": "confirm", "abo": pending.pk})
    before.refresh_from_db()
    pending.refresh_from_db()
    assert before.user == user
    assert pending.confirmed_at


def test_subscriptions_follow_the_address_and_are_joined(user: Any) -> None:
    topic = reading.topic()
    who = subscriber(user.email, ("topic", topic), user=user)
    other = subscriber("neu@gemeinde.example", ("topic", topic), ("all", None))
    other.subscriptions.create(kind="page", object_id=topic.pk)
    user.email = "Neu@gemeinde.example"
    user.save()
    assert Subscriber.objects.count() == 2, "nobody has shown to read the new address"
    confirm_address(user)
    row = Subscriber.objects.get()
    assert (row.pk, row.address, row.generation) == (who.pk, "neu@gemeinde.example", 2)
    assert sorted(row.subscriptions.values_list("kind", flat=True)) == ["all", "topic"]
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    assert Subscriber.objects.get().generation == 2


def confirm_address(user: Any) -> None:
    """Confirm the account's present address as the link in allauth's mail does."""
    services.set_email(user=user, verified=False)
    address = EmailAddress.objects.get(user=user)
    address.set_verified()
    email_confirmed.send(sender=EmailAddress, request=None, email_address=address)


@pytest.mark.parametrize("password", [True, False])
def test_a_mistyped_address_takes_no_subscriptions_of_a_stranger(user: Any, password: bool) -> None:
    who = subscriber(user.email, user=user)
    stranger = subscriber("fremd@gemeinde.example", ("topic", reading.topic()))
    if not password:
        user.set_unusable_password()
    old, user.email = user.email, "fremd@gemeinde.example"
    user.save()
    services.move_email(user=user, old=old, by=None)
    assert set(Subscriber.objects.values_list("pk", "user", "address")) == {
        (who.pk, user.pk, old), (stranger.pk, None, "fremd@gemeinde.example"),
    }  # fmt: skip


@pytest.mark.parametrize("has_own", [True, False])
def test_an_account_that_takes_over_a_mailbox_takes_nobody_elses(user: Any, has_own: bool) -> None:
    """Another account had that address and has not confirmed its new one yet."""
    other = make_user("info@stadt.example")
    topic = reading.topic("Ämter")
    subject = Subject(SubjectKind.TOPIC, topic.pk, topic.title, topic.url)
    subscriptions.subscribe_account(user=other, subject=subject, frequency=Frequency.DAILY)
    type(other).objects.filter(pk=other.pk).update(email="neu@stadt.example")
    if has_own:
        subscriptions.adopt(user=user)
    user.email = "info@stadt.example"
    type(user).objects.filter(pk=user.pk).update(email=user.email)
    subscriptions.follow_address(user=user) if has_own else subscriptions.adopt(user=user)
    moved = Subscriber.objects.get(user=other)
    assert (moved.address, moved.subscriptions.count()) == ("neu@stadt.example", 1)
    own = Subscriber.objects.get(user=user)
    assert (own.address, own.subscriptions.count()) == ("info@stadt.example", 0)


def test_who_logs_in_reads_the_address(user: Any) -> None:
    """Somebody invited anew has no password; the link in the mail is the proof."""
    who = subscriber(user.email, user=user)
    user.email = "neu@gemeinde.example"
    user.set_unusable_password()
    user.save()
    services.move_email(user=user, old=who.address, by=None)
    PortalClient().force_login(user)
    who.refresh_from_db()
    assert who.address == "neu@gemeinde.example"


def test_the_way_out_in_a_mail_from_before_ends_what_was_joined(user: Any) -> None:
    who = subscriber(user.email, ("topic", reading.topic()), user=user)
    other = subscriber("neu@gemeinde.example")
    links = {purpose: tokens.url(other, purpose) for purpose in (tokens.UNSUBSCRIBE, tokens.MANAGE)}
    user.email = "neu@gemeinde.example"
    user.save()
    confirm_address(user)
    assert PortalClient().get(links[tokens.MANAGE]).status_code == 410
    assert "Alle Abos beenden" in PortalClient().get(links[tokens.UNSUBSCRIBE]).content.decode()
    answer = PortalClient().post(links[tokens.UNSUBSCRIBE], {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not Subscriber.objects.filter(pk=who.pk).exists()


def test_confirming_by_mail_leaves_a_closed_account(user: Any) -> None:
    who = subscriber(user.email, user=user)
    pending = who.subscriptions.create(kind="topic", object_id=reading.topic().pk)
    subscriptions.confirm(subscriber=who, ids=[pending.pk])
    who.refresh_from_db()
    assert who.user == user, "an open account keeps its own"
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    subscriptions.confirm(subscriber=who, ids=[pending.pk])
    pending.confirmed_at = None
    pending.save()
    subscriptions.confirm(subscriber=Subscriber.objects.get(), ids=[pending.pk])
    who.refresh_from_db()
    assert who.user is None
    assert queries.levels([who]) == {who.pk: Visibility.PUBLIC}


def test_they_go_with_the_account(user: Any) -> None:
    subscriber(user.email, user=user)
    user.delete()
    assert not Subscriber.objects.exists()
    assert not Subscription.objects.exists()


def test_others_are_sent_to_the_login() -> None:
    response = PortalClient().get(OWN)
    assert response.status_code == 302
    assert "/konto/anmelden/" in response["Location"]
    assert PortalClient().post(OWN, {"action": "forget"}).status_code == 403
