"""Advisers who have been switched off, whose mark has ended, or who are not on the case: their appointments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from consultations import times
from consultations.models import Adviser, Appointment, Case
from consultations.refusals import NotPossible
from consultations.requester import changing
from consultations.services import appointments, assignment, changes, correspondence, record
from portal.accounts import services
from portal.accounts.models import Membership
from tests import mails
from tests.factories import bodies, desk, mailing
from tests.factories import calendar as make
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
def anna() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def bernd() -> Adviser:
    return desk.adviser_with_role("Bernd")


@pytest.fixture
def extern() -> Adviser:
    """Return somebody who advises for an association."""
    adviser = make.adviser("Extern")
    bodies.belongs(make.user_of(adviser), bodies.association(), is_external_adviser=True)
    adviser.external = True
    adviser.save(update_fields=["external"])
    return adviser


@pytest.fixture
def coordinator() -> PortalClient:
    return signed_in(desk.person("Koordination", "ko@kkv.example"))


def case_of(lead: Adviser, *further: Adviser) -> Case:
    case = mailing.case_with_people()
    return assignment.assign(case=case, adviser=lead, by=None, reason="Absprache", further=further)


def booked(case: Case, lead: Adviser, *further: Adviser, days: int = 10) -> Appointment:
    ids = [person.pk for person in further]
    asked = make.placement(make.form(), make.on(days), lead, place="video", further=ids)
    return appointments.book(placement=asked, case=case, by=None)


def switched_off(adviser: Adviser) -> None:
    Adviser.objects.filter(pk=adviser.pk).update(active=False)


def end_of(adviser: Adviser) -> None:
    """End the membership that makes somebody an adviser from outside."""
    services.end_membership(membership=Membership.objects.get(user=adviser.user), by=None)


def moved(row: Appointment, days: int) -> Appointment:
    """Let the municipality move an appointment."""
    now = Appointment.objects.select_related("case").get(pk=row.pk)
    assert now.case is not None
    changing.change(now, "move", by=now.case.requester, minute=times.to_minute(make.on(days)))
    return Appointment.objects.get(moved_from=row)


def offered(client: PortalClient, row: Appointment, name: str, field: str) -> list[Adviser]:
    page = client.get(f"/cms/beratung/termin/{row.pk}/{name}/")
    return list(page.context["form"].fields[field].queryset)


def test_an_appointment_of_somebody_switched_off_is_moved_and_handed_over(anna: Adviser, bernd: Adviser) -> None:
    row = booked(case_of(anna), anna)
    switched_off(anna)
    new = moved(row, 11)
    assert record.advisers_of(new) == [bernd.pk]
    switched_off(bernd)
    Adviser.objects.filter(pk=anna.pk).update(active=True)
    assert record.advisers_of(changes.hand_over(appointment=new, to=anna.pk, by=None)) == [anna.pk]
    switched_off(anna)
    with pytest.raises(NotPossible, match="berät nicht mehr"):
        changes.hand_over(appointment=new, to=bernd.pk, by=None)


def test_the_desk_moves_it_to_who_leads_the_case(anna: Adviser, bernd: Adviser, coordinator: PortalClient) -> None:
    row = booked(case_of(bernd), anna)
    switched_off(anna)
    page = coordinator.get(f"/cms/beratung/termin/{row.pk}/verschieben/").content.decode()
    assert "berät nicht mehr oder sieht den Vorgang nicht" in page
    data = {"slot": make.on(11).isoformat(), "place": "video", "place_detail": ""}
    answer = coordinator.post(f"/cms/beratung/termin/{row.pk}/verschieben/", data)
    assert answer.status_code == 302
    assert record.advisers_of(Appointment.objects.get(moved_from=row)) == [bernd.pk]


def test_where_a_further_one_is_gone_the_centre_decides(anna: Adviser, bernd: Adviser) -> None:
    row = booked(case_of(anna), anna, bernd)
    assert changing.asked_to_move(row).advisers
    switched_off(bernd)
    assert not changing.asked_to_move(row).advisers
    with pytest.raises(NotPossible, match="niemand buchbar"):
        moved(row, 11)


@pytest.mark.parametrize("ended", ["mark", "off"])
def test_who_advises_from_outside_no_more_gets_nothing_new(anna: Adviser, extern: Adviser, ended: str) -> None:
    row = booked(case_of(extern), extern)
    address = make.user_of(extern).email
    (end_of if ended == "mark" else switched_off)(extern)
    before = len(mailing.to(address))
    changes.change_place(appointment=row, by=None, place="video", place_detail="https://video.example/geheim")
    assert len(mailing.to(address)) == before
    assert record.advisers_of(moved(row, 11)) == [anna.pk]
    (last,) = mailing.to(address)[before:]
    method, entry, _ = mailing.calendar_of(last)
    assert method == "CANCEL"
    assert "geheim" not in entry.decode() + mails.text_of(last)


def test_a_message_reaches_the_mailbox_when_the_lead_may_not_hear(extern: Adviser) -> None:
    from consultations.requester.cases import mailbox

    case = case_of(extern)
    end_of(extern)
    correspondence.receive(case=case, text="Gilt die Frist noch?", by=case.requester)
    assert "Neue Nachricht der Kommune" in mails.text_of(mailing.to(mailbox())[-1])


def test_an_appointment_goes_to_those_from_outside_who_are_on_the_case(
    anna: Adviser, extern: Adviser, coordinator: PortalClient
) -> None:
    case = case_of(anna)
    row = booked(case, anna)
    for name, field in (("uebergeben", "adviser"), ("verschieben", "further")):
        assert extern not in offered(coordinator, row, name, field)
        page = coordinator.get(f"/cms/beratung/termin/{row.pk}/{name}/").content.decode()
        assert "nur, wenn ihnen der Vorgang zugeordnet ist" in page
    assert (
        coordinator.post(f"/cms/beratung/termin/{row.pk}/uebergeben/", {"adviser": extern.pk}).status_code == 422
    )
    assignment.assign(case=case, adviser=anna, by=None, further=[extern])
    for name, field in (("uebergeben", "adviser"), ("verschieben", "further")):
        assert extern in offered(coordinator, row, name, field)
    assert (
        coordinator.post(f"/cms/beratung/termin/{row.pk}/uebergeben/", {"adviser": extern.pk}).status_code == 302
    )


def test_somebody_marked_by_membership_alone_counts_as_from_outside(
    anna: Adviser, bernd: Adviser, coordinator: PortalClient
) -> None:
    row = booked(case_of(anna), anna)
    assert bernd in offered(coordinator, row, "uebergeben", "adviser")
    bodies.belongs(make.user_of(bernd), bodies.association(), is_external_adviser=True)
    assert bernd not in offered(coordinator, row, "uebergeben", "adviser")


def test_taken_off_the_case_their_appointment_is_named(
    anna: Adviser, extern: Adviser, coordinator: PortalClient
) -> None:
    case = case_of(anna, extern)
    row = booked(case, extern)
    address = f"/cms/beratung/vorgang/{case.pk}/"
    assert "sieht den Vorgang nicht" not in coordinator.get(address).content.decode()
    answer = coordinator.post(f"{address}zuordnen/", {"adviser": anna.pk, "further": []}, follow=True)
    page = answer.content.decode()
    assert "Extern hat noch den Termin am 11.03.2027" in page
    assert "berät nicht mehr oder sieht den Vorgang nicht. Bitte geben Sie den Termin jemand anderem." in page
    changes.hand_over(appointment=row, to=anna.pk, by=None)
    assert "sieht den Vorgang nicht" not in coordinator.get(address).content.decode()


def asked(case: Case, lead: Adviser, *further: Adviser) -> Appointment:
    ids = [person.pk for person in further]
    wanted = make.placement(make.form(entry="triage"), make.on(10), lead, place="video", further=ids)
    return appointments.request_slot(placement=wanted, case=case, by=None)


@pytest.mark.parametrize("part", ["lead", "further"])
def test_a_request_of_somebody_switched_off_is_not_confirmed_as_it_is(
    anna: Adviser, bernd: Adviser, coordinator: PortalClient, part: str
) -> None:
    case = case_of(bernd)
    row = asked(case, *((anna, bernd) if part == "lead" else (bernd, anna)))
    switched_off(anna)
    page, confirm = f"/cms/beratung/vorgang/{case.pk}/", f"/cms/beratung/termin/{row.pk}/festhalten/"
    assert "Anna</strong> berät nicht mehr oder sieht" in coordinator.get(page).content.decode(), (
        "before the click"
    )
    before = len(mails.deliver())
    said = coordinator.post(confirm, {"action": "bestaetigen"}, follow=True).content.decode()
    assert "Jörg Anna berät nicht mehr. Bitte übergeben Sie den Termin zuerst, oder wählen Sie" in said
    row.refresh_from_db()
    assert (row.state, len(mails.deliver())) == ("requested", before)
    clara = desk.adviser_with_role("Clara")
    changes.hand_over(appointment=row, to=clara.pk, part_of=anna.pk, by=None)
    assert appointments.confirm(appointment=row, by=None).state == "confirmed"


def test_nor_is_one_of_somebody_from_outside_who_has_been_taken_off_the_case(
    anna: Adviser, bernd: Adviser, extern: Adviser
) -> None:
    case = case_of(anna, extern)
    row = asked(case, extern, bernd)
    assignment.assign(case=case, adviser=anna, by=None, further=[])
    switched_off(bernd)
    both = r"Bernd berät nicht mehr\. Jörg Extern sieht den Vorgang nicht\. Bitte übergeben"
    with pytest.raises(NotPossible, match=both):
        appointments.confirm(appointment=row, by=None)
    assert appointments.decline(appointment=row, by=None).state == "declined", "that is always possible"


def test_another_time_is_confirmed_with_somebody_who_advises(
    anna: Adviser, bernd: Adviser, coordinator: PortalClient
) -> None:
    row = asked(case_of(bernd), anna)
    switched_off(anna)
    data = {"slot": make.on(11).isoformat(), "place": "video", "place_detail": ""}
    assert coordinator.post(f"/cms/beratung/termin/{row.pk}/bestaetigen/", data).status_code == 302
    row.refresh_from_db()
    assert (row.state, record.advisers_of(row)) == ("confirmed", [bernd.pk])
