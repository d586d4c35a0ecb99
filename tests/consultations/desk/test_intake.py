"""Concerns taken down by the centre, and stored e-mails: read when they can be, refused kindly when not."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consultations import eml
from consultations.models import Case, CaseFile, Message
from consultations.refusals import NotPossible
from consultations.requester import tokens
from consultations.services import cases, intake
from portal.accounts.models import Membership
from tests.factories import calendar as make
from tests.factories import desk
from tests.mails import deliver, text_of
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
ADDRESS = "/cms/beratung/aufnehmen/"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def client() -> Client:
    return signed_in(desk.person("Beratung", "beratung@kkv.example"))


def upload(raw: bytes, name: str = "anfrage.eml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw)


def test_a_call_becomes_a_case_and_is_confirmed(client: Client) -> None:
    town = make.municipality()
    typed = {
        "municipality": town.pk, "channel": "phone", "subject": "E-Rechnung", "text": "Wie fangen wir an?",
        "name": "Käthe Müßig", "email": "kaethe@stadt.example", "phone": "06031 1234", "uploads": desk.pdf(),
    }  # fmt: skip
    response = client.post(ADDRESS, typed)
    case = Case.objects.get()
    assert response["Location"] == f"/cms/beratung/vorgang/{case.pk}/"
    assert (case.municipality, case.requester, case.contact.phone) == (town, None, "06031 1234")
    message = Message.objects.get()
    assert (message.side, message.channel, message.files.get().name) == ("municipality", "phone", "Übersicht.pdf")
    (mail,) = deliver()
    assert mail["To"] == "kaethe@stadt.example"
    assert case.reference in text_of(mail)
    assert "E-Rechnung" not in f"{mail['Subject']}{text_of(mail)}"


def test_a_mail_becomes_the_first_message_with_its_files(client: Client) -> None:
    files = {"Ablauf.pdf": desk.PDF, "programm.exe": b"MZ", "falsch.pdf": b"kein PDF"}
    typed = {"municipality": make.municipality().pk, "channel": "phone", "mail": upload(desk.eml(files=files))}
    response = client.post(ADDRESS, typed, follow=True)
    case = Case.objects.get()
    assert (case.subject, case.contact.email) == ("Frage zur Wohnsitzanmeldung", "kaethe@stadt.example")
    message = Message.objects.get()
    assert message.channel == "mail"
    assert message.author_name == "Käthe Müßig"
    assert message.text.startswith("Wie schließen wir uns an?")
    assert [row.name for row in CaseFile.objects.all()] == ["Ablauf.pdf"]
    text = response.content.decode()
    assert "programm.exe" in text
    assert "falsch.pdf" in text
    kept = message.mail.left_out.splitlines()
    assert (message.mail.checked, [sentence.split("“")[0] for sentence in kept]) == (
        True, ["„programm.exe", "„falsch.pdf"],
    )  # fmt: skip
    later = client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Nicht übernommen: „programm.exe“" in later, "not only in the warning after the upload"
    assert "Nachricht der Kommune (E-Mail)" in later


def test_what_was_typed_and_the_text_of_the_mail_are_both_kept(client: Client) -> None:
    town = make.municipality().pk
    typed = {"municipality": town, "channel": "phone", "subject": "Anschluss", "text": "Ruft am Montag zurück."}
    assert client.post(ADDRESS, {**typed, "mail": upload(desk.eml())}).status_code == 302
    message = Message.objects.get()
    assert message.text == (
        "Ruft am Montag zurück.\n\nText der E-Mail:\n\nBetreff der E-Mail: Frage zur Wohnsitzanmeldung\n\n"
        "Wie schließen wir uns an?\nViele Grüße"
    )
    pasted = {**typed, "subject": "Pasted", "text": "Wie schließen wir uns  an?\r\nViele Grüße\r\n\r\nEilt."}
    assert client.post(ADDRESS, {**pasted, "mail": upload(desk.eml())}).status_code == 302
    assert Message.objects.latest("pk").text.count("Viele Grüße") == 1


def test_a_text_too_long_with_the_mail_is_refused_and_stays(client: Client) -> None:
    typed = {"municipality": make.municipality().pk, "channel": "phone", "text": f"Getipptes {'x' * 19_960}"}
    response = client.post(ADDRESS, {**typed, "mail": upload(desk.eml())})
    text = response.content.decode()
    assert response.status_code == 422
    assert "zusammen 20027 Zeichen, möglich sind 20000" in text
    assert "Getipptes xxx" in text
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\xd0\xcf\x11\xe0 outlook", "Outlook"),
        (b"", "leer"),
        (b"\x00\x01\x02 nothing like a mail", "nicht als E-Mail lesen"),
    ],
)
def test_what_is_no_mail_is_refused_kindly_and_the_rest_stays(client: Client, raw: bytes, says: str) -> None:
    typed = {"municipality": make.municipality().pk, "channel": "mail", "text": "Getipptes", "mail": upload(raw)}
    response = client.post(ADDRESS, typed)
    assert response.status_code == 422
    assert says in response.content.decode()
    assert "Getipptes" in response.content.decode()
    assert not Case.objects.exists()


def test_mails_of_other_programs_are_read() -> None:
    html = eml.read(desk.eml(html=True))
    assert html.text == "Wie schließen wir uns an?"
    assert "x()" not in html.text
    odd = b"From: =?utf-8?q?K=C3=A4the?= <k@stadt.example>\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\n" \
          b"Content-Type: text/plain; charset=x-unknown\n\nText mit \xc3\xa4\n"  # fmt: skip
    mail = eml.read(odd)
    assert (mail.subject, mail.sender_name, mail.sender) == ("Grüße", "Käthe", "k@stadt.example")
    assert "Text mit" in mail.text
    assert eml.read(b"From: kein Absender\nSubject: x\n\nHallo").sender == ""


HEAD = b"From: Amt <amt@stadt.example>\nSubject: Bildschirm\nMIME-Version: 1.0\n"
PICTURE = (
    b"Content-Type: image/png\nContent-ID: <bild>\nContent-Disposition: inline; filename=Maske.png\n"
    b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(desk.png().read())
)
PLAIN = b"Content-Type: text/plain; charset=utf-8\n\nSo sieht es aus.\n"
HTML = b'Content-Type: text/html; charset=utf-8\n\n<p>So sieht es aus: <img src="cid:bild"></p>\n'


def multipart(kind: str, *parts: bytes) -> bytes:
    """Return a part of a mail that holds others; its boundary is its kind."""
    mark = kind.encode()
    inner = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in parts)
    return b"Content-Type: multipart/" + mark + b"; boundary=" + mark + b"\n\n" + inner + b"--" + mark + b"--\n"


def attached(name: bytes, content: bytes, kind: bytes = b"application/pdf") -> bytes:
    head = b"Content-Type: " + kind + b"\nContent-Disposition: attachment; filename=" + name
    return head + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(content)


@pytest.mark.parametrize(
    ("parts", "names"),
    [
        (multipart("alternative", PLAIN, multipart("related", HTML, PICTURE)), ["Maske.png"]),
        (
            multipart("mixed", multipart("related", multipart("alternative", PLAIN, HTML), PICTURE),
                      attached(b"Ablauf.pdf", desk.PDF)),
            ["Maske.png", "Ablauf.pdf"],
        ),
        (multipart("related", HTML, PICTURE), ["Maske.png"]),
        (  # as mail programs write a picture between two halves of a text
            multipart("alternative", PLAIN, multipart("mixed", HTML, PICTURE, HTML)), ["Maske.png"],
        ),
        (multipart("mixed", PLAIN, attached(b"Notiz.txt", b"Noch etwas", b"text/plain")), ["Notiz.txt"]),
        (multipart("alternative", PLAIN, HTML), []),
    ],
)  # fmt: skip
def test_pictures_in_the_text_are_files_wherever_they_lie(parts: bytes, names: list[str]) -> None:
    found = eml.read(HEAD + parts)
    assert found.text.startswith("So sieht es aus")
    assert [file.name for file in found.files] == names
    assert found.left_out == []
    assert all(file.size for file in found.files)


def test_a_picture_in_the_text_becomes_a_file_of_the_case(client: Client) -> None:
    raw = HEAD + multipart("alternative", PLAIN, multipart("related", HTML, PICTURE))
    typed = {"municipality": make.municipality().pk, "channel": "mail", "mail": upload(raw)}
    assert client.post(ADDRESS, typed).status_code == 302
    row = CaseFile.objects.get()
    assert (row.name, row.message, row.internal) == ("Maske.png", Message.objects.get(), False)


def test_what_is_no_text_and_what_cannot_be_kept_is_told() -> None:
    inner = HEAD + PLAIN
    enclosed = b"Content-Type: message/rfc822\n\n" + inner
    found = eml.read(HEAD + multipart("mixed", PLAIN, enclosed, attached(b"leer.pdf", b"")))
    assert (found.files, len(found.left_out)) == ([], 2)
    invitation = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"
    dated = eml.read(HEAD + multipart("alternative", PLAIN, HTML, invitation))
    assert [file.name for file in dated.files] == ["anlage-1.ics"]
    bare = eml.read(HEAD + attached(b"Scan.pdf", desk.PDF))
    assert (bare.text, [file.name for file in bare.files]) == ("", ["Scan.pdf"])


def test_limits_of_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = b"".join(b"--b\nContent-Type: text/plain\n\nx\n" for _ in range(eml.MOST_PARTS + 1))
    with pytest.raises(ValidationError, match="nicht als E-Mail lesen"):
        eml.read(b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--")
    long = eml.read(b"From: a@b.example\nSubject: x\n\n" + b"wort " * 10_000)
    assert len(long.text) < eml.MOST_TEXT + 100
    assert "gekürzt" in long.text
    with pytest.raises(ValidationError, match="30 MB"):
        eml.read(b"From: a@b.example\n\n" + b"x" * eml.LARGEST_MAIL)


def test_nothing_typed_is_lost_and_what_is_missing_is_named(client: Client) -> None:
    response = client.post(ADDRESS, {"channel": "phone", "text": "Getipptes", "email": "halb@"})
    text = response.content.decode()
    assert response.status_code == 422
    for word in (
        "Bitte wählen Sie die Kommune",
        "Bitte geben Sie einen Betreff an",
        "Getipptes",
        "nicht vollständig",
    ):
        assert word in text


def test_the_contact_answers_by_the_link_of_the_mail_without_account(client: Client) -> None:
    typed = {
        "municipality": make.municipality().pk, "channel": "phone", "subject": "E-Rechnung", "text": "Wie?",
        "name": "Käthe Müßig", "email": "kaethe@stadt.example",
    }  # fmt: skip
    assert client.post(ADDRESS, typed).status_code == 302
    mail = next(mail for mail in deliver() if mail["To"] == "kaethe@stadt.example")
    case = Case.objects.get()
    link = tokens.url(case)
    assert case.reference not in link
    assert link in text_of(mail)
    path = link.removeprefix(settings.BASE_URL)
    guest = Client()
    page = guest.get(path).content.decode()
    assert "Wie?" in page
    assert "Was Sie uns geschrieben haben" not in page, "it stands in the message"
    assert "Vorgang übernehmen" not in page
    assert guest.post(f"{path}uebernehmen/").status_code == 409, "that needs an account"
    assert guest.post(f"{path}nachricht/", {"text": "Noch etwas"}).status_code == 302
    said = Message.objects.latest("pk")
    assert (said.text, said.author_name, said.side) == ("Noch etwas", "Käthe Müßig", "municipality")
    bare = intake.take_down(concern=intake.Concern(case.municipality, "Ohne Adresse", "Wie?"), by=None).case
    assert bare.reference in tokens.url(bare), "nobody has a link to it"


def test_a_member_claims_the_case_on_its_page() -> None:
    concern = intake.Concern(make.municipality(), "E-Rechnung", "Wie?", email="k@stadt.example")
    lead = desk.adviser_with_role()
    case = intake.take_down(concern=concern, by=None).case
    cases.assign(case=case, lead=lead, by=None)
    address = f"/beratung/vorgang/{case.reference}/"
    clients = []
    for name, outside in (("m", False), ("x", True), ("n", False)):
        user = make_user(f"{name}@stadt.example")
        Membership.objects.create(
            user=user, municipality=case.municipality, state="confirmed", confirmed_at=make.NOW,
            is_external_adviser=outside,
        )  # fmt: skip
        clients.append(signed_in(user))
    member, outsider, colleague = clients
    assert "Vorgang übernehmen" in member.get(address).content.decode()
    assert outsider.post(f"{address}uebernehmen/").status_code == 404
    assert member.get(f"{address}uebernehmen/").status_code == 405
    done = member.post(f"{address}uebernehmen/", follow=True)
    case = Case.objects.get(pk=case.pk)
    assert case.requester is not None
    assert case.requester.email == "m@stadt.example"
    assert "Sie haben den Vorgang übernommen" in done.content.decode()
    assert "Nachricht senden" in done.content.decode()
    assert "Vorgang übernehmen" not in colleague.get(address).content.decode()
    assert colleague.post(f"{address}uebernehmen/").status_code == 409
    assert any(
        "übernommen" in str(mail["Subject"]) for mail in deliver() if mail["To"] == make.user_of(lead).email
    )


def test_what_a_municipality_asked_for_itself_is_not_claimed() -> None:
    case, member = make.case(), make_user("m@stadt.example")
    Membership.objects.create(
        user=member, municipality=case.municipality, state="confirmed", confirmed_at=make.NOW
    )
    with pytest.raises(NotPossible):
        intake.claim(case=case, user=member)


def test_somebody_of_the_municipality_claims_the_case_later() -> None:
    concern = intake.Concern(make.municipality(), "E-Rechnung", "Wie?")
    case = intake.take_down(concern=concern, by=None).case
    member, stranger = make_user("m@stadt.example"), make_user("x@stadt.example")
    Membership.objects.create(
        user=member, municipality=case.municipality, state="confirmed", confirmed_at=make.NOW
    )
    with pytest.raises(NotPossible):
        intake.claim(case=case, user=stranger)
    assert intake.claim(case=case, user=member).requester == member
    assert intake.claim(case=case, user=member).requester == member
