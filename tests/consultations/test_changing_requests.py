"""What a requester changes alone: a request for another time, a time anew, and no accident by the enter key."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client

from consultations import queries
from consultations.models import Adviser, Appointment, Case, Concern, Format
from consultations.refusals import NotOffered, NotPossible, SlotTaken
from consultations.requester import changing, follow_up, tokens
from consultations.services import appointments, cases, changes, groups, seats
from consultations.states import BLOCKING
from portal.core.models import AuditEntry
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]


@pytest.fixture
def adviser() -> Adviser:
    return desk.adviser_with_role("Größe")


@pytest.fixture
def form(adviser: Adviser) -> Format:
    return make.form("fachberatung", name="Fachberatung", entry="triage", notice_hours=2)


@pytest.fixture
def case(form: Format) -> Case:
    found = make.case(form=form)
    Concern.objects.create(
        case=found, contact_name="Nora Öz", contact_email="nora@muehltal.example", place="phone"
    )
    return found


@pytest.fixture
def asked(case: Case, form: Format, adviser: Adviser) -> Appointment:
    wanted = make.placement(form, make.on(1, 10), adviser, place="phone")
    return appointments.request_slot(placement=wanted, case=case, by=None)


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def ranges(adviser: Adviser) -> list[tuple[str, datetime]]:
    rows = adviser.allocations.filter(state__in=BLOCKING).order_by("blocks_from")
    return [(row.state, row.blocks_from) for row in rows]


# -- the request takes another time -------------------------------------------------------------------------------


def test_a_request_asks_for_another_time_and_stays_one(asked: Appointment, case: Case, adviser: Adviser) -> None:
    page = Client().get(base(case)).content.decode()
    assert "Andere Zeit anfragen oder zurückziehen" in page
    address = f"{base(case)}termin/{asked.thread}/"
    slots = re.findall(r'name="slot" value="(\d+)"', Client().get(address).content.decode())
    assert str(minute(make.on(1, 10))) not in slots, "it has its own time already"
    assert str(minute(make.on(1, 11))) in slots
    answer = Client().post(address, {"slot": minute(make.on(1, 11)), "reason": "Sitzung"})
    assert "Die andere Zeit ist angefragt" in Client().get(answer["Location"]).content.decode()
    row = Appointment.objects.get(case=case)
    assert (row.pk, row.state, row.starts_at, row.place) == (asked.pk, "requested", make.on(1, 11), "phone")
    assert (row.sequence, row.generation, row.reason) == (1, 1, "Sitzung")
    assert ranges(adviser) == [("requested", make.on(1, 11))]
    own, centre = mails.deliver()[-2:]
    assert (own["To"], own["Subject"]) == ("nora@muehltal.example", f"{case.reference}: Angefragte Zeit geändert")
    assert "11:00" in mails.text_of(own)
    assert not any(part.get_content_type() == "text/calendar" for part in own.walk())
    assert "Andere Zeit angefragt" in mails.text_of(centre)
    assert "Sitzung" not in mails.text_of(own) + mails.text_of(centre)
    assert AuditEntry.objects.filter(action="appointment.choose_again").count() == 1
    appointments.confirm(appointment=row, by=None)


def test_the_rules_of_a_new_booking_hold_and_nothing_changes_when_refused(
    asked: Appointment, form: Format, adviser: Adviser
) -> None:
    appointments.book(placement=make.placement(form, make.on(1, 12), adviser), case=make.case(), by=None)
    for start, refusal in ((make.on(1, 12), SlotTaken), (make.on(1, 20), NotOffered), (make.on(0, 8), NotOffered)):
        with pytest.raises(refusal):
            changing.change(asked, "move", by=None, minute=minute(start))
    asked.refresh_from_db()
    assert (asked.state, asked.starts_at, asked.sequence) == ("requested", make.on(1, 10), 0)
    assert ranges(adviser) == [("requested", make.on(1, 10)), ("confirmed", make.on(1, 12))]
    with time_machine.travel(make.on(1, 10), tick=False), pytest.raises(NotPossible, match="begonnen"):
        changing.change(asked, "move", by=None, minute=minute(make.on(2, 10)))


def test_what_is_no_request_any_more_asks_for_nothing(asked: Appointment, form: Format, adviser: Adviser) -> None:
    wanted = make.placement(form, make.on(2, 10), adviser)
    ended = Case.objects.get(pk=asked.case_id or 0)
    appointments.decline(appointment=asked, by=None)
    with pytest.raises(NotPossible, match="keine mehr"):
        appointments.choose_again(appointment=asked, placement=wanted, by=None)
    cases.withdraw(case=ended, by=None)
    with pytest.raises(NotPossible, match="abgeschlossen"):
        appointments.choose_again(appointment=asked, placement=wanted, by=None)
    assert ranges(adviser) == []


def test_wishes_become_a_time_that_is_asked_for(case: Case, form: Format, adviser: Adviser) -> None:
    wish = appointments.request_by_wishes(
        case=case, form=form, wishes=[(make.MONDAY.replace(day=9), "any")], by=None
    )
    assert "Zeit wählen oder zurückziehen" in Client().get(base(case)).content.decode()
    address = f"{base(case)}termin/{wish.thread}/"
    assert Client().post(address, {"slot": minute(make.on(8, 10))}).status_code == 302
    wish.refresh_from_db()
    assert (wish.state, wish.starts_at, wish.wishes, wish.place) == ("requested", make.on(8, 10), [], "phone")


def test_wishes_become_a_time_of_whoever_leads_the_case(case: Case, form: Format, adviser: Adviser) -> None:
    lead = desk.adviser_with_role("Weiß")
    cases.assign(case=case, lead=lead, by=None)
    idle_first = queries.competent_advisers(form=form, topic=None, municipality=case.municipality)
    assert idle_first == [adviser.pk, lead.pk], "the lead has more to do"
    wish = appointments.request_by_wishes(
        case=case, form=form, wishes=[(make.MONDAY.replace(day=9), "any")], by=None
    )
    address = f"{base(case)}termin/{wish.thread}/"
    assert Client().post(address, {"slot": minute(make.on(8, 10))}).status_code == 302
    assert (ranges(lead), ranges(adviser)) == ([("requested", make.on(8, 10))], [])


def test_a_lead_who_does_not_offer_the_format_is_not_asked_for_it(
    case: Case, form: Format, adviser: Adviser
) -> None:
    lead = desk.adviser_with_role("Weiß")
    lead.formats.set([make.form("andere")])
    lead.save()
    cases.assign(case=case, lead=lead, by=None)
    wish = appointments.request_by_wishes(
        case=case, form=form, wishes=[(make.MONDAY.replace(day=9), "any")], by=None
    )
    assert list(changing.asked_to_move(wish).advisers) == [adviser.pk]


# -- an open case without an appointment --------------------------------------------------------------------------


def test_after_a_withdrawn_request_a_time_is_chosen_without_the_wizard(
    asked: Appointment, case: Case, adviser: Adviser
) -> None:
    address = f"{base(case)}termin-waehlen/"
    assert "Termin wählen" not in Client().get(base(case)).content.decode()
    assert Client().get(address)["Location"] == f"{base(case)}?fertig=nichts-offen", "there is a request"
    assert Client().post(address, {"slot": minute(make.on(2, 10))}).status_code == 409
    Client().post(f"{base(case)}termin/{asked.thread}/", {"action": "withdraw"})
    assert "Termin wählen" in Client().get(base(case)).content.decode()
    page = Client().get(address).content.decode()
    assert "Telefon" in page
    assert "wir bestätigen ihn" in page
    answer = Client().post(address, {"slot": minute(make.on(2, 10))})
    assert "Der Termin ist angefragt" in Client().get(answer["Location"]).content.decode()
    new = Appointment.objects.get(case=case, state="requested")
    assert (new.starts_at, new.place, new.thread == asked.thread) == (make.on(2, 10), "phone", False)
    assert ranges(adviser) == [("requested", make.on(2, 10))]
    own, centre = mails.deliver()[-2:]
    assert {own["To"], centre["To"]} >= {"nora@muehltal.example"}
    again = Client().post(address, {"slot": minute(make.on(2, 11))})
    assert again.status_code == 409, "sent twice is asked for once"
    assert Appointment.objects.filter(case=case, state="requested").count() == 1


def test_who_was_asked_for_a_time_and_chooses_one_waits_for_the_centre_again(
    asked: Appointment, case: Case, adviser: Adviser
) -> None:
    appointments.withdraw(appointment=asked, by=None)
    row = Case.objects.get(pk=case.pk)
    cases.assign(case=row, lead=adviser, by=None)
    cases.advance(case=row, action="start", by=None)
    cases.advance(case=row, action="ask", by=None)
    row = Case.objects.get(pk=case.pk)
    assert (row.state, row.answer_due) == ("waiting", None)
    page = Client().post(f"{base(case)}termin-waehlen/", {"slot": minute(make.on(2, 10))}, follow=True)
    assert "Wir prüfen Ihren Terminwunsch" in page.content.decode()
    row = Case.objects.get(pk=case.pk)
    assert row.state == "in_progress"
    assert row.answer_due is not None, "the centre owes a word about the time"
    own = [found for found in mails.deliver() if found["To"] == "nora@muehltal.example"][-1]
    assert "Wir prüfen Ihren Terminwunsch" in mails.text_of(own)


def test_another_time_for_a_request_lets_a_waiting_case_go_on_and_withdrawing_it_owes_nothing(
    asked: Appointment, case: Case, adviser: Adviser
) -> None:
    row = Case.objects.get(pk=case.pk)
    cases.assign(case=row, lead=adviser, by=None)
    cases.advance(case=row, action="start", by=None)
    cases.advance(case=row, action="ask", by=None)
    with pytest.raises(NotOffered):
        changing.change(asked, "move", by=None, minute=minute(make.on(2, 20)))
    assert Case.objects.get(pk=case.pk).state == "waiting"
    changing.change(asked, "move", by=None, minute=minute(make.on(2, 10)))
    row = Case.objects.get(pk=case.pk)
    assert (row.state, row.answer_due is not None) == ("in_progress", True)
    own = [found for found in mails.deliver() if found["To"] == "nora@muehltal.example"][-1]
    assert own["Subject"] == f"{case.reference}: Angefragte Zeit geändert"
    assert "Wir prüfen Ihren Terminwunsch" in mails.text_of(own)
    assert "Wir brauchen" not in mails.text_of(own)
    changing.change(Appointment.objects.get(case=case), "withdraw", by=None)
    row = Case.objects.get(pk=case.pk)
    assert (row.state, row.answer_due) == ("in_progress", None), "nothing is asked for any more"


def test_a_direct_format_is_booked_and_a_lead_comes_first(case: Case, form: Format, adviser: Adviser) -> None:
    Format.objects.filter(pk=form.pk).update(entry="direct")
    make.adviser("Aaron")
    cases.assign(case=case, lead=adviser, by=None)
    answer = Client().post(f"{base(case)}termin-waehlen/", {"slot": minute(make.on(2, 10))})
    assert answer["Location"].endswith("?fertig=gebucht")
    new = Appointment.objects.get(case=case)
    assert (new.state, new.allocations.get().adviser) == ("confirmed", adviser)
    Client().post(f"{base(case)}termin/{new.thread}/", {"action": "cancel"})
    for slot in (str(minute(make.on(2, 10, 7))), "1", "999999999", "", "x"):
        refused = Client().post(f"{base(case)}termin-waehlen/", {"slot": slot})
        assert refused.status_code == 409, slot


def test_a_seat_is_chosen_anew_and_written_advice_has_no_time(adviser: Adviser) -> None:
    group = make.group_form(places=["video"])
    placement = make.placement(group, make.on(3), adviser, place="video")
    session = groups.plan(placement=placement, title="Sprechstunde NOOTS", by=None)
    case = make.case(form=group)
    Concern.objects.create(case=case, contact_name="Nora Öz", contact_email="nora@muehltal.example")
    seat = seats.ask(session=session, case=case, by=None)
    changes.cancel(appointment=seat, by=None)
    address = f"{base(case)}termin-waehlen/"
    assert "3 von 3 Plätzen frei" in Client().get(address).content.decode()
    assert Client().post(address, {"session": "9999"}).status_code == 409
    assert Client().post(address, {"session": session.pk}).status_code == 302
    assert Appointment.objects.get(case=case, state="confirmed").session == session
    written = make.form("auskunft", kind="written", duration=0, places=[])
    assert follow_up.way_of(make.case(form=written)) is None


# -- the enter key ------------------------------------------------------------------------------------------------


class _Buttons(HTMLParser):
    """The submit buttons of the form that holds the field „Grund“, in the order of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.form: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.form = []
        elif tag == "input" and values.get("name") == "reason":
            self.found = self.form
        elif tag == "button" and values.get("type") == "submit":
            self.form.append((values.get("name") or "", values.get("value") or ""))


