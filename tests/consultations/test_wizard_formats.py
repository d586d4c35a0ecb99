"""Step 4 with another format marked than the draft has: nothing is taken for the wrong one, nothing is lost."""

from __future__ import annotations

import re

import pytest

from consultations.models import Appointment, Format, FormatQuestion
from tests.factories import calendar, requests
from tests.factories.requests import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
WISHES = {"day1": "2027-03-09", "part1": "morning"}
PEOPLE = "Nora Öz, nora@muehltal.example"


@pytest.fixture
def walk() -> Walk:
    """Somebody who has chosen "Erstgespräch" where there is "Vor Ort" as well."""
    town = requests.world()
    calendar.form("vor-ort", name="Vor Ort", duration=120, places=["on_site"], entry=Format.Entry.TRIAGE)
    return requests.walk_to_the_times(town)


def marked(html: str) -> list[str]:
    return re.findall(r'name="format" id="[^"]*" value="([^"]*)"[^>]* checked', html)


@pytest.mark.parametrize("pressed", ["slot", "wishes", "keep", "written", "ab"])
def test_another_marked_format_is_changed_to_and_nothing_is_taken(walk: Walk, pressed: str) -> None:
    button = {"slot": walk.slots()[0]} if pressed == "slot" else {"action": pressed}
    if pressed == "ab":
        button = {"ab": "2027-03-15"}
    answer = walk.post("termin", format="vor-ort", place="video", participants=PEOPLE, **WISHES, **button)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Markiert haben Sie „Vor Ort“, bisher galt „Erstgespräch“" in page
    assert marked(page) == ["vor-ort"]
    assert "Vor Ort: Was wir vorab wissen müssen" in page
    assert "bis 11:00 Uhr" in page, "the times are those of two hours"
    assert 'value="2027-03-09"' in page
    assert "nora@muehltal.example" in page
    assert not Appointment.objects.exists()
    assert (walk.draft.answers["way"], walk.draft.answers["wishes"]) == ("", [])
    assert walk.post("termin", format="vor-ort", action="wishes", **WISHES).status_code == 302
    walk.post("pruefen")
    assert Appointment.objects.get().format.key == "vor-ort"


def test_a_second_window_with_the_earlier_format_takes_no_time_for_the_later_one(walk: Walk) -> None:
    asked = FormatQuestion.objects.create(format=Format.objects.get(key="erstgespraech"), question="Seit wann?")
    other = FormatQuestion.objects.create(format=Format.objects.get(key="vor-ort"), question="Welches Gebäude?")
    slot = walk.slots()[0]
    walk.choose_format("vor-ort")
    walk.post("termin", format="vor-ort", action="format", participants="", **{f"q{other.pk}": "Rathaus, Saal 2"})
    earlier = {"place": "phone", "participants": PEOPLE, f"q{asked.pk}": "Seit dem Herbst"}
    answer = walk.post("termin", format="erstgespraech", slot=slot, **earlier)
    assert answer.status_code == 422
    assert marked(answer.content.decode()) == ["erstgespraech"]
    assert "Seit dem Herbst" in answer.content.decode()
    assert not Appointment.objects.exists()
    assert walk.draft.answers["asked"] == {str(asked.pk): "Seit dem Herbst", str(other.pk): "Rathaus, Saal 2"}
    assert walk.post("termin", format="erstgespraech", slot=slot, **earlier).status_code == 302
    held = Appointment.objects.get()
    assert (held.format.key, held.place) == ("erstgespraech", "phone")


@pytest.mark.parametrize("action", ["keep", "wishes", "on"])
def test_a_kept_time_is_given_up_by_the_button_of_the_format_alone(walk: Walk, action: str) -> None:
    walk.take(walk.slots()[0])
    answer = walk.post("termin", format="vor-ort", action=action, participants=PEOPLE, **WISHES)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "vorgemerkt ist ein Termin für „Erstgespräch“" in page
    assert marked(page) == ["vor-ort"]
    assert "nora@muehltal.example" in page
    held = Appointment.objects.get()
    assert (held.state, walk.draft.answers["format"]) == ("held", "erstgespraech")
    assert walk.post("termin", format="vor-ort", action="format")["Location"].endswith("termin/#format-gewaehlt")
    held.refresh_from_db()
    assert held.state == "expired"


def test_a_format_that_is_gone_takes_nothing(walk: Walk) -> None:
    slot = walk.slots()[0]
    walk.choose_format("vor-ort")
    Format.objects.filter(key="erstgespraech").update(active=False)
    answer = walk.post("termin", format="erstgespraech", slot=slot, participants=PEOPLE)
    assert answer.status_code == 422
    assert "Bitte wählen Sie, wie wir Ihnen helfen sollen." in answer.content.decode()
    assert "nora@muehltal.example" in answer.content.decode()
    assert not Appointment.objects.exists()
