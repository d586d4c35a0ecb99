"""Every screen of the desk × every role: nobody sees or does what is not theirs, and notes stay in the centre."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from consultations.desk import rights, steps, timeline
from consultations.models import Case, CaseEvent, CaseFile, CaseTask, GroupSession, InternalNote, Message
from consultations.services import cases, correspondence
from portal.accounts.models import User
from portal.core.models import AuditEntry, OutboxMessage
from tests.consultations.desk.roles import INSIDE, ROLES, SECRET, WORK, client_for, make_world
from tests.factories import calendar as make
from tests.factories import desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
# Address: who gets in (by GET, or by POST for what only takes that); all others are sent away.
VIEWS: dict[str, tuple[str, set[str]]] = {
    "consultations_desk": ("", {*WORK, "other from outside"}),  # their own cases only, see below
    "consultations_desk_results": ("ergebnisse/", {*WORK, "other from outside"}),
    "consultations_intake": ("aufnehmen/", INSIDE),
    "consultations_figures": ("zahlen/", {"Koordination", "Leitung", "Superuser"}),
    "consultations_statistics": ("statistik/", {"Koordination", "Leitung", "Superuser"}),
    "consultations_statistics_xlsx": ("statistik/alle.xlsx", {"Koordination", "Leitung", "Superuser"}),
    "consultations_statistics_csv": ("statistik/themen.csv", {"Koordination", "Leitung", "Superuser"}),
    "consultations_own_figures": ("meine-zahlen/", {*WORK, "other from outside"}),  # their own alone
    "consultations_groups": ("gruppentermine/", INSIDE),
    "consultations_group_new": ("gruppentermine/neu/", INSIDE),
    "consultations_group": ("gruppentermine/{session}/", INSIDE),
    "consultations_group_done": ("gruppentermine/{session}/durchgefuehrt/", INSIDE),
    "consultations_group_change": ("gruppentermine/{session}/aendern/", INSIDE),
    "consultations_faq_new": ("protokoll/{minutes}/faq/", INSIDE),
    "consultations_faq": ("faq/{faq}/", INSIDE),
    "consultations_towns": ("kommunen/", INSIDE),
    "consultations_town": ("kommunen/{town}/", INSIDE),
    "consultations_town_invite": ("kommunen/{town}/einladen/", INSIDE),
    "consultations_case": ("vorgang/{case}/", WORK),
    "consultations_advance": ("vorgang/{case}/weiter/", WORK),
    "consultations_book": ("vorgang/{case}/termin/", WORK),
    "consultations_propose": ("vorgang/{case}/vorschlag/", WORK),
    "consultations_minutes_new": ("vorgang/{case}/protokoll/", WORK),
    "consultations_unlink": ("vorgang/{case}/seite/1/entfernen/", WORK),
    "consultations_step": ("vorgang/{case}/nachricht/", WORK),
    "consultations_export": ("vorgang/{case}/export/", WORK),
    "consultations_export_file": ("vorgang/{case}/export/datei/", WORK),
    "consultations_handed_over": ("vorgang/{case}/export/uebergabe/", INSIDE),
    "consultations_minutes": ("protokoll/{minutes}/", WORK),
    "consultations_task": ("aufgabe/{task}/", WORK),
    "consultations_task_drop": ("aufgabe/{task}/entfaellt/", WORK),
    "consultations_task_reopen": ("aufgabe/{task}/offen/", WORK),
    "consultations_task_done": ("aufgabe/{task}/erledigt/", WORK),
    "consultations_file": ("datei/{file}/", WORK),
    "consultations_file_internal": ("datei/{file}/intern/", INSIDE),
    "consultations_file_remove": ("datei/{file}/entfernen/", INSIDE),
    "consultations_mark": ("termin/{appointment}/festhalten/", WORK),
    "consultations_appointment": ("termin/{appointment}/absagen/", WORK),
}
STEPS = {
    "nachricht": WORK, "mitteilung": WORK, "dateien": WORK, "aufgabe": WORK, "seite": WORK, "notiz": INSIDE,
    "ablehnen": INSIDE, "zurueckgezogen": INSIDE, "ansprechperson": INSIDE,
    "zuordnen": {"Koordination", "Superuser"},
}  # fmt: skip
POSTS = {
    "consultations_advance", "consultations_unlink", "consultations_task_done", "consultations_task_drop",
    "consultations_task_reopen", "consultations_mark",
    "consultations_export_file", "consultations_handed_over", "consultations_group_done",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def world() -> dict[str, Any]:
    return make_world()


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_which_screen(role: str, world: dict[str, Any]) -> None:
    client = client_for(role, world)
    wrong = {}
    for name, (part, admitted) in VIEWS.items():
        address = f"/cms/beratung/{part.format(**world['ids'])}"
        response = client.post(address) if name in POSTS else client.get(address)
        entered = response.status_code == 200 or (
            name in POSTS and role in admitted and response.status_code in (302, 404, 422)
        )
        if entered != (role in admitted):
            wrong[name] = response.status_code
        elif role not in admitted:
            assert response.status_code in (302, 403, 404), (name, response.status_code)
            assert world["case"].reference not in response.content.decode()
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_which_step(role: str, world: dict[str, Any]) -> None:
    client, case = client_for(role, world), world["case"]
    entered = {name for name in STEPS if client.get(f"/cms/beratung/vorgang/{case.pk}/{name}/").status_code == 200}
    assert entered == {name for name, admitted in STEPS.items() if role in admitted}


@pytest.mark.parametrize("role", [role for role in ROLES if role not in WORK])
def test_who_is_not_admitted_changes_nothing(role: str, world: dict[str, Any]) -> None:
    client, ids = client_for(role, world), world["ids"]
    tables = (Case, CaseEvent, CaseFile, CaseTask, GroupSession, InternalNote, Message, OutboxMessage)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    everything = {"text": "x", "action": "close", "reason": "x", "adviser": "1", "side": "centre", "page": "/a/"}
    for part, _ in VIEWS.values():
        client.post(f"/cms/beratung/{part.format(**ids)}", everything)
    for name in STEPS:
        client.post(f"/cms/beratung/vorgang/{ids['case']}/{name}/", everything)
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before


def test_every_step_is_in_the_matrix() -> None:
    assert set(steps.STEPS) == set(STEPS)


def test_advisers_from_outside_see_their_cases_alone_and_nothing_internal(world: dict[str, Any]) -> None:
    other = make.case("Anliegen einer anderen Kommune")
    client, ids = client_for("lead from outside", world), world["ids"]
    listed = client.get("/cms/beratung/?ansicht=alle").context["object_list"]
    assert list(listed) == [world["case"]]
    assert client.get(f"/cms/beratung/vorgang/{other.pk}/").status_code == 404
    assert SECRET not in client.get(f"/cms/beratung/vorgang/{ids['case']}/").content.decode()
    assert client.get(f"/cms/beratung/datei/{ids['internal']}/").status_code == 404
    assert client.get("/cms/beratung/?q=anderen+kommune").context["object_list"].count() == 0
    client.post(f"/cms/beratung/vorgang/{ids['case']}/dateien/", {"uploads": desk.pdf(), "internal": "on"})
    assert not CaseFile.objects.latest("pk").internal
    stranger = client_for("other from outside", world)
    assert list(stranger.get("/cms/beratung/?ansicht=alle").context["object_list"]) == []
    further = desk.adviser_with_role("Zweite", external=True)
    cases.assign(case=world["case"], lead=world["outside"], by=None, further=[further])
    assert rights.scope(further.user).get() == world["case"]
    further.active = False
    further.save()
    assert further.user
    again = User.objects.get(pk=further.user.pk)
    assert not rights.scope(again).exists()


def test_people_of_the_centre_read_notes_and_internal_files(world: dict[str, Any]) -> None:
    client, ids = client_for("Beratung", world), world["ids"]
    text = client.get(f"/cms/beratung/vorgang/{ids['case']}/").content.decode()
    assert SECRET in text
    assert "nur für die Kompetenzstelle" in text
    assert client.get(f"/cms/beratung/datei/{ids['internal']}/").status_code == 200


def test_nothing_internal_gets_into_mails_the_log_or_what_others_are_shown(world: dict[str, Any]) -> None:
    import base64

    case = world["case"]
    correspondence.answer(case=case, text="Offen gesagt", by=world["outside"].user)
    entries = timeline.of(case, notes=False)
    assert not any(entry.internal for entry in entries)
    assert SECRET not in str(entries)
    stored = [base64.b64decode(row.payload["mime"]).decode() for row in OutboxMessage.objects.all()]
    assert stored
    for mail in stored:
        for word in (SECRET, "Offen gesagt", case.subject):
            assert word not in mail
    assert {row.key for row in OutboxMessage.objects.all()} == {
        f"case:{case.pk}", f"session:{world['ids']['session']}"
    }  # fmt: skip
    assert SECRET not in str(list(AuditEntry.objects.values("detail")))
    assert SECRET not in str(list(CaseEvent.objects.values("detail")))


def test_figures_name_no_case_and_hide_what_is_rare(world: dict[str, Any]) -> None:
    text = client_for("Leitung", world).get("/cms/beratung/zahlen/").content.decode()
    assert "unter 5 oder nicht genannt" in text
    for word in (world["case"].reference, world["case"].subject, world["case"].municipality.name, "Extern"):
        assert word not in text
