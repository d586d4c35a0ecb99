"""Times that are proposed are chosen in their format; what is sent after the end of a session leads home."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from consultations.models import Appointment, Case, Concern
from consultations.requester import follow_up, tokens
from consultations.services import appointments, cases, changes, correspondence, intake
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


def test_a_proposed_time_is_booked_in_the_proposed_format() -> None:
    adviser = desk.adviser_with_role("Größe")
    first = make.form("erstgespraech", name="Erstgespräch", notice_hours=2)
    longer = make.form("fachberatung", name="Fachberatung", duration=90, entry="triage", notice_hours=2)
    case = make.case(form=first)
    Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    cases.assign(case=case, lead=adviser, by=None)
    held = appointments.book(placement=make.placement(first, make.on(1, 10), adviser), case=case, by=None)
    with time_machine.travel(make.on(1, 12), tick=False):
        changes.complete(appointment=held, by=None)
        assert follow_up.way_of(Case.objects.get(pk=case.pk)) == follow_up.Way(first)
    with time_machine.travel(make.on(1, 13), tick=False):
        row = Case.objects.get(pk=case.pk)
        for _ in range(2):  # a second click proposes nothing more
            correspondence.propose(case=row, form=longer, text="Montag, 10 Uhr?", by=None)
        assert row.events.filter(action="case.propose").count() == 1
        assert follow_up.way_of(row) == follow_up.Way(longer)
        slot = int(make.on(3, 10).timestamp()) // 60
        address = f"/beratung/vorgang/{tokens.make(case.concern)}/"
        assert "Fachberatung" in Client().get(f"{address}termin-waehlen/").content.decode()
        answer = Client().post(f"{address}termin-waehlen/", {"slot": slot})
        assert answer.status_code == 302
    new = Appointment.objects.exclude(pk=held.pk).get(case=case)
    assert new.format == longer
    assert new.ends_at is not None
    assert new.starts_at is not None
    assert new.ends_at - new.starts_at == timedelta(minutes=90)
    assert (
        "Termine vorgeschlagen"
        in signed_in(desk.person("Koordination", "wer@kkv.example"))
        .get(f"/cms/beratung/vorgang/{case.pk}/")
        .content.decode()
    )


def test_what_is_sent_after_the_session_has_ended_leads_to_the_case() -> None:
    case = make.case()
    address = f"/beratung/vorgang/{case.reference}/"
    own = {"Sec-Fetch-Site": "same-origin", "Referer": f"http://testserver{address}"}
    for path in ("uebernehmen/", "nachricht/"):
        answer = Client().post(f"{address}{path}", {"text": "Das ist lang"}, headers=own)
        assert answer.status_code == 403
        assert f"?next={address.replace('/', '%2F')}" in answer.content.decode()
        assert ">Das ist lang</textarea>" in answer.content.decode()
    assert f"next={address}bestaetigung/" in Client().get(f"{address}bestaetigung/")["Location"]


def test_a_limited_case_is_claimed_by_the_link_that_shows_it() -> None:
    town = make.municipality()
    case = intake.take_down(
        concern=intake.Concern(town, "Frage", "Wie?", name="Nora Öz", email="nora@muehltal.example"), by=None
    ).case
    Concern.objects.filter(case=case).update(private=True)
    address = f"/beratung/vorgang/{tokens.make(Concern.objects.get(case=case))}/"
    page = signed_in(requests.member(town, "nora")).get(address).content.decode()
    assert f'action="{address}uebernehmen/"' in page
