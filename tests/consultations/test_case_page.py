"""What a municipality reads and does on the page of its case: messages, files, minutes, tasks, pages that help."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultations.models import Adviser, Case, CaseFile, CaseTask, Concern, Message
from consultations.requester import tokens
from consultations.services import case_files, cases, correspondence, minutes
from portal.accounts.models import User
from tests import mails
from tests.consultations.desk.roles import SECRET
from tests.factories import calendar, desk, requests
from tests.factories.content import article

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
IBAN = "Konto DE89 3704 0044 0532 0130 00"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality())


@pytest.fixture
def case(lead: Adviser, person: User) -> Case:
    return desk.working_case(lead, municipality=calendar.municipality(), requester=person)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(case: Case) -> str:
    return f"/beratung/vorgang/{case.reference}/"


def test_a_message_with_a_file_reaches_the_centre(case: Case, person: User, lead: Adviser) -> None:
    cases.advance(case=case, action="ask", by=lead.user)
    client = signed_in(person)
    sent = client.post(
        f"{address(case)}nachricht/", {"text": "Hier ist der Ablauf.", "uploads": [desk.pdf("../Ablauf.pdf")]}
    )
    assert sent["Location"].endswith("?fertig=gesendet")
    message = Message.objects.get(case=case)
    assert (message.side, message.author) == ("municipality", person)
    case.refresh_from_db()
    assert case.state == "in_progress"
    html = client.get(sent["Location"]).content.decode()
    assert "Hier ist der Ablauf." in html
    assert "Ihre Nachricht ist angekommen." in html
    row = CaseFile.objects.get(case=case)
    assert row.name == "Ablauf.pdf"
    got = client.get(f"{address(case)}datei/{row.pk}/")
    assert got["Content-Disposition"].startswith("attachment")
    assert b"".join(got) == desk.PDF
    told = [mail for mail in mails.deliver() if "Neue Nachricht der Kommune" in mail["Subject"]]
    assert [mail["To"] for mail in told] == [lead.user.email]  # type: ignore[union-attr]
    assert "Ablauf" not in mails.text_of(told[0])


def test_a_file_that_is_not_what_it_says_is_refused_and_the_text_stays(case: Case, person: User) -> None:
    wrong = SimpleUploadedFile("bild.png", b"<html>", content_type="image/png")
    answer = signed_in(person).post(f"{address(case)}nachricht/", {"text": "Siehe Bild", "uploads": [wrong]})
    assert answer.status_code == 422
    assert "Siehe Bild" in answer.content.decode()
    assert "kein lesbares Bild" in answer.content.decode()
    assert not Message.objects.filter(case=case).exists()
    empty = signed_in(person).post(f"{address(case)}nachricht/", {"text": " "})
    assert empty.status_code == 422
    assert correspondence.EMPTY in empty.content.decode()


def test_what_looks_like_a_citizens_data_warns_and_can_be_sent(case: Case, person: User) -> None:
    client, where = signed_in(person), f"{address(case)}nachricht/"
    warned = client.post(where, {"text": IBAN})
    assert warned.status_code == 422
    html = warned.content.decode()
    assert "eine IBAN" in html
    assert IBAN in html
    assert not Message.objects.exists()
    assert client.post(where, {"text": IBAN, "no_citizens": "on"}).status_code == 302
    assert Message.objects.get().text == IBAN


def test_the_desk_is_warned_as_well(case: Case, lead: Adviser) -> None:
    client, where = desk_client(lead), f"/cms/beratung/vorgang/{case.pk}/nachricht/"
    warned = client.post(where, {"text": IBAN})
    assert warned.status_code == 422
    assert "eine IBAN" in warned.content.decode()
    assert IBAN in warned.content.decode()
    assert client.post(where, {"text": IBAN, "no_citizens": "on"}).status_code == 302
    assert Message.objects.get().side == "centre"


def desk_client(lead: Adviser) -> Client:
    from tests.people import signed_in as with_factor

    assert lead.user is not None
    return with_factor(lead.user)


def test_a_new_message_opens_a_closed_case_within_60_days(case: Case, person: User, lead: Adviser) -> None:
    cases.advance(case=case, action="answer", by=lead.user)
    closed = cases.close(case=case, by=lead.user)
    client, where = signed_in(person), f"{address(case)}nachricht/"
    Case.objects.filter(pk=case.pk).update(ended_at=calendar.NOW - timedelta(days=61))
    assert "lässt sich nicht mehr schreiben" in client.get(address(case)).content.decode()
    assert client.post(where, {"text": "Noch etwas"}).status_code == 422
    Case.objects.filter(pk=case.pk).update(ended_at=closed.ended_at)
    assert "öffnen Sie ihn wieder" in client.get(address(case)).content.decode()
    assert client.post(where, {"text": "Noch etwas"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "in_progress"


def test_nothing_internal_is_shown(case: Case, person: User, lead: Adviser) -> None:
    correspondence.add_note(case=case, text=SECRET, by=lead.user)
    (inside,) = case_files.store(case=case, files=[desk.pdf(f"{SECRET}.pdf")], by=lead.user, internal=True)
    minutes.write(case=case, by=lead.user, question=SECRET, answer="", text="")
    client = signed_in(person)
    assert SECRET not in client.get(address(case)).content.decode()
    assert client.get(f"{address(case)}datei/{inside.pk}/").status_code == 404


def test_minutes_tasks_and_pages_are_shown_and_own_tasks_ticked_off(
    case: Case, person: User, lead: Adviser
) -> None:
    minutes.write(case=case, by=lead.user, question="Wie geht es?", answer="So.", text="", release=True)
    own = minutes.add_task(case=case, by=lead.user, side="municipality", text="Formular", due_on=date(2027, 3, 12))
    theirs = minutes.add_task(case=case, by=lead.user, side="centre", text="Muster senden")
    shown, closed = article("Wohnsitz anmelden"), article("Internes", visibility="centre")
    for page in (shown, closed):
        correspondence.link_page(case=case, page=page, by=lead.user)
    client = signed_in(person)
    html = client.get(address(case)).content.decode()
    assert "Wie geht es?" in html
    assert "Bis 12. März 2027" in html
    assert "Wohnsitz anmelden" in html
    assert "Internes" not in html
    assert client.get(f"{address(case)}aufgabe/{own.pk}/").status_code == 405
    assert client.post(f"{address(case)}aufgabe/{theirs.pk}/").status_code == 404
    assert client.post(f"{address(case)}aufgabe/{own.pk}/").status_code == 302
    assert client.post(f"{address(case)}aufgabe/{own.pk}/").status_code == 302  # twice
    assert CaseTask.objects.get(pk=own.pk).done_by == person
    assert CaseTask.objects.get(pk=theirs.pk).done_at is None
    assert sum("Aufgabe erledigt" in mail["Subject"] for mail in mails.deliver()) == 1


def test_a_guest_writes_by_link_under_the_name_given(lead: Adviser) -> None:
    case = desk.working_case(lead)
    concern = Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    base = f"/beratung/vorgang/{tokens.make(concern)}/"
    assert Client().post(f"{base}nachricht/", {"text": "Danke"}).status_code == 302
    assert Message.objects.get().author_name == "Nora Öz"
    assert "Nora Öz" in Client().get(base).content.decode()


def test_colleagues_read_and_do_not_write(case: Case) -> None:
    colleague = signed_in(requests.member(case.municipality, "nora"))
    assert "Nachricht senden" not in colleague.get(address(case)).content.decode()
    assert colleague.post(f"{address(case)}nachricht/", {"text": "Ich"}).status_code == 403


def test_a_long_conversation_costs_no_more_queries(case: Case, person: User, lead: Adviser) -> None:
    client = signed_in(person)

    def more() -> int:
        correspondence.answer(case=case, text="Dazu", by=lead.user, files=[desk.pdf()])
        minutes.add_task(case=case, by=lead.user, side="municipality", text="Noch etwas")
        minutes.write(case=case, by=lead.user, question="Und?", answer="", text="", release=True)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(case)).status_code == 200
        return len(queries)

    more()
    first = more()
    for _ in range(3):
        assert more() == first
    assert first <= 35