def buttons(html: str) -> list[tuple[str, str]]:
    parser = _Buttons()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("state", ["requested", "confirmed"])
def test_enter_in_the_reason_changes_nothing_and_keeps_it(asked: Appointment, case: Case, state: str) -> None:
    if state == "confirmed":
        appointments.confirm(appointment=asked, by=None)
    address = f"{base(case)}termin/{asked.thread}/"
    first, second, *later = buttons(Client().get(address).content.decode())
    assert first == ("action", "keep")
    assert second == ("action", "cancel" if state == "confirmed" else "withdraw")
    assert {name for name, _ in later} == {"slot", "ab"}
    pressed = Client().post(address, {"reason": "Krank", first[0]: first[1]})
    assert pressed.status_code == 200
    assert 'value="Krank"' in pressed.content.decode()
    onward = Client().post(address, {"reason": "Krank", "ab": "2027-03-15"})
    assert 'value="Krank"' in onward.content.decode()
    assert "15. März 2027" in onward.content.decode()
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.starts_at) == (state, "", make.on(1, 10))


# -- a request whose time has passed ------------------------------------------------------------------------------


def test_a_request_whose_time_has_passed_is_not_confirmed(
    asked: Appointment, case: Case, adviser: Adviser
) -> None:
    client = signed_in(adviser.user)
    address = f"/cms/beratung/vorgang/{case.pk}/"
    cases.assign(case=case, lead=adviser, by=None)
    assert 'value="bestaetigen"' in client.get(address).content.decode()
    with time_machine.travel(make.on(1, 10), tick=False):
        client.force_login(adviser.user)
        page = client.get(address).content.decode()
        assert 'value="bestaetigen"' not in page
        assert "Andere Zeit bestätigen" in page
        click = {"action": "bestaetigen"}
        answer = client.post(f"/cms/beratung/termin/{asked.pk}/festhalten/", click, follow=True)
        assert "schon begonnen" in answer.content.decode()
        with pytest.raises(SlotTaken, match="schon begonnen"):
            appointments.confirm(appointment=asked, by=None)
        assert "Andere Zeit anfragen" not in Client().get(base(case)).content.decode()
        later = {"slot": make.on(2, 10).isoformat(), "place": "phone"}
        done = client.post(f"/cms/beratung/termin/{asked.pk}/bestaetigen/", later)
        assert done.status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.starts_at) == ("confirmed", make.on(2, 10))


def test_asking_for_times_with_somebody_along_costs_no_more_queries(
    asked: Appointment, adviser: Adviser, django_assert_num_queries: Any
) -> None:
    further = tuple(make.adviser(name).pk for name in ("Süß", "Öz", "Weiß"))
    with django_assert_num_queries(6):
        queries.free_slots(queries.Asked(asked.format, [adviser.pk], make.NOW, further=further))
