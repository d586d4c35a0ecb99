"""Mail that does not arrive: refused by a real mail server, or returned as a report."""

from __future__ import annotations

import mailbox
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import Parser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from portal.core import outbox, schedule
from portal.core.models import Delivery, OutboxMessage, Subscriber
from portal.core.subscriptions import bounces, digest, services, start, tokens
from tests.factories import people, reading
from tests.factories.subscribing import publish, subscriber

pytestmark = pytest.mark.django_db


class _Server(socketserver.TCPServer):
    """A mail server that gives one answer to every recipient, and others where it is told to."""

    allow_reuse_address = True
    answer = "250 ok"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.answers: dict[str, str] = {}


class _Conversation(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        said = {"": "220 bereit", "RCPT": self.server.answer, "DATA": "354 los", "QUIT": "221 ciao"}
        said |= self.server.answers
        self._say(said[""])
        for raw in self.rfile:
            word = raw.decode("latin-1").strip().upper()[:4]
            self._say(said.get(word, "250 ok"))
            if word == "DATA" and said["DATA"].startswith("354"):
                while self.rfile.readline().strip() != b".":
                    pass
                self._say(said.get(".", "250 ok"))
            elif word == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@pytest.fixture
def server(settings: Settings) -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Conversation) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        settings.OUTBOX_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = running.server_address[:2]
        settings.EMAIL_USE_TLS = False
        yield running
        running.shutdown()


def _tell(weeks: int = 1) -> OutboxMessage:
    digest.tell_all(timezone.now() + timedelta(days=7 * weeks, minutes=5))
    outbox.work_off()
    message = OutboxMessage.objects.filter(kind="subscription").last()
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("answer", "state", "kept"),
    [
        ("250 ok", "done", True),
        ("550 5.1.1 <erika@gemeinde.example>: user unknown", "done", False),
        ("550 no such user", "failed", True),
        ("550 5.2.1 mailbox disabled", "done", False),
        ("554 5.7.1 blocked by policy", "failed", True),
        ("550 5.1.8 sender has bad address", "failed", True),
        ("552 5.2.2 mailbox full", "failed", True),
        ("450 4.2.1 later", "waiting", True),
    ],
)
def test_what_the_mail_server_answers(server: _Server, answer: str, state: str, kept: bool) -> None:
    page = reading.article(reading.topic())
    subscriber("erika@gemeinde.example")
    publish(page)
    server.answer = answer
    message = _tell()
    assert message.state == state
    assert "erika" not in message.error
    assert Subscriber.objects.exists() is kept
    assert Delivery.objects.filter(sent_at__isnull=False).exists() is (answer == "250 ok")


FULL = "552 5.2.2 mailbox full"


def test_three_refusals_in_a_row_end_it_and_one_mail_that_arrives_forgives(server: _Server) -> None:
    page = reading.article(reading.topic())
    who = subscriber("erika@gemeinde.example")
    for week, (answer, refusals) in enumerate(
        [(FULL, 1), ("250 ok", 1), ("250 ok", 0), (FULL, 1), ("250 ok", 1), (FULL, 1), ("550 no", 2)], start=1
    ):
        publish(page, f"Änderung {week}.")
        server.answer = answer
        Subscriber.objects.update(
            told_until=timezone.now() - timedelta(minutes=1), accepted_at=F("accepted_at") - timedelta(days=7)
        )
        _tell(week)
        who.refresh_from_db()
        assert who.refusals == refusals, f"week {week}"
    publish(page, "Letzte Änderung.")
    Subscriber.objects.update(told_until=timezone.now() - timedelta(minutes=1))
    _tell(9)
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({"": "554 no service for you"}, "waiting"),
        ({"EHLO": "550 no", "HELO": "550 who are you"}, "waiting"),
        ({"MAIL": "550 5.1.0 <portal@example.org>: Sender address rejected"}, "waiting"),
        ({"MAIL": "553 sender not owned by you"}, "waiting"),
        ({"RCPT": "554 5.7.1 <erika@gemeinde.example>: Relay access denied"}, "failed"),
        ({"RCPT": "550 5.1.8 <portal@example.org>: Sender address rejected: Domain not found"}, "failed"),
        ({"DATA": "550 5.1.1 no recipients left"}, "failed"),
        ({".": "550 5.1.0 rejected"}, "failed"),
        ({".": "554 spam, erika"}, "failed"),
    ],
)
def test_what_is_refused_to_the_sender_costs_no_subscriber(
    server: _Server, answers: dict[str, str], state: str
) -> None:
    page = reading.article(reading.topic())
    who, other = subscriber("erika@gemeinde.example"), subscriber("kaethe@gemeinde.example")
    server.answers = answers
    for week in range(1, 5):
        publish(page, f"Änderung {week}.")
        Subscriber.objects.update(told_until=timezone.now() - timedelta(minutes=1))
        message = _tell(week)
        assert message.state == state
        assert "@" not in message.error
        assert "erika" not in message.error
    assert set(Subscriber.objects.values_list("pk", "refusals")) == {(who.pk, 0), (other.pk, 0)}


