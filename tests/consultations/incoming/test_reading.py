"""The mailbox on a real server: nothing is lost, nothing counts twice, and a server that is away is told once."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils import timezone

from consultations import checks
from consultations.mailing.incoming import messages, reading, start
from consultations.mailing.incoming.mailbox import Mailbox, folder_name
from consultations.models import Case, IncomingMail, Message
from portal.core import schedule
from portal.core.models import WorkItem
from portal.settings import incoming_mail
from portal.settings.env import Env
from tests.consultations.incoming.boxes import Box
from tests.factories import calendar, incoming
from tests.imap_server import ImapServer

SET = {"IMAP_HOST": "imap.example", "IMAP_USER": "u", "IMAP_PASSWORD": "p", "IMAP_ADDRESS": "beratung@kkv.example"}


def trouble() -> list[str]:
    return list(WorkItem.objects.filter(kind=reading.UNREACHABLE, state="open").values_list("note", flat=True))


@pytest.mark.django_db
def test_without_settings_nothing_is_read(settings: Any) -> None:
    assert not settings.IMAP_HOST
    assert reading.run() == ""
    assert "read_mailbox" not in schedule.jobs
    assert start.after_restore(timezone.now()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("security", "port"), [("tls", "tls"), ("starttls", "plain"), ("none", "plain")])
def test_all_ways_to_the_server(case: Case, box: Box, settings: Any, security: str, port: str) -> None:
    settings.IMAP_SECURITY, settings.IMAP_PORT = security, getattr(box.server, port)
    assert box.read(incoming.mail(Subject=case.reference)) == "1 Nachrichten"
    assert box.read() == ""
    assert box.numbers() == (0, 1, 0)


@pytest.mark.django_db
def test_folders_have_german_names(case: Case, box: Box, settings: Any) -> None:
    settings.IMAP_DONE_FOLDER = 'Geprüft & "gelesen"'
    assert folder_name("Geprüft & Süß") == '"Gepr&APw-ft &- S&APwA3w-"'
    box.read(incoming.mail("Das passt.", Subject=case.reference))
    box.read(incoming.mail("Noch etwas.", Subject=case.reference))
    assert Message.objects.count() == 2
    assert box.numbers() == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"IMAP_PORT": 1}, "nicht erreichbar"), ({"IMAP_PASSWORD": "falsch"}, "lehnt die Anmeldung ab"),
        ({"IMAP_CA_FILE": ""}, "weist sich nicht gültig aus"), ({"IMAP_FOLDER": "Fehlt"}, "fehlt"),
    ],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_read_is_told_once_and_tried_again(
    case: Case, box: Box, settings: Any, caplog: Any, change: dict[str, Any], sentence: str
) -> None:
    right = {name: getattr(settings, name) for name in change}
    for name, value in change.items():
        setattr(settings, name, value)
    box.put(incoming.mail(Subject=case.reference))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert sentence in box.read()
    assert [record.message for record in caplog.records].count("incoming.unreachable") == 1
    assert incoming.ASKER not in caplog.text
    (note,) = trouble()
    assert sentence in note
    for name, value in right.items():
        setattr(settings, name, value)
    assert box.read() == "1 Nachrichten"
    assert trouble() == []


@pytest.mark.django_db
def test_a_crash_between_commit_and_move_makes_no_second_message(case: Case, box: Box) -> None:
    box.put(incoming.mail(Subject=case.reference))
    with Mailbox() as mailbox:
        (letter,) = mailbox.letters(10)
        reading.take(mailbox.read(letter), letter.arrived)  # and here the process dies
    assert box.numbers() == (1, 0, 0)
    assert box.read() == "1 schon bekannt"
    assert Message.objects.count() == 1
    assert box.numbers() == (0, 1, 0)


@pytest.mark.django_db
def test_the_same_mail_by_two_ways_counts_once(case: Case, box: Box) -> None:
    raw = incoming.mail(Subject=case.reference).as_bytes()
    for way in (b"", b"Received: from a\n", b"Received: from b\nDelivered-To: beratung@kkv.example\n"):
        box.put(way + raw)
    box.read()
    assert Message.objects.count() == 1
    assert box.numbers() == (0, 3, 0)


@pytest.mark.django_db
def test_what_a_restore_has_lost_is_read_again(case: Case, box: Box) -> None:
    box.read(incoming.mail(Subject=case.reference))
    box.read(incoming.mail("Von Uwe, im Auftrag.", sender="uwe@anderswo.example", Subject=case.reference))
    by_hand = IncomingMail.objects.get(outcome="left")
    messages.take_over(pk=by_hand.pk, case=case, by=calendar.user_of(case.lead))  # type: ignore[arg-type]
    assert (Message.objects.count(), box.numbers()) == (2, (0, 1, 1))
    Message.objects.all().delete()
    IncomingMail.objects.all().delete()
    (told,) = start.after_restore(timezone.now())
    folders = [name for name in ("Portal-Erledigt", "Portal-Offen") if name in told]
    for name in folders:
        box.server.move(box.user, name, "INBOX")
    assert box.read() == "1 Nachrichten, 1 nicht zugeordnet"
    assert (Message.objects.count(), box.numbers()) == (1, (0, 1, 1))
    assert IncomingMail.objects.get(outcome="left").text == "Von Uwe, im Auftrag."


def test_two_runs_at_once_make_one_message(
    imap: ImapServer, box: Box, real_db: None, request: pytest.FixtureRequest
) -> None:
    case = request.getfixturevalue("case")
    for number in range(3):
        box.put(incoming.mail(f"Nummer {number}", Subject=case.reference))
    said: list[str] = []

    def run() -> None:
        try:
            said.append(reading.run())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 2
    reading.run()
    assert sorted(Message.objects.values_list("text", flat=True)) == ["Nummer 0", "Nummer 1", "Nummer 2"]
    assert box.numbers()[0] == 0


@pytest.mark.once
def test_settings_that_cannot_work_are_refused() -> None:
    assert incoming_mail.read(Env({}))["IMAP_HOST"] == ""
    assert incoming_mail.read(Env(SET))["IMAP_FOLDER"] == "INBOX"
    for wrong in (
        {"IMAP_USER": ""}, {"IMAP_PASSWORD": ""}, {"IMAP_ADDRESS": ""}, {"IMAP_ADDRESS": "A <b@c.example>"},
        {"IMAP_SECURITY": "ssl"}, {"IMAP_DONE_FOLDER": "inbox"}, {"IMAP_LEFT_FOLDER": " "},
    ):  # fmt: skip
        with pytest.raises(ImproperlyConfigured, match="IMAP_"):
            incoming_mail.read(Env({**SET, **wrong}))


@pytest.mark.once
@pytest.mark.parametrize(("security", "host", "found"), [("none", "x", 1), ("tls", "x", 0), ("none", "", 0)])
def test_a_mailbox_without_tls_is_no_operation(settings: Any, security: str, host: str, found: int) -> None:
    settings.IMAP_HOST, settings.IMAP_SECURITY = host, security
    assert [check.id for check in checks.mailbox_is_private()] == ["portal.E013"] * found
