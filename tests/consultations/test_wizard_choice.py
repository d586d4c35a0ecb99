"""The step of format and time: only what the format asks counts, and no button loses what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Concern, Format, FormatQuestion, Participant
from consultations.services import appointments, groups
from portal.accounts.models import Municipality
from tests.factories import calendar, desk, reading, requests
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
    return requests.walk_to_the_times(town)


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


# -- who advises on it ------------------------------------------------------------------------------------------


def other_topic(*own: str) -> list[str]:
    """Give the adviser some of two topics, and return both (ids)."""
    found = {title: reading.topic(title) for title in ("Registermodernisierung", "Barrierefreiheit")}
    adviser = Adviser.objects.get()
    adviser.topics.set([found[title] for title in own])
    adviser.save()
    return [str(page.pk) for page in found.values()]


def walked(town: Municipality, topic: str) -> Walk:
    found = Walk(Client(), town)
    found.up_to_the_choice(topic=topic)
    found.choose_format()
    assert choose(found, slot=found.slots()[0], participants="Nora Öz")["Location"].endswith("pruefen/")
    return found


@pytest.mark.parametrize("run_out", [False, True])
def test_a_time_of_who_does_not_advise_on_another_topic_is_given_up(town: Municipality, run_out: bool) -> None:
    first, second = other_topic("Registermodernisierung")
    walk = walked(town, first)
    held = Appointment.objects.get()
    if run_out:
        appointments.release(appointment=held)
    answer = walk.post("thema", topic=second, municipality=str(town.pk))
    assert answer["Location"] == f"{walk.base}anliegen/?hinweis=zustaendig"
    assert "berät Sie jemand anderes" in walk.client.get(answer["Location"]).content.decode()
    held.refresh_from_db()
    assert held.state == "expired"
    assert (walk.draft.appointment, walk.draft.answers["way"]) == (None, "")
    assert walk.client.get(f"{walk.base}pruefen/")["Location"].startswith(f"{walk.base}termin/")
    assert "Nora Öz" in walk.get("termin/")


def test_a_time_of_who_advises_on_the_other_topic_too_is_kept(town: Municipality) -> None:
    first, second = other_topic("Registermodernisierung", "Barrierefreiheit")
    walk = walked(town, first)
    for topic in (first, second):
        answer = walk.post("thema", topic=topic, municipality=str(town.pk))
        assert answer["Location"] == f"{walk.base}anliegen/"
    assert Appointment.objects.get().state == "held"


def test_the_same_with_another_municipality(town: Municipality) -> None:
    elsewhere, here = desk.district("Wetteraukreis"), desk.district("Odenwaldkreis")
    adviser = Adviser.objects.get()
    adviser.regions.set([here])
    adviser.save()
    nidda = Municipality.objects.create(
        name="Nidda", slug="test-nidda", kind=Municipality.Kind.GEMEINDE, district=elsewhere
    )
    walk = walked(town, "0")
    answer = walk.post("thema", topic="0", municipality=str(nidda.pk))
    assert answer["Location"].endswith("?hinweis=zustaendig")
    assert Appointment.objects.get().state == "expired"


def test_a_seat_stays_whatever_the_topic(town: Municipality) -> None:
    first, second = other_topic("Registermodernisierung")
    walk = walked(town, first)
    wanted = calendar.placement(calendar.group_form(), calendar.on(2, 13), calendar.adviser("Süß"), place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    walk.choose_format("sprechstunde")
    walk.post("termin", format="sprechstunde", session=f"platz:{session.pk}")
    assert walk.post("thema", topic=second, municipality=str(town.pk))["Location"] == f"{walk.base}anliegen/"
    assert walk.draft.appointment is not None
