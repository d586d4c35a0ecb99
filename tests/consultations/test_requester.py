"""An own case: seen by whom, changed by whom, by account or by signed link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from consultations import queries
from consultations.models import Appointment, Case, Concern, Format
from consultations.requester import cases as own_cases
from consultations.requester import tokens
from consultations.services import appointments, cases, changes, groups, seats
from consultations.services.placing import Placement
from portal.accounts.models import Municipality, User
from tests import mails
from tests.factories import calendar, requests

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def person(town: Municipality) -> User:
    return requests.member(town)


@pytest.fixture
def case(person: User, town: Municipality) -> Case:
    return requests.booked(person, town)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def strip_csrf(html: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", html)


def of_a_guest(town: Municipality) -> tuple[Case, Appointment, str]:
    """Return a case without account, its appointment, and the address of its page."""
    form = Format.objects.get(key="erstgespraech")
    found = calendar.case(municipality=town, form=form)
    concern = Concern.objects.create(case=found, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    asked = queries.competent_advisers(form=form, topic=None, municipality=town)
    placement = Placement(form=form, starts_at=calendar.on(1, 9), candidates=asked, place="video")
    row = appointments.book(placement=placement, case=found, by=None)
    return found, row, f"/beratung/vorgang/{tokens.make(concern)}/"


def test_the_case_says_what_comes_next(case: Case, person: User) -> None:
    html = signed_in(person).get(f"/beratung/vorgang/{case.reference}/").content.decode()
    assert "Eingegangen" in html
    assert "Wir sprechen uns am Montag, 1. März 2027, 09:00 bis 10:00 Uhr." in html
    assert "Verschieben oder absagen" in html
    assert case.concern.goal in html


def test_a_message_is_not_called_optional_and_none_yet_is_said_before_the_form(case: Case, person: User) -> None:
    client = signed_in(person)
    html = client.get(f"/beratung/vorgang/{case.reference}/").content.decode()
    label = html[html.index("Nachricht an die Kompetenzstelle") :]
    assert "Optional" not in label[: label.index("</label>")]
    files = label[label.index(">Dateien") :]
    assert "Optional" in files[: files.index("</label>")]
    assert html.index("Noch gibt es keine Nachrichten") < html.index("Nachricht senden")
    refused = client.post(f"/beratung/vorgang/{case.reference}/nachricht/", {"text": " "})
    assert refused.status_code == 422, "neither text nor file"


def test_a_foreign_case_is_not_there(case: Case) -> None:
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    own = Appointment.objects.get(case=case)
    base = f"/beratung/vorgang/{case.reference}/"
    for address in (base, f"{base}bestaetigung/", f"{base}zurueckziehen/", f"{base}termin/{own.thread}/",
                    f"{base}termin/{own.thread}.ics"):  # fmt: skip
        assert signed_in(stranger).get(address).status_code == 404, address
        assert Client().get(address)["Location"].startswith("/konto/anmelden/?next="), address
    assert signed_in(stranger).post(f"{base}termin/{own.thread}/", {"action": "cancel"}).status_code == 404
    assert Client().get("/beratung/vorgang/B-AAAA-AAAA/").status_code == 302  # tells nothing of what exists
    assert Appointment.objects.get(pk=own.pk).state == "confirmed"


def test_colleagues_see_it_and_administrators_change_it(case: Case, town: Municipality) -> None:
    own = Appointment.objects.get(case=case)
    address = f"/beratung/vorgang/{case.reference}/"
    colleague = signed_in(requests.member(town, "nora"))
    assert case.subject in colleague.get(address).content.decode()
    assert colleague.post(f"{address}termin/{own.thread}/", {"action": "cancel"}).status_code == 403
    Concern.objects.filter(case=case).update(private=True)
    assert colleague.get(address).status_code == 404
    Concern.objects.filter(case=case).update(private=False)
    assert not own_cases.visible_to(requests.member(town, "extern", is_external_adviser=True)).exists()
    admin = signed_in(requests.member(town, "leitung", role="admin"))
    assert admin.post(f"{address}termin/{own.thread}/", {"action": "cancel"}).status_code == 302
    assert Appointment.objects.get(pk=own.pk).state == "cancelled"


def test_a_guest_cancels_by_link_and_the_time_is_free(town: Municipality) -> None:
    found, row, address = of_a_guest(town)
    page = Client().get(address)
    assert "Nora Öz" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert Client().get(f"{address}termin/{row.thread}/").status_code == 200
    row.refresh_from_db()
    assert row.state == "confirmed"  # looking changes nothing
    answer = Client().post(f"{address}termin/{row.thread}/", {"action": "cancel", "reason": "Krank"})
    assert "Der Termin ist abgesagt" in Client().get(answer["Location"]).content.decode()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("cancelled", "Krank")
    assert Client().post(f"{address}termin/{row.thread}/", {"action": "cancel"}).status_code == 302  # twice
    adviser = calendar.user_of(row.allocations.get().adviser).email
    booked, told, centre = (found for found in mails.deliver() if found["To"] != adviser)
    assert booked["Subject"] == f"{found.reference}: Ihr Termin steht fest"
    assert (told["To"], told["Subject"]) == ("nora@muehltal.example", f"{found.reference}: Termin abgesagt")
    assert centre["Subject"] == told["Subject"]
    assert "Krank" not in mails.text_of(centre)


def test_moving_follows_the_rules_of_booking(town: Municipality) -> None:
    _, row, address = of_a_guest(town)
    page = Client().get(f"{address}termin/{row.thread}/").content.decode()
    slots = re.findall(r'name="slot" value="(\d+)"', page)
    answer = Client().post(f"{address}termin/{row.thread}/", {"slot": slots[0], "reason": "Früher"})
    assert answer["Location"].endswith("?fertig=verschoben")
    now = Appointment.objects.get(thread=row.thread, state="confirmed")
    assert (now.starts_at, now.sequence, now.place) == (calendar.on(0, 9), 1, "video")
    shown = Client().get(f"{address}termin/{row.thread}/").content.decode()  # the old link shows the new state
    assert "Montag, 1. März 2027" in shown
    for slot in (str(int(slots[0]) + 7), "1", "999999999", ""):
        refused = Client().post(f"{address}termin/{row.thread}/", {"slot": slot, "reason": "Bleibt stehen"})
        assert refused.status_code == 409, slot
        assert "Bleibt stehen" in refused.content.decode()
    with time_machine.travel(calendar.on(0, 9, 30), tick=False):
        late = Client().post(f"{address}termin/{row.thread}/", {"action": "cancel"})
        assert "schon begonnen" in late.content.decode()


def test_a_request_for_a_time_and_a_whole_case_are_withdrawn(town: Municipality) -> None:
    found, row, address = of_a_guest(town)
    wish = appointments.request_by_wishes(
        case=found, form=row.format, wishes=[(calendar.MONDAY.replace(day=9), "any")], by=None
    )
    assert Client().post(f"{address}termin/{wish.thread}/", {"action": "withdraw"}).status_code == 302
    wish.refresh_from_db()
    assert wish.state == "withdrawn"
    assert Client().get(f"{address}zurueckziehen/").status_code == 200
    answer = Client().post(f"{address}zurueckziehen/", {"reason": "Hat sich erledigt"})
    assert answer.status_code == 302
    found.refresh_from_db()
    row.refresh_from_db()
    assert (found.state, row.state) == ("withdrawn", "cancelled")
    assert "Hat sich erledigt" in Client().get(address).content.decode()
    assert Client().post(f"{address}zurueckziehen/").status_code == 302  # twice


def test_links_that_do_not_hold_are_told_kindly(town: Municipality) -> None:
    found, _, address = of_a_guest(town)
    broken = Client().get(address[:-3] + "/")
    assert broken.status_code == 404
    assert "nicht vollständig" in broken.content.decode()
    Concern.objects.filter(case=found).update(link_generation=1)
    replaced = Client().get(address)
    assert replaced.status_code == 404
    assert "gilt nicht mehr" in replaced.content.decode()


def test_a_lost_link_is_sent_again_to_its_address_alone(town: Municipality) -> None:
    found, _, _ = of_a_guest(town)

    def ask(email: str) -> str:
        with time_machine.travel(calendar.NOW, tick=False) as clock:
            html = Client().get("/beratung/link/").content.decode()
            started = re.search(r'name="started" value="([^"]+)"', html)
            clock.shift(10)
            data = {"reference": found.reference.lower(), "email": email, "started": started[1] if started else ""}
            return Client().post("/beratung/link/", data).content.decode()

    stranger, own = ask("fremd@boese.example"), ask("Nora@muehltal.example")
    assert "Sehen Sie in Ihr Postfach" in own
    assert strip_csrf(stranger) == strip_csrf(own)
    with time_machine.travel(calendar.NOW + timedelta(minutes=1), tick=False):
        booked, mail = (found for found in mails.deliver() if "kkv.example" not in found["To"])
        assert booked["To"] == mail["To"]
    assert mail["To"] == "nora@muehltal.example"
    assert Client().get(mails.link_in(mail, "vorgang")).status_code == 200


def test_somebody_waiting_is_offered_a_seat_and_takes_it(town: Municipality, person: User) -> None:
    form = calendar.group_form(capacity=1, places=["video"])
    session = groups.plan(
        placement=calendar.placement(form, calendar.on(2, 13), calendar.adviser("Süß"), place="video"),
        title="Sprechstunde", by=None,
    )  # fmt: skip
    first = seats.book(session=session, case=calendar.case(municipality=town), by=None)
    own = calendar.case(municipality=town, requester=person)
    Concern.objects.create(case=own)
    entry = seats.join(session=session, case=own, by=person)
    client, address = signed_in(person), f"/beratung/vorgang/{own.reference}/"
    assert client.post(f"{address}warteliste/{entry.pk}/", {"action": "accept"}).status_code == 409
    changes.cancel(appointment=first, by=None)
    assert "Ein Platz ist frei geworden" in client.get(address).content.decode()
    assert "Ein Platz ist frei geworden" in client.get("/konto/").content.decode()
    assert client.post(f"{address}warteliste/{entry.pk}/", {"action": "accept"}).status_code == 302
    assert Appointment.objects.get(case=own).state == "confirmed"
    assert client.post(f"{address}warteliste/{entry.pk + 999}/", {"action": "accept"}).status_code == 404


def test_the_calendar_entry_has_one_uid_and_no_concern(case: Case, person: User) -> None:
    own = Appointment.objects.get(case=case)
    answer = signed_in(person).get(f"/beratung/vorgang/{case.reference}/termin/{own.thread}.ics")
    parsed = Calendar.from_ical(answer.content)
    (event,) = parsed.walk("VEVENT")
    assert event["UID"] == f"{own.thread}@testserver"
    assert str(event["SUMMARY"]).startswith("Erstgespräch")
    assert event.decoded("DTSTART") == own.starts_at
    assert parsed.walk("VTIMEZONE")
    assert case.subject.encode() not in answer.content


def test_the_own_area_shows_cases_appointments_and_drafts(case: Case, person: User, town: Municipality) -> None:
    client = signed_in(person)
    client.post("/beratung/anfragen/", {"topic": "0"})
    html = client.get("/konto/").content.decode()
    for words in ("Vorgänge", case.reference, "Montag, 1. März 2027", "Angefangene Anfragen"):
        assert words in html
    stranger = requests.member(calendar.municipality("Größingen"), "fremd")
    assert case.reference not in signed_in(stranger).get("/konto/").content.decode()


def test_the_public_page_its_feed_and_its_calendar(town: Municipality) -> None:
    form = calendar.group_form(places=["video"])
    groups.plan(
        placement=calendar.placement(form, calendar.on(2, 13), calendar.adviser("Süß"), place="video"),
        title="Sprechstunde NOOTS", by=None,
    )  # fmt: skip
    for address in ("/beratung/termine/", "/beratung/termine.md", "/beratung/termine.atom"):
        text = Client().get(address).content.decode()
        for words in ("Sprechstunde NOOTS", "Mittwoch, 3. März 2027, 13:00 bis 14:00 Uhr", "3 von 3 Plätzen frei"):
            assert words in text, address
    parsed = Calendar.from_ical(Client().get("/beratung/termine.ics").content)
    assert [str(event["SUMMARY"]) for event in parsed.walk("VEVENT")] == ["Sprechstunde NOOTS"]


def test_own_data_are_exported_and_erased(case: Case, person: User) -> None:
    from portal.accounts import own_data

    said = own_data.export(person)["consultations"]
    assert said["cases"][0]["reference"] == case.reference
    assert said["cases"][0]["concern"]["goal"] == case.concern.goal
    part = next(part for part in own_data.all_parts() if part.name == "consultations")
    part.erase(person)
    assert Case.objects.filter(pk=case.pk).exists()
    assert part.export(person)["drafts"] == []


def test_a_declined_case_says_why(case: Case, person: User) -> None:
    cases.decline(case=case, by=None, reason="Dafür ist der Landkreis zuständig.")
    html = signed_in(person).get(f"/beratung/vorgang/{case.reference}/").content.decode()
    assert "Dafür ist der Landkreis zuständig." in html
    assert "Abgelehnt" in html
