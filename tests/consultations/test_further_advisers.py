"""Further advisers stay with an appointment: moved by either side, and when its lead is handed over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations import offers
from consultations.models import Adviser, Appointment, Case, Concern
from consultations.requester import changing, tokens
from consultations.services import appointments, changes, record
from consultations.services.placing import Placement
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _monday_morning(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def further() -> Adviser:
    """Made before the lead, so that neither id nor order of storing tells them apart; mornings only."""
    return desk.adviser_with_role("Weiß", hours=(9, 13))


@pytest.fixture
def lead(further: Adviser) -> Adviser:
    return desk.adviser_with_role("Größe")


@pytest.fixture
def case(lead: Adviser) -> Case:
    found = desk.working_case(lead, municipality=make.municipality())
    Concern.objects.create(case=found, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    return found


@pytest.fixture
def booked(case: Case, lead: Adviser, further: Adviser) -> Appointment:
    wanted = Placement(
        form=make.form(), starts_at=make.on(1, 9), candidates=[lead.pk], further=[further.pk], place="video"
    )
    return appointments.book(placement=wanted, case=case, by=None)


def crew(row: Appointment) -> list[tuple[str, str]]:
    return [(str(part.adviser.user.last_name), part.role) for part in record.allocated(row)]  # type: ignore[union-attr]


def now(row: Appointment) -> Appointment:
    return Appointment.objects.get(thread=row.thread, state="confirmed")


def hours(row: Appointment, day: int = 1) -> list[int]:
    offer = offers.free_days(changing.asked_to_move(row), first=make.on(day).date())
    return [choice.starts_at.astimezone(make.BERLIN).hour for choice in offer.days[0].choices]


def test_the_municipality_moves_both(booked: Appointment, case: Case, further: Adviser) -> None:
    assert hours(booked) == [9, 10, 11, 12], "only what both have"
    other = make.placement(make.form("andere"), make.on(1, 11), further)
    appointments.book(placement=other, case=make.case(), by=None)
    assert hours(booked) == [9, 10, 12]
    address = f"/beratung/vorgang/{tokens.make(case.concern)}/termin/{booked.thread}/"
    slots = [
        choice.value for day in offers.free_days(changing.asked_to_move(booked)).days for choice in day.choices
    ]
    moment = int(make.on(1, 12).timestamp()) // 60
    assert moment in slots
    assert Client().post(address, {"slot": moment}).status_code == 302
    assert crew(now(booked)) == [("Größe", "lead"), ("Weiß", "further")]
    taken = Client().post(address, {"slot": int(make.on(1, 11).timestamp()) // 60})
    assert taken.status_code == 409
    alone = Client().post(address, {"slot": int(make.on(1, 15).timestamp()) // 60})
    assert alone.status_code == 409, "the further adviser does not work then"


def test_a_substitute_of_the_lead_comes_with_the_further_one(booked: Appointment, lead: Adviser) -> None:
    substitute = make.adviser("Süß")
    away = make.placement(make.form("andere"), make.on(1, 11), lead)
    appointments.book(placement=away, case=make.case(), by=None)
    assert 11 in hours(booked)
    changing.change(booked, "move", by=None, minute=int(make.on(1, 11).timestamp()) // 60)
    assert crew(now(booked)) == [("Süß", "lead"), ("Weiß", "further")]
    assert substitute.allocations.get().state == "confirmed"


def test_the_desk_begins_with_who_comes_along(booked: Appointment, lead: Adviser, further: Adviser) -> None:
    client, address = signed_in(lead.user), f"/cms/beratung/termin/{booked.pk}/verschieben/"
    page = client.get(address)
    form = page.context["form"]
    assert form.initial["further"] == [further.pk]
    times = {value for _, group in form.fields["slot"].choices[1:] for value, _ in group}
    assert make.on(2, 9).isoformat() in times
    assert make.on(2, 15).isoformat() not in times, "only the lead has it"
    data = {"slot": make.on(2, 9).isoformat(), "place": "video", "further": [further.pk]}
    assert client.post(address, data).status_code == 302
    assert crew(now(booked)) == [("Größe", "lead"), ("Weiß", "further")]
    text = client.get(f"/cms/beratung/vorgang/{booked.case_id}/").content.decode()
    assert text.index("mit Jörg Größe") < text.index("Jörg Weiß", text.index("mit Jörg Größe"))


def test_after_a_hand_over_the_new_lead_leads(booked: Appointment, lead: Adviser, further: Adviser) -> None:
    new = desk.adviser_with_role("Zäh")
    given = changes.hand_over(appointment=booked, to=new.pk, by=None)
    assert crew(given) == [("Zäh", "lead"), ("Weiß", "further")]
    client, address = signed_in(lead.user), f"/cms/beratung/termin/{booked.pk}/verschieben/"
    form = client.get(address).context["form"]
    assert (form.adviser, form.initial["further"]) == (new, [further.pk])
    data = {"slot": make.on(2, 9).isoformat(), "place": "video", "further": [further.pk]}
    assert client.post(address, data).status_code == 302
    assert crew(now(booked)) == [("Zäh", "lead"), ("Weiß", "further")]
