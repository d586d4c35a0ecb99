"""Export of a case: PDF and ZIP with what the reader may see; the hand-over; the pages of privacy."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from pypdf import PdfReader

from consultations import case_export
from consultations.case_export import NAMESPACE
from consultations.models import Adviser, Appointment, Case, CaseKeeping, MessageMail
from consultations.privacy import archive, retention
from consultations.services import appointments, case_files, cases, correspondence, invitations, minutes
from knowledge.pdf import is_available
from portal.core.models import AuditEntry
from tests.factories import calendar as make
from tests.factories import desk
from tests.factories.content import article
from tests.people import make_user, signed_in
from tests.querycounts import warm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
needs_pdf = pytest.mark.skipif(not is_available(), reason="WeasyPrint's libraries are missing")
SECRET, OPEN = "Zwischenuns", "Wohnsitzanmeldung freigeschaltet"
KEEPING = "/cms/beratung/aufbewahrung/"


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def full_case(lead: Adviser) -> Case:
    case = desk.working_case(lead)
    correspondence.answer(case=case, text=OPEN, by=lead.user, files=[desk.pdf("Übersicht.pdf")])
    correspondence.add_note(case=case, text=SECRET, by=lead.user)
    case_files.store(case=case, files=[desk.png(f"{SECRET}.png")], by=lead.user, internal=True)
    minutes.write(case=case, by=lead.user, question="Wie?", answer=f"So {SECRET}", text="")
    minutes.add_task(case=case, by=lead.user, side="centre", text="Muster senden")
    return case


def exported(client: Client, case: Case, kind: str, **more: str) -> bytes:
    answer: Any = client.post(f"/cms/beratung/vorgang/{case.pk}/export/datei/", {"kind": kind, **more})
    assert answer.status_code == 200, answer
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def text_of(document: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


@needs_pdf
def test_pdf_and_zip_hold_what_was_chosen() -> None:
    lead = desk.adviser_with_role("Größe")
    client, case = signed_in(make.user_of(lead)), full_case(lead)
    words = text_of(exported(client, case, "pdf"))
    for word in (case.reference, "freigeschaltet", "Muster senden", "Übersicht.pdf", "Ohne interne Inhalte"):
        assert word in words
    assert SECRET not in words
    with zipfile.ZipFile(BytesIO(exported(client, case, "zip"))) as archive:
        assert archive.namelist() == ["vorgang.pdf", "dateien/001-Übersicht.pdf", "metadaten.xml"]
        assert archive.read("dateien/001-Übersicht.pdf") == desk.PDF
        root = ElementTree.fromstring(archive.read("metadaten.xml"))  # noqa: S314 - our own file
    named = {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child for child in root}
    assert named["vorgangsnummer"].text == case.reference
    assert named["kommune"].text == "Mühltal"
    assert [item.get("pfad") for item in named["dateien"]] == ["vorgang.pdf", "dateien/001-Übersicht.pdf"]
    with zipfile.ZipFile(BytesIO(exported(client, case, "zip", internal="on"))) as archive:
        assert len(archive.namelist()) == 4
        assert SECRET in text_of(archive.read("vorgang.pdf"))
    log = AuditEntry.objects.filter(action="case.export")
    assert log.count() == 3
    assert SECRET not in str(list(log.values()))


def invited_case(lead: Adviser) -> tuple[Case, Appointment]:
    """Make a case with an agenda, somebody who comes, somebody uninvited, and two linked pages."""
    case = desk.working_case(lead)
    row = appointments.book(
        placement=make.placement(make.form(), make.on(10), lead, place="video"), case=case, by=None
    )
    invitations.answer(invitation=invitations.invite(appointment=row, name="Nora Öz", by=None), accept=True)
    gone = invitations.invite(appointment=row, name="Zoë Weg", by=None)
    invitations.take_back(invitation=gone, by=None)
    invitations.set_agenda(appointment=row, text="Erstens Anschluss\nZweitens Zeitplan", by=None)
    for page in (article("Wohnsitz anmelden"), article("Hausinternes", visibility="centre")):
        correspondence.link_page(case=case, page=page, by=lead.user)
    return case, row


@pytest.mark.parametrize("internal", [False, True])
def test_papers_have_who_is_invited_agenda_and_pages(internal: bool) -> None:
    lead = desk.adviser_with_role("Größe")
    case, _ = invited_case(lead)
    papers = case_export.Papers(case, internal)
    html, xml = case_export.html_of(papers), case_export.metadata(papers, set()).decode()
    for word in ("Nora Öz (zugesagt)", "Zweitens Zeitplan", "Wohnsitz anmelden: http://testserver/"):
        assert word in html, word
    assert "Zoë Weg" not in html
    assert 'adresse="http://testserver/' in xml
    for text in (html, xml):
        assert "Wohnsitz anmelden" in text
        assert ("Hausinternes" in text) is internal


def test_papers_have_what_a_mail_quoted_and_which_files_of_it_were_left_out() -> None:
    lead = desk.adviser_with_role("Größe")
    case = desk.working_case(lead)
    said = correspondence.receive(
        case=case, text="Hier die Antwort.", by=None, channel="mail", author_name="Nora Öz"
    )
    left = "„programm.exe“ ist keine erlaubte Datei.\n„leer.pdf“ ist leer."
    MessageMail.objects.create(message=said, checked=True, quoted="> Welches Verfahren?\n> Grüße", left_out=left)
    papers = case_export.Papers(case, internal=False)
    html = case_export.html_of(papers)
    assert "Zitierter Teil der E-Mail" in html
    assert "&gt; Welches Verfahren?<br>&gt; Grüße" in html
    assert "Nicht übernommen: „programm.exe“ ist keine erlaubte Datei.<br>„leer.pdf“ ist leer." in html
    root = ElementTree.fromstring(case_export.metadata(papers, set()))  # noqa: S314 - our own file
    (mail,) = root.findall(f"{{{NAMESPACE}}}emails/{{{NAMESPACE}}}email")
    assert mail.get("von") == "Nora Öz"
    assert [child.text for child in mail] == ["> Welches Verfahren?\n> Grüße", *left.splitlines()]


def test_the_desk_shows_the_agenda_with_its_appointment() -> None:
    lead = desk.adviser_with_role("Größe")
    case, _ = invited_case(lead)
    text = signed_in(make.user_of(lead)).get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    assert "Erstens Anschluss<br>Zweitens Zeitplan" in text


@needs_pdf
def test_an_adviser_from_outside_gets_nothing_internal_and_a_stranger_nothing_at_all() -> None:
    outside = desk.adviser_with_role("Extern", external=True)
    case = full_case(outside)
    client = signed_in(make.user_of(outside))
    assert SECRET not in text_of(exported(client, case, "pdf", internal="on"))
    assert len(zipfile.ZipFile(BytesIO(exported(client, case, "zip", internal="on"))).namelist()) == 3
    stranger = signed_in(make.user_of(desk.adviser_with_role("Fremd", external=True)))
    address = f"/cms/beratung/vorgang/{case.pk}/export/"
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}datei/", {"kind": "pdf"}).status_code == 404
    assert client.get(f"{address}datei/").status_code == 405


@needs_pdf
def test_a_file_gone_from_the_disk_is_marked_and_stops_nothing() -> None:
    lead = desk.adviser_with_role("Größe")
    case = full_case(lead)
    row = case.files.get(internal=False)
    row.file.storage.delete(str(row.file.name))
    with zipfile.ZipFile(BytesIO(exported(signed_in(make.user_of(lead)), case, "zip"))) as archive:
        assert b'fehlt="ja"' in archive.read("metadaten.xml")


def test_the_hand_over_is_offered_at_the_end_and_kept() -> None:
    lead = desk.adviser_with_role("Größe")
    client, case = signed_in(make.user_of(lead)), desk.working_case(lead)
    page = f"/cms/beratung/vorgang/{case.pk}/"
    assert "Übergabe an die E-Akte" not in client.get(f"{page}export/").content.decode()
    cases.advance(case=case, action="advise", by=lead.user)
    closed = client.post(f"{page}weiter/", {"action": "close"}, follow=True).content.decode()
    assert "an die E-Akte übergeben" in closed
    wrong = client.post(f"{page}export/uebergabe/", {"file_number": "4-711", "handed_over_on": "2027-03-05"})
    assert wrong.status_code == 422
    assert "Zukunft" in wrong.content.decode()
    assert "4-711" in wrong.content.decode()
    sent = {"file_number": "4-711", "handed_over_on": "2027-03-01"}
    assert client.post(f"{page}export/uebergabe/", sent).status_code == 302
    kept = CaseKeeping.objects.get()
    assert (kept.file_number, kept.handed_over_on, kept.handed_over_by) == ("4-711", date(2027, 3, 1), lead.user)
    assert "übergeben am 01.03.2027, Aktenzeichen 4-711" in client.get(page).content.decode()
    assert "4-711" not in str(list(AuditEntry.objects.values("detail")))


def test_a_hand_over_before_a_reopening_is_called_so_everywhere() -> None:
    lead = desk.adviser_with_role("Größe")
    case = cases.advance(case=desk.working_case(lead), action="advise", by=lead.user)
    cases.close(case=case, by=lead.user)
    archive.hand_over(case=case, file_number="4-711", on=date(2027, 3, 1), by=lead.user)
    page = f"/cms/beratung/vorgang/{case.pk}/"
    with time_machine.travel(make.NOW + timedelta(days=2), tick=False):
        case = cases.reopen(case=case, by=lead.user)
        client = signed_in(make.user_of(lead))
        assert "01.03.2027, Aktenzeichen 4-711: vor der Wiederöffnung" in client.get(page).content.decode()
        cases.close(case=cases.advance(case=case, action="advise", by=lead.user), by=lead.user)
        case = Case.objects.get()
        assert "4-711: vor der Wiederöffnung" in client.get(page).content.decode()
        shown = client.get(f"{page}export/")
        assert "Noch nicht übergeben." in shown.content.decode()
        assert "(Aktenzeichen 4-711) war vor der Wiederöffnung" in shown.content.decode()
        first = shown.context["form"].initial
        assert first == {"file_number": "4-711", "handed_over_on": date(2027, 3, 3)}
        CaseKeeping.objects.update(offered_at=make.NOW)
        koordination = signed_in(make_user("koord@kkv.example", role="Koordination"))
        assert "vor der Wiederöffnung: seither nicht" in koordination.get(KEEPING).content.decode()
        assert dates_in(case) == ("", "2027-03-01")
        archive.hand_over(case=case, file_number="4-711", on=date(2027, 3, 3), by=lead.user)
        assert dates_in(Case.objects.get()) == ("2027-03-03", None)
        for address in (page, f"{page}export/"):
            assert "Wiederöffnung" not in client.get(address).content.decode()


def dates_in(case: Case) -> tuple[str, str | None]:
    """Return the day of the hand-over in the metadata, and that of one before a reopening."""
    root = ElementTree.fromstring(case_export.metadata(case_export.Papers(case, False), set()))  # noqa: S314 - ours
    own = root.findtext(f"{{{NAMESPACE}}}uebergebenAm") or ""
    return own, root.findtext(f"{{{NAMESPACE}}}uebergebenVorWiederoeffnungAm")


def test_the_archive_decides_on_a_page_and_others_do_not() -> None:
    lead = desk.adviser_with_role("Größe")
    case = desk.working_case(lead)
    cases.decline(case=case, by=None, reason="Nicht unsere Aufgabe")
    with time_machine.travel(make.NOW + timedelta(days=1100), tick=False):
        client = signed_in(make_user("koord@kkv.example", role="Koordination"))
        assert "Beendete Vorgänge" in client.get(KEEPING).content.decode()
        retention.run()
        text = client.get(KEEPING).content.decode()
        assert case.reference in text
        assert case.subject not in text
        address = f"{KEEPING}{CaseKeeping.objects.get().pk}/"
        refused = client.post(address, {"decision": "archived"}, follow=True).content.decode()
        assert "noch nicht übergeben" in refused
        for role in ("Beratung", "Leitung", "Redaktion"):
            other = signed_in(make_user(f"x{len(role)}{role[0]}@kkv.example", role=role))
            other.post(address, {"decision": "not_wanted"})
            assert other.get(KEEPING).status_code in (302, 403)
            assert other.get("/cms/beratung/datenschutz/").status_code in (302, 403)
        assert CaseKeeping.objects.get().decision == ""
        client.post(address, {"decision": "not_wanted"})
        assert "Nicht archivwürdig" in client.get(KEEPING).content.decode()
        client.post(address, {"decision": ""})
        assert CaseKeeping.objects.get().decision == ""
        client.post(address, {"decision": "not_wanted"})
        retention.run()
        assert not Case.objects.exists()
        assert warm(KEEPING, client) <= 15 + 5, "the frame, and a query for each rule"


def test_the_record_and_its_downloads() -> None:
    client = signed_in(make_user("koord@kkv.example", role="Koordination"))
    page = client.get("/cms/beratung/datenschutz/").content.decode()
    for word in ("Beratung von Kommunen", "Art. 26", "drei Jahre", "Entwurf", "Kalender der Beratenden"):
        assert word in page
    sheet = client.get("/cms/beratung/datenschutz/verzeichnis.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(sheet), delimiter=";"))
    assert rows[0][0] == "Tätigkeit"
    assert len({len(row) for row in rows}) == 1
    assert client.get("/cms/beratung/datenschutz/verzeichnis.exe").status_code == 404
    if is_available():
        document = client.get("/cms/beratung/datenschutz/verzeichnis.pdf").content
        assert "Beratung von Kommunen" in text_of(document)


def test_the_notices_are_public_and_name_nothing_internal(settings: Any) -> None:
    page = Client().get("/beratung/datenschutz/").content.decode()
    text = Client().get("/beratung/datenschutz.md").content.decode()
    for shown in (page, text):
        for word in ("Rechtsgrundlage", "Art. 15", "30 Tage", "Art. 26"):
            assert word in shown
        assert "{operator}" not in shown
        assert "Kalender der Beratenden" not in shown
    settings.CONSULTATIONS_OPEN = False
    assert Client().get("/beratung/datenschutz/").status_code == 404