def _report(message_id: str, status: str = "5.1.1", action: str = "failed", *, headers_only: bool = False) -> Any:
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "MAILER-DAEMON@gemeinde.example"
    report["Subject"] = "Unzustellbar"
    report.attach(MIMEText("Die Nachricht konnte nicht zugestellt werden.", "plain", "utf-8"))
    fields = (
        "Reporting-MTA: dns; mail.example\n\n"
        f"Final-Recipient: rfc822; erika@gemeinde.example\nAction: {action}\nStatus: {status}\n\n"
    )
    block = Parser().parsestr(f"Content-Type: message/delivery-status\n\n{fields}")
    report.attach(block)
    if headers_only:
        part = MIMEText(f"Subject: Abo\nMessage-ID: {message_id}\n", "rfc822-headers")
        report.attach(part)
    else:
        original = EmailMessage()
        original["Message-ID"] = message_id
        original.set_content("Text")
        report.attach(MIMEMessage(original))
    return report


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_returned_mail_removes_its_subscriber(tmp_path: Path, headers_only: bool) -> None:
    who, other = subscriber("erika@gemeinde.example"), subscriber("kaethe@gemeinde.example")
    box = mailbox.Maildir(tmp_path / "mail")
    box.add(_report(tokens.message_id("d", 5, who), headers_only=headers_only).as_bytes())
    box.add(_report(tokens.message_id("d", 6, other), "4.4.7").as_bytes())
    box.add(b"From: x@example.org\nSubject: Abwesend\n\nBin im Urlaub.")
    out = StringIO()
    call_command("process_bounces", tmp_path / "mail", stdout=out)
    assert out.getvalue() == "1 Adressen entfernt, 1 Abweisungen vermerkt, 1 Nachrichten ohne Bezug.\n"
    assert list(Subscriber.objects.values_list("address", "refusals")) == [("kaethe@gemeinde.example", 1)]
    again = StringIO()
    call_command("process_bounces", tmp_path / "mail", stdout=again)
    assert again.getvalue().startswith("0 Adressen entfernt, 0 Abweisungen")


def test_a_returned_mail_is_about_the_address_it_went_to() -> None:
    moved, gone = subscriber("alt@gemeinde.example"), subscriber("erika@gemeinde.example")
    told = {name: tokens.message_id("d", 7, who) for name, who in (("moved", moved), ("gone", gone))}
    Subscriber.objects.filter(pk=moved.pk).update(address="neu@gemeinde.example")
    gone.delete()
    again = subscriber("erika@gemeinde.example")
    assert tokens.subscriber_of_message(told["moved"]) is None
    assert tokens.subscriber_of_message(told["gone"]) == again
    text = f"d-7-{again.pk}"
    assert tokens.subscriber_of_message(f"<abo.{text}.{tokens.MARK.of(text)}@x>") == again, "of an earlier version"


@pytest.mark.parametrize("status", ["5.0.0", "4.4.7", "5.2.2"])
@pytest.mark.parametrize("days", [0, 7, 60])
def test_mails_that_are_taken_and_returned_add_up(server: _Server, status: str, days: int) -> None:
    page = reading.article(reading.topic())
    who = subscriber("erika@gemeinde.example")
    for round_, outcome in enumerate(["noted", "noted", "removed"], start=1):
        publish(page, f"Änderung {round_}.")
        Subscriber.objects.update(
            told_until=timezone.now() - timedelta(minutes=1), accepted_at=F("accepted_at") - timedelta(days=days)
        )
        assert _tell(round_).state == "done"
        delivery = Delivery.objects.latest("pk")
        assert bounces.process_report(_report(tokens.message_id("d", delivery.pk, who), status)) == outcome
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("status", ["5.4.4", "5.1.2"])
def test_a_host_that_does_not_exist_ends_it_at_once(status: str) -> None:
    who = subscriber("erika@gemeinde.example")
    assert bounces.process_report(_report(tokens.message_id("d", 5, who), status)) == "removed"


