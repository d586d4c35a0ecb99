"""Handing over an appointment on the desk: twice, to a further adviser, and a further adviser's part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from consultations.models import Adviser, Allocation, Appointment, CaseEvent, GroupSession
from consultations.refusals import NotPossible
from consultations.services import appointments, changes, groups, record
from tests.factories import calendar as make
from tests.factories import desk, mailing
from tests.people import PortalClient, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _clock(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def people() -> list[Adviser]:
    """Return Anna, Bernd and Chris."""
    return [desk.adviser_with_role(name) for name in ("Anna", "Bernd", "Chris")]


@pytest.fixture
def client(people: list[Adviser]) -> PortalClient:
    return signed_in(make.user_of(people[0]))


def booked(lead: Adviser, *further: Adviser) -> Appointment:
    ids = [person.pk for person in further]
    asked = make.placement(make.form(), make.on(10), lead, place="video", further=ids)
    return appointments.book(placement=asked, case=desk.working_case(lead), by=None)


def address(row: Appointment) -> str:
    return f"/cms/beratung/termin/{row.pk}/uebergeben/"


def given(client: PortalClient, row: Appointment, to: Adviser, part: Adviser | None = None) -> int:
    """Send the form and return the status."""
    data = {"adviser": to.pk, **({"part": part.pk} if part is not None else {})}
    return client.post(address(row), data).status_code


def hand_overs(row: Appointment) -> int:
    return CaseEvent.objects.filter(appointment=row, action="appointment.hand_over").count()


def entries(adviser: Adviser) -> list[str]:
    """Return the method of each calendar entry somebody got, in order."""
    found = mailing.to(make.user_of(adviser).email)
    parts = [[part.get_content_type() for part in mail.walk()] for mail in found]
    return [
        mailing.calendar_of(mail)[0] for mail, kinds in zip(found, parts, strict=True) if "text/calendar" in kinds
    ]


def test_a_second_click_is_no_error(client: PortalClient, people: list[Adviser]) -> None:
    anna, _, chris = people
    row = booked(anna)
    assert "part" not in client.get(address(row)).context["form"].fields, "nothing to choose with one adviser"
    assert (given(client, row, chris), given(client, row, chris)) == (302, 302)
    row.refresh_from_db()
    assert (record.advisers_of(row), row.sequence, hand_overs(row)) == ([chris.pk], 1, 1)


def test_a_further_adviser_takes_over_the_lead(client: PortalClient, people: list[Adviser]) -> None:
    anna, bernd, _ = people
    row = booked(anna, bernd)
    assert (given(client, row, bernd, anna), given(client, row, bernd, anna)) == (302, 302)
    row.refresh_from_db()
    assert (record.advisers_of(row), row.sequence, hand_overs(row)) == ([bernd.pk], 1, 1)
    assert record.allocated(row)[0].role == Allocation.Role.LEAD
    assert (entries(anna), entries(bernd)) == (["REQUEST", "CANCEL"], ["REQUEST", "REQUEST"])


def test_the_part_of_a_further_adviser_goes_to_somebody_else(client: PortalClient, people: list[Adviser]) -> None:
    anna, bernd, chris = people
    row = booked(anna, bernd)
    page = client.get(address(row)).content.decode()
    assert "Jörg Anna (Leitung)" in page
    assert "Jörg Bernd (weitere Beratung)" in page
    assert (given(client, row, chris, bernd), given(client, row, chris, bernd)) == (302, 302)
    row.refresh_from_db()
    assert (record.advisers_of(row), hand_overs(row)) == ([anna.pk, chris.pk], 1)
    assert entries(bernd) == ["REQUEST", "CANCEL"]
    again = client.post(address(row), {"adviser": anna.pk, "part": chris.pk})
    assert again.status_code == 422
    assert "schon beteiligt" in again.content.decode()


def test_whose_part_has_to_be_chosen_and_be_theirs_still(client: PortalClient, people: list[Adviser]) -> None:
    anna, bernd, chris = people
    row = booked(anna, bernd)
    assert given(client, row, chris) == 422, "two advise: nobody's part is guessed"
    assert given(client, row, chris, chris) == 422
    changes.hand_over(appointment=row, to=chris.pk, part_of=bernd.pk, by=None)
    dora = desk.adviser_with_role("Dora")
    refused = client.post(address(row), {"adviser": dora.pk, "part": bernd.pk})
    assert refused.status_code == 422
    assert "nicht mehr beteiligt" in refused.content.decode()
    with pytest.raises(NotPossible, match="nur ein angefragter"):
        changes.hand_over(appointment=row, to=chris.pk, part_of=dora.pk, by=None)


def test_what_has_begun_stays_with_its_lead(people: list[Adviser]) -> None:
    anna, bernd, _ = people
    row = booked(anna, bernd)
    with time_machine.travel(make.on(10, 10, 30), tick=False), pytest.raises(NotPossible, match="begonnen"):
        changes.hand_over(appointment=row, to=bernd.pk, by=None)


def test_a_group_session_goes_to_its_further_adviser_too(people: list[Adviser]) -> None:
    anna, bernd, _ = people
    asked = make.placement(make.group_form(), make.on(9), anna, by_centre=True, place="video", further=[bernd.pk])
    session: GroupSession = groups.plan(placement=asked, title="Sprechstunde", by=None)
    part = session.allocations.get(adviser=anna)
    assert changes.pass_on(allocation=part, to=bernd.pk, by=None).adviser_id == bernd.pk
    standing = session.allocations.filter(state="confirmed").values_list("adviser", "role")
    assert list(standing) == [(bernd.pk, Allocation.Role.LEAD)]
