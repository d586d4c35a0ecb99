"""Who leaves hands over appointments to come and open cases; the rows outlive the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from consultations.models import Absence, Adviser, Allocation, Appointment
from consultations.services import appointments, cases, changes, groups
from consultations.states import BLOCKING
from portal.accounts import belongings
from portal.accounts.leaving import hand_over_and_deactivate
from portal.accounts.models import User
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def leave(adviser: Adviser, successor: User) -> dict[str, int]:
    by = make_user("admin@kkv.example", role="Administration")
    return hand_over_and_deactivate(person=make.user_of(adviser), successors={"advice": successor}, by=by)


def test_everything_to_come_and_every_open_case_changes_hands() -> None:
    anna, bernd, clara = make.adviser("Größe"), make.adviser("Müller"), make.adviser("Weiß")
    form, group = make.form(), make.group_form()
    case = cases.assign(case=make.case(), lead=anna, further=[clara], by=None)
    booked = appointments.book(placement=make.placement(form, make.on(1), anna), case=case, by=None)
    second = make.placement(form, make.on(2), clara, further=[anna.pk])
    appointments.book(placement=second, case=case, by=None)
    asked = appointments.request_slot(placement=make.placement(form, make.on(3), anna), case=case, by=None)
    held = appointments.hold(placement=make.placement(form, make.on(4), anna), holder="a")
    session = groups.plan(placement=make.placement(group, make.on(7), anna, by_centre=True), title="x", by=None)
    past = appointments.book(placement=make.placement(form, make.on(0, 9), anna), case=case, by=None)
    with time_machine.travel(make.on(0, 12), tick=False):
        kinds = {kind.name: number for kind, number in belongings.held_by(make.user_of(anna))}
        assert kinds["advice"] == 6
        assert leave(anna, make.user_of(bernd))["advice"] == 5
    parts: Any = Allocation.objects.filter(adviser=bernd, state__in=BLOCKING).order_by("blocks_from")
    assert [(part.appointment or part.session).starts_at for part in parts] == [
        make.on(1), make.on(2), make.on(3), make.on(7),
    ]  # fmt: skip
    assert [part.role for part in parts] == ["lead", "further", "lead", "lead"]
    sequences = {row.pk: row.sequence for row in Appointment.objects.all()}
    assert (sequences[booked.pk], sequences[asked.pk]) == (1, 0), "who only asked has no calendar entry yet"
    held.refresh_from_db()
    session.refresh_from_db()
    case.refresh_from_db()
    anna.refresh_from_db()
    assert (held.state, session.sequence, case.lead, list(case.further.all())) == ("expired", 1, bernd, [clara])
    assert not anna.active
    assert past.allocations.get().adviser == anna


def test_who_is_not_free_or_does_not_advise_cannot_take_over() -> None:
    anna, bernd, form = make.adviser("Größe"), make.adviser("Müller"), make.form()
    for person in (anna, bernd):
        appointments.book(placement=make.placement(form, make.on(1), person), case=make.case(), by=None)
    colleague = make_user("kollegin@kkv.example", role="Beratung")
    with pytest.raises(ValidationError, match="berät nicht"):
        leave(anna, colleague)
    User.objects.filter(email="admin@kkv.example").delete()
    with pytest.raises(ValidationError, match=r"kann nicht alles übernehmen: den Termin am 02\.03\.2027"):
        leave(anna, make.user_of(bernd))
    anna.refresh_from_db()
    assert anna.active
    assert Allocation.objects.filter(adviser=anna, state="confirmed").count() == 1


def test_nobody_absent_takes_over_and_the_screen_says_why(client: Client) -> None:
    anna, bernd = make.adviser("Größe"), desk.adviser_with_role("Müller")
    case = cases.assign(case=make.case(), lead=anna, by=None)
    Absence.objects.create(adviser=bernd, first_day=make.MONDAY, last_day=make.MONDAY + timedelta(days=2))
    with pytest.raises(ValidationError, match=r"Müller ist bis zum 03\.03\.2027 abwesend"):
        leave(anna, make.user_of(bernd))
    client.force_login(make_user("alle@kkv.example", role="Administration"))
    address = f"/cms/uebergabe/{make.user_of(anna).pk}/"
    refused = client.post(address, {"advice": make.user_of(bernd).pk})
    assert refused.status_code == 200
    assert "bis zum 03.03.2027 abwesend" in refused.content.decode()
    case.refresh_from_db()
    anna.refresh_from_db()
    assert (case.lead, anna.active) == (anna, True)


def test_an_account_is_deleted_after_the_hand_over_and_not_before(client: Client) -> None:
    anna, form = make.adviser("Größe"), make.form()
    person = make.user_of(anna)
    made = appointments.book(placement=make.placement(form, make.on(0), anna), case=make.case(), by=None)
    client.force_login(make_user("alle@kkv.example", role="Administration"))
    address = f"/cms/users/delete/{person.pk}/"
    refused = client.post(address)
    assert (refused.status_code, refused["Location"]) == (302, f"/cms/uebergabe/{person.pk}/")
    with time_machine.travel(make.NOW + timedelta(days=1), tick=False):
        client.force_login(User.objects.get(email="alle@kkv.example"))
        assert client.post(address).status_code == 302
    assert not User.objects.filter(pk=person.pk).exists()
    row = made.allocations.get().adviser
    assert str(row) == f"Ehemalige beratende Person {anna.pk}"


def _own_form(client: Client, adviser: Adviser) -> dict[str, Any]:
    """Return what the adviser's form sends back when nothing is changed but the advising ended."""
    formsets = {f"{name}-{part}": value for name in ("hours", "overrides")
                for part, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0), ("MIN_NUM_FORMS", 0),
                                    ("MAX_NUM_FORMS", 1000))}  # fmt: skip
    return {"weight": 100, **formsets}


def test_an_adviser_with_appointments_is_neither_switched_off_nor_deleted(client: Client) -> None:
    anna = make.adviser("Größe")
    booked = appointments.book(placement=make.placement(make.form(), make.on(1), anna), case=make.case(), by=None)
    anna.hours.all().delete()
    client.force_login(make_user("root@kkv.example", is_superuser=True))
    address = f"/cms/beratung/beratende/edit/{anna.pk}/"
    refused = client.post(address, _own_form(client, anna)).content.decode()
    assert "noch künftige Termine (1)" in refused
    assert "Übergeben und deaktivieren" in refused
    anna.refresh_from_db()
    assert anna.active
    delete = f"/cms/beratung/beratende/delete/{anna.pk}/"
    assert "noch künftige Termine (1)" in client.post(delete, follow=True).content.decode()
    changes.cancel(appointment=booked, by=None)
    assert "hat schon beraten" in client.post(delete, follow=True).content.decode()
    assert Adviser.objects.filter(pk=anna.pk).exists()
    assert client.post(address, _own_form(client, anna)).status_code == 302
    anna.refresh_from_db()
    assert not anna.active