def test_a_new_address_begins_without_refusals() -> None:
    user = people.member("kaethe@gemeinde.example")
    who = subscriber("alt@gemeinde.example", user=user, refusals=2)
    services.follow_address(user=user)
    who.refresh_from_db()
    assert (who.address, who.refusals) == ("kaethe@gemeinde.example", 0)


def test_a_mail_returned_for_reasons_of_ours_counts_against_nobody(tmp_path: Path) -> None:
    who = subscriber("erika@gemeinde.example")
    box = mailbox.Maildir(tmp_path / "mail")
    for number, status in enumerate(["5.7.1", "5.6.0", "5.1.8", "4.7.0"]):
        box.add(_report(tokens.message_id("d", number, who), status).as_bytes())
    out = StringIO()
    call_command("process_bounces", tmp_path / "mail", stdout=out)
    assert out.getvalue() == (
        "0 Adressen entfernt, 0 Abweisungen vermerkt, 4 wegen Absender, Inhalt oder Sperre, "
        "0 Nachrichten ohne Bezug.\n"
    )
    assert Subscriber.objects.get().refusals == 0


def test_a_made_up_report_removes_nobody(tmp_path: Path) -> None:
    who = subscriber("erika@gemeinde.example")
    true = tokens.message_id("d", 5, who)
    forged = [
        true.replace("abo.d-5", "abo.d-6"),
        "<abo.d-5-1.xyz@testserver>",
        "<irgendwas@testserver>",
        "<abo.@x>",
    ]
    box = mailbox.mbox(tmp_path / "mbox")
    for message_id in forged:
        box.add(_report(message_id))
    box.add(_report(true, action="delayed"))
    box.close()
    out = StringIO()
    call_command("process_bounces", tmp_path / "mbox", stdout=out)
    assert out.getvalue().startswith("0 Adressen entfernt, 0 Abweisungen")
    assert Subscriber.objects.exists()


def test_a_configured_maildir_is_read_by_the_schedule(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "jobs", {})
    settings.BOUNCE_MAILDIR = ""
    start.register_all()
    assert "process_bounces" not in schedule.jobs
    settings.BOUNCE_MAILDIR = str(tmp_path / "mail")
    start.register_all()
    who = subscriber("erika@gemeinde.example")
    mailbox.Maildir(tmp_path / "mail").add(_report(tokens.message_id("d", 5, who)).as_bytes())
    job = schedule.jobs["process_bounces"].function
    assert job() == "1 Adressen entfernt, 0 Abweisungen vermerkt, 0 Nachrichten ohne Bezug."
    assert not Subscriber.objects.exists()
    assert job() == ""
    settings.BOUNCE_MAILDIR = str(tmp_path)
    with pytest.raises(bounces.NoMaildirError, match="kein Maildir"):
        job()


def test_a_folder_that_holds_no_mail_is_explained(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="kein Maildir"):
        call_command("process_bounces", tmp_path)
    with pytest.raises(CommandError, match="gibt es nicht"):
        call_command("process_bounces", tmp_path / "fehlt")


@pytest.mark.parametrize(
    ("reply", "final", "about_sender"),
    [
        ("5.1.10 null MX", True, False),
        ("#5.1.1 unknown", True, False),
        ("5.1.0 Address rejected", False, False),
        ("5.1.7 bad sender", False, True),
        ("5.4.1 denied", False, False),
        ("5.7.1 blocked", False, True),
        ("551 moved", False, False),
        ("4.1.1 x", False, False),
        ("no mail from 198.5.1.1", False, False),
        ("5.1.1.9 is blocked", False, False),
    ],
)
def test_what_answers_say(reply: str, final: bool, about_sender: bool) -> None:
    assert (bounces.is_final(reply), bounces.is_about_sender(reply)) == (final, about_sender)
