"""Mails whose plain text is blank, as programs send that write HTML alone: the HTML counts, or none is said to."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consultations import eml
from consultations.mailing.incoming import messages
from consultations.models import Case, Message, MessageMail
from consultations.services import intake
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

ADDRESS = "/cms/beratung/aufnehmen/"
HEAD = b"From: Amt <amt@stadt.example>\nSubject: Anschluss\nMIME-Version: 1.0\n"
BLANK = b"Content-Type: text/plain; charset=utf-8\n\n \n\n"
INVISIBLE = "Content-Type: text/plain; charset=utf-8\n\n\u00a0\u200b\ufeff\n".encode()
UNREADABLE = b"Content-Type: text/plain; charset=utf-8\n\n\xff\xfe\xff\n"
HTML = b"Content-Type: text/html; charset=utf-8\n\n<p>Wie geht der Anschluss?</p>\n"
NO_END = b"Content-Type: text/html\n\n<html><head><style>p {}</style><body><p>Wie geht der Anschluss?</p>\n"
NOTHING = b"Content-Type: text/html; charset=utf-8\n\n<html><body><p>&nbsp;</p><img src='cid:x'></body></html>\n"
PICTURE = (
    b"Content-Type: image/png\nContent-ID: <x>\nContent-Disposition: inline; filename=Maske.png\n"
    b"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
)
DATE = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
WORDS = "Wie geht der Anschluss?"
WRITTEN = f"Content-Type: text/plain\n\n{WORDS}\n".encode()
ADDED = b"Content-Type: text/plain\n\nDiese E-Mail wurde auf Viren gesucht.\n"


def multipart(kind: str, *parts: bytes) -> bytes:
    """Return a part of a mail that holds others; its boundary is its kind."""
    mark = kind.encode()
    inner = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in parts)
    return b"Content-Type: multipart/" + mark + b"; boundary=" + mark + b"\n\n" + inner + b"--" + mark + b"--\n"


@pytest.mark.parametrize("plain", [BLANK, INVISIBLE, UNREADABLE])
@pytest.mark.parametrize(
    ("kind", "html", "names"),
    [
        ("alternative", HTML, []),
        ("alternative", NO_END, []),
        ("alternative", multipart("related", HTML, PICTURE), ["Maske.png"]),
        ("mixed", HTML, []),
        ("mixed", multipart("alternative", BLANK, multipart("related", HTML, PICTURE)), ["Maske.png"]),
    ],
)
def test_the_html_is_the_text_where_the_plain_one_is_blank(
    plain: bytes, kind: str, html: bytes, names: list[str]
) -> None:
    found = eml.read(HEAD + multipart(kind, plain, html))
    assert (found.text, found.unread) == (WORDS, False)
    kept = ["anlage-1.txt"] if plain is UNREADABLE and kind == "mixed" else []
    assert [file.name for file in found.files] == [*kept, *names], "a blank text is no file"
    assert found.left_out == []


@pytest.mark.parametrize(
    "parts",
    [
        multipart("mixed", HTML, PICTURE, ADDED),
        multipart("mixed", multipart("related", HTML, PICTURE), ADDED),
        multipart("mixed", multipart("alternative", HTML), ADDED),
        multipart("mixed", ADDED, multipart("alternative", WRITTEN, HTML), ADDED),
        multipart("signed", multipart("mixed", ADDED, multipart("alternative", WRITTEN, HTML)), PICTURE),
    ],
)
def test_words_a_gateway_puts_before_or_behind_are_a_file(parts: bytes) -> None:
    found = eml.read(HEAD + parts)
    assert found.text == WORDS
    assert b"gesucht" in b"".join(file.read() for file in found.files)


def test_what_a_gateway_adds_is_not_the_text() -> None:
    found = eml.read(HEAD + multipart("mixed", multipart("alternative", BLANK, HTML), ADDED))
    assert found.text == WORDS
    assert [file.read().strip() for file in found.files] == [b"Diese E-Mail wurde auf Viren gesucht."]


def test_a_plain_text_of_few_words_stays_the_text() -> None:
    for said in ("Siehe HTML-Ansicht.", "👍", "?"):
        plain = f"Content-Type: text/plain; charset=utf-8\n\n{said}\n".encode()
        assert eml.read(HEAD + multipart("alternative", plain, HTML)).text == said


def test_a_text_behind_a_blank_one_and_a_file_is_found() -> None:
    words = b"Content-Type: text/plain\n\nSiehe oben.\n"
    found = eml.read(HEAD + multipart("mixed", BLANK, PICTURE, words, HTML))
    assert found.text == "Siehe oben."
    assert [str(file.name).partition(".")[0] for file in found.files] == ["Maske", "anlage-2"]


def test_a_further_text_that_cannot_be_decoded_stays_a_file() -> None:
    words = b"Content-Type: text/plain\n\nSiehe unten.\n"
    found = eml.read(HEAD + multipart("mixed", words, UNREADABLE, BLANK))
    assert found.text == "Siehe unten."
    assert [file.name for file in found.files] == ["anlage-1.txt"]


def test_the_second_half_of_a_text_is_not_dropped_in_silence() -> None:
    halves = multipart("mixed", HTML, PICTURE, HTML.replace(b"Anschluss", b"Umstieg"))
    found = eml.read(HEAD + multipart("alternative", BLANK, halves))
    assert found.text == WORDS
    kept = {file.name: file for file in intake.allowed(found)[0]}
    assert kept["anlage-2.txt"].read() == b"Wie geht der Umstieg?"


@pytest.mark.parametrize(
    ("parts", "unread"),
    [
        (multipart("alternative", BLANK, NOTHING), True),
        (multipart("alternative", BLANK, multipart("related", NOTHING, PICTURE)), True),
        (NOTHING, True),
        (multipart("alternative", BLANK, DATE), True),
        (DATE, False),
        (multipart("mixed", PICTURE), False),
    ],
)
def test_a_text_nobody_can_read_is_named_and_none_at_all_is_not(parts: bytes, unread: bool) -> None:
    found = eml.read(HEAD + parts)
    assert (found.text, found.unread) == ("", unread)
    assert (intake.UNREAD in intake.allowed(found)[1]) is unread


@pytest.fixture
def client() -> Client:
    return signed_in(desk.person("Beratung", "beratung@kkv.example"))


def sent(client: Client, parts: bytes, **typed: str) -> str:
    """Upload a mail with what was typed; returns the page that follows."""
    data = {"municipality": make.municipality().pk, "channel": "phone", **typed}
    mail = SimpleUploadedFile("anfrage.eml", HEAD + parts)
    return client.post(ADDRESS, {**data, "mail": mail}, follow=True).content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")
def test_at_intake_the_words_of_the_html_are_kept(client: Client) -> None:
    sent(client, multipart("alternative", BLANK, HTML))
    assert Message.objects.get().text == WORDS
    sent(client, multipart("alternative", BLANK, HTML), text="Ruft am Montag an.", subject="Anschluss")
    assert Message.objects.latest("pk").text == f"Ruft am Montag an.\n\nText der E-Mail:\n\n{WORDS}"


@pytest.mark.django_db
@pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")
def test_at_intake_a_mail_without_words_says_so(client: Client) -> None:
    parts = multipart("alternative", BLANK, NOTHING)
    page = sent(client, parts)
    assert "Die E-Mail hat keinen Text, der sich lesen lässt" in page
    assert "oder laden Sie die E-Mail hoch" not in page, "that is what they have done"
    assert not Case.objects.exists()
    page = sent(client, parts, text="Schickt nur ein Bild.", subject="Bild")
    assert f"Nicht übernommen: {intake.UNREAD}" in page
    assert Message.objects.get().text == "Schickt nur ein Bild.\n\nBetreff der E-Mail: Anschluss"


@pytest.mark.django_db
@pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")
def test_an_answer_with_a_file_keeps_its_words_or_says_that_it_has_none() -> None:
    case = make.case()
    for number, (html, text, left) in enumerate(
        [(f"<p>{WORDS}</p>", WORDS, ""), ("<p>&nbsp;</p>", "", intake.UNREAD)], 1
    ):
        mail = EmailMessage()
        mail["From"], mail["Subject"] = "amt@stadt.example", f"Antwort {number}"
        mail.set_content("\n")
        mail.add_alternative(html, subtype="html")
        mail.add_attachment(desk.PDF, maintype="application", subtype="pdf", filename=f"a{number}.pdf")
        message = messages.write(
            case=case, mail=eml.read(mail.as_bytes()), by=None, author_name="Amt", checked=True
        )
        assert (message.text, message.files.count()) == (text, 1)
        assert MessageMail.objects.get(message=message).left_out == left
