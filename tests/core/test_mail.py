from email import message_from_bytes
from email.policy import default
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.locmem import EmailBackend as LocmemBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from portal.core import outbox
from portal.core.models import OutboxMessage

pytestmark = pytest.mark.django_db

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _through_the_outbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "portal.core.mail.OutboxBackend"
    settings.OUTBOX_EMAIL_BACKEND = LOCMEM


def _mail(**extra: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        "Ihr Termin für Grünberg", "Sehr geehrte Frau Müller-Größe,\n\nÜbermorgen.", "portal@example.org",
        ["müller@example.org"], bcc=["archiv@example.org"], headers={"X-Thema": "Bürgerkonto"}, **extra,
    )  # fmt: skip
    message.attach_alternative("<p>Übermorgen.</p>", "text/html")
    message.attach("einladung.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "text/calendar")
    return message


def test_a_mail_is_stored_whole_and_sent_as_it_was() -> None:
    assert _mail().send() == 1
    assert mail.outbox == []
    outbox.work_off()
    sent: Any = mail.outbox[0]
    parsed = message_from_bytes(sent.message().as_bytes(), policy=default)
    assert parsed["Subject"] == "Ihr Termin für Grünberg"
    assert parsed["X-Thema"] == "Bürgerkonto"
    assert "archiv" not in str(parsed)
    assert sent.recipients() == ["müller@example.org", "archiv@example.org"]
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
    ]  # fmt: skip
    body = parsed.get_body(("plain",))
    assert body is not None
    assert "Frau Müller-Größe" in body.get_content()


def test_the_message_id_stays_over_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def fail(self: Any, messages: Any) -> int:
        seen.append(messages[0].message()["Message-ID"])
        raise ConnectionRefusedError

    monkeypatch.setattr(LocmemBackend, "send_messages", fail)
    _mail().send()
    for _ in range(2):
        OutboxMessage.objects.update(next_attempt_at="2020-01-01T00:00Z")
        outbox.work_off()
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert seen[0].startswith("<")


def test_mails_of_one_matter_keep_their_order() -> None:
    for number in range(2):
        message = _mail()
        message.extra_headers["X-Outbox-Key"] = "fall-7"
        message.subject = f"Nr. {number}"
        message.send()
    assert list(OutboxMessage.objects.values_list("key", "sequence")) == [("fall-7", 1), ("fall-7", 2)]
    outbox.work_off()
    assert [message.subject for message in mail.outbox] == ["Nr. 0", "Nr. 1"]
    assert all("X-Outbox-Key" not in str(message.message()) for message in mail.outbox)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (SMTPRecipientsRefused({"a@example.org": (550, b"unknown")}), "failed"),
        (SMTPRecipientsRefused({"a@example.org": (451, b"later")}), "waiting"),
        (SMTPDataError(554, b"spam from erika@example.org"), "failed"),
        (SMTPDataError(421, b"busy"), "waiting"),
    ],
)
def test_refusals_for_good_are_not_repeated(monkeypatch: pytest.MonkeyPatch, error: Exception, state: str) -> None:
    def fail(self: Any, messages: Any) -> int:
        raise error

    monkeypatch.setattr(LocmemBackend, "send_messages", fail)
    _mail().send()
    outbox.work_off()
    message = OutboxMessage.objects.get()
    assert message.state == state
    assert "example.org" not in message.error


def test_sending_to_a_file_backend(settings: Settings) -> None:
    settings.OUTBOX_EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    _mail().send()
    outbox.work_off()
    files = list(django_settings.EMAIL_FILE_PATH.iterdir())
    assert len(files) == 1
    assert b"BEGIN:VCALENDAR" in files[0].read_bytes()


def test_nobody_to_write_to_is_no_message() -> None:
    assert get_connection().send_messages([mail.EmailMessage("x", "y", "a@example.org", [])]) == 0
    assert not OutboxMessage.objects.exists()


def test_the_servers_yes_is_noted_before_the_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    states: list[str] = []

    def close(self: Any) -> None:
        states.append(OutboxMessage.objects.get().state)
        raise SMTPServerDisconnected("weg")

    monkeypatch.setattr(LocmemBackend, "close", close)
    _mail().send()
    outbox.work_off()
    assert states == ["done"]
    assert OutboxMessage.objects.get().state == "done"
    assert len(mail.outbox) == 1


def test_nothing_stands_between_the_yes_and_its_note(monkeypatch: pytest.MonkeyPatch) -> None:
    real = LocmemBackend.send_messages
    counted: list[int] = []

    def send(self: Any, messages: Any) -> int:
        found = real(self, messages)
        counted.append(len(connection.queries_log))
        return found

    monkeypatch.setattr(LocmemBackend, "send_messages", send)
    _mail().send()
    with CaptureQueriesContext(connection):
        outbox.work_off()
        following = [query["sql"] for query in list(connection.queries_log)[counted[0] :]]
    assert following[0].startswith("SAVEPOINT")  # a transaction of its own outside of tests
    assert following[1].startswith('UPDATE "core_outboxmessage"')
