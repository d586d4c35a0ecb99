"""The confirmation is bookmarked: opened later, page and PDF tell what has happened since."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from consultations.models import Adviser, Appointment, Case, Concern, Format, GroupSession, WaitingEntry
from consultations.requester import tokens
from consultations.services import appointments, cases, changes, groups, seats
from knowledge.pdf import is_available
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk
from tests.factories import requests as made
from tests.factories.requests import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
UNDER_WAY = "Eine Bestätigung ist unterwegs"


def asked(subject: str = "Anschluss") -> Case:
    form = Format.objects.filter(key="erstgespraech").first() or make.form(files_to_bring="Ablaufplan")
    case = make.case(subject, form=form)
    Concern.objects.create(case=case, goal="Ziel", contact_name="Nora Öz", contact_email="nora@muehltal.example")
    return case


def booked(case: Case, days: int = 1, adviser: Adviser | None = None) -> Appointment:
    assert case.format is not None
    placement = make.placement(case.format, make.on(days, 10), adviser or make.adviser(), place="phone")
    return appointments.book(placement=placement, case=case, by=None)


def requested(case: Case, adviser: Adviser | None = None) -> Appointment:
    assert case.format is not None
    placement = make.placement(case.format, make.on(1, 10), adviser or make.adviser(), place="phone")
    return appointments.request_slot(placement=placement, case=case, by=None)


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def page_of(case: Case) -> str:
    page = Client().get(f"{base(case)}bestaetigung/").content.decode()
    return re.sub(r"\s+", " ", page.partition("<main")[2])


def said(case: Case) -> tuple[str, str]:
    """Return title and text of the confirmation; the PDF says the same."""
    page = page_of(case)
    title = re.findall(r"<h1[^>]*>(.*?)</h1>", page)[0].strip()
    if is_available():
        assert title in pdf_of(case)
    return title, page


def pdf_of(case: Case) -> str:
    answer = Client().get(f"{base(case)}bestaetigung.pdf")
    assert answer["Content-Type"] == "application/pdf"
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages))


def test_the_mail_is_under_way_only_for_an_hour() -> None:
    case = asked()
    booked(case)
    title, page = said(case)
    assert title == "Ihr Termin ist gebucht"
    assert f"{UNDER_WAY} an nora@muehltal.example" in page
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        title, page = said(case)
    assert title == "Ihr Termin ist gebucht"
    assert UNDER_WAY not in page
    assert "Lesezeichen" in page


def test_a_cancelled_appointment_is_told_at_once() -> None:
    case = asked()
    changes.cancel(appointment=booked(case), by=None, reason="Krankheit")
    title, page = said(case)
    assert title == "Ihr Termin ist abgesagt"
    assert UNDER_WAY not in page
    for words in ("Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr", "Abgesagt.", "Krankheit"):
        assert words in page, words
    assert "Halten Sie bitte bereit" not in page


def test_a_further_appointment_counts_more_than_a_cancelled_one() -> None:
    case, adviser = asked(), make.adviser()
    changes.cancel(appointment=booked(case, adviser=adviser), by=None)
    booked(case, days=2, adviser=adviser)
    title, page = said(case)
    assert title == "Ihr Termin ist gebucht"
    assert UNDER_WAY not in page
    assert "Mittwoch, 3. März 2027" in page
    assert "Dienstag, 2. März 2027" not in page


def test_what_ended_the_case_is_told() -> None:
    withdrawn, declined = asked("Erstes"), asked("Zweites")
    booked(withdrawn)
    cases.withdraw(case=withdrawn, by=None)
    title, page = said(withdrawn)
    assert title == "Ihre Anfrage ist zurückgezogen"
    assert UNDER_WAY not in page
    assert "Lesezeichen" not in page
    cases.decline(case=declined, by=None, reason="Dafür ist der Landkreis da.")
    title, page = said(declined)
    assert title == "Ihre Anfrage ist abgelehnt"
    assert "Dafür ist der Landkreis da." in page
    assert "steht unten" not in page
    if is_available():
        assert "Landkreis" not in pdf_of(declined), "a file is passed on, a reason is not for everybody"


def test_what_became_of_a_request_for_a_time_is_told() -> None:
    case, adviser = asked(), make.adviser()
    row = requested(case, adviser)
    assert said(case)[0] == "Ihre Anfrage ist angekommen"
    appointments.decline(appointment=row, by=None, reason="Da ist niemand frei.")
    title, page = said(case)
    assert title == "Ihre Terminanfrage ist abgelehnt"
    assert "Da ist niemand frei." in page
    appointments.withdraw(appointment=requested(case, adviser), by=None)
    assert said(case)[0] == "Ihre Terminanfrage ist zurückgezogen"
    requested(case, adviser)
    title, page = said(case)
    assert title == "Ihr Termin ist angefragt"
    assert UNDER_WAY not in page


def test_a_confirmed_request_is_booked() -> None:
    case = asked()
    appointments.confirm(appointment=requested(case), by=None)
    title, page = said(case)
    assert title == "Ihr Termin ist gebucht"
    assert UNDER_WAY not in page


def test_a_time_that_is_over_is_told() -> None:
    case, other = asked("Erstes"), asked("Zweites")
    row = booked(case)
    requested(other, make.adviser("Lang"))
    with time_machine.travel(make.on(3), tick=False):
        title, page = said(case)
        assert title == "Ihr Termin ist vorbei"
        assert "Vorbei." in page
        assert UNDER_WAY not in page
        assert "Halten Sie bitte bereit" not in page
        if is_available():
            assert "Halten Sie bitte bereit" not in pdf_of(case)
        assert said(other)[0] == "Die angefragte Zeit ist vorbei"
        changes.complete(appointment=row, by=None)
        title, page = said(case)
        assert title == "Ihr Termin hat stattgefunden"
        assert "Hat stattgefunden." in page


def test_the_state_of_the_case_is_told_where_there_is_no_appointment() -> None:
    lead = desk.adviser_with_role()
    case = asked()
    assert said(case)[0] == "Ihre Anfrage ist angekommen"
    cases.assign(case=case, lead=lead, by=None)
    assert said(case)[0] == "Ihre Anfrage ist in Prüfung"
    for action, title in (
        ("start", "Ihre Anfrage ist in Bearbeitung"), ("ask", "Wir brauchen noch eine Angabe von Ihnen"),
        ("resume", "Ihre Anfrage ist in Bearbeitung"), ("answer", "Ihre Anfrage ist beantwortet"),
    ):  # fmt: skip
        cases.advance(case=case, action=action, by=None)
        assert said(case)[0] == title, action
    cases.close(case=case, by=None)
    assert said(case)[0] == "Ihr Vorgang ist abgeschlossen"


@pytest.fixture
def line() -> tuple[GroupSession, Appointment, Case]:
    """A full session: the taken seat, and the case that waits for it."""
    form: Format = make.group_form(capacity=1, places=["video"])
    placement = make.placement(form, make.on(9), make.adviser("Süß"), place="video")
    session = groups.plan(placement=placement, title="Sprechstunde Kasse", by=None)
    seat = seats.book(session=session, case=make.case("Wer den Platz hat"), by=None)
    waits = asked("Wer wartet")
    seats.join(session=session, case=waits, by=None)
    return session, seat, waits


def test_a_place_in_the_line_is_told(line: tuple[GroupSession, Appointment, Case]) -> None:
    _, _, case = line
    title, page = said(case)
    assert title == "Sie stehen auf der Warteliste"
    assert UNDER_WAY in page
    assert "Sprechstunde Kasse" in page


def test_an_offered_seat_is_told_with_its_deadline_and_the_way_to_it(
    line: tuple[GroupSession, Appointment, Case],
) -> None:
    _, seat, case = line
    changes.cancel(appointment=seat, by=None)
    entry = WaitingEntry.objects.select_related("appointment").get()
    title, page = said(case)
    until = timezone.localtime(entry.appointment.held_until)  # type: ignore[union-attr]
    deadline = f"Nehmen Sie ihn bis {until.day}. März 2027, {until:%H:%M} Uhr an"
    assert title == "Ein Platz ist frei geworden"
    assert UNDER_WAY not in page
    assert deadline in page
    way = f"{base(case)}#warteliste-{entry.pk}"
    assert f'href="{way}"' in page
    followed = Client().get(base(case)).content.decode()
    assert f'id="warteliste-{entry.pk}"' in followed
    assert "Platz annehmen" in followed
    if is_available():
        assert deadline in pdf_of(case)
    seats.accept(entry=entry, by=None)
    assert said(case)[0] == "Ihr Termin ist gebucht"


def test_an_offer_that_has_run_out_is_no_offer(line: tuple[GroupSession, Appointment, Case]) -> None:
    session, seat, case = line
    changes.cancel(appointment=seat, by=None)
    entry = WaitingEntry.objects.select_related("appointment").get()
    assert entry.appointment is not None
    assert entry.appointment.held_until is not None
    with time_machine.travel(entry.appointment.held_until + timedelta(minutes=1), tick=False):
        title, page = said(case)
        assert title == "Der angebotene Platz ist weitergegeben"
        assert "Platz annehmen" not in page
        assert "Platz annehmen" not in Client().get(base(case)).content.decode()
        seats.move_up(session, now=timezone.now())  # as the job does
        assert WaitingEntry.objects.get().state == "passed"
        assert said(case)[0] == "Der angebotene Platz ist weitergegeben"


def test_who_has_left_the_line_reads_so(line: tuple[GroupSession, Appointment, Case]) -> None:
    _, _, case = line
    seats.leave(entry=WaitingEntry.objects.get(), by=None)
    assert said(case)[0] == "Sie stehen nicht mehr auf der Warteliste"


def test_a_session_called_off_is_told(line: tuple[GroupSession, Appointment, Case]) -> None:
    session, _, case = line
    groups.cancel(session=session, by=None, reason="Krankheit")
    assert said(case)[0] == "Der Gruppentermin ist abgesagt"


def test_the_wizard_still_says_that_the_mail_is_under_way() -> None:
    town = made.world()
    client = Client()
    client.force_login(made.member(town))
    walk = Walk(client)
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[0], participants="Jörg Süß, joerg@muehltal.example")
    page = client.get(walk.post("pruefen")["Location"]).content.decode()
    assert "Ihr Termin ist gebucht" in page
    assert UNDER_WAY in page
    assert mails.deliver()


def test_the_number_of_queries_depends_on_nothing(line: tuple[GroupSession, Appointment, Case]) -> None:
    _, _, case = line

    def number() -> int:
        with CaptureQueriesContext(connection) as found:
            page_of(case)
        return len(found)

    page_of(case)
    before, adviser = number(), make.adviser("Lang")
    for days in (1, 2):
        changes.cancel(appointment=booked(case, days=days, adviser=adviser), by=None)
    assert number() == before
