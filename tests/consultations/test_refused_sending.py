"""What can stop a request at its very end, each with the sentence that is true and with nothing typed lost."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Format, GroupSession, WaitingEntry
from consultations.refusals import NotPossible
from consultations.services import appointments, groups, seats
from consultations.wizard import frame
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, requests
from tests.factories.requests import CONCERN, GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LONGER_THAN_A_HOLD = datetime.timedelta(minutes=20)
WISHES = {"day1": "2027-03-03", "part1": "any", "day2": "2027-03-09", "part2": "morning"}


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def known(town: Municipality) -> Walk:
    client = Client()
    client.force_login(requests.member(town))
    return Walk(client)


def later(walk: Walk, clock: Any, **time: int) -> None:
    """Go on with the draft of an account some time later: signed in anew."""
    clock.shift(datetime.timedelta(**time))
    user = walk.draft.user
    assert user is not None
    walk.client.force_login(user)


def planned(**fields: Any) -> GroupSession:
    form = calendar.group_form(capacity=1, places=["video"], **fields)
    wanted = calendar.placement(form, calendar.on(2, 13), calendar.adviser("Süß"), place="video", by_centre=True)
    return groups.plan(placement=wanted, title="Sprechstunde NOOTS", by=None)


def choose_seat(walk: Walk, session: GroupSession, word: str = "platz") -> None:
    walk.up_to_the_choice(termin=str(session.uid))
    answer = walk.post("termin", format="sprechstunde", session=f"{word}:{session.pk}")
    assert answer["Location"].endswith("pruefen/")


def led_back(walk: Walk, answer: Any, word: str) -> str:
    """Return the page somebody is led back to; the concern is there still, and no case."""
    assert answer["Location"].partition("#")[0] == f"{walk.base}termin/?hinweis={word}"
    assert not Case.objects.filter(subject=CONCERN["subject"]).exists()
    assert walk.draft.answers["subject"] == CONCERN["subject"]
    return str(walk.client.get(answer["Location"]).content.decode())


# -- seats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("entry", "state"), [("direct", "confirmed"), ("triage", "requested")])
def test_a_seat_whose_hold_has_run_out_is_taken_anew(known: Walk, clock: Any, entry: str, state: str) -> None:
    session = planned(entry=entry)
    choose_seat(known, session)
    clock.shift(LONGER_THAN_A_HOLD)
    assert "bestaetigung" in known.post("pruefen")["Location"]
    row = Appointment.objects.get(case=Case.objects.get())
    assert (row.session, row.state, row.place) == (session, state, "video")


def test_by_the_link_of_a_mail_as_well(town: Municipality, clock: Any) -> None:
    session, guest = planned(), Walk(Client(), town)
    choose_seat(guest, session)
    mails.deliver()
    guest.post("pruefen", **GUEST)
    link = mails.link_in(mails.deliver()[-1], "bestaetigen")
    clock.shift(datetime.timedelta(hours=20))
    assert "bestaetigung" in Client().post(link)["Location"]
    assert Appointment.objects.get(session=session, state="confirmed").case is not None


def test_who_waits_comes_first_and_the_waiting_list_is_offered(known: Walk, clock: Any) -> None:
    session = planned()
    choose_seat(known, session)
    seats.join(session=session, case=calendar.case("Wartet schon"), by=None)
    clock.shift(LONGER_THAN_A_HOLD)
    page = led_back(known, known.post("pruefen"), "ausgebucht")
    assert "auf die Warteliste setzen lassen" in page
    assert "jetzt vergeben" not in page
    assert WaitingEntry.objects.count() == 1


@pytest.mark.parametrize("word", ["platz", "warten"])
def test_a_session_called_off_meanwhile_is_told(known: Walk, word: str) -> None:
    session = planned()
    if word == "warten":
        seats.book(session=session, case=calendar.case("Hat den Platz"), by=None)
    choose_seat(known, session, word)
    groups.cancel(session=session, by=None)
    page = led_back(known, known.post("pruefen"), "geschlossen")
    assert "kann man sich nicht mehr anmelden. Bitte wählen Sie einen anderen" in page


def test_a_session_closed_meanwhile_is_told(known: Walk, clock: Any) -> None:
    session = planned(notice_hours=24)
    choose_seat(known, session)
    later(known, clock, hours=40)
    led_back(known, known.post("pruefen"), "geschlossen")


# -- times ------------------------------------------------------------------------------------------------------


def test_a_time_somebody_else_has_meanwhile_is_told(known: Walk, clock: Any) -> None:
    known.up_to_the_choice()
    known.choose_format()
    known.take(known.slots()[0], participants="Nora Öz")
    clock.shift(LONGER_THAN_A_HOLD)
    first = calendar.placement(Format.objects.get(), calendar.on(0, 9), Adviser.objects.get(), place="video")
    appointments.book(placement=first, case=calendar.case("War schneller"), by=None)
    page = led_back(known, known.post("pruefen"), "nicht-mehr-frei")
    assert "die Zeit nicht mehr frei" in page
    assert "Nora Öz" in page


def test_what_nobody_has_foreseen_is_not_called_taken() -> None:
    assert frame.word_of(NotPossible("Etwas ganz anderes.")) == "nicht-moeglich"
    assert set(frame._WORDS.values()) < set(frame.NOTICES)


# -- wishes -----------------------------------------------------------------------------------------------------


def wish(walk: Walk) -> None:
    walk.up_to_the_choice()
    walk.choose_format()
    answer = walk.post("termin", format="erstgespraech", place="video", action="wishes", **WISHES)
    assert answer["Location"].endswith("pruefen/")


def says_which_day(page: str) -> bool:
    kept = 'value="2027-03-03"' in page and 'value="2027-03-09"' in page and 'value="morning" selected' in page
    return kept and "Wunschtage ist schon vorbei" in page and "einen Tag an, der noch kommt" in page


def test_a_wish_past_by_the_time_the_link_is_opened_is_told(town: Municipality, clock: Any) -> None:
    guest = Walk(Client(), town)
    wish(guest)
    guest.post("pruefen", **GUEST)
    link = mails.link_in(mails.deliver()[0], "bestaetigen")
    clock.shift(datetime.timedelta(days=3))
    answer = Client().post(link)
    assert answer["Location"].endswith("#wuensche")
    assert says_which_day(led_back(guest, answer, "wuensche"))
    again = {**WISHES, "day1": "2027-03-10"}
    guest.post("termin", format="erstgespraech", place="video", action="wishes", **again)
    guest.post("pruefen", **GUEST)
    assert "bestaetigung" in Client().post(mails.link_in(mails.deliver()[-1], "bestaetigen"))["Location"]
    assert [row["day"] for row in Appointment.objects.get().wishes] == ["2027-03-10", "2027-03-09"]


def test_no_mail_asks_to_confirm_a_wish_that_is_past(town: Municipality, clock: Any) -> None:
    guest = Walk(Client(), town)
    wish(guest)
    clock.shift(datetime.timedelta(days=3))
    assert says_which_day(led_back(guest, guest.post("pruefen", **GUEST), "wuensche"))
    assert mails.deliver() == []


def test_the_same_with_an_account(known: Walk, clock: Any) -> None:
    wish(known)
    later(known, clock, days=3)
    assert says_which_day(led_back(known, known.post("pruefen"), "wuensche"))
