"""The step of format and time: only what the format asks counts, and no button loses what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Appointment, Case, Concern, Format, FormatQuestion, Participant
from portal.accounts.models import Municipality
from tests.factories import calendar, requests
from tests.factories.requests import Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
CROWD = "\n".join(f"Person {number}" for number in range(25))
WISH = {"day1": "2027-03-09", "part1": "morning", "day2": "31.02.2027", "part2": "any", "day3": "", "part3": "any"}
RIGHT = {**WISH, "day2": ""}


@pytest.fixture(autouse=True)
def _now(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def written(town: Municipality) -> Format:
    return calendar.form(
        "schriftlich", name="Schriftliche Auskunft", kind=Format.Kind.WRITTEN, duration=0, places=[]
    )


@pytest.fixture
def walk(town: Municipality) -> Walk:
    """Somebody of the town who has chosen a format with times."""
    client = Client()
    client.force_login(requests.member(town))
    found = Walk(client)
    found.up_to_the_choice()
    found.choose_format()
    return found


def choose(walk: Walk, **typed: str) -> Any:
    return walk.post("termin", **{"format": "erstgespraech", "place": "video", **typed})


def enter(walk: Walk, **typed: str) -> Any:
    """Send what the enter key sends: the fields and the first button of the form."""
    form = walk.get("termin/").partition('<form class="kp-form kp-wizard__wide"')[2]
    button = re.search(r"<button[^>]*>", form)
    assert button is not None
    name, value = re.search(r'name="(\w+)"', button[0]), re.search(r'value="(\w+)"', button[0])
    assert name is not None
    assert value is not None
    return choose(walk, **typed, **{name[1]: value[1]})


# -- only what the format asks counts ---------------------------------------------------------------------------


@pytest.mark.parametrize("participants", [CROWD, "Nora Öz, nora@", "Erika Muster, geb. 12.08.1964"])
def test_what_an_earlier_format_asked_does_not_stand_in_the_way_of_a_written_answer(
    walk: Walk, written: Format, participants: str
) -> None:
    question = FormatQuestion.objects.create(format=Format.objects.get(key="erstgespraech"), question="Seit wann?")
    born = {f"q{question.pk}": "Max Muster, geb. 01.02.1980"}
    choose(walk, action="format", place="phone", participants=participants, **born)
    walk.post("termin", format="schriftlich", action="format", participants=participants, place="phone", **born)
    assert walk.post("termin", format="schriftlich", action="written")["Location"] == f"{walk.base}pruefen/"
    check = walk.get("pruefen/")
    assert 'name="phone"' not in check
    assert "Geburtsdatum" not in check
    assert "Telefon" not in check.partition("Prüfen und senden")[2].partition("<form")[0]
    assert "bestaetigung" in walk.post("pruefen")["Location"]
    concern = Concern.objects.get()
    assert (concern.place, concern.phone, concern.answers) == ("", "", [])
    assert not Participant.objects.exists()


def test_going_back_to_the_earlier_format_brings_it_all_back(walk: Walk, written: Format) -> None:
    choose(walk, format="schriftlich", action="format", place="phone", participants="Nora Öz")
    assert "Nora Öz" not in walk.get("termin/")
    walk.post("termin", format="erstgespraech", action="format")
    page = walk.get("termin/")
    assert "Nora Öz" in page
    assert re.search(r'<input[^>]*value="phone"[^>]*checked', page)


def test_whoever_is_sent_back_sees_what_is_wrong(walk: Walk) -> None:
    assert choose(walk, slot=walk.slots()[0], participants="Nora Öz, nora@").status_code == 422
    back = walk.client.get(f"{walk.base}pruefen/")["Location"]
    assert back.endswith("termin/?hinweis=fehlt")
    page = walk.client.get(back)
    assert page.status_code == 200
    assert "Bitte prüfen Sie die E-Mail-Adresse von Nora Öz" in page.content.decode()


def test_a_place_that_has_to_be_chosen_cannot_be_left_out(walk: Walk) -> None:
    assert walk.post("termin", format="erstgespraech", slot=walk.slots()[0]).status_code == 422
    assert walk.client.get(f"{walk.base}pruefen/")["Location"].endswith("termin/?hinweis=fehlt")


def test_a_session_has_its_place_and_asks_for_none(walk: Walk) -> None:
    calendar.group_form()
    walk.choose_format("sprechstunde")
    assert 'name="place"' not in walk.get("termin/")


# -- nothing typed is lost --------------------------------------------------------------------------------------


def shows_the_wishes(walk: Walk) -> bool:
    page = walk.get("termin/")
    return 'value="2027-03-09"' in page and 'value="31.02.2027"' in page and 'value="morning" selected' in page


@pytest.mark.parametrize(
    "pressed",
    [{"action": "format"}, {"ab": "2027-03-15"}, {"slot": "99999999"}, {"action": "wishes"}, {"action": "on"}],
    ids=["format", "later", "refused slot", "wishes", "enter"],
)
def test_no_button_loses_the_wishes(walk: Walk, pressed: dict[str, str]) -> None:
    answer = choose(walk, **WISH, **pressed)
    if answer.status_code == 422:
        assert 'value="31.02.2027"' in answer.content.decode()
    assert shows_the_wishes(walk)


def test_another_format_and_back_keeps_the_wishes(walk: Walk, written: Format) -> None:
    choose(walk, **WISH, format="schriftlich", action="format")
    walk.post("termin", format="erstgespraech", action="format")
    assert shows_the_wishes(walk)


def test_enter_in_a_wish_goes_on_with_it(walk: Walk) -> None:
    assert enter(walk, **RIGHT)["Location"] == f"{walk.base}pruefen/"
    assert "Dienstag, 9. März 2027, vormittags" in walk.get("pruefen/")
    walk.post("pruefen")
    assert Appointment.objects.get().wishes == [{"day": "2027-03-09", "part": "morning"}]


def test_enter_with_a_kept_time_goes_on_with_it_and_gives_it_up_for_nothing(walk: Walk) -> None:
    choose(walk, slot=walk.slots()[0])
    asked = enter(walk, **RIGHT)
    assert asked.status_code == 422
    assert "einen Termin vorgemerkt und Wünsche genannt" in asked.content.decode()
    held = Appointment.objects.get()
    assert held.state == "held"
    assert enter(walk, place="phone", **dict.fromkeys(RIGHT, ""))["Location"] == f"{walk.base}pruefen/"
    held.refresh_from_db()
    assert (held.state, held.place) == ("held", "phone")


def test_enter_without_a_choice_says_what_is_to_choose(walk: Walk) -> None:
    answer = enter(walk, participants="Nora Öz")
    assert answer.status_code == 422
    assert "oder nennen Sie uns Ihre Wünsche" in answer.content.decode()
    assert "Nora Öz" in answer.content.decode()
    calendar.group_form()
    walk.choose_format("sprechstunde")
    assert "Bitte wählen Sie einen der angebotenen Termine." in enter(walk, format="sprechstunde").content.decode()


def test_enter_on_another_format_takes_that_format(walk: Walk, written: Format) -> None:
    assert enter(walk, format="schriftlich")["Location"].endswith("termin/#format-gewaehlt")
    assert enter(walk, format="schriftlich")["Location"] == f"{walk.base}pruefen/"
    walk.post("pruefen")
    assert Case.objects.get().format == written
