"""Reminders: each stage once a person, bundled, made up after missed days, whatever is interrupted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from knowledge.models import ArticlePage, ReviewReminder
from knowledge.services import record_review
from knowledge.upkeep import reminders
from knowledge.upkeep.due import REVIEW_DUE
from knowledge.upkeep.reminders import remind_all
from knowledge.upkeep.work_items import sync_work_items
from portal.accounts.models import User
from portal.core.models import WorkItem
from tests import factories

pytestmark = pytest.mark.django_db
DUE = date(2027, 3, 1)


def day(offset: int) -> date:
    return DUE + timedelta(days=offset)


def person(name: str, role: str = "Redaktion") -> User:
    return factories.staff(f"{name}@kkv.example", role)


def due_page(title: str = "Gebühren prüfen", **fields: Any) -> ArticlePage:
    page = factories.article(title, **fields)
    ArticlePage.objects.filter(pk=page.pk).update(next_review_on=DUE)
    page.refresh_from_db()
    return page


def recipients() -> list[list[str]]:
    return [sorted(message.to) for message in mail.outbox]


def test_owner_and_deputy_hear_of_each_stage_once() -> None:
    due_page(responsible_person=person("olga"), deputy=person("dieter"))
    for offset in range(-40, 13):
        remind_all(day(offset))
        remind_all(day(offset))
    assert (
        sorted(message.to[0] for message in mail.outbox) == ["dieter@kkv.example"] * 3 + ["olga@kkv.example"] * 3
    )
    stages = ReviewReminder.objects.filter(recipient__email="olga@kkv.example").order_by("sent_on")
    assert list(stages.values_list("stage", "sent_on")) == [("30", day(-30)), ("7", day(-7)), ("0", day(0))]
    assert "fällig am 01.03.2027" in mail.outbox[0].body
    assert "/cms/pages/" in mail.outbox[0].body


def test_with_a_short_interval_nobody_hears_the_day_after_a_review() -> None:
    page = due_page(responsible_person=person("olga"), review_interval_days=30)
    for offset in range(-30, 1):
        remind_all(day(offset))
        sync_work_items(day(offset))
        if offset == -8:
            assert not mail.outbox
            assert not WorkItem.objects.exists()
    stages = ReviewReminder.objects.filter(page=page).order_by("sent_on")
    assert list(stages.values_list("stage", "sent_on")) == [("7", day(-7)), ("0", day(0))]
    assert WorkItem.objects.count() == 1


def test_owner_and_deputy_hear_a_week_before_a_page_goes_offline() -> None:
    page = factories.article("Übergangsregel", responsible_person=person("olga"), deputy=person("dieter"))
    at = datetime(2027, 3, 1, 23, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    ArticlePage.objects.filter(pk=page.pk).update(expire_at=at, next_review_on=None)
    for offset in range(-10, 0):
        remind_all(day(offset))
    assert sorted(recipients()) == [["dieter@kkv.example"], ["olga@kkv.example"]]
    assert {message.subject for message in mail.outbox} == {"Geht bald offline: 1 Seite"}
    assert "geht am 01.03.2027 offline" in mail.outbox[0].body
    assert set(ReviewReminder.objects.values_list("stage", "sent_on")) == {("ablauf", day(-7))}
    ArticlePage.objects.filter(pk=page.pk).update(expire_at=at + timedelta(days=30))
    remind_all(day(25))
    assert len(mail.outbox) == 4  # another day, another reminder


def test_one_mail_holds_all_pages_of_a_person() -> None:
    owner = person("olga")
    due_page("Größen prüfen", responsible_person=owner)
    due_page("Übergänge prüfen", responsible_person=owner)
    remind_all(day(-3))
    assert [message.subject for message in mail.outbox] == ["Prüfungen fällig: 2 Seiten"]
    assert "Größen prüfen" in mail.outbox[0].body
    assert "Übergänge prüfen" in mail.outbox[0].body


def test_one_mail_a_day_what_comes_later_waits_for_tomorrow() -> None:
    owner = person("olga")
    due_page("Größen prüfen", responsible_person=owner)
    remind_all(day(-30))
    due_page("Übergänge prüfen", responsible_person=owner)
    remind_all(day(-30))
    assert len(mail.outbox) == 1
    remind_all(day(-29))
    assert len(mail.outbox) == 2
    assert "Größen" not in mail.outbox[1].body


def test_missed_days_are_made_up_without_the_stages_in_between() -> None:
    due_page(responsible_person=person("olga"))
    remind_all(day(2))
    remind_all(day(3))
    assert len(mail.outbox) == 1
    assert "überfällig seit 01.03.2027" in mail.outbox[0].body
    assert ReviewReminder.objects.get().stage == "0"


def test_two_weeks_overdue_reaches_the_leitung_once() -> None:
    due_page(responsible_person=person("olga"))
    person("lena", "Leitung")
    remind_all(day(13))
    assert recipients() == [["olga@kkv.example"]]
    for offset in (14, 15, 40):
        remind_all(day(offset))
    assert recipients() == [["olga@kkv.example"], ["lena@kkv.example"]]
    assert "wer die Prüfung übernimmt" in mail.outbox[1].body


def test_who_has_left_hears_nothing_and_others_stand_in() -> None:
    owner, deputy = person("olga"), person("dieter")
    person("petra", "Fachprüfung")
    page = due_page(responsible_person=owner, deputy=deputy)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    remind_all(day(-30))
    assert recipients() == [["dieter@kkv.example"]]
    User.objects.filter(pk=deputy.pk).update(is_active=False)
    remind_all(day(-7))
    assert recipients()[1:] == [["petra@kkv.example"]]
    ArticlePage.objects.filter(pk=page.pk).update(responsible_person=None, deputy=None)
    User.objects.filter(email="petra@kkv.example").update(is_active=False)
    person("lena", "Leitung")
    remind_all(day(0))
    assert recipients()[2:] == [["lena@kkv.example"]]


def test_a_member_of_a_municipality_never_hears_of_pages() -> None:
    owner = person("olga")
    due_page(responsible_person=owner)
    owner.groups.clear()
    assert remind_all(day(0)) == ""
    assert mail.outbox == []


def test_drafts_aliases_and_retired_questions_are_left_alone() -> None:
    owner = person("olga")
    due_page(responsible_person=owner, live=False)
    new = factories.question()
    old = factories.question(responsible_person=owner, successor=new)
    type(old).objects.filter(pk=old.pk).update(next_review_on=DUE)
    source = due_page(responsible_person=owner)
    source.create_alias(update_slug="verweis", parent=factories.topic())
    remind_all(day(0))
    assert mail.outbox[0].subject == "Prüfung fällig: 1 Seite"


def test_a_new_due_date_is_told_anew() -> None:
    page = due_page(responsible_person=person("olga"))
    remind_all(day(0))
    ArticlePage.objects.filter(pk=page.pk).update(next_review_on=day(365))
    remind_all(day(365))
    assert len(mail.outbox) == 2


def test_the_database_refuses_a_second_reminder() -> None:
    page, owner = due_page(), person("olga")
    values = {"page": page, "recipient": owner, "due_on": DUE, "stage": "7", "sent_on": DUE}
    ReviewReminder.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewReminder.objects.create(**values)


def test_trouble_with_one_person_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    due_page("Größen prüfen", responsible_person=person("anna"))
    due_page("Übergänge prüfen", responsible_person=person("berta"))
    post = reminders._post

    def broken(person: User, *args: Any) -> None:
        post(person, *args)
        if person.email.startswith("anna"):
            raise OSError("Platte voll")

    monkeypatch.setattr(reminders, "_post", broken)
    with pytest.raises(RuntimeError, match="1 people"):
        remind_all(DUE)
    assert ReviewReminder.objects.get().recipient.email == "berta@kkv.example"
    monkeypatch.undo()
    remind_all(DUE)
    assert ReviewReminder.objects.count() == 2


# -- work items --------------------------------------------------------------------------------------


def test_a_due_page_is_a_task_of_its_owner_until_it_is_reviewed() -> None:
    owner = person("olga")
    page = due_page(responsible_person=owner)
    sync_work_items(day(-31))
    assert not WorkItem.objects.exists()
    sync_work_items(day(-30))
    sync_work_items(day(5))
    item = WorkItem.objects.get(kind=REVIEW_DUE)
    assert (item.owner, item.due_on, item.page_id, item.state) == (owner, DUE, page.pk, "open")
    record_review(page=page, reviewer=person("petra", "Fachprüfung"))
    item.refresh_from_db()
    assert item.state == "done"


def test_a_task_falls_to_the_deputy_and_stays_closed_once_closed() -> None:
    owner, deputy = person("olga"), person("dieter")
    due_page(responsible_person=owner, deputy=deputy)
    sync_work_items(DUE)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    sync_work_items(DUE)
    item = WorkItem.objects.get()
    assert item.owner == deputy
    assert [event.kind for event in item.events.order_by("pk")] == ["created", "assigned", "assigned"]
    WorkItem.objects.update(state="dismissed", closed_at="2027-03-01T10:00Z")
    assert sync_work_items(day(1)) == ""
    assert WorkItem.objects.count() == 1


def test_a_task_goes_when_the_page_is_no_longer_due() -> None:
    page = due_page(responsible_person=person("olga"))
    sync_work_items(DUE)
    page.unpublish()
    sync_work_items(DUE)
    assert WorkItem.objects.get().state == "dismissed"


def test_a_page_of_nobody_is_a_task_of_nobody() -> None:
    due_page()
    assert sync_work_items(DUE) == "1 Aufgaben angelegt oder geändert, 0 erledigt"
    assert WorkItem.objects.get().owner is None
    assert sync_work_items(DUE) == ""


def test_after_a_restore_nobody_is_reminded_again_of_what_was_due() -> None:
    """The rows of the days between backup and restore are gone; the mails of those days are not."""
    due_page(responsible_person=person("olga"))
    moment = datetime(2027, 2, 23, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    (line,) = reminders.hold_due(moment)
    assert "hinausgehen: 1," in line
    for offset in range(-6, 0):
        remind_all(day(offset))
    assert mail.outbox == []
    remind_all(day(0))
    assert [message.to for message in mail.outbox] == [["olga@kkv.example"]]
    assert reminders.hold_due(datetime(2027, 3, 2, 12, tzinfo=ZoneInfo("Europe/Berlin"))) == []
