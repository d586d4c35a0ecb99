"""The confirmation as PDF: by link and by account, linked where it is looked for, with facts and no secret."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from consultations.models import Appointment, Case, Concern
from consultations.requester import confirmation_pdf, tokens
from consultations.services import appointments, invitations
from knowledge.pdf import is_available
from tests import mails
from tests.factories import calendar as make
from tests.factories import requests

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
needs_pdf = pytest.mark.skipif(not is_available(), reason="WeasyPrint's libraries are missing")


def case_of(**fields: Any) -> tuple[Case, Appointment]:
    form = make.form(files_to_bring="Ablaufplan")
    case = make.case("Streng vertraulicher Betreff", form=form, **fields)
    guest = {} if "requester" in fields else {"contact_name": "Nora Öz", "contact_email": "nora@muehltal.example"}
    Concern.objects.create(case=case, goal="Geheimes Ziel", **guest)
    placement = make.placement(form, make.on(1, 9), make.adviser(), place="video")
    return case, appointments.book(placement=placement, case=case, by=None)


def words_of(answer: Any) -> str:
    assert answer["Content-Type"] == "application/pdf"
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    return re.sub(r"\s+", " ", text)


@needs_pdf
def test_a_guest_has_it_from_pages_and_mail() -> None:
    case, row = case_of()
    invitations.invite(appointment=row, name="Jörg Süß", email="joerg@muehltal.example", by=None)
    base = f"/beratung/vorgang/{tokens.make(case.concern)}/"
    for page in (f"{base}bestaetigung/", f"{base}termin/{row.thread}/"):
        assert f'href="{base}bestaetigung.pdf"' in Client().get(page).content.decode(), page
    booked = next(mail for mail in mails.deliver() if mail["To"] == "nora@muehltal.example")
    path = mails.link_in(booked, "bestaetigung.pdf")
    assert path == f"{base}bestaetigung.pdf"
    answer = Client().get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="bestaetigung-{case.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    text = words_of(answer)
    for word in (
        case.reference, "Ihr Termin ist gebucht", "Dienstag, 2. März 2027, 09:00 bis 10:00 Uhr", "Europe/Berlin",
        "Videokonferenz", "Jörg Süß", "Mühltal", "Ablaufplan", "Erstgespräch",
    ):  # fmt: skip
        assert word in text, word
    assert tokens.make(case.concern)[:30] not in text.replace(" ", ""), "a file is passed on"
    for secret in ("vertraulicher", "Geheimes"):
        assert secret not in text


@needs_pdf
def test_an_account_finds_the_way_back_in_it() -> None:
    town = make.municipality()
    person = requests.member(town)
    case, row = case_of(municipality=town, requester=person)
    client = Client()
    client.force_login(person)
    text = words_of(client.get(f"/beratung/vorgang/{case.reference}/bestaetigung.pdf"))
    assert f"/beratung/vorgang/{case.reference}/" in text.replace(" ", "")
    Appointment.objects.filter(pk=row.pk).update(state="requested")
    text = words_of(client.get(f"/beratung/vorgang/{case.reference}/bestaetigung.pdf"))
    assert "Angefragt, noch nicht bestätigt" in text
    assert Client().get(f"/beratung/vorgang/{case.reference}/bestaetigung.pdf").status_code == 302


def test_without_the_libraries_it_is_not_offered_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmation_pdf, "is_available", lambda: False)
    case, _ = case_of()
    base = f"/beratung/vorgang/{tokens.make(case.concern)}/"
    assert "bestaetigung.pdf" not in Client().get(f"{base}bestaetigung/").content.decode()
    booked = next(mail for mail in mails.deliver() if mail["To"] == "nora@muehltal.example")
    assert "PDF" not in mails.text_of(booked)
    answer = Client().get(f"{base}bestaetigung.pdf")
    assert answer.status_code == 503
    assert "Zurzeit lassen sich hier keine PDF-Dateien erstellen" in answer.content.decode()
