"""A task of a case is corrected, dropped and opened again: at the desk and by its municipality."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consultations.case_export import Papers, html_of
from consultations.models import Adviser, Case, CaseEvent, CaseTask, Concern
from consultations.refusals import NotPossible
from consultations.services import case_tasks, cases, minutes
from portal.accounts.models import User
from portal.core.models import AuditEntry
from tests import mails
from tests.factories import calendar, desk, requests
from tests.people import signed_in as with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
DUE = date(2027, 3, 12)
TOLD = "Aufgabe neu oder geändert"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality())


@pytest.fixture
def case(lead: Adviser, person: User) -> Case:
    made = desk.working_case(lead, municipality=calendar.municipality(), requester=person)
    Concern.objects.create(case=made)
    return made


@pytest.fixture
def task(case: Case) -> CaseTask:
    return CaseTask.objects.create(case=case, side="municipality", text="Formular senden", due_on=DUE)


@pytest.fixture
def staff(lead: Adviser) -> Client:
    return with_factor(lead.user)


@pytest.fixture
def town(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def at_desk(task: CaseTask, what: str = "") -> str:
    return f"/cms/beratung/aufgabe/{task.pk}/{what}"


def own(task: CaseTask, what: str = "") -> str:
    return f"/beratung/vorgang/{task.case.reference}/aufgabe/{task.pk}/{what}"


def said(task: CaseTask, **fields: Any) -> dict[str, Any]:
    due = task.due_on.isoformat() if task.due_on else ""
    return {"side": task.side, "text": task.text, "due_on": due, "base": task.version, **fields}


def told() -> list[str]:
    """Return whom of the municipality mails have told of a task so far."""
    return [str(mail["To"]) for mail in mails.deliver() if TOLD in mail["Subject"]]


def body(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def history(case: Case) -> list[str]:
    return list(CaseEvent.objects.filter(case=case, action__contains="task").values_list("action", flat=True))


def test_the_day_is_put_off_and_the_municipality_hears(
    staff: Client, town: Client, person: User, task: CaseTask
) -> None:
    sheet = body(staff, at_desk(task))
    assert "Formular senden" in sheet
    assert 'value="12.03.2027"' in sheet or 'value="2027-03-12"' in sheet
    sent = said(task, due_on="2027-04-02")
    for _ in range(2):  # the second click is told that it is so
        answer = staff.post(at_desk(task), sent)
        assert answer.status_code == 302
    task.refresh_from_db()
    assert task.due_on == date(2027, 4, 2)
    assert told() == [person.email]
    assert history(task.case) == ["case.task_change"]
    assert "bis 2. April 2027" in body(town, "/konto/")
    shown = body(staff, f"/cms/beratung/vorgang/{task.case_id}/")
    assert "Aufgabe geändert" in shown
    entry = AuditEntry.objects.get(action="case.task_change")
    assert entry.detail["task"] == task.pk
    assert "Formular" not in str(entry.detail)


def test_the_sheets_of_tasks_and_minutes_show_no_hidden_field(staff: Client, task: CaseTask) -> None:
    for sheet in (at_desk(task, ""), f"/cms/beratung/vorgang/{task.case_id}/protokoll/"):
        page = body(staff, sheet)
        assert 'name="base"' in page, sheet
        assert not re.search(r"<label[^>]*>\s*Base", page), sheet


def test_what_reads_as_before_tells_nobody(staff: Client, task: CaseTask) -> None:
    assert staff.post(at_desk(task), said(task, text=" Formular senden ")).status_code == 302
    assert told() == []
    assert history(task.case) == []


def test_the_side_is_put_right(staff: Client, town: Client, person: User, task: CaseTask) -> None:
    assert staff.post(at_desk(task), said(task, side="centre")).status_code == 302
    assert told() == [person.email]
    assert "Formular senden" not in body(town, "/konto/")
    task.refresh_from_db()
    assert staff.post(at_desk(task), said(task, text="Muster senden")).status_code == 302
    assert told() == [person.email], "what the centre has to do alone tells nobody"


def test_an_overdue_day_may_stay_and_none_that_is_over_is_chosen(staff: Client, task: CaseTask) -> None:
    CaseTask.objects.filter(pk=task.pk).update(due_on=date(2027, 2, 26))
    task.refresh_from_db()
    assert staff.post(at_desk(task), said(task, text="Formblatt senden")).status_code == 302
    task.refresh_from_db()
    refused = staff.post(at_desk(task), said(task, text="Anderes", due_on="2027-02-25"))
    assert refused.status_code == 422
    assert "Anderes" in refused.content.decode()


def test_an_old_sheet_overwrites_nothing_unsaid(staff: Client, task: CaseTask) -> None:
    sent = said(task, text="Vertrag senden")
    case_tasks.change(task=task, by=None, side=task.side, text="Formblatt senden", due_on=DUE)
    stale = staff.post(at_desk(task), sent)
    html = stale.content.decode()
    assert stale.status_code == 422
    assert "Formblatt senden (Kommune, bis 12.03.2027)" in html
    assert "Vertrag senden" in html
    task.refresh_from_db()
    assert task.text == "Formblatt senden"
    assert f'value="{task.version}"' in html
    assert staff.post(at_desk(task), {**sent, "base": task.version}).status_code == 302  # saved once more
    task.refresh_from_db()
    assert task.text == "Vertrag senden"


@pytest.mark.parametrize("end", ["finish", "drop", "withdraw"])
def test_a_sheet_for_what_is_over_keeps_what_was_typed(staff: Client, task: CaseTask, end: str) -> None:
    if end == "withdraw":
        cases.withdraw(case=task.case, by=None)
    else:
        getattr(case_tasks, end)(task=task, by=None)
    answer = staff.post(at_desk(task), said(task, text="Vertrag senden"))
    assert answer.status_code == 422
    assert "Vertrag senden" in answer.content.decode()
    assert "inzwischen" in answer.content.decode()
    assert "nicht mehr offen" in body(staff, at_desk(task))
    task.refresh_from_db()
    assert task.text == "Formular senden"


def test_a_task_is_dropped_and_taken_up_again(staff: Client, town: Client, person: User, task: CaseTask) -> None:
    page = f"/cms/beratung/vorgang/{task.case_id}/"
    assert at_desk(task, "entfaellt/") in body(staff, page)
    for _ in range(2):
        answer = staff.post(at_desk(task, "entfaellt/"), follow=True)
        assert "Die Aufgabe ist entfallen." in answer.content.decode()
    assert told() == []
    assert "Formular senden" not in body(town, "/konto/")
    assert "Formular senden" not in body(staff, f"/cms/beratung/kommunen/{task.case.municipality_id}/")
    assert "Entfallen am 1. März 2027" in body(town, f"/beratung/vorgang/{task.case.reference}/")
    assert own(task) not in body(town, f"/beratung/vorgang/{task.case.reference}/")
    shown = body(staff, page)
    assert "Aufgabe entfällt" in shown
    assert "Doch nicht entfallen" in shown
    assert "entfallen am 01.03.2027" in html_of(Papers(task.case, internal=True))
    late = town.post(own(task), {"seen": task.version})  # the municipality's page is an old one
    assert late.status_code == 409
    assert case_tasks.GONE in late.content.decode()
    assert town.post(own(task, "offen/")).status_code == 409
    for _ in range(2):
        answer = staff.post(at_desk(task, "offen/"), follow=True)
        assert "Die Aufgabe ist wieder offen." in answer.content.decode()
    assert told() == [person.email]
    assert history(task.case) == ["case.task_drop", "case.task_reopen"]
    assert "Formular senden" in body(town, "/konto/")


def test_the_same_task_may_be_noted_anew_after_it_was_dropped(task: CaseTask) -> None:
    case_tasks.drop(task=task, by=None)
    anew = minutes.add_task(case=task.case, by=None, side=task.side, text=task.text, due_on=DUE)
    assert anew.pk != task.pk


def test_the_centre_takes_back_done(staff: Client, lead: Adviser, person: User, task: CaseTask) -> None:
    staff.post(at_desk(task, "erledigt/"), {"seen": task.version})
    assert "Doch nicht erledigt" in body(staff, f"/cms/beratung/vorgang/{task.case_id}/")
    assert staff.post(at_desk(task, "entfaellt/"), follow=True).content.decode().count(case_tasks.DONE) == 1
    staff.post(at_desk(task, "offen/"))
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)
    assert told() == [], "the own click, which told nobody"
    case_tasks.finish(task=task, by=person)
    staff.post(at_desk(task, "offen/"))
    assert told() == [person.email]


def test_the_municipality_takes_back_done(town: Client, lead: Adviser, task: CaseTask) -> None:
    page = f"/beratung/vorgang/{task.case.reference}/"
    assert own(task, "offen/") not in body(town, page)
    town.post(own(task), {"seen": task.version})
    assert own(task, "offen/") in body(town, page)
    assert town.get(own(task, "offen/")).status_code == 405
    for _ in range(2):
        answer = town.post(own(task, "offen/"), {"seen": task.version}, follow=True)
        assert "Die Aufgabe ist wieder offen." in answer.content.decode()
    task.refresh_from_db()
    assert task.is_open
    heard = [mail for mail in mails.deliver() if "ist wieder offen" in mail["Subject"]]
    assert [mail["To"] for mail in heard] == [lead.user.email]  # type: ignore[union-attr]
    assert history(task.case) == ["case.task_done", "case.task_reopen"]


def test_only_its_own_and_only_while_the_case_is_open(town: Client, staff: Client, case: Case) -> None:
    theirs = minutes.add_task(case=case, by=None, side="centre", text="Muster senden")
    mine = minutes.add_task(case=case, by=None, side="municipality", text="Formular senden")
    case_tasks.finish(task=theirs, by=None)
    case_tasks.finish(task=mine, by=None)
    assert town.post(own(theirs, "offen/")).status_code == 404
    for step in ("answer", "leave_measures"):
        cases.advance(case=case, action=step, by=None)
    assert case_tasks.unfinish(task=mine, by=None), "measures are open"
    case_tasks.finish(task=mine, by=None)
    cases.close(case=case, by=None)
    assert own(mine, "offen/") in body(town, f"/beratung/vorgang/{case.reference}/")
    assert town.post(own(mine, "offen/")).status_code == 302, "a wrong click can be undone after the end"
    assert at_desk(mine, "entfaellt/") in body(staff, f"/cms/beratung/vorgang/{case.pk}/")
    staff.post(at_desk(mine, "entfaellt/"))
    mine.refresh_from_db()
    assert mine.dropped_at is not None
    with pytest.raises(NotPossible, match="beendet"):
        case_tasks.change(task=mine, by=None, side="centre", text="Anders", due_on=None)


def test_what_a_closed_case_leaves_to_do_stands_on_both_sides(town: Client, staff: Client, case: Case) -> None:
    minutes.add_task(case=case, by=None, side="municipality", text="Muster zurücksenden")
    for step in ("answer", "leave_measures"):
        cases.advance(case=case, action=step, by=None)
    cases.close(case=case, by=None)
    for client, page in ((town, "/konto/"), (staff, f"/cms/beratung/kommunen/{case.municipality_id}/")):
        assert "Muster zurücksenden" in body(client, page), page


def test_what_came_to_nothing_keeps_no_tasks(town: Client, staff: Client, case: Case) -> None:
    mine = minutes.add_task(case=case, by=None, side="municipality", text="Formular senden")
    case_tasks.finish(task=mine, by=None)
    cases.withdraw(case=case, by=None)
    assert own(mine, "offen/") not in body(town, f"/beratung/vorgang/{case.reference}/")
    assert town.post(own(mine, "offen/")).status_code == 409
    assert case_tasks.ENDED in staff.post(at_desk(mine, "offen/"), follow=True).content.decode()
    assert "Doch nicht erledigt" not in body(staff, f"/cms/beratung/vorgang/{case.pk}/")
    open_one = CaseTask.objects.create(case=case, side="centre", text="Blieb offen")
    with pytest.raises(NotPossible, match="beendet"):
        case_tasks.drop(task=open_one, by=None)
    assert CaseTask.objects.get(pk=mine.pk).done_at is not None


@pytest.mark.parametrize("what", ["erledigt/", "entfaellt/"])
def test_a_click_on_what_reads_differently_by_now_changes_nothing(
    staff: Client, town: Client, task: CaseTask, what: str
) -> None:
    old = task.version
    case_tasks.change(task=task, by=None, side=task.side, text="Etwas ganz anderes", due_on=DUE)
    assert case_tasks.OTHER in staff.post(at_desk(task, what), {"seen": old}, follow=True).content.decode()
    late = town.post(own(task), {"seen": old})
    assert late.status_code == 409
    assert case_tasks.OTHER in late.content.decode()
    task.refresh_from_db()
    assert task.is_open


def test_citizens_data_warns_in_a_correction(staff: Client, task: CaseTask) -> None:
    text = "Konto DE89 3704 0044 0532 0130 00"
    warned = staff.post(at_desk(task), said(task, text=text))
    assert warned.status_code == 422
    assert "eine IBAN" in warned.content.decode()
    assert staff.post(at_desk(task), said(task, text=text, no_citizens="on")).status_code == 302


def test_advisers_from_elsewhere_and_colleagues_change_nothing(task: CaseTask) -> None:
    stranger = with_factor(desk.adviser_with_role("Fremd", role="", external=True).user)
    for what in ("", "entfaellt/", "offen/"):
        assert stranger.post(at_desk(task, what), said(task, text="x")).status_code in (403, 404)
    colleague = Client()
    colleague.force_login(requests.member(task.case.municipality, "otto"))
    case_tasks.finish(task=task, by=None)
    assert colleague.post(own(task, "offen/")).status_code == 403
    assert "Doch nicht erledigt" not in body(colleague, f"/beratung/vorgang/{task.case.reference}/")
    assert CaseTask.objects.get(pk=task.pk).done_at is not None


def test_many_changed_tasks_cost_no_more_queries(staff: Client, town: Client, task: CaseTask) -> None:
    pages = [
        (staff, f"/cms/beratung/vorgang/{task.case_id}/"), (town, f"/beratung/vorgang/{task.case.reference}/"),
        (town, "/konto/"),
    ]  # fmt: skip

    def more(number: int) -> list[int]:
        row = minutes.add_task(case=task.case, by=None, side="municipality", text=f"Aufgabe {number}")
        case_tasks.change(task=row, by=None, side=row.side, text=row.text, due_on=DUE + timedelta(days=number))
        (case_tasks.drop if number % 2 else case_tasks.finish)(task=row, by=None)
        if number % 3 == 0:
            case_tasks.reopen(task=row, by=None)
        counts = []
        for client, page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    for number in range(4):
        more(number)
    assert more(4) == more(5) == more(6) == more(7)
