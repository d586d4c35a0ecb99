"""The link that confirms an address: it stands for this address alone, and ends with who has the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Appointment, Case, Concern, RequestDraft
from consultations.requester import own_data, tokens
from consultations.services import municipality_side
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, requests
from tests.factories.requests import GUEST, Walk
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
OTHER = "fremd@anderswo.example"


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
def guest(town: Municipality) -> Walk:
    """Somebody who has chosen a time and been sent the link."""
    walk = Walk(Client(), town)
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[-1])
    assert walk.post("pruefen", **GUEST).status_code == 302
    return walk


@pytest.fixture
def link(guest: Walk) -> str:
    return mails.link_in(mails.deliver()[-1], "bestaetigen")


# -- after it was used ------------------------------------------------------------------------------------------


def _over_to_an_address(case: Case) -> None:
    municipality_side.hand_to_address(case=case, name="Nora Öz", email="nora@muehltal.example", by=None)


def _changed_by_the_centre(case: Case) -> None:
    municipality_side.hand_to_address(
        case=case, name="Jörg Süß", email="js@landkreis.example", by=None, by_centre=True
    )


def _over_to_an_account(case: Case) -> None:
    assert case.municipality is not None
    municipality_side.hand_to(case=case, to=requests.member(case.municipality, "nora"), by=None)


def _erased(case: Case) -> None:
    own_data.erase(make_user(GUEST["email"]))


ENDS = [_over_to_an_address, _changed_by_the_centre, _over_to_an_account, _erased]


@pytest.mark.parametrize("what", ENDS, ids=lambda what: what.__name__)
def test_whoever_had_the_case_does_not_come_back_by_it(link: str, what: Callable[[Case], None]) -> None:
    Client().post(link)
    case = Case.objects.get()
    assert Client().get(link)["Location"].endswith(f"{tokens.make(case.concern)}/bestaetigung/")
    what(case)
    fresh = tokens.make(Concern.objects.get(case=case))
    for send in (Client().get, Client().post):
        answer = send(link)
        assert answer.status_code == 404
        assert "Diese Anfrage ist schon gesendet" in answer.content.decode()
        assert fresh not in answer.content.decode()


# -- the address it stands for ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", [{"name": "", "email": OTHER}, {"name": "Jemand", "email": "anna@"}], ids=["another", "half"]
)
def test_what_was_typed_wrongly_afterwards_is_shown_again_and_counts_for_nothing(
    guest: Walk, link: str, typed: dict[str, str]
) -> None:
    assert guest.post("pruefen", **typed).status_code == 422
    assert f'value="{typed["email"]}"' in guest.get("pruefen/"), "nothing typed is lost"
    assert GUEST["email"] in Client().get(link).content.decode()
    assert Appointment.objects.get().held_until == calendar.NOW + timedelta(hours=2)
    assert Client().post(link).status_code == 302
    concern = Concern.objects.get()
    assert (concern.contact_name, concern.contact_email) == (GUEST["name"], GUEST["email"])
    assert RequestDraft.objects.get().answers == {}


def test_another_address_typed_when_the_time_is_lost_is_not_taken_for_the_confirmed_one(
    guest: Walk, link: str, clock: Any
) -> None:
    clock.shift(timedelta(hours=3))
    lost = guest.post("pruefen", name="Jemand", email=OTHER)
    assert lost["Location"].endswith("termin/?hinweis=abgelaufen")
    guest.take(guest.slots()[-2])
    assert OTHER in guest.get("pruefen/")
    Client().post(link)
    concern = Concern.objects.get()
    assert (concern.contact_name, concern.contact_email) == (GUEST["name"], GUEST["email"])


def test_a_new_link_goes_to_the_address_of_the_old_one(guest: Walk, link: str, clock: Any) -> None:
    guest.post("pruefen", name="", email=OTHER)
    clock.shift(timedelta(days=8))
    Client().post(link)
    assert [mail["To"] for mail in mails.deliver()] == [GUEST["email"], GUEST["email"]]


def test_another_address_that_is_right_gets_a_link_of_its_own_and_the_first_ends(guest: Walk, link: str) -> None:
    assert guest.post("pruefen", name="Jörg Süß", email=OTHER).status_code == 302
    assert Client().post(link).status_code == 404
    mail = mails.deliver()[-1]
    assert mail["To"] == OTHER
    Client().post(mails.link_in(mail, "bestaetigen"))
    assert Concern.objects.get().contact_email == OTHER


def test_a_draft_with_half_an_address_leads_to_where_it_is_asked(guest: Walk, link: str) -> None:
    draft = guest.draft
    draft.answers = {**draft.answers, "email": "anna@"}
    draft.save()
    assert Client().post(link)["Location"].endswith("pruefen/?hinweis=fehlt")
    assert not Case.objects.exists()


def test_a_call_wanted_afterwards_needs_a_number_first(guest: Walk, link: str) -> None:
    guest.post("termin", format="erstgespraech", place="phone", action="keep")
    assert Client().post(link)["Location"].endswith("pruefen/?hinweis=fehlt")
    assert 'name="phone"' in guest.get("pruefen/")
    assert not Case.objects.exists()


def test_a_draft_gone_on_with_signed_in_opens_for_this_account_alone(
    guest: Walk, link: str, town: Municipality
) -> None:
    user = requests.member(town, "nora")
    guest.client.force_login(user)
    guest.post("termin", format="erstgespraech", place="video", action="keep")  # the draft is theirs now
    for send in (Client().get, Client().post):
        assert send(link)["Location"] == f"{guest.base}pruefen/"
    assert Client().get(f"{guest.base}pruefen/")["Location"].startswith("/konto/anmelden/")
    assert not Case.objects.exists()
    assert guest.post("pruefen").status_code == 302
    assert Case.objects.get().requester == user
