"""Answers by mail: everybody once, in the transaction, and the addresses forgotten later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from portal.core import outbox, schedule, work, work_answers
from portal.core.models import AuditEntry, OutboxMessage, WorkItem, WorkReport
from tests.factories import people

pytestmark = pytest.mark.django_db
TEXT = "Guten Tag,\n\nwir haben die Größe geändert."


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CONTACT_EMAIL = "postfach@kompetenz.example"


def _bundle(*addresses: str) -> WorkItem:
    item = work.open_item(kind="feedback", title="Rückmeldung: Ämter", dedupe_key="page:1")
    for number, address in enumerate(addresses):
        work.add_report(item=item, text=f"Text {number}", reason="veraltet", reply_to=address)
    return item


def test_everybody_with_an_address_gets_one_mail_of_their_own() -> None:
    author = people.staff()
    item = _bundle("ute@stadt.example", "", "Jörg@dorf.example".replace("ö", "oe"), "UTE@stadt.example")
    assert item.bundled == 4
    assert work_answers.send_answer(item=item, actor=author, text=TEXT) == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["Joerg@dorf.example", "ute@stadt.example"]
    ute = next(message for message in mail.outbox if message.to == ["ute@stadt.example"])
    assert "> Text 0" in ute.body
    assert "> Text 3" in ute.body
    assert "Text 2" not in ute.body
    assert ute.reply_to == ["postfach@kompetenz.example"]
    assert ute.subject == "Antwort auf Ihre Nachricht: Rückmeldung: Ämter"
    item.refresh_from_db()
    assert (item.state, item.answer, item.answered_by) == (WorkItem.State.DONE, TEXT, author)
    assert item.events.get(kind="answered").new == "2"


def test_nobody_is_answered_twice_by_accident() -> None:
    item = _bundle("ute@stadt.example")
    work_answers.send_answer(item=item, actor=None, text=TEXT, close=False)
    with pytest.raises(work_answers.NobodyToAnswerError), transaction.atomic():
        work_answers.send_answer(item=item, actor=None, text=TEXT)
    assert len(mail.outbox) == 1
    work.add_report(item=item, text="Neu", reply_to="neu@stadt.example")
    work_answers.send_answer(item=item, actor=None, text="Auch an Sie.", close=False)
    assert [message.to for message in mail.outbox] == [["ute@stadt.example"], ["neu@stadt.example"]]
    assert work_answers.send_answer(item=item, actor=None, text="Nachtrag", again=True) == 2


def test_without_an_address_nothing_happens() -> None:
    item = _bundle("")
    with pytest.raises(work_answers.NobodyToAnswerError), transaction.atomic():
        work_answers.send_answer(item=item, actor=None, text=TEXT)
    item.refresh_from_db()
    assert (item.state, item.answer) == (WorkItem.State.OPEN, "")


def test_the_answer_waits_in_the_outbox_in_order(settings: Any) -> None:
    settings.EMAIL_BACKEND = "portal.core.mail.OutboxBackend"
    item = _bundle("ute@stadt.example", "nele@stadt.example")
    work_answers.send_answer(item=item, actor=None, text=TEXT)
    rows = OutboxMessage.objects.filter(kind="mail")
    assert [(row.key, row.sequence) for row in rows.order_by("sequence")] == [
        (f"work:{item.pk}", 1),
        (f"work:{item.pk}", 2),
    ]
    assert outbox.stuck(timezone.now()).count() == 0


def test_a_mail_that_cannot_be_stored_leaves_the_item_open(settings: Any) -> None:
    settings.EMAIL_BACKEND = "gibt.es.nicht.Backend"
    item = _bundle("ute@stadt.example")
    with pytest.raises(ImportError), transaction.atomic():
        work_answers.send_answer(item=item, actor=None, text=TEXT)
    item.refresh_from_db()
    assert (item.state, item.answer) == (WorkItem.State.OPEN, "")


def test_addresses_are_forgotten_after_the_answer_or_the_end(settings: Any) -> None:
    settings.WORK_ADDRESS_DAYS = 30
    answered = _bundle("ute@stadt.example")
    work_answers.send_answer(item=answered, actor=None, text=TEXT, close=False)
    closed = work.open_item(kind="barrier", title="Barriere")
    work.add_report(item=closed, reply_to="nele@stadt.example", text="Kontrast")
    work.set_state(item=closed, state=WorkItem.State.DONE)
    waiting = work.open_item(kind="barrier", title="Offen")
    work.add_report(item=waiting, reply_to="olaf@stadt.example", text="Größe")
    assert work_answers.forget_addresses() == "0 Adressen gelöscht"
    later = timezone.now() + timedelta(days=31)
    assert work_answers.forget_addresses(later) == "2 Adressen gelöscht"
    kept = WorkReport.objects.exclude(reply_to="")
    assert [report.reply_to for report in kept] == ["olaf@stadt.example"]
    assert WorkReport.objects.get(item=closed).text == "Kontrast"
    entry = AuditEntry.objects.get(action="work.addresses_forgotten")
    assert entry.detail == {"number": 2}
    assert "forget_addresses" in schedule.jobs
