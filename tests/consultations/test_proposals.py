"""Proposed times are offered first and booked at once: alone, in place of a request, beside an appointment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from consultations.models import Adviser, Appointment, Case, Concern, Format
from consultations.refusals import NotPossible, SlotTaken
from consultations.requester import follow_up, tokens
from consultations.services import appointments, cases, changes, correspondence, groups, seats
from portal.core.models import AuditEntry
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
FOUND = "Wir haben Ihnen Termine vorgeschlagen"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role("Größe")


@pytest.fixture
def first() -> Format:
    return make.form("erstgespraech", name="Erstgespräch", duration=60, notice_hours=2)


@pytest.fixture
def longer() -> Format:
    return make.form("fachberatung", name="Fachberatung", duration=90, entry="triage", notice_hours=48)


@pytest.fixture
def case(first: Format, lead: Adviser) -> Case:
    found = make.case(form=first)
    Concern.objects.create(
        case=found, contact_name="Nora Öz", contact_email="nora@muehltal.example", place="phone"
    )
    cases.assign(case=found, lead=lead, by=None)
    return found


def minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def base(case: Case) -> str:
    return f"/beratung/vorgang/{tokens.make(case.concern)}/"


def shown(case: Case, path: str = "") -> str:
    return Client().get(f"{base(case)}{path}").content.decode()


def propose(case: Case, lead: Adviser, form: Format, *moments: datetime) -> str:
    """Propose at the desk, and return the page on which it was done."""
    client, address = signed_in(make.user_of(lead)), f"/cms/beratung/vorgang/{case.pk}/vorschlag/?format={form.pk}"
    page = client.get(address).content.decode()
    slots = [moment.isoformat() for moment in moments]
    assert client.post(address, {"slots": slots}).status_code == 302
    return page


def choose(case: Case, moment: datetime, *, among: str = "vorschlag") -> str:
    """Press the button of a time, and return what the page says then."""
    answer = Client().post(f"{base(case)}termin-waehlen/", {among: minute(moment)})
    assert answer.status_code == 302, answer.content.decode()
    return Client().get(answer["Location"]).content.decode()


def ways(case: Case) -> follow_up.Way | None:
    return follow_up.way_of(Case.objects.get(pk=case.pk))


# -- alone --------------------------------------------------------------------------------------------------------


def test_a_proposed_time_is_first_and_booked_at_once_though_others_are_requested(
    case: Case, lead: Adviser, longer: Format
) -> None:
    soon, later = make.on(0, 14), make.on(3, 9)  # within the notice, which the centre does not need
    help_text = propose(case, lead, longer, soon, later)
    assert "ist der Termin gebucht." in help_text
    assert FOUND in shown(case)
    page = shown(case, "termin-waehlen/")
    proposed, others = page.split("Andere freie Zeiten")
    for moment in (soon, later):
        assert f'value="{minute(moment)}"' in proposed
        assert f'value="{minute(moment)}"' not in others, "shown once"
    assert "Fachberatung" in proposed
    assert "90 Minuten" in proposed
    assert "fragen Sie die Zeit mit einem Klick an" in others
    for _ in range(2):  # of two clicks the second changes nothing
        assert "Der Termin ist gebucht." in choose(case, soon)
    row = Appointment.objects.get(case=case)
    assert (row.state, row.format, row.starts_at, row.place) == ("confirmed", longer, soon, "phone")
    assert row.ends_at == soon + timedelta(minutes=90)
    assert FOUND not in shown(case)
    assert Case.objects.get(pk=case.pk).state == "in_progress"
    subjects = [mail["Subject"] for mail in mails.deliver() if mail["To"] == "nora@muehltal.example"]
    assert sum("steht fest" in subject for subject in subjects) == 1, subjects


def test_another_free_time_is_requested_in_the_proposed_format(case: Case, lead: Adviser, longer: Format) -> None:
    propose(case, lead, longer, make.on(3, 9))
    assert "Der Termin ist angefragt" in choose(case, make.on(4, 9), among="slot")
    row = Appointment.objects.get(case=case)
    assert (row.state, row.format, row.starts_at) == ("requested", longer, make.on(4, 9))
    assert ways(case) is None, "the proposal is used up"


def test_the_format_stays_whatever_becomes_of_the_appointment_before(
    case: Case, lead: Adviser, first: Format, longer: Format
) -> None:
    held = appointments.book(placement=make.placement(first, make.on(0, 9), lead), case=case, by=None)
    asked = appointments.request_slot(placement=make.placement(first, make.on(4, 9), lead), case=case, by=None)
    with time_machine.travel(make.on(0, 11), tick=False):
        propose(case, lead, longer, make.on(7, 9), make.on(7, 13))
        changes.complete(appointment=held, by=lead.user)
        appointments.decline(appointment=asked, by=lead.user)
        way = ways(case)
        assert way == follow_up.Way(longer, (minute(make.on(7, 9)), minute(make.on(7, 13))))
        choose(case, make.on(7, 13))
    assert Appointment.objects.get(case=case, state="confirmed").format == longer


def test_times_that_are_gone_leave_the_format(case: Case, lead: Adviser, first: Format, longer: Format) -> None:
    propose(case, lead, longer, make.on(1, 9), make.on(7, 9))
    appointments.book(placement=make.placement(first, make.on(7, 9), lead), case=make.case(), by=None)
    with time_machine.travel(make.on(2, 9), tick=False):
        assert FOUND not in shown(case)
        assert "Von uns vorgeschlagen" not in shown(case, "termin-waehlen/")
        assert ways(case) == follow_up.Way(longer)


def test_times_of_who_leads_the_case_no_more_are_not_offered(case: Case, lead: Adviser, longer: Format) -> None:
    propose(case, lead, longer, make.on(3, 9))
    cases.assign(case=case, lead=desk.adviser_with_role("Weiß"), by=None)
    assert ways(case) == follow_up.Way(longer)
    cases.assign(case=case, lead=lead, by=None)
    assert ways(case) == follow_up.Way(longer, (minute(make.on(3, 9)),))
    lead.active = False
    lead.save()
    assert ways(case) == follow_up.Way(longer)


def test_a_lead_who_is_not_bookable_by_all_can_propose(case: Case, longer: Format, first: Format) -> None:
    """Who leads a case by hand, and advises in other formats or topics else, is chosen by it alone."""
    other = desk.adviser_with_role("Weiß")
    other.formats.set([first])
    cases.assign(case=case, lead=other, by=None)
    propose(case, other, longer, make.on(3, 9))
    choose(case, make.on(3, 9))
    row = Appointment.objects.get(case=case)
    assert [item.adviser for item in row.allocations.all()] == [other]


# -- in place of a request ----------------------------------------------------------------------------------------


@pytest.fixture
def asked(case: Case, first: Format, lead: Adviser) -> Appointment:
    wanted = make.placement(first, make.on(3, 10), lead, place="phone")
    return appointments.request_slot(placement=wanted, case=case, by=None)


def test_a_proposed_time_takes_the_place_of_the_request(
    case: Case, lead: Adviser, asked: Appointment, longer: Format
) -> None:
    page = propose(case, lead, longer, make.on(3, 10), make.on(4, 9))  # one reaches over the time of the request
    assert "tritt an die Stelle ihrer Terminanfrage" in page
    assert "tritt an die Stelle Ihrer Terminanfrage" in shown(case)
    old = shown(case, f"termin/{asked.thread}/")
    assert 'name="slot"' not in old, "the old format is not asked for again"
    assert "termin-waehlen/" in old
    assert "Terminanfrage zurückziehen" in old
    assert f'value="{minute(make.on(3, 10))}"' in shown(case, "termin-waehlen/")
    for _ in range(2):
        assert "Der Termin ist gebucht." in choose(case, make.on(3, 10))
    row = Appointment.objects.get(case=case)
    assert (row.pk, row.state, row.format, row.place) == (asked.pk, "confirmed", longer, "phone")
    assert row.ends_at == make.on(3, 10) + timedelta(minutes=90)
    assert AuditEntry.objects.filter(action="appointment.confirm").count() == 1
    told = [mail["Subject"] for mail in mails.deliver() if mail["To"] == make.user_of(lead).email]
    assert len(told) == 1, told


def test_another_time_is_asked_for_in_the_proposed_format(
    case: Case, lead: Adviser, asked: Appointment, longer: Format
) -> None:
    propose(case, lead, longer, make.on(4, 9))
    again = choose(case, make.on(3, 10), among="slot")
    assert "Die andere Zeit ist angefragt" in again, "at the same time, but longer"
    row = Appointment.objects.get(case=case)
    assert (row.pk, row.state, row.format) == (asked.pk, "requested", longer)
    assert row.ends_at == make.on(3, 10) + timedelta(minutes=90)
    appointments.confirm(appointment=row, by=lead.user)


def test_wishes_are_answered_by_proposed_times(case: Case, lead: Adviser, first: Format) -> None:
    days = [(make.on(5).date(), "any")]
    wish = appointments.request_by_wishes(case=case, form=first, wishes=days, by=None)
    propose(case, lead, first, make.on(4, 9))
    choose(case, make.on(4, 9))
    row = Appointment.objects.get(case=case)
    assert (row.pk, row.state, row.starts_at) == (wish.pk, "confirmed", make.on(4, 9))


def test_a_request_moved_by_an_old_page_uses_the_proposal_up(
    case: Case, lead: Adviser, asked: Appointment, longer: Format
) -> None:
    propose(case, lead, longer, make.on(4, 9))
    answer = Client().post(f"{base(case)}termin/{asked.thread}/", {"slot": minute(make.on(3, 13))})
    assert answer.status_code == 302
    assert ways(case) is None
    assert FOUND not in shown(case)


# -- beside what stays --------------------------------------------------------------------------------------------


def test_beside_an_appointment_a_proposed_time_is_a_further_one(
    case: Case, lead: Adviser, first: Format, longer: Format
) -> None:
    held = appointments.book(placement=make.placement(first, make.on(3, 9), lead), case=case, by=None)
    page = propose(case, lead, longer, make.on(4, 9), make.on(4, 13))
    assert "ein weiterer Termin gebucht" in page
    assert "Was Sie schon haben, bleibt daneben bestehen." in shown(case)
    offered = shown(case, "termin-waehlen/")
    assert "Andere freie Zeiten" not in offered
    with pytest.raises(SlotTaken):
        follow_up.choose(case, minute=minute(make.on(3, 13)), by=None)
    for _ in range(2):
        choose(case, make.on(4, 9))
    assert Appointment.objects.filter(case=case, state="confirmed").count() == 2
    assert (
        "hier kein Termin zu wählen" in Client().get(f"{base(case)}termin-waehlen/", follow=True).content.decode()
    )
    with pytest.raises(NotPossible, match="schon einen Termin"):
        follow_up.choose(case, minute=minute(make.on(4, 13)), by=None)
    held.refresh_from_db()
    assert held.state == "confirmed"


def test_beside_an_appointment_it_ends_with_the_proposed_times(
    case: Case, lead: Adviser, first: Format, longer: Format
) -> None:
    appointments.book(placement=make.placement(first, make.on(8, 9), lead), case=case, by=None)
    propose(case, lead, longer, make.on(1, 9))
    with time_machine.travel(make.on(1, 10), tick=False):
        assert ways(case) is None
        assert FOUND not in shown(case)


def test_a_seat_taken_from_a_waiting_list_leaves_the_proposal(case: Case, lead: Adviser, longer: Format) -> None:
    group = make.group_form(capacity=1)
    wanted = make.placement(group, make.on(7), make.adviser("Weiß"), place="video", by_centre=True)
    session = groups.plan(placement=wanted, title="Runde", by=None)
    other = seats.ask(session=session, case=make.case(), by=None)
    seats.join(session=session, case=case, by=None)
    propose(case, lead, longer, make.on(4, 9))
    assert ways(case) == follow_up.Way(longer, (minute(make.on(4, 9)),), only_proposed=True)
    changes.cancel(appointment=other, by=None)
    seats.accept(entry=case.waiting.get(), by=None)
    assert ways(case) == follow_up.Way(longer, (minute(make.on(4, 9)),), only_proposed=True)
    choose(case, make.on(4, 9))
    assert Appointment.objects.filter(case=case, state="confirmed").count() == 2


def test_nobody_chooses_for_a_case_that_has_ended(case: Case, lead: Adviser, longer: Format) -> None:
    propose(case, lead, longer, make.on(4, 9))
    cases.withdraw(case=case, by=None)
    assert ways(case) is None
    answer = Client().post(f"{base(case)}termin-waehlen/", {"vorschlag": minute(make.on(4, 9))})
    assert answer.status_code == 409
    assert "Dieser Vorgang ist abgeschlossen" in answer.content.decode()
    assert not Appointment.objects.exists()


# -- what a click does not do -------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["direct", "triage"])
@pytest.mark.parametrize("requested", [True, False])
def test_a_proposed_time_that_is_gone_becomes_nobody_elses(
    case: Case, lead: Adviser, first: Format, longer: Format, entry: str, requested: bool
) -> None:
    Format.objects.filter(pk=longer.pk).update(entry=entry)
    desk.adviser_with_role("Weiß")  # who is free then
    if requested:
        appointments.request_slot(placement=make.placement(first, make.on(8, 10), lead), case=case, by=None)
    propose(case, lead, Format.objects.get(pk=longer.pk), make.on(3, 9), make.on(4, 9))
    before = list(Appointment.objects.filter(case=case).values_list("pk", "state", "starts_at"))
    other = make.placement(first, make.on(3, 9), lead)
    appointments.book(placement=other, case=make.case("Ein anderes Anliegen"), by=None)
    answer = Client().post(f"{base(case)}termin-waehlen/", {"vorschlag": minute(make.on(3, 9))})
    assert answer.status_code == 409
    assert "gerade vergeben" in answer.content.decode()
    assert list(Appointment.objects.filter(case=case).values_list("pk", "state", "starts_at")) == before
    way = ways(case)
    assert way is not None
    assert way.proposed == (minute(make.on(4, 9)),), "the other one stays"


@pytest.mark.parametrize("requested", [True, False])
def test_of_two_pages_the_second_is_told_what_is_the_case(
    case: Case, lead: Adviser, first: Format, longer: Format, requested: bool
) -> None:
    if requested:
        appointments.request_slot(placement=make.placement(first, make.on(8, 10), lead), case=case, by=None)
    propose(case, lead, longer, make.on(3, 9), make.on(4, 9))
    choose(case, make.on(3, 9))
    answer = Client().post(f"{base(case)}termin-waehlen/", {"vorschlag": minute(make.on(4, 9))})
    assert answer.status_code == 409
    assert "gibt es schon einen Termin" in answer.content.decode()
    assert "gerade vergeben" not in answer.content.decode()
    assert Appointment.objects.get(case=case, state="confirmed").starts_at == make.on(3, 9)


def test_beside_an_appointment_a_further_time_that_is_gone_is_called_so(
    case: Case, lead: Adviser, first: Format, longer: Format
) -> None:
    appointments.book(placement=make.placement(first, make.on(8, 9), lead), case=case, by=None)
    propose(case, lead, longer, make.on(3, 9))
    other = make.placement(first, make.on(3, 9), lead)
    appointments.book(placement=other, case=make.case("Ein anderes Anliegen"), by=None)
    answer = Client().post(f"{base(case)}termin-waehlen/", {"vorschlag": minute(make.on(3, 9))})
    assert "gerade vergeben" in answer.content.decode()


def test_what_was_asked_meanwhile_is_still_owed(
    case: Case, lead: Adviser, asked: Appointment, longer: Format
) -> None:
    propose(case, lead, longer, make.on(4, 9))
    correspondence.receive(case=case, text="Und wer bezahlt das?", by=None)
    due = Case.objects.get(pk=case.pk).answer_due
    assert due is not None
    choose(case, make.on(4, 9))
    assert Case.objects.get(pk=case.pk).answer_due == due


def test_moving_what_stays_leaves_the_proposal(case: Case, lead: Adviser, first: Format, longer: Format) -> None:
    held = appointments.book(placement=make.placement(first, make.on(3, 9), lead), case=case, by=None)
    propose(case, lead, longer, make.on(4, 9))
    changes.move(appointment=held, placement=make.placement(first, make.on(8, 9), lead), by=None)
    assert ways(case) == follow_up.Way(longer, (minute(make.on(4, 9)),), only_proposed=True)


def test_the_end_of_the_case_is_the_end_of_the_proposal(case: Case, lead: Adviser, longer: Format) -> None:
    propose(case, lead, longer, make.on(14, 9))
    for action in ("resume", "advise"):
        cases.advance(case=Case.objects.get(pk=case.pk), action=action, by=lead.user)
    cases.close(case=Case.objects.get(pk=case.pk), by=lead.user)
    correspondence.receive(case=Case.objects.get(pk=case.pk), text="Etwas ganz anderes", by=None)
    way = ways(case)
    assert way is not None
    assert (way.form, way.proposed) == (case.format, ())


def test_nothing_is_proposed_for_somebody_who_does_not_advise(case: Case, lead: Adviser, longer: Format) -> None:
    Adviser.objects.filter(pk=lead.pk).update(active=False)
    address = f"/cms/beratung/vorgang/{case.pk}/vorschlag/?format={longer.pk}"
    answer = signed_in(desk.person("Koordination", "ko@kkv.example")).post(
        address, {"slots": [make.on(4, 9).isoformat()]}, follow=True
    )
    assert "berät nicht mehr" in answer.content.decode()
    assert not case.messages.exists()
