"""A link to confirm an address that is too old: the request is not lost while its draft lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Appointment, Case, RequestDraft
from consultations.tasks import tidy
from consultations.wizard import drafts, sending
from tests import mails
from tests.factories import calendar, requests
from tests.factories.requests import CONCERN, GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found
    cache.clear()


@pytest.fixture
def link() -> str:
    """The link of a request with a chosen time that nobody has confirmed."""
    walk = Walk(Client(), requests.world())
    walk.up_to_the_choice()
    walk.choose_format()
    walk.take(walk.slots()[-1])
    walk.post("pruefen", **GUEST)
    return mails.link_in(mails.deliver()[0], "bestaetigen")


def later(clock: Any, **fields: int) -> None:
    clock.shift(timedelta(**fields))
    tidy()
    drafts.remove_old()


def test_on_the_eighth_day_a_new_link_is_offered_and_sent_to_the_address_alone(link: str, clock: Any) -> None:
    later(clock, days=8)
    client = Client()
    page = client.get(link).content.decode()
    assert "Ihre Anfrage ist noch da" in page
    assert CONCERN["subject"] not in page, "an old link tells nothing of what was typed"
    assert GUEST["email"] not in page
    assert len(mails.deliver()) == 1, "a scanner that opens the link sends nothing"
    answer = client.post(link)
    assert answer.status_code == 302
    assert "neuen Link gesendet" in client.get(answer["Location"]).content.decode()
    assert client.post(link).status_code == 404, "sent twice: the old link has ended"
    first, second = mails.deliver()
    assert second["To"] == first["To"] == GUEST["email"]
    assert "halten wir bis" not in mails.text_of(second)
    new = mails.link_in(second, "bestaetigen")
    assert CONCERN["subject"] in Client().get(new).content.decode()
    answer = Client().post(new)
    if Case.objects.exists():  # the time was free still
        assert "bestaetigung" in answer["Location"]
    else:  # it has begun: another one is chosen, and all else is there
        assert "hinweis=begonnen" in answer["Location"]
        assert RequestDraft.objects.get().answers["subject"] == CONCERN["subject"]


def test_nobody_is_flooded(link: str, clock: Any) -> None:
    later(clock, days=8)
    draft = RequestDraft.objects.get()
    sending.ask_again(draft=draft)
    sending.ask_again(draft=draft)
    assert len(mails.deliver()) == 2
    assert draft.generation == 2


def test_on_the_thirty_first_day_the_draft_is_gone(link: str, clock: Any) -> None:
    later(clock, days=31)
    for answer in (Client().get(link), Client().post(link)):
        assert answer.status_code == 404
        assert "Neue Anfrage beginnen" in answer.content.decode()
    assert len(mails.deliver()) == 1


def test_a_draft_the_job_has_not_seen_yet_is_gone_as_well(link: str, clock: Any) -> None:
    clock.shift(timedelta(days=31))
    assert Client().get(link).status_code == 404


def test_a_link_made_up_or_of_a_request_that_was_sent_offers_nothing(link: str, clock: Any) -> None:
    Client().post(link)
    assert Case.objects.exists()
    later(clock, days=8)
    for address in (link, link.replace("bestaetigen/", "bestaetigen/x")):
        assert Client().post(address).status_code == 404
    assert not any("bestaetigen" in mails.text_of(mail) for mail in mails.deliver()[1:])


def test_another_time_within_the_minute_is_kept_as_long_as_the_mail_says() -> None:
    guest = Walk(Client(), requests.world())
    guest.up_to_the_choice()
    guest.choose_format()
    first, second = guest.slots()[:2]
    guest.take(first)
    guest.post("pruefen", **GUEST)
    guest.take(second)
    held = Appointment.objects.get(state="held")
    assert (held.starts_at, held.held_until) == (
        calendar.on(0, 9) + timedelta(minutes=(int(second) - int(first))),
        calendar.NOW + timedelta(minutes=15),
    )
    assert guest.post("pruefen", **GUEST).status_code == 302
    held.refresh_from_db()
    assert held.held_until == calendar.NOW + timedelta(hours=2)
    (mail,) = mails.deliver()
    assert guest.client.post(mails.link_in(mail, "bestaetigen")).status_code == 302
    assert Appointment.objects.get(state="confirmed").pk == held.pk
