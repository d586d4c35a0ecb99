"""Files taken off a case before its end: who may, what is asked, what is left on disk, in history and log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from consultations import case_export
from consultations.desk import timeline
from consultations.models import Adviser, Case, CaseEvent, CaseFile, Concern
from consultations.requester import conversation, own_data, tokens
from consultations.services import case_files, correspondence, file_removal
from consultations.services.file_removal import Reason
from portal.core.models import AuditEntry, OutboxMessage
from tests.consultations.desk.roles import INSIDE, client_for, make_world
from tests.factories import calendar as make
from tests.factories import desk, requests
from tests.people import signed_in
from tests.querycounts import warm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
NAME = "Bescheid Süß.pdf"
GONE_TEXT, HIDDEN_TEXT = "hat eine Datei entfernt", "hat die Freigabe einer Datei zurückgenommen"


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def case(lead: Adviser) -> Case:
    town = make.municipality()
    return desk.working_case(lead, municipality=town, requester=requests.member(town))


@pytest.fixture
def staff(lead: Adviser) -> Client:
    return signed_in(lead.user)


@pytest.fixture
def town_client(case: Case) -> Client:
    client = Client()
    assert case.requester is not None
    client.force_login(case.requester)
    return client


def shared(case: Case, lead: Adviser, *, internal: bool = False) -> CaseFile:
    (row,) = case_files.store(case=case, files=[desk.pdf(NAME)], by=lead.user, internal=internal)
    return row


def own_page(case: Case) -> str:
    return f"/beratung/vorgang/{case.reference}/"


def at(row: CaseFile, what: str = "") -> str:
    return f"/cms/beratung/datei/{row.pk}/{what}"


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_file_is_removed_from_case_disk_and_all_downloads(
    case: Case, lead: Adviser, staff: Client, town_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    row, mails = shared(case, lead), OutboxMessage.objects.count()
    stored = str(row.file.name)
    page = text_of(staff, at(row, "entfernen/"))
    assert NAME in page
    assert "lässt sich nicht wiederherstellen" in page
    with django_capture_on_commit_callbacks(execute=True):
        done = staff.post(at(row, "entfernen/"), {"reason": "personal"})
        assert default_storage.exists(stored), "not before it is certain"
    assert done["Location"] == f"/cms/beratung/vorgang/{case.pk}/"
    assert not CaseFile.objects.exists()
    assert not default_storage.exists(stored)
    for client, address in ((staff, at(row)), (town_client, f"{own_page(case)}datei/{row.pk}/")):
        gone = client.get(address)
        assert gone.status_code == 404
        assert "<h1" in gone.content.decode(), "a page in words"
    desk_page, own = text_of(staff, done["Location"]), text_of(town_client, own_page(case))
    assert "Datei entfernt" in desk_page
    assert str(Reason.PERSONAL.label) in desk_page
    assert GONE_TEXT in own
    for secret in (NAME, str(Reason.PERSONAL.label)):
        assert secret not in own
    assert NAME not in desk_page
    assert OutboxMessage.objects.count() == mails


def test_a_reason_is_needed_and_one_of_those_offered(case: Case, lead: Adviser, staff: Client) -> None:
    row = shared(case, lead)
    for typed in ({}, {"reason": ""}, {"reason": "weil Frau Süß klagt"}):
        refused = staff.post(at(row, "entfernen/"), typed)
        assert refused.status_code == 422
        text = refused.content.decode()
        assert "Bitte wählen Sie einen Grund." in text
        assert NAME in text
    assert default_storage.exists(str(row.file.name))
    assert not CaseEvent.objects.filter(action=file_removal.REMOVED).exists()


def test_a_second_click_is_told_that_it_is_done(case: Case, lead: Adviser, staff: Client) -> None:
    row, hidden = shared(case, lead), shared(case, lead)
    for _ in range(2):
        assert "ist entfernt" in staff.post(
            at(row, "entfernen/"), {"reason": "wrong"}, follow=True
        ).content.decode()  # fmt: skip
        assert "nur noch die Kompetenzstelle" in staff.post(at(hidden, "intern/"), follow=True).content.decode()
    assert "ist entfernt" in staff.get(at(row, "intern/"), follow=True).content.decode()
    for action in file_removal.LABELS:
        assert CaseEvent.objects.filter(action=action).count() == 1
    assert staff.get("/cms/beratung/datei/999999/entfernen/").status_code == 404


def test_two_at_once_remove_it_once(case: Case, lead: Adviser) -> None:
    row = shared(case, lead)
    seen = CaseFile.objects.get(pk=row.pk)
    file_removal.remove(file=row, reason=Reason.WRONG, by=lead.user)
    file_removal.remove(file=seen, reason=Reason.OTHER, by=lead.user)
    file_removal.make_internal(file=seen, by=lead.user)
    assert CaseEvent.objects.filter(action__in=file_removal.LABELS).count() == 1


def test_the_log_has_ids_and_nothing_else(case: Case, lead: Adviser) -> None:
    row = shared(case, lead)
    pk = row.pk
    file_removal.make_internal(file=row, by=lead.user)
    file_removal.remove(file=row, reason=Reason.ASKED, by=lead.user)
    for action in file_removal.LABELS:
        entry = AuditEntry.objects.get(action=action)
        assert (entry.object_type, entry.object_id, entry.detail) == (
            "consultations.casefile", str(pk), {"case": case.pk},
        )  # fmt: skip
    assert NAME not in str(list(AuditEntry.objects.values("detail", "object_id")))
    assert NAME not in str(list(CaseEvent.objects.values("detail")))


@pytest.mark.parametrize(
    "role", ["requester", "guest by link", "participant of B", "lead from outside", "Beratung"]
)
def test_what_is_internal_now_is_the_centres_alone(role: str) -> None:
    world = make_world()
    case = world["case"]
    ref = tokens.make(world["concern"]) if role == "guest by link" else case.reference
    own = f"/beratung/vorgang/{ref}/"
    client, row = client_for(role, world), CaseFile.objects.get(pk=world["ids"]["file"])
    staff = signed_in(desk.person("Koordination", "andere@kkv.example"))
    addresses = (at(row), f"{own}datei/{row.pk}/", f"/beratung/zugewiesen/datei/{row.pk}/")
    got = [client.get(address).status_code for address in addresses]
    assert (200 in got) == (role != "participant of B"), "before"
    assert row.name in text_of(staff, at(row, "intern/"))
    assert CaseFile.objects.get(pk=row.pk).internal is False, "a question changes nothing"
    assert staff.post(at(row, "intern/")).status_code == 302
    got = [client.get(address).status_code for address in addresses]
    assert (200 in got) == (role in INSIDE)
    shown = client.get(own)
    if role in ("requester", "guest by link"):
        assert HIDDEN_TEXT in shown.content.decode()
        assert row.name not in shown.content.decode()


@pytest.mark.parametrize("role", ["lead from outside", "other from outside", "requester", "Redaktion", "Leitung"])
def test_who_does_not_work_on_cases_in_the_centre_takes_nothing_off(role: str) -> None:
    world = make_world()
    client, row = client_for(role, world), CaseFile.objects.get(pk=world["ids"]["file"])
    for what in ("intern/", "entfernen/"):
        assert client.post(at(row, what), {"reason": "wrong"}).status_code in (302, 403, 404)
        if role == "lead from outside":
            page = client.get(f"/cms/beratung/vorgang/{world['case'].pk}/").content.decode()
            assert at(row) in page
            assert at(row, what) not in page
    row.refresh_from_db()
    assert not row.internal


def test_an_internal_file_goes_without_a_word_to_the_municipality(case: Case, lead: Adviser) -> None:
    file_removal.remove(file=shared(case, lead, internal=True), reason=Reason.OTHER, by=lead.user)
    assert "Datei entfernt" in str(timeline.of(case, notes=True))
    assert "Datei entfernt" not in str(timeline.of(case, notes=False))
    assert not conversation.messages_of(case)


def test_the_file_of_a_message_goes_and_the_message_stays(case: Case, lead: Adviser) -> None:
    correspondence.receive(case=case, text="Anbei", by=case.requester, files=[desk.pdf(NAME)])
    assert case.requester is not None
    row = CaseFile.objects.get()
    for papers in (case_export.Papers(case, True), case_export.Papers(case, False)):
        assert NAME in case_export.html_of(papers)
    assert NAME in json.dumps(own_data.export(case.requester), default=str, ensure_ascii=False)
    file_removal.remove(file=row, reason=Reason.PERSONAL, by=lead.user)
    assert NAME not in json.dumps(own_data.export(case.requester), default=str, ensure_ascii=False)
    line, said = conversation.messages_of(case)
    assert (line.files, said.text, said.files) == ([], "Anbei", [])
    for internal in (True, False):
        papers = case_export.Papers(case, internal)
        html, xml = case_export.html_of(papers), case_export.metadata(papers, set()).decode()
        assert NAME not in html + xml
        assert "Datei entfernt" in html
        assert (str(Reason.PERSONAL.label) in html) == internal


def test_the_confirmation_knows_nothing_of_files() -> None:
    case = make.case()
    Concern.objects.create(case=case, goal="Ziel", contact_name="Nora Öz", contact_email="nora@muehltal.example")
    (row,) = case_files.store(case=case, files=[desk.pdf(NAME)], by=None)
    address = f"/beratung/vorgang/{tokens.make(case.concern)}/bestaetigung/"
    assert "Eine Bestätigung ist unterwegs" in text_of(Client(), address)
    file_removal.remove(file=row, reason=Reason.PERSONAL, by=None)
    assert "Eine Bestätigung ist unterwegs" in text_of(Client(), address)


def test_both_pages_cost_the_same_however_many_files_are_gone(
    case: Case, lead: Adviser, staff: Client, town_client: Client
) -> None:
    def costs() -> tuple[int, int]:
        for _ in range(2):
            file_removal.remove(file=shared(case, lead), reason=Reason.WRONG, by=lead.user)
            file_removal.make_internal(file=shared(case, lead), by=lead.user)
            shared(case, lead)
        return warm(f"/cms/beratung/vorgang/{case.pk}/", staff), warm(own_page(case), town_client)

    assert costs() == costs()
