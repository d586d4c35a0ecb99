"""Who is told what and when: periods over both changes of the clock, levels, nothing twice or for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.core import outbox
from portal.core.models import Change, Delivery, Frequency, OutboxMessage, Subscriber, Subscription
from portal.core.subscriptions import digest, sending
from portal.core.visibility import Visibility
from tests import mails
from tests.factories import reading
from tests.factories.subscribing import publish, subscriber
from tests.people import make_user

pytestmark = pytest.mark.django_db
MONDAY = "2026-09-07T06:10:00+02:00"
WEDNESDAY = "2026-09-02T10:00:00+02:00"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(WEDNESDAY, tick=False) as traveller:
        yield traveller


def tell(clock: time_machine.Traveller, moment: str) -> list[Any]:
    """Run the job at a moment and the outbox after it; returns the mails this brought."""
    before = len(mails.sent())
    clock.move_to(moment)
    digest.tell_all()
    outbox.work_off()
    return mails.sent()[before:]


@pytest.mark.parametrize(
    ("frequency", "now", "end"),
    [
        ("daily", "2026-09-02T06:01:00+02:00", "2026-09-01T04:00Z"),
        ("daily", "2026-09-02T06:02:00+02:00", "2026-09-02T04:00Z"),
        ("weekly", "2026-09-02T10:00:00+02:00", "2026-08-31T04:00Z"),
        ("weekly", "2026-09-07T06:01:59+02:00", "2026-08-31T04:00Z"),
        ("weekly", "2026-09-07T06:02:00+02:00", "2026-09-07T04:00Z"),
        ("at_once", "2026-09-07T06:02:30+02:00", "2026-09-07T04:00Z"),
        # 25 October 2026: the clock goes back; 28 March 2027: it goes forward.
        ("daily", "2026-10-25T06:02:00+01:00", "2026-10-25T05:00Z"),
        ("daily", "2026-10-25T05:59:00+01:00", "2026-10-24T04:00Z"),
        ("weekly", "2026-10-26T07:00:00+01:00", "2026-10-26T05:00Z"),
        ("weekly", "2026-10-26T05:59:00+01:00", "2026-10-19T04:00Z"),
        ("daily", "2027-03-28T06:02:00+02:00", "2027-03-28T04:00Z"),
        ("daily", "2027-03-28T05:59:00+02:00", "2027-03-27T05:00Z"),
        ("weekly", "2027-03-29T06:02:00+02:00", "2027-03-29T04:00Z"),
    ],
)
def test_periods_end_at_six_local_time(frequency: str, now: str, end: str) -> None:
    expected = datetime.fromisoformat(end.replace("Z", "+00:00"))
    assert digest.end_of_period(Frequency(frequency), datetime.fromisoformat(now)) == expected


@pytest.mark.parametrize("year", [2026, 2027])
def test_over_a_year_no_day_and_no_week_is_missing_or_doubled(year: int) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=hour) for hour in range(24 * 365)]
    assert len({digest.end_of_period(Frequency.DAILY, hour) for hour in hours}) in {365, 366}
    assert len({digest.end_of_period(Frequency.WEEKLY, hour) for hour in hours}) in {53, 54}


def test_a_week_comes_as_one_mail_grouped_by_topic(clock: time_machine.Traveller) -> None:
    ozg, register = reading.topic("Onlinezugangsgesetz"), reading.topic("Registermodernisierung")
    subscriber()
    first = reading.article(register, "Öffnen")
    publish(first, "Die Anlage ist\nneu.")
    clock.shift(timedelta(days=1))
    publish(first, "Die Frist entfällt.")
    publish(reading.question(ozg, "Gilt das für Gemeinden?"), "Ja, seit heute.")
    publish(reading.article(ozg, "Klein"), "", major=False)
    assert tell(clock, "2026-09-06T23:00:00+02:00") == []
    (mail,) = tell(clock, MONDAY)
    text = mails.text_of(mail)
    assert mail["Subject"] == "Kompetenzportal: 2 Seiten haben sich geändert"
    assert mail["To"] == "kaethe@gemeinde.example"
    assert text.index("Onlinezugangsgesetz\n-----") < text.index("Registermodernisierung\n-----")
    assert "02.09.2026: Die Anlage ist neu.\n03.09.2026: Die Frist entfällt.\nhttp://testserver/themen/" in text
    assert "Klein" not in text
    assert mail.get_content_type() == "text/plain"
    assert tell(clock, "2026-09-07T06:20:00+02:00") == []
    assert tell(clock, "2026-09-14T06:20:00+02:00") == [], "nothing changed, so nothing is sent"


def test_daily_and_at_once(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic(), "Öffnen")
    subscriber("taeglich@gemeinde.example", ("page", page), frequency=Frequency.DAILY)
    subscriber("sofort@gemeinde.example", ("page", page), frequency=Frequency.AT_ONCE)
    publish(page)
    assert tell(clock, "2026-09-02T10:01:00+02:00") == [], "its transaction may not have ended yet"
    (mail,) = tell(clock, "2026-09-02T10:03:00+02:00")
    assert (mail["To"], mail["Subject"]) == ("sofort@gemeinde.example", "Geändert: Öffnen")
    assert tell(clock, "2026-09-02T10:04:00+02:00") == []
    (mail,) = tell(clock, "2026-09-03T06:05:00+02:00")
    assert mail["To"] == "taeglich@gemeinde.example"


@pytest.mark.parametrize("start", ["2026-10-23T12:00:00+02:00", "2027-03-26T12:00:00+01:00"])
def test_the_weeks_of_the_clock_change(clock: time_machine.Traveller, start: str) -> None:
    clock.move_to(start)
    page = reading.article(reading.topic())
    subscriber("w@gemeinde.example")
    subscriber("d@gemeinde.example", frequency=Frequency.DAILY)
    for hour in range(24 * 5):
        if hour % 24 == 1:
            publish(page, f"Änderung {hour // 24}")
        clock.shift(timedelta(hours=1))
        digest.tell_all()
    rows = list(Delivery.objects.select_related("subscriber"))
    days = {row.until for row in rows if row.subscriber.frequency == Frequency.DAILY}
    assert [row.subscriber.frequency for row in rows].count(Frequency.WEEKLY) == 1
    assert len(days) == len(rows) - 1 == 5
    assert {timezone.localtime(day).hour for day in days} == {6}
    told = [change for row in rows if row.subscriber.frequency == Frequency.DAILY for change in row.changes]
    assert len(told) == len(set(told)) == Change.objects.count()


def test_after_a_long_break_nothing_is_missing(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic())
    subscriber(frequency=Frequency.DAILY)
    for number in range(3):
        publish(page, f"Änderung {number}.")
        clock.shift(timedelta(days=7))
    (mail,) = tell(clock, "2026-09-30T07:00:00+02:00")
    assert [f"Änderung {number}." in mails.text_of(mail) for number in range(3)] == [True] * 3


def test_a_new_rhythm_neither_loses_nor_doubles(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic())
    who = subscriber()
    publish(page, "Erstens.")
    Subscriber.objects.filter(pk=who.pk).update(frequency=Frequency.AT_ONCE)
    (mail,) = tell(clock, "2026-09-02T10:10:00+02:00")
    assert "Erstens." in mails.text_of(mail)
    Subscriber.objects.filter(pk=who.pk).update(frequency=Frequency.WEEKLY)
    publish(page, "Zweitens.")
    (mail,) = tell(clock, MONDAY)
    assert "Zweitens." in mails.text_of(mail)
    assert "Erstens." not in mails.text_of(mail)


def test_what_was_before_the_subscription_is_not_told(clock: time_machine.Traveller) -> None:
    page, other = reading.article(reading.topic(), "Eins"), reading.article(reading.topic("Zwei"), "Zwei")
    who = subscriber("k@gemeinde.example", ("page", page))
    publish(page, "Davon.")
    publish(other, "Zu früh.")
    clock.shift(timedelta(hours=1))
    who.subscriptions.create(kind="page", object_id=other.pk, confirmed_at=timezone.now())
    who.subscriptions.create(kind="all", object_id=0)
    publish(other, "Rechtzeitig.")
    (mail,) = tell(clock, MONDAY)
    text = mails.text_of(mail)
    assert ["Davon." in text, "Zu früh." in text, "Rechtzeitig." in text] == [True, False, True]


def test_each_subject_brings_its_changes(clock: time_machine.Traveller) -> None:
    above = reading.topic("Oben")
    below, further = reading.topic("Unten", parent=above), reading.topic("Weiteres")
    act = reading.act()
    page = reading.article(below, "Öffnen")
    page.topics.set([further])
    page.save()
    reading.cite(page, act)
    other = reading.article(reading.topic("Fremd"), "Anderes")
    wanted = {"page": page, "topic": above, "act": act, "all": None}
    for kind, subject in wanted.items():
        subscriber(f"{kind}@gemeinde.example", (kind, subject))
    subscriber("further@gemeinde.example", ("topic", further))
    subscriber("other@gemeinde.example", ("page", other))
    publish(page)
    publish(act, "Neue Fassung.")
    found = {str(mail["To"]).partition("@")[0]: mails.text_of(mail) for mail in tell(clock, MONDAY)}
    assert set(found) == {"page", "topic", "act", "all", "further"}
    assert {name for name, text in found.items() if "Neue Fassung." in text} == {"act", "all"}
    assert all("Öffnen" in text for text in found.values())


def test_levels_are_those_of_the_moment_of_sending(clock: time_machine.Traveller) -> None:
    topic = reading.topic()
    pages = [
        reading.article(topic, title) for title in ("Offen", "Kommunal", "Intern", "Bald zu", "Zurückgezogen")
    ]
    member = make_user("kommune@gemeinde.example", role="Kommune")
    subscriber("kommune@gemeinde.example", user=member)
    subscriber("ohne@gemeinde.example")
    reading.restrict(pages[1], Visibility.MUNICIPALITY)
    reading.restrict(pages[2], Visibility.CENTRE)
    for page in pages:
        publish(page)
    clock.move_to(MONDAY)
    digest.tell_all()
    reading.restrict(pages[3], Visibility.MUNICIPALITY)
    pages[4].unpublish()
    outbox.work_off()
    texts = {str(mail["To"]): mails.text_of(mail) for mail in mails.sent()}
    told = {who: [page.title for page in pages if page.title in text] for who, text in texts.items()}
    assert told == {
        "ohne@gemeinde.example": ["Offen"],
        "kommune@gemeinde.example": ["Offen", "Kommunal", "Bald zu"],
    }
    assert "/konto/abos/" in texts["kommune@gemeinde.example"]
    member.groups.clear()
    publish(pages[1], "Nochmals.")
    assert tell(clock, "2026-09-14T06:10:00+02:00") == []


@pytest.mark.parametrize("change", [{"is_active": False}, "unverified", "unpublished", "unsubscribed", "deleted"])
def test_what_is_not_wanted_any_more_is_not_sent(clock: time_machine.Traveller, change: Any) -> None:
    page = reading.article(reading.topic())
    user = make_user("kommune@gemeinde.example", role="Kommune")
    who = subscriber("kommune@gemeinde.example", user=user)
    publish(page)
    clock.move_to(MONDAY)
    digest.tell_all()
    assert Delivery.objects.count() == 1
    if isinstance(change, dict):
        type(user).objects.filter(pk=user.pk).update(**change)
    elif change == "unverified":
        EmailAddress.objects.filter(user=user).update(verified=False)
    elif change == "unpublished":
        page.unpublish()
    elif change == "unsubscribed":
        who.delete()
    else:
        user.delete()
        assert not Subscriber.objects.exists()
        assert not Subscription.objects.exists()
    outbox.work_off()
    assert mails.sent() == []
    assert OutboxMessage.objects.get(kind="subscription").state == "done"


def test_what_changes_while_an_address_waits_to_be_confirmed_is_told_afterwards(
    clock: time_machine.Traveller,
) -> None:
    user = make_user("kommune@gemeinde.example", role="Kommune")
    subscriber("kommune@gemeinde.example", user=user, frequency=Frequency.AT_ONCE)
    subscriber("andere@gemeinde.example", frequency=Frequency.AT_ONCE)
    EmailAddress.objects.filter(user=user).update(verified=False)
    publish(reading.article(reading.topic()))
    told = tell(clock, "2026-09-05T10:00:00+02:00")
    assert [mail["To"] for mail in told] == ["andere@gemeinde.example"]
    EmailAddress.objects.filter(user=user).update(verified=True)
    told = tell(clock, "2026-09-06T10:00:00+02:00")
    assert [mail["To"] for mail in told] == ["kommune@gemeinde.example"]


def test_a_long_mail_ends_with_a_link_to_the_rest(clock: time_machine.Traveller) -> None:
    topic = reading.topic()
    subscriber()
    for number in range(45):
        publish(reading.article(topic, f"Seite {number:02}"))
    (mail,) = tell(clock, MONDAY)
    text = mails.text_of(mail)
    assert text.count("02.09.2026: ") == 40
    assert "Und 5 weitere: http://testserver/aenderungen/" in text


def test_a_title_cannot_break_the_header(clock: time_machine.Traveller) -> None:
    page = reading.article(reading.topic(), "Öffnen")
    type(page).objects.filter(pk=page.pk).update(title="Öffnen\r\nBcc: alle@example.org " + "x" * 200)
    subscriber()
    publish(page)
    (mail,) = tell(clock, MONDAY)
    assert mail["Bcc"] is None
    assert len(mail["Subject"].strip()) <= 120


def test_the_database_allows_one_mail_for_a_period() -> None:
    who = subscriber()
    now = timezone.now()
    values = {"subscriber": who, "since": now - timedelta(days=1), "until": now}
    Delivery.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(subscriber=who, since=now, until=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscriber.objects.create(address="Gross@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscriber.objects.create(address="b@example.org", confirmed_at=now)
    for kind, number in (("all", 3), ("page", 0)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Subscription.objects.create(subscriber=who, kind=kind, object_id=number)
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.create(subscriber=who, kind="all")


@pytest.mark.parametrize(("own", "theirs"), [("weekly", "at_once"), ("at_once", "weekly"), ("daily", "daily")])
def test_subscribers_joined_by_an_address_hear_of_each_change_once(
    clock: time_machine.Traveller, own: str, theirs: str
) -> None:
    user = make_user("kaethe@gemeinde.example")
    topic = reading.topic()
    first, second = reading.article(topic, "Öffnen"), reading.article(topic, "Schließen")
    subscriber(user.email, ("page", first), ("topic", topic), frequency=Frequency(own), user=user)
    subscriber("neu@gemeinde.example", ("page", second), frequency=Frequency(theirs))
    publish(first, "Das gilt für Öffnen.")
    publish(second, "Das gilt für Schließen.")
    tell(clock, "2026-09-03T06:10:00+02:00")
    publish(first, "Öffnen noch einmal.")  # stored, not sent yet, or not told at all
    publish(second, "Schließen noch einmal.")
    clock.move_to("2026-09-03T10:00:00+02:00")
    digest.tell_all()
    user.email = "neu@gemeinde.example"
    EmailAddress.objects.filter(user=user).update(email=user.email)
    user.save()
    outbox.work_off()
    joined = Subscriber.objects.get()
    assert joined.frequency == ("daily" if own == "daily" else "at_once")
    for moment in ("2026-09-03T10:00:00+02:00", "2026-09-03T12:00:00+02:00", MONDAY, "2026-09-14T06:10:00+02:00"):
        tell(clock, moment)
    words = "".join(mails.text_of(mail) for mail in mails.sent())
    for note in ("Das gilt für Öffnen.", "Öffnen noch einmal.", "Schließen noch einmal."):
        assert words.count(note) == 1, note
    assert mails.sent()[-1]["To"] == "neu@gemeinde.example"


def _queries(*, people: int, changes: int) -> tuple[int, int]:
    """Return how many queries a run makes, and how many mails it stores."""
    topic = reading.topic(f"Thema {people}-{changes}")
    for number in range(people):
        subscriber(f"p{people}-{changes}-{number}@gemeinde.example", ("topic", topic))
    for number in range(changes):
        publish(reading.article(topic, f"Seite {number}"))
    before = Delivery.objects.count()
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        with CaptureQueriesContext(connection) as captured:
            digest.tell_all()
        return len(captured), Delivery.objects.count() - before


def test_queries_grow_with_chunks_not_with_people_or_changes(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "CHUNK", 10)
    few, mails_few = _queries(people=9, changes=1)
    Subscriber.objects.all().delete()
    Change.objects.all().delete()
    many, mails_many = _queries(people=29, changes=20)
    assert (mails_few, mails_many) == (9, 29)
    assert few <= 40
    assert many - few <= 2 * 10, "two chunks more, whatever the number of people and changes"


def test_writing_one_mail_costs_a_fixed_number_of_queries(clock: time_machine.Traveller) -> None:
    topic = reading.topic()
    subscriber("a@gemeinde.example")
    counts = []
    for moment, number in (("2026-09-07T06:10:00+02:00", 1), ("2026-09-14T06:10:00+02:00", 30)):
        for count in range(number):
            publish(reading.article(topic, f"Seite {number}-{count}"))
        clock.move_to(moment)
        digest.tell_all()
        with CaptureQueriesContext(connection) as captured:
            assert outbox.work_off() == 1
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 24


def test_minor_versions_are_no_changes_to_tell() -> None:
    page = reading.article(reading.topic())
    publish(page, "", major=False)
    assert not Change.objects.exists()
    publish(page)
    assert Change.objects.count() == 1


def test_a_mail_sent_again_after_a_lost_note_can_be_told_by_its_message_id(clock: time_machine.Traveller) -> None:
    """The one instant that is left: the server has said yes, and the worker dies before the note is written."""
    subscriber("a@gemeinde.example")
    publish(reading.article(reading.topic(), "Seite"))
    clock.move_to(MONDAY)
    digest.tell_all()
    message = outbox.claim("w")
    assert message is not None
    sending.send(message)  # and no note
    clock.shift(timedelta(hours=1))
    assert outbox.work_off() == 1
    first, second = mails.sent()
    assert first["Message-ID"] == second["Message-ID"]
    assert outbox.work_off() == 0
