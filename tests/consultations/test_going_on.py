"""Where somebody goes on: a draft at its first open step, free times at the page they were looking at."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client

from consultations import times
from consultations.models import Adviser, Appointment, Case, Concern, Format
from consultations.requester import tokens
from consultations.services import appointments
from portal.accounts.models import Municipality, User
from tests.factories import calendar, desk, requests
from tests.factories.requests import CONCERN, Walk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def person(town: Municipality) -> User:
    return requests.member(town)


@pytest.fixture
def walk(person: User) -> Walk:
    return Walk(signed_in(person))


# -- the draft ----------------------------------------------------------------------------------------------------


def resumed(walk: Walk) -> str:
    """Return the step to which the link in the own area leads."""
    html = walk.client.get("/konto/").content.decode()
    link = re.search(r'href="(/beratung/anfragen/[^"]+)"[^>]*>[^<]*', html.partition("Angefangene Anfragen")[2])
    assert link is not None
    page = walk.client.get(link[1], follow=True)
    assert page.status_code == 200
    last = page.redirect_chain[-1][0]
    assert "hinweis" not in last, "nobody has left anything out"
    return last.rstrip("/").rpartition("/")[2]


def test_a_draft_goes_on_at_its_first_open_step(walk: Walk) -> None:
    walk.begin()
    assert resumed(walk) == "anliegen"
    walk.post("anliegen", **CONCERN)
    assert resumed(walk) == "hilfen", "the guidance comes before the booking"
    walk.post("hilfen", action="on")
    walk.choose_format()
    assert resumed(walk) == "termin"
    walk.take(walk.slots()[0])
    assert resumed(walk) == "pruefen"


def test_the_municipality_is_asked_again_where_it_advises_no_more(walk: Walk, town: Municipality) -> None:
    walk.begin()
    Municipality.objects.filter(pk=town.pk).update(active=False)
    assert resumed(walk) == "thema"


def test_the_way_on_is_nobody_elses(walk: Walk, town: Municipality) -> None:
    walk.begin()
    assert "/konto/" in Client().get(f"{walk.base}weiter/")["Location"]
    assert signed_in(requests.member(town, "fremd")).get(f"{walk.base}weiter/").status_code == 404


# -- free times ---------------------------------------------------------------------------------------------------

LATER = date(2027, 3, 15)


def filled_in(html: str, **pressed: str) -> dict[str, str]:
    """Return what the form of free times sends: its hidden fields and the pressed button."""
    form = html.partition('<form class="kp-form kp-wizard__wide"')[2].partition("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {**dict(hidden), **pressed}


def days(html: str) -> list[str]:
    return re.findall(r'id="tag-([\d-]+)"', html)


def gone(html: str, lead: Adviser) -> str:
    """Let somebody else take the first of the shown times, and return its button."""
    value = re.findall(r'name="slot" value="(\d+)"', html)[0]
    start = times.from_minute(int(value))
    placement = calendar.placement(Format.objects.get(), start, lead)
    appointments.book(placement=placement, case=calendar.case("Ein anderes Anliegen"), by=None)
    return value


def stays(client: Client, address: str, lead: Adviser, html: str) -> None:
    """Assert that a refused time leaves the page of times as it was, twice."""
    assert days(html)[0] == "2027-03-15"
    for _ in range(2):
        answer = client.post(address, filled_in(html, slot=gone(html, lead)))
        assert answer.status_code in (409, 422)
        html = answer.content.decode()
        assert days(html)[0] == "2027-03-15"
        assert "nächster freier Tag" not in html


def test_a_refused_time_in_the_wizard_leaves_the_page_of_times(walk: Walk) -> None:
    walk.up_to_the_choice()
    walk.choose_format()
    address = f"{walk.base}termin/"
    lead = Adviser.objects.get()
    html = walk.client.post(address, {**filled_in(walk.get("termin/")), "ab": "2027-03-15"}, follow=True)
    stays(walk.client, address, lead, html.content.decode())
    typed = filled_in(walk.client.get(f"{address}?ab=2027-03-15").content.decode(), participants="Nora, nora@")
    wrong = walk.client.post(address, {**typed, "place": "video", "action": "wishes"})
    assert days(wrong.content.decode())[0] == "2027-03-15"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


@pytest.fixture
def case(lead: Adviser) -> Case:
    found = desk.working_case(lead, form=calendar.form())
    Concern.objects.create(case=found, contact_name="Uwe Alt", contact_email="uwe@muehltal.example")
    return found


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def test_a_refused_time_of_an_open_case_leaves_the_page_of_times(case: Case, lead: Adviser) -> None:
    address = f"{base(case)}termin-waehlen/"
    stays(Client(), address, lead, Client().get(f"{address}?ab=2027-03-15").content.decode())


@pytest.mark.parametrize("by_button", [True, False])
def test_a_refused_move_leaves_the_page_of_times(case: Case, lead: Adviser, by_button: bool) -> None:
    placement = calendar.placement(Format.objects.get(), calendar.on(1), lead, place="video")
    row: Appointment = appointments.book(placement=placement, case=case, by=None)
    address = f"{base(case)}termin/{row.thread}/"
    page = Client().post(address, {"ab": "2027-03-15"}) if by_button else Client().get(f"{address}?ab=2027-03-15")
    html = page.content.decode()
    kept = Client().post(address, filled_in(html, action="keep", reason="Krank")).content.decode()
    assert days(kept)[0] == "2027-03-15"
    stays(Client(), address, lead, html)


@pytest.mark.parametrize("said", ["", "x", "2027-02-31", "0001-01-01", "9999-12-31", "\x00"])
def test_a_day_that_is_none_shows_some_page(case: Case, lead: Adviser, said: str) -> None:
    address = f"{base(case)}termin-waehlen/"
    assert Client().post(address, {"von": said, "slot": "1"}).status_code == 409
    assert Client().get(address, {"ab": said}).status_code == 200
