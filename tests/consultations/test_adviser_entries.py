"""Calendar entries of those who advise: one thread, taken out where somebody leaves, off where a feed has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from consultations import busy, calendar_feed
from consultations.mailing import advisers
from consultations.models import Adviser, AdviserEntry, Appointment, Case, Format
from consultations.requester import changing
from consultations.services import appointments, cases, changes
from portal.accounts import own_data
from tests import mails
from tests.consultations import strict_ics
from tests.factories import bodies, calendar, desk, mailing
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
SUBJECT = "Geheimes Anliegen zur Wohnsitzanmeldung"


@pytest.fixture(autouse=True)
def _clock(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(calendar.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def further() -> Adviser:
    return desk.adviser_with_role("Bernd")


@pytest.fixture
def form() -> Format:
    return calendar.form()


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people(subject=SUBJECT)


def address(adviser: Adviser) -> str:
    return calendar.user_of(adviser).email


def booked(case: Case, form: Format, *crew: Adviser, days: int = 10) -> Appointment:
    asked = calendar.placement(
        form, calendar.on(days), crew[0], place="video", further=[each.pk for each in crew[1:]]
    )
    return appointments.book(placement=asked, case=case, by=None)


def entries(adviser: Adviser) -> list[tuple[str, int]]:
    """Return method and sequence of each entry somebody got, in order; both readers see the same."""
    found = []
    for each in mailing.to(address(adviser)):
        if not any(part.get_content_type() == "text/calendar" for part in each.walk()):
            continue
        method, text, file = mailing.calendar_of(each)
        event = Calendar.from_ical(text).walk("VEVENT")[0]
        strict = strict_ics.parse(text).part("VEVENT")
        assert text == file
        assert strict.value("SEQUENCE") == str(event["SEQUENCE"])
        assert strict.value("ATTENDEE") == f"mailto:{address(adviser)}"
        assert strict.value("STATUS") == ("CANCELLED" if method == "CANCEL" else "CONFIRMED")
        assert SUBJECT not in text.decode()
        found.append((method, int(str(event["SEQUENCE"]))))
    return found


def test_lead_and_further_advisers_have_the_entry_of_everybody(
    case: Case, form: Format, lead: Adviser, further: Adviser
) -> None:
    row = booked(case, form, lead, further)
    changes.change_place(appointment=row, by=None, place="video", place_detail="https://video.example/raum")
    row.refresh_from_db()
    changes.cancel(appointment=row, by=None)
    for adviser in (lead, further):
        assert entries(adviser) == [("REQUEST", 0), ("REQUEST", 1), ("CANCEL", 2)]
    text = mails.text_of(mailing.to(address(lead))[0])
    assert "Neuer Termin" in text
    assert f"/cms/beratung/vorgang/{case.pk}/" in text
    assert "/cms/beratung/eigener-kalender/" in text
    assert SUBJECT not in text
    uids = {str(event["UID"]) for each in (mailing.ASKER, address(lead), address(further))
            for found in mailing.to(each)
            for event in Calendar.from_ical(mailing.calendar_of(found)[1]).walk("VEVENT")}  # fmt: skip
    assert len(uids) == 1, "one thread for everybody"


def test_who_leaves_an_appointment_loses_its_entry(
    case: Case, form: Format, lead: Adviser, further: Adviser
) -> None:
    row = booked(case, form, lead)
    changes.hand_over(appointment=row, to=further.pk, by=None)
    assert entries(lead) == [("REQUEST", 0), ("CANCEL", 1)]
    assert entries(further) == [("REQUEST", 1)]
    assert str(mailing.to(address(lead))[-1]["Subject"]).endswith("Termin jetzt bei anderen Beratenden")
    row.refresh_from_db()
    changes.hand_over(appointment=row, to=lead.pk, by=None)
    assert entries(lead)[-1] == ("REQUEST", 2), "newer than the cancellation"
    assert entries(further)[-1] == ("CANCEL", 2)


def test_a_move_to_another_adviser_takes_the_former_time_out(
    case: Case, form: Format, lead: Adviser, further: Adviser
) -> None:
    row = booked(case, form, lead)
    changes.move(appointment=row, placement=calendar.placement(form, calendar.on(11), further), by=None)
    assert entries(lead) == [("REQUEST", 0), ("CANCEL", 1)]
    event = Calendar.from_ical(mailing.calendar_of(mailing.to(address(lead))[-1])[1]).walk("VEVENT")[0]
    assert event.decoded("DTSTART") == calendar.on(10), "the time they know"
    assert entries(further) == [("REQUEST", 1)]


def test_a_request_is_in_nobodys_calendar_before_it_is_confirmed(case: Case, form: Format, lead: Adviser) -> None:
    asked = calendar.placement(form, calendar.on(10), lead)
    row = appointments.request_slot(placement=asked, case=case, by=None)
    assert entries(lead) == []
    appointments.confirm(appointment=row, by=None)
    assert entries(lead) == [("REQUEST", 1)]


def test_a_telephone_number_stays_out_of_calendars_that_offices_share(
    case: Case, form: Format, lead: Adviser
) -> None:
    asked = calendar.placement(form, calendar.on(10), lead, place="phone", place_detail="06031 12345")
    appointments.book(placement=asked, case=case, by=None)
    (found,) = mailing.to(address(lead))
    assert "Telefon" in mails.text_of(found)
    assert "06031" not in mails.text_of(found)
    assert b"06031" not in mailing.calendar_of(found)[1]
    assert "06031 12345" in mails.text_of(mailing.to(mailing.ASKER)[-1])


def test_what_took_place_stays_in_the_calendar(case: Case, form: Format, lead: Adviser) -> None:
    row = booked(case, form, lead)
    with time_machine.travel(calendar.on(10, 12), tick=False):
        changes.complete(appointment=row, by=None)
        assert entries(lead) == [("REQUEST", 0)]


def test_a_private_feed_has_the_appointment_already(case: Case, form: Format, lead: Adviser) -> None:
    calendar_feed.renew(adviser=lead, by=None)
    assert not advisers.by_mail(lead)
    row = booked(case, form, lead)
    assert entries(lead) == []
    assert not AdviserEntry.objects.exists()
    advisers.choose(lead, by_mail=True)
    changes.change_place(appointment=row, by=None, place="video", place_detail="https://video.example/raum")
    assert entries(lead) == [("REQUEST", 1)], "whoever wants both gets both"


def test_an_entry_somebody_has_follows_its_appointment_whatever_they_choose(
    case: Case, form: Format, lead: Adviser
) -> None:
    row = booked(case, form, lead)
    calendar_feed.renew(adviser=lead, by=None)
    advisers.choose(lead, by_mail=False)
    other = booked(case, form, lead, days=11)
    assert entries(lead) == [("REQUEST", 0)], "no new ones"
    changes.cancel(appointment=other, by=None)
    changes.cancel(appointment=row, by=None)
    assert entries(lead) == [("REQUEST", 0), ("CANCEL", 1)], "nothing stays in a calendar that is not true"


def test_the_choice_stands_beside_the_feed(lead: Adviser) -> None:
    person = calendar.user_of(lead)
    client = signed_in(person)
    assert client.post("/beratung/erinnerungen/", {"entries": "0"}).status_code == 302
    assert not advisers.by_mail(lead)
    page = client.get("/cms/beratung/eigener-kalender/").content.decode()
    assert "Kalendereinträge per E-Mail bekommen" in page
    own = "/cms/beratung/eigener-kalender/abo/"
    assert client.post(own, {"action": "entries"}).status_code == 302
    assert advisers.by_mail(lead)
    assert own_data.export(person)["own_calendar"]["entries_by_mail"] is True
    assert client.post(own, {"action": "no_entries"}).status_code == 302
    assert not advisers.by_mail(lead)
    busy.forget_person(person)
    assert advisers.by_mail(lead)


def test_an_adviser_from_outside_chooses_in_the_own_area(lead: Adviser) -> None:
    bodies.belongs(calendar.user_of(lead), bodies.association(), is_external_adviser=True)
    client = signed_in(calendar.user_of(lead))
    assert "Kalendereinträge ausschalten" in client.get("/konto/").content.decode()
    done = client.post("/beratung/erinnerungen/", {"entries": "0"}, follow=True)
    assert "nicht mehr per E-Mail für Ihren Kalender" in done.content.decode()
    assert "Kalendereinträge einschalten" in done.content.decode()


def test_nobody_else_has_the_choice() -> None:
    client = signed_in(mailing.case_with_people().requester)
    assert "Kalendereinträge" not in client.get("/konto/").content.decode()
    assert client.post("/beratung/erinnerungen/", {"entries": "0"}).status_code == 404
    assert Client().post("/beratung/erinnerungen/", {"entries": "0"}).status_code == 403


def test_one_change_is_one_mail_for_the_adviser(case: Case, form: Format, lead: Adviser) -> None:
    cases.assign(case=case, lead=lead, by=None)
    row = booked(case, form, lead)
    before = len(mailing.to(address(lead)))
    changing.change(row, "cancel", by=case.requester)
    found = mailing.to(address(lead))[before:]
    assert [str(each["Subject"]).partition(": ")[2] for each in found] == ["Termin abgesagt"]
    advisers.choose(lead, by_mail=False)
    other = booked(case, form, lead, days=15)
    before = len(mailing.to(address(lead)))
    changing.change(other, "cancel", by=case.requester)
    found = mailing.to(address(lead))[before:]
    assert [str(each["Subject"]).partition(": ")[2] for each in found] == ["Termin abgesagt"], "told without entry"
    assert len(entries(lead)) == 2


def test_an_adviser_from_outside_is_led_to_their_own_page(case: Case, form: Format) -> None:
    outside = desk.adviser_with_role("Extern", role="")
    assert outside.user
    bodies.belongs(outside.user, bodies.association(), is_external_adviser=True)
    Adviser.objects.filter(pk=outside.pk).update(external=True)
    booked(case, form, outside)
    text = mails.text_of(mailing.to(address(outside))[-1])
    assert f"/beratung/zugewiesen/{case.pk}/" in text
    assert text.rstrip().endswith("/konto/")


def test_who_has_left_gets_nothing(case: Case, form: Format, lead: Adviser) -> None:
    row = booked(case, form, lead)
    person, before = calendar.user_of(lead), len(mailing.to(address(lead)))
    person.is_active = False
    person.save(update_fields=["is_active"])
    changes.cancel(appointment=row, by=None)
    assert len(mailing.to(person.email)) == before
