"""Answers by mail: a message of the case from whoever may write there, a matter for people from everybody else."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consultations.models import Case, Concern, IncomingMail, Message, MessageMail, Participant
from consultations.requester import conversation
from consultations.services import cases, correspondence
from consultations.states import CaseState
from portal.accounts.models import User
from tests import mails
from tests.consultations.incoming.boxes import Box, sent_to
from tests.factories import calendar, desk, incoming, requests

pytestmark = pytest.mark.django_db
QUOTED = """Ja, Dienstag passt.
Viele Grüße

Am Mo., 1. März 2027 um 07:00 Uhr schrieb Portal <portal@kkv.example>:

> Guten Tag,
>
> die Kompetenzstelle hat Ihnen geschrieben.
"""


def asked(case: Case, person: User) -> EmailMessage:
    """Let the centre write; return the mail the municipality gets."""
    correspondence.answer(case=case, text="Wann passt es?", by=None, wait=True)
    return sent_to(person.email)


def left() -> IncomingMail:
    return IncomingMail.objects.get(outcome="left")


@pytest.mark.parametrize("subject", ["Abwesend am 11. März: {} bitte verlegen", "Out of office system, zu {}"])
def test_who_writes_of_an_absence_is_no_machine(case: Case, person: User, box: Box, subject: str) -> None:
    words = subject.format(case.reference)
    assert box.read(incoming.mail("Geht es später?", sender=person.email, Subject=words)) == "1 Nachrichten"
    machine = incoming.mail("Bin weg.", sender=person.email, Subject=f"Automatische Antwort: {case.reference}")
    box.read(machine)
    assert [message.text for message in Message.objects.filter(side="municipality")] == ["Geht es später?"]


def test_an_answer_becomes_a_message_with_its_file(case: Case, person: User, box: Box) -> None:
    mail = incoming.answer_to(asked(case, person), QUOTED)
    mail.add_attachment(desk.PDF, maintype="application", subtype="pdf", filename="Ablauf \u202efdp.pdf")
    mail.add_attachment(b"MZ\x90", maintype="application", subtype="octet-stream", filename="rechnung.exe")
    assert box.read(mail) == "1 Nachrichten"
    message = Message.objects.get(side="municipality")
    assert message.text == "Ja, Dienstag passt.\nViele Grüße"
    assert (message.case, message.author, message.channel) == (case, person, "mail")
    assert "> die Kompetenzstelle hat Ihnen geschrieben." in message.mail.quoted
    assert "rechnung.exe" in message.mail.left_out
    (file,) = message.files.all()
    assert "\u202e" not in file.name
    assert file.name.endswith(".pdf")
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS  # it has waited for this
    assert case.answer_due is not None
    told = [found["Subject"] for found in mails.deliver() if found["To"] == calendar.user_of(case.lead).email]  # type: ignore[arg-type]
    assert any("Neue Nachricht" in str(subject) for subject in told)
    assert box.numbers() == (0, 1, 0)
    assert not IncomingMail.objects.exclude(sender="", subject="", text="").exists()
    assert not box.server.folder(box.user, "Portal-Erledigt")[0][1]  # unread, as it came


def test_a_signed_mail_brings_its_files(case: Case, box: Box) -> None:
    inner = incoming.mail(Subject=case.reference)
    inner.add_attachment(desk.PDF, maintype="application", subtype="pdf", filename="Ablauf.pdf")
    head, _, body = inner.as_bytes().partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if not line.startswith((b"Content-Type", b"MIME-Version"))]
    kind = next(line for line in head.split(b"\n") if line.startswith(b"Content-Type"))
    signature = b"Content-Type: application/pkcs7-signature; name=smime.p7s\n\nxx"
    outer = b'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="sig"'
    parts = [b"", kind + b"\n\n" + body + b"\n", signature + b"\n"]
    box.read(b"\n".join([*lines, outer, b""]) + b"\n--sig\n".join(parts) + b"--sig--\n")
    message = Message.objects.get()
    assert (message.text, [file.name for file in message.files.all()]) == ("Ja, das passt.", ["Ablauf.pdf"])
    assert "smime.p7s" in message.mail.left_out


def test_an_unchecked_sender_is_said_in_the_case(case: Case, person: User, box: Box, client: Any) -> None:
    box.read(incoming.answer_to(asked(case, person), QUOTED))
    client.force_login(calendar.user_of(case.lead))  # type: ignore[arg-type]
    page = client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Nachricht der Kommune (E-Mail, Absender nicht geprüft)" in page
    assert "Zitierter Teil der E-Mail" in page
    assert [item.who for item in conversation.messages_of(case) if not item.from_centre] == [
        f"{person} (E-Mail, Absender nicht geprüft)"
    ]


def test_the_number_in_the_subject_is_enough(case: Case, box: Box) -> None:
    box.read(incoming.mail(Subject=f"Frage zu {case.reference.lower()}"))
    assert Message.objects.get().text == "Ja, das passt."


def test_a_guest_is_known_by_the_address_alone(box: Box) -> None:
    case = calendar.case()
    Concern.objects.create(case=case, contact_name="Käthe Größe", contact_email=incoming.ASKER)
    box.read(incoming.mail(Subject=case.reference))
    message = Message.objects.get()
    assert (message.author, message.author_name) == (None, "Käthe Größe")


def test_colleagues_write_as_by_the_portal(case: Case, box: Box) -> None:
    named = requests.member(calendar.municipality(), "uwe")
    other = requests.member(calendar.municipality(), "ulla")
    Concern.objects.get_or_create(case=case)[0].colleagues.add(named)
    box.read(incoming.mail(sender=named.email, Subject=case.reference))
    box.read(incoming.mail(sender=other.email, Subject=case.reference))
    assert [message.author for message in Message.objects.all()] == [named]
    assert left().reason == "stranger"


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        ("fremd@anderswo.example", "stranger"),
        (f"{incoming.ASKER}, fremd@anderswo.example", "stranger"),
        (f'"{incoming.ASKER}" <fremd@anderswo.example>', "stranger"),
        ("nora@nachbarort.example", "participant"),
    ],
)
def test_nobody_else_writes_into_a_case(
    case: Case, guest: Participant, box: Box, sender: str, reason: str
) -> None:
    assert box.read(incoming.mail(sender=sender, Subject=case.reference)) == "1 nicht zugeordnet"
    assert not Message.objects.exists()
    assert (left().reason, left().case) == (reason, case)
    assert box.numbers() == (0, 0, 1)


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ("mx.kkv.example; dmarc=pass header.from=muehltal.example", ""),
        ("mx.kkv.example 1; dkim=pass (2048-bit key) header.d=muehltal.example; spf=none", ""),
        ("mx.kkv.example; spf=pass smtp.mailfrom=kaethe@muehltal.example", ""),
        ("mx.kkv.example; dmarc=fail header.from=muehltal.example; dkim=pass header.d=muehltal.example",
         "unconfirmed"),
        ("mx.kkv.example; dkim=pass header.d=anderswo.example", "unconfirmed"),
        ("mx.anderswo.example; dmarc=pass header.from=muehltal.example", "unconfirmed"),
        ("", "unconfirmed"),
    ],
)  # fmt: skip
def test_a_mail_server_that_is_trusted_has_to_confirm_the_sender(
    case: Case, box: Box, settings: Any, results: str, reason: str
) -> None:
    settings.IMAP_TRUSTED_AUTHSERV = "mx.kkv.example"
    headers = {"Authentication_Results": results} if results else {}
    forged = b"Authentication-Results: mx.kkv.example; dmarc=pass header.from=muehltal.example\n"
    mail = incoming.mail(Subject=case.reference, **headers).as_bytes()
    box.read(mail.replace(b"\n\n", b"\n" + forged + b"\n", 1) if results else mail)
    assert [row.checked for row in MessageMail.objects.all()] == ([] if reason else [True])
    if reason:
        assert left().reason == reason


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied (vacation)"}, {"Precedence": "bulk"}, {"X_Autoreply": "yes"},
        {"List_Id": "<liste.example>"}, {"Subject": "Automatische Antwort: B-K7QM-4TXR"},
    ],
)  # fmt: skip
def test_machines_write_no_messages(case: Case, person: User, box: Box, headers: dict[str, str]) -> None:
    sent = asked(case, person)
    assert box.read(incoming.answer_to(sent, "Ich bin bis Montag weg.", **headers)) == "1 automatisch"
    assert not Message.objects.filter(side="municipality").exists()
    assert len(mails.deliver()) == len(mails.sent())  # nobody is told, nothing goes round in circles


def test_mails_of_the_portal_itself_stay_for_people(case: Case, box: Box) -> None:
    box.read(incoming.mail("Jemand fragt.", sender="Portal <portal@kkv.example>", Subject="Kontakt: Frage"))
    box.read(incoming.mail("Jemand fragt.", sender=incoming.BOX, Subject=f"{case.reference}: Neue Anfrage"))
    assert box.numbers() == (0, 0, 2)
    assert not IncomingMail.objects.filter(outcome="left").exists()


def test_a_closed_case_opens_again_within_60_days_alone(case: Case, person: User, box: Box) -> None:
    sent = asked(case, person)
    cases.advance(case=cases.advance(case=case, action="resume", by=None), action="advise", by=None)
    cases.close(case=case, by=None)
    with time_machine.travel(calendar.NOW + timedelta(days=59)):
        box.read(incoming.answer_to(sent, "Noch eine Frage."))
        case.refresh_from_db()
        assert case.is_open
        cases.advance(case=case, action="advise", by=None)
        cases.close(case=case, by=None)
    with time_machine.travel(calendar.NOW + timedelta(days=130)):
        box.read(incoming.answer_to(sent, "Und noch eine."))
    case.refresh_from_db()
    assert not case.is_open
    assert (left().reason, left().case, left().text) == ("ended", case, "Und noch eine.")


def test_what_names_no_case_or_several_is_left(case: Case, person: User, box: Box) -> None:
    other = calendar.case(requester=person)
    box.read(incoming.mail(Subject="Ohne Nummer"))
    box.read(incoming.mail(Subject="B-AAAA-AAAA gibt es nicht"))
    box.read(incoming.mail(Subject=f"{case.reference} und {other.reference}"))
    forged = f"<vorgang.{case.reference}.{'0' * 32}.aaaaaaaaaaaa.{'0' * 32}@testserver>"
    box.read(incoming.mail(Subject="Gefälschte ID", In_Reply_To=forged))
    assert list(IncomingMail.objects.order_by("pk").values_list("reason", flat=True)) == [
        "no_case", "no_case", "several", "no_case",
    ]  # fmt: skip


def test_broken_texts_lose_nothing_but_what_deceives(case: Case, box: Box) -> None:
    raw = (
        f"From: {incoming.ASKER}\r\nSubject: {case.reference} \u202egnp.exe\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: text/plain; charset=unknown-8bit\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + b'SGFsbG8AIPCfmYIg4oCuV2VsdA==\r\n--b\r\nContent-Type: image/png; name="a\r\n\r\nxx'
    box.read(raw)
    text = Message.objects.get().text
    assert text.startswith("Hallo")
    assert text.endswith("Welt")
    assert not {"\0", "\u202e"} & set(text)


def test_an_empty_mail_and_one_that_is_none_are_left(case: Case, box: Box) -> None:
    box.read(incoming.mail("", Subject=case.reference))
    box.read(b"das ist keine Mail\r\n\r\nnur Text\r\n")
    assert list(IncomingMail.objects.order_by("pk").values_list("reason", flat=True)) == ["empty", "unreadable"]


def test_a_huge_mail_is_left_without_being_fetched(case: Case, box: Box, settings: Any) -> None:
    mail = incoming.mail(Subject=case.reference)
    mail.add_attachment(b"0" * 24_000_000, maintype="application", subtype="pdf", filename="gross.pdf")
    box.read(mail)
    assert (left().reason, left().sender, left().file.name) == ("too_large", incoming.ASKER, "")
    assert box.numbers() == (0, 0, 1)


def test_a_flood_ends_with_people(case: Case, box: Box) -> None:
    for number in range(21):
        box.put(incoming.mail(f"Nummer {number}", Subject=case.reference))
    box.read()
    assert Message.objects.count() == 20
    assert left().reason == "too_many"


def test_malware_reaches_nobody_and_a_missing_scanner_is_waited_for(case: Case, box: Box, settings: Any) -> None:
    settings.VIRUS_SCANNER = "clamd://127.0.0.1:1"
    mail = incoming.mail(Subject=case.reference)
    mail.add_attachment(desk.PDF, maintype="application", subtype="pdf", filename="Ablauf.pdf")
    box.put(mail)
    with time_machine.travel(timezone.now().replace(year=2020)):  # the server's clock is the machine's
        assert box.read() == "1 warten"
    assert not Message.objects.exists()
    assert box.numbers() == (1, 0, 0)
    box.read()  # a day later
    message = Message.objects.get()
    assert (message.text, message.files.count()) == ("Ja, das passt.", 0)
    assert "Ablauf.pdf" in message.mail.left_out


def test_the_same_words_in_two_mails_are_one_message(case: Case, person: User, box: Box) -> None:
    sent = asked(case, person)
    for _ in range(2):
        assert box.read(incoming.answer_to(sent, "Danke, das passt.")) == "1 Nachrichten"
    assert Message.objects.filter(side="municipality").count() == 1
    assert IncomingMail.objects.filter(outcome="message").count() == 2
    assert not IncomingMail.objects.filter(outcome="left").exists()
