"""Overdue answers are told to Koordination once; a missing video link one working day before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError

from consultations.mailing import services
from consultations.mailing.kinds import Text
from consultations.models import Appointment, Case, CaseAlert
from consultations.services import alerts, appointments, changes, correspondence, groups
from portal.core import work
from portal.core.models import WorkItem
from tests import mails
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
DUE_PASSED = make.NOW + timedelta(days=4)  # Friday: three working days after Monday were over on Thursday


@pytest.fixture(autouse=True)
def _monday_morning(settings: Any) -> Iterator[None]:
    settings.HOLIDAYS = ""
    with time_machine.travel(make.NOW, tick=False):
        yield


def open_items(kind: str) -> list[WorkItem]:
    return list(WorkItem.objects.filter(kind=kind, state=WorkItem.State.OPEN))


def warnings() -> list[Any]:
    return [mail for mail in mails.deliver() if "überfällig" in mail["Subject"]]


def test_koordination_hears_once_of_an_overdue_answer() -> None:
    desk.person("Koordination", "koordination@kkv.example")
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    assert alerts.look() == ""
    with time_machine.travel(DUE_PASSED, tick=False):
        assert alerts.look() == "überfällige Vorgänge gemeldet: 1"
        assert alerts.look() == ""
        (mail,) = warnings()
        assert mail["To"] == "koordination@kkv.example"
        assert case.reference in mails.text_of(mail)
        assert case.subject not in mails.text_of(mail)
        assert mail["Subject"] == "1 Vorgang ist überfällig"
        assert "1 Vorgang ist überfällig, also länger als zugesagt ohne Antwort:" in mails.text_of(mail)
        assert mail["Auto-Submitted"] == "auto-generated"
        (html,) = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/html"]
        assert f"<li>{case.reference}, fällig war der 04.03.2027</li>" in html
        assert 'ansicht=ueberfaellig">' in html
        (item,) = open_items(alerts.OVERDUE_KIND)
        assert item.team == "Koordination"
        assert alerts.entry_of(item.dedupe_key) == case
        WorkItem.objects.filter(pk=item.pk).update(state=WorkItem.State.DONE, closed_at=DUE_PASSED)
        assert alerts.look() == "", "ended by a person, it is not opened again"
    assert CaseAlert.objects.count() == 1


def test_the_mail_about_overdue_answers_has_the_words_of_the_centre() -> None:
    desk.person("Koordination", "koordination@kkv.example")
    cases = [desk.working_case(desk.adviser_with_role(name), subject=name) for name in ("Größe", "Weiß")]
    mine = Text("Achtung: {ueberfaellig}", "Hallo zusammen,\n\n{liste}\n\n{uebersicht}")
    services.keep_text(kind="overdue", text=mine, by=None)
    with time_machine.travel(DUE_PASSED, tick=False):
        alerts.look()
        (mail,) = warnings()
    assert mail["Subject"] == "Achtung: 2 Vorgänge sind überfällig"
    text = mails.text_of(mail)
    assert text.startswith("Hallo zusammen,")
    assert all(f"- {case.reference}, fällig" in text for case in cases)
    with pytest.raises(ValidationError, match=r"Ohne \{liste\}, \{uebersicht\} fehlt"):
        services.keep_text(kind="overdue", text=Text("x", "Etwas ist überfällig."), by=None)


def test_after_a_restore_nothing_is_told_again() -> None:
    desk.person("Koordination", "koordination@kkv.example")
    desk.working_case(desk.adviser_with_role())
    assert alerts.hold_overdue(make.NOW) == []
    with time_machine.travel(DUE_PASSED, tick=False):
        (line,) = alerts.hold_overdue(DUE_PASSED)
        assert ": 1 (" in line
        assert alerts.look() == ""
        assert warnings() == []


def test_an_answer_ends_the_item_and_a_new_delay_is_told_anew() -> None:
    desk.person("Koordination", "koordination@kkv.example")
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    with time_machine.travel(DUE_PASSED, tick=False):
        alerts.look()
        correspondence.answer(case=case, text="Hier ist die Antwort.", by=lead.user)
        alerts.look()
        assert open_items(alerts.OVERDUE_KIND) == []
        correspondence.receive(case=Case.objects.get(pk=case.pk), text="Noch eine Frage", by=None)
    with time_machine.travel(DUE_PASSED + timedelta(days=10), tick=False):
        assert alerts.look() == "überfällige Vorgänge gemeldet: 1"
        assert len(warnings()) == 2


def test_a_missing_video_link_is_seen_one_working_day_before() -> None:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    booked = appointments.book(
        placement=make.placement(make.form(), make.on(7), lead, place="video"), case=case, by=None
    )
    Appointment.objects.filter(pk=booked.pk).update(place="video", place_detail="")
    thursday, friday = make.on(3, 8), make.on(4, 8)  # the appointment is on the Monday after
    with time_machine.travel(thursday, tick=False):
        alerts.look()
        assert open_items(alerts.LINK_KIND) == []
    with time_machine.travel(friday, tick=False):
        alerts.look()
        (item,) = open_items(alerts.LINK_KIND)
        assert (item.owner, alerts.entry_of(item.dedupe_key)) == (lead.user, case)
        client = signed_in(desk.person("Koordination", "koordination@kkv.example"))
        board = client.get("/cms/beratung/?ansicht=videolink")
        assert list(board.context["object_list"]) == [case]
        assert "Videolink fehlt" in board.content.decode()
        changes.change_place(
            appointment=Appointment.objects.get(pk=booked.pk), place="video", place_detail="https://video.example/1",
            by=lead.user,
        )  # fmt: skip
        alerts.look()
        assert open_items(alerts.LINK_KIND) == []
        assert list(client.get("/cms/beratung/?ansicht=videolink").context["object_list"]) == []


def video(form: Any, lead: Any, case: Case, days: int = 1, **fields: Any) -> Appointment:
    placed = make.placement(form, make.on(days), lead, place="video", **fields)
    return appointments.book(placement=placed, case=case, by=None)


def owners() -> list[Any]:
    alerts.look()
    return [item.owner for item in open_items(alerts.LINK_KIND)]


def test_a_missing_link_goes_to_who_leads_the_appointment_and_follows_a_hand_over() -> None:
    lead, other, third = (desk.adviser_with_role(name) for name in ("Größe", "Weiß", "Öz"))
    booked = video(make.form(), other, desk.working_case(lead))
    assert owners() == [make.user_of(other)], "not the lead of the case"
    changes.hand_over(appointment=booked, to=third.pk, by=lead.user)
    assert owners() == [make.user_of(third)], "the item is open already and goes along"
    (item,) = open_items(alerts.LINK_KIND)
    work.change_item(item=item, actor=make.user_of(lead), changes={"owner": make.user_of(lead)})
    assert owners() == [make.user_of(lead)], "whom a person has chosen stays"


def test_a_missing_link_of_a_session_goes_to_who_leads_it_after_a_move() -> None:
    first, second = desk.adviser_with_role(), desk.adviser_with_role("Weiß")
    form = make.group_form()
    placed = make.placement(form, make.on(1), first, by_centre=True, place="video")
    session = groups.plan(placement=placed, title="Sprechstunde", by=None)
    assert owners() == [make.user_of(first)]
    moved = make.placement(form, make.on(1, 13), second, by_centre=True, further=[first.pk])
    groups.move(session=session, placement=moved, by=None)
    assert owners() == [make.user_of(second)]
    (item,) = open_items(alerts.LINK_KIND)
    assert work.entry_of(item) == session
    page = signed_in(make.user_of(second)).get(f"/cms/aufgaben/edit/{item.pk}/").content.decode()
    assert f"/cms/beratung/gruppentermine/{session.pk}/" in page


def test_telephone_and_visits_need_no_link() -> None:
    lead = desk.adviser_with_role()
    case = desk.working_case(lead)
    booked = appointments.book(
        placement=make.placement(make.form(), make.on(1), lead, place="phone"), case=case, by=None
    )
    Appointment.objects.filter(pk=booked.pk).update(place="phone", place_detail="")
    alerts.look()
    assert open_items(alerts.LINK_KIND) == []
