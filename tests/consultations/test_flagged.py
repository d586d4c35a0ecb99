"""What an absence or a closure means for appointments on its days: no confirmation, and work that ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consultations.models import Absence, Adviser, Appointment, Case, Closure, Format
from consultations.refusals import NotPossible
from consultations.services import absences, alerts, appointments, cases, changes, groups, seats
from portal.core import work
from portal.core.models import WorkItem
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _monday_morning(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def anna() -> Adviser:
    return desk.adviser_with_role("Anna")


@pytest.fixture
def bernd() -> Adviser:
    return desk.adviser_with_role("Bernd")


@pytest.fixture
def form() -> Format:
    return make.form(entry="triage")


@pytest.fixture
def case(anna: Adviser) -> Case:
    return desk.working_case(anna)


def asked(case: Case, form: Format, lead: Adviser, *further: Adviser) -> Appointment:
    """A request for the third day at ten."""
    wanted = make.placement(form, make.on(2), lead, further=[person.pk for person in further], place="video")
    return appointments.request_slot(placement=wanted, case=case, by=None)


def booked(case: Case, form: Format, lead: Adviser, *further: Adviser, days: int = 2) -> Appointment:
    wanted = make.placement(form, make.on(days), lead, further=[person.pk for person in further], place="video")
    return appointments.book(placement=wanted, case=case, by=None)


def away(adviser: Adviser, first: int = 0, last: int = 4) -> Absence:
    return absences.plan(
        adviser=adviser, first_day=make.MONDAY + first * DAY, last_day=make.MONDAY + last * DAY, by=None,
        anyway=True,
    )  # fmt: skip


def states() -> list[str]:
    return list(WorkItem.objects.filter(kind=absences.KIND).order_by("pk").values_list("state", flat=True))


def test_a_request_is_not_confirmed_at_its_time_while_somebody_is_away(
    case: Case, form: Format, anna: Adviser, bernd: Adviser
) -> None:
    row = asked(case, form, anna, bernd)
    away(bernd)
    with pytest.raises(NotPossible, match=r"Bernd ist am 03\.03\.2027 abwesend\. Bitte übergeben Sie"):
        appointments.confirm(appointment=row, by=anna.user)
    away(anna)
    with pytest.raises(NotPossible, match=r"Anna und Jörg Bernd sind am 03\.03\.2027 abwesend"):
        appointments.confirm(appointment=row, by=anna.user)
    row.refresh_from_db()
    assert row.state == "requested"


def test_nor_on_a_day_that_has_been_closed_since(case: Case, form: Format, anna: Adviser) -> None:
    row = asked(case, form, anna)
    Closure.objects.create(name="Betriebsausflug", day=3, month=3, year=2027)
    with pytest.raises(NotPossible, match=r"Am 03\.03\.2027 finden keine Beratungen statt \(Betriebsausflug\)"):
        appointments.confirm(appointment=row, by=anna.user)


def test_the_desk_says_so_and_hands_the_request_over(
    case: Case, form: Format, anna: Adviser, bernd: Adviser
) -> None:
    row = asked(case, form, anna)
    away(anna)
    client = signed_in(desk.person("Koordination", "ko@kkv.example"))
    confirm, hand_over = (f"/cms/beratung/termin/{row.pk}/{name}/" for name in ("festhalten", "uebergeben"))
    page = client.post(confirm, {"action": "bestaetigen"}, follow=True).content.decode()
    assert "Jörg Anna ist am 03.03.2027 abwesend. Bitte übergeben Sie den Termin zuerst" in page
    assert hand_over in page
    assert states() == ["open"]
    assert client.post(hand_over, {"adviser": bernd.pk}).status_code == 302
    assert states() == ["done"]
    assert (
        "Der Termin ist bestätigt" in client.post(confirm, {"action": "bestaetigen"}, follow=True).content.decode()
    )
    row.refresh_from_db()
    assert row.state == "confirmed"


def test_a_request_whose_time_has_begun_and_wishes_are_not_handed_over(
    case: Case, form: Format, anna: Adviser
) -> None:
    row = asked(case, form, anna)
    wishes = appointments.request_by_wishes(
        case=case, form=form, wishes=[(make.MONDAY + 8 * DAY, "morning")], by=None
    )
    client = signed_in(desk.person("Koordination", "ko@kkv.example"))
    with time_machine.travel(make.on(2, 11), tick=False):
        page = client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    for each in (row, wishes):
        assert f"/termin/{each.pk}/uebergeben/" not in page
    assert client.get(f"/cms/beratung/termin/{wishes.pk}/uebergeben/").status_code == 302


def test_a_seat_is_confirmed_as_its_session_takes_place(case: Case, anna: Adviser) -> None:
    wanted = make.placement(make.group_form(entry="triage"), make.on(2), anna, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde NOOTS", by=None)
    row = seats.ask(session=session, case=case, by=None)
    away(anna)
    assert appointments.confirm(appointment=row, by=anna.user).state == "confirmed"


@pytest.mark.parametrize("way", ["move", "cancel", "hand_over", "withdraw_case", "choose_again", "confirm"])
def test_the_work_ends_with_what_takes_the_time(
    way: str, case: Case, form: Format, anna: Adviser, bernd: Adviser
) -> None:
    row = asked(case, form, anna) if way in ("choose_again", "confirm") else booked(case, form, anna)
    away(anna)
    assert states() == ["open"]
    later = make.placement(form, make.on(7), anna, by_centre=True, place="video")
    ways: dict[str, Callable[[], Any]] = {
        "move": lambda: changes.move(appointment=row, placement=later, by=None),
        "cancel": lambda: changes.cancel(appointment=row, by=None),
        "hand_over": lambda: changes.hand_over(appointment=row, to=bernd.pk, by=None),
        "withdraw_case": lambda: cases.withdraw(case=case, by=None),
        "choose_again": lambda: appointments.choose_again(appointment=row, placement=later, by=None),
        "confirm": lambda: appointments.confirm(appointment=row, placement=later, by=None),
    }
    ways[way]()
    assert states() == ["done"]


def test_the_work_about_somebody_else_goes_on(case: Case, form: Format, anna: Adviser, bernd: Adviser) -> None:
    row, other = booked(case, form, anna, bernd), booked(make.case(), form, anna, days=3)
    for person in (anna, bernd):
        away(person)
    assert states() == ["open"] * 3
    clara = desk.adviser_with_role("Clara")
    changes.hand_over(appointment=row, to=clara.pk, by=None)
    assert sorted(states()) == ["done", "open", "open"], "Bernd and the other day are left"
    changes.change_place(appointment=other, by=None, place="phone")
    assert sorted(states()) == ["done", "open", "open"]


@pytest.mark.parametrize("way", ["move", "cancel", "pass_on"])
def test_the_work_about_a_session_ends_too(way: str, anna: Adviser, bernd: Adviser) -> None:
    form = make.group_form()
    wanted = make.placement(form, make.on(2), anna, by_centre=True, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde NOOTS", by=None)
    away(anna)
    (item,) = WorkItem.objects.filter(kind=absences.KIND)
    assert work.entry_of(item) == session
    later = make.placement(form, make.on(7), anna, by_centre=True, place="video")
    ways: dict[str, Callable[[], Any]] = {
        "move": lambda: groups.move(session=session, placement=later, by=None),
        "cancel": lambda: groups.cancel(session=session, by=None),
        "pass_on": lambda: changes.pass_on(allocation=session.allocations.get(), to=bernd.pk, by=None),
    }
    ways[way]()
    assert states() == ["done"]


def test_the_work_leads_to_its_case(case: Case, form: Format, anna: Adviser) -> None:
    booked(case, form, anna)
    away(anna)
    (item,) = WorkItem.objects.filter(kind=absences.KIND)
    assert work.entry_of(item) == case
    page = signed_in(desk.person("Koordination", "ko@kkv.example")).get(f"/cms/aufgaben/edit/{item.pk}/")
    assert f"/cms/beratung/vorgang/{case.pk}/" in page.content.decode()
    item.dedupe_key = "allocation:0"
    assert work.entry_of(item) is None


def test_the_work_ends_with_the_absence(case: Case, form: Format, anna: Adviser) -> None:
    booked(case, form, anna)
    first, second = away(anna), away(anna, 1, 3)
    absences.end(absence=first, by=None)
    assert states() == ["open"], "she is still away that day"
    absences.end(absence=second, by=None)
    assert states() == ["done"]


def test_the_hourly_job_ends_what_nothing_else_has(case: Case, form: Format, anna: Adviser) -> None:
    booked(case, form, anna)
    booked(make.case(), form, anna, days=4)
    absence = away(anna)
    absence.last_day = make.MONDAY + 2 * DAY
    absence.save()
    alerts.look()
    assert states() == ["open", "done"], "shortened"
    with time_machine.travel(make.on(2, 12), tick=False):
        alerts.look()
    assert states() == ["done", "done"], "over"
