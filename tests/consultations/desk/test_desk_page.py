"""The case page and its forms, by hand of an adviser; what is possible stands there, what is refused says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from consultations.mailing import values
from consultations.mailing.people import Person
from consultations.models import Adviser, Case, CaseFile, CaseTask, InternalNote, Message, Minutes
from consultations.services import alerts, appointments, cases, changes, groups, minutes, seats
from tests.factories import calendar as make
from tests.factories import desk
from tests.mails import deliver, text_of
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def client_of_lead(lead: Adviser) -> Client:
    return signed_in(lead.user)


def page(case: Any) -> str:
    return f"/cms/beratung/vorgang/{case.pk}/"


def shown(client: Client, case: Any) -> str:
    response = client.get(page(case))
    assert response.status_code == 200
    return response.content.decode()


def test_only_what_is_possible_now_is_offered(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    text = shown(client_of_lead, case)
    for word in ("Wartet auf die Kommune", "Als beraten festhalten", "Vorgang ablehnen", "Termin eintragen"):
        assert word in text
    assert "Vorgang abschließen" not in text
    assert "Vorgang zuordnen" not in text, "coordinators assign"
    cases.decline(case=case, by=None, reason="Nicht unsere Aufgabe")
    text = shown(client_of_lead, case)
    assert "Nicht unsere Aufgabe" in text
    assert "Termin eintragen" not in text
    assert "Nachricht senden" not in text


def test_a_click_takes_the_case_further_and_a_wrong_one_says_no(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    assert client_of_lead.post(f"{page(case)}weiter/", {"action": "advise"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "advised"
    response = client_of_lead.post(f"{page(case)}weiter/", {"action": "ask"}, follow=True)
    assert "bei diesem Stand" in response.content.decode()
    assert client_of_lead.post(f"{page(case)}weiter/", {"action": "decline"}).status_code == 404


def test_a_message_goes_out_with_a_link_and_without_its_text(lead: Adviser, client_of_lead: Client) -> None:
    asker = desk.person("", "amt@stadt.example")
    case = desk.working_case(lead, requester=asker)
    assert Case.objects.get(answer_due__isnull=False) == case
    sent = {"text": "Bitte schicken Sie uns das Muster-Geheimnis.", "uploads": desk.pdf(), "wait": "on"}
    assert client_of_lead.post(f"{page(case)}nachricht/", sent).status_code == 302
    case.refresh_from_db()
    assert case.state == "waiting"
    assert case.answer_due is None
    assert case.first_answer_at is not None
    mail = next(mail for mail in deliver() if mail["To"] == "amt@stadt.example")
    assert case.reference in str(mail["Subject"])
    assert case.subject not in str(mail["Subject"])
    assert "Muster-Geheimnis" not in text_of(mail)
    assert "http://testserver/" in text_of(mail)
    text = shown(client_of_lead, case)
    assert "Muster-Geheimnis" in text
    assert "Übersicht.pdf" in text


def test_a_case_that_is_assigned_waits_after_a_message_or_proposed_times(
    lead: Adviser, client_of_lead: Client
) -> None:
    box, form = "Danach wartet der Vorgang auf die Kommune", make.form()
    asker = desk.person("", "amt@stadt.example")
    unassigned = make.case(requester=asker)
    assert box not in shown(client_of_lead, unassigned), "nobody has it yet"
    case, other = (cases.assign(case=make.case(requester=asker), lead=lead, by=None) for _ in range(2))
    assert box in shown(client_of_lead, case)
    sent = client_of_lead.post(f"{page(case)}nachricht/", {"text": "Wer ist zuständig?", "wait": "on"})
    assert sent.status_code == 302
    proposed = {"slots": [make.on(1).isoformat()]}
    assert client_of_lead.post(f"{page(other)}vorschlag/?format={form.pk}", proposed).status_code == 302
    for each in (case, other):
        each.refresh_from_db()
        assert each.state == "waiting"
        assert box not in shown(client_of_lead, each), "it waits already"


def test_what_was_typed_stays_when_a_file_is_refused(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    wrong = SimpleUploadedFile("rechnung.pdf", b"MZ\x90")
    response = client_of_lead.post(f"{page(case)}nachricht/", {"text": "Mein langer Text", "uploads": wrong})
    assert response.status_code == 422
    assert "Mein langer Text" in response.content.decode()
    assert "keine gültige PDF-Datei" in response.content.decode()
    assert not Message.objects.filter(case=case).exists()
    assert client_of_lead.post(f"{page(case)}nachricht/", {"text": " "}).status_code == 422


def test_notes_files_tasks_pages_and_their_end(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    client_of_lead.post(f"{page(case)}notiz/", {"text": "Ruft ungern zurück"})
    assert InternalNote.objects.get().author == lead.user
    client_of_lead.post(f"{page(case)}dateien/", {"uploads": [desk.pdf(), desk.png()], "internal": "on"})
    assert [row.internal for row in CaseFile.objects.all()] == [True, True]
    late = client_of_lead.post(f"{page(case)}aufgabe/", {"side": "centre", "text": "x", "due_on": "2020-01-01"})
    assert late.status_code == 422
    client_of_lead.post(
        f"{page(case)}aufgabe/", {"side": "municipality", "text": "Muster senden", "due_on": "2027-03-10"}
    )
    task = CaseTask.objects.get()
    assert client_of_lead.post(f"/cms/beratung/aufgabe/{task.pk}/erledigt/").status_code == 302
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (make.NOW, lead.user)
    assert client_of_lead.post(f"{page(case)}seite/", {"page": "gibt es nicht"}).status_code == 422


def test_a_file_comes_as_attachment_and_not_by_its_address(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    client_of_lead.post(f"{page(case)}dateien/", {"uploads": desk.pdf("böse<1>.pdf")})
    row = CaseFile.objects.get()
    assert row.name == "böse_1_.pdf"
    response = client_of_lead.get(f"/cms/beratung/datei/{row.pk}/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "application/octet-stream"
    assert response.getvalue().startswith(b"%PDF")
    assert client_of_lead.get(f"/media/{row.file.name}").status_code == 404


def test_minutes_begin_with_the_template_and_are_released_once(lead: Adviser, client_of_lead: Client) -> None:
    asker = desk.person("", "amt@stadt.example")
    case = desk.working_case(lead, requester=asker)
    met = appointments.book(placement=make.placement(make.form(), make.on(0), lead), case=case, by=None)
    with time_machine.travel(make.on(0, 12), tick=False):
        changes.complete(appointment=met, by=lead.user)
        text = client_of_lead.get(f"{page(case)}protokoll/?termin={met.pk}").content.decode()
        assert "Termin: 01.03.2027, 10:00 Uhr" in text
        said = {"question": "Wie?", "answer": "So.", "text": "Vereinbart", "release": "on"}
        client_of_lead.post(f"{page(case)}protokoll/?termin={met.pk}", said)
        row = Minutes.objects.get()
        assert (row.appointment, row.released_at) == (met, make.on(0, 12))
        opened = f"/cms/beratung/protokoll/{row.pk}/"
        for address, text in ((opened, "Geändert"), (f"{page(case)}protokoll/?termin={met.pk}", "Noch einmal")):
            base = client_of_lead.get(address).context["form"]["base"].value()
            assert client_of_lead.post(address, {**said, "text": text, "base": base}).status_code == 302
        assert Minutes.objects.get().text == "Noch einmal"
        assert sum("Protokoll" in str(mail["Subject"]) for mail in deliver() if mail["To"] == asker.email) == 1


def test_minutes_and_mails_name_who_led_the_appointment_and_not_who_leads_the_case(lead: Adviser) -> None:
    other, case = desk.adviser_with_role("Weiß"), desk.working_case(lead)
    met = appointments.book(placement=make.placement(make.form(), make.on(0), lead), case=case, by=None)
    met = changes.hand_over(appointment=met, to=other.pk, by=None)
    wanted = make.placement(make.group_form(), make.on(1), other, by_centre=True)
    session = groups.plan(placement=wanted, title="Werkstatt", by=None)
    seat = seats.book(session=session, case=case, by=None)
    for row, hour in ((met, make.on(0, 12)), (seat, make.on(1, 12))):
        gone = changes.no_show(appointment=row, by=None, now=hour)
        assert f"Beraten durch: {other}\n" in minutes.draft(case, gone)
        assert values.of(case, Person("", "amt@stadt.example", ""), gone)["beratende"] == str(other)
    assert f"Beraten durch: {lead}\n" in minutes.draft(case)


def test_what_a_colleague_has_written_meanwhile_is_not_overwritten(lead: Adviser, client_of_lead: Client) -> None:
    case, colleague = desk.working_case(lead), signed_in(make.user_of(desk.adviser_with_role("Weiß")))
    met = appointments.book(placement=make.placement(make.form(), make.on(0), lead), case=case, by=None)
    address = f"{page(case)}protokoll/?termin={met.pk}"
    empty = client_of_lead.get(address).context["form"]["base"].value()
    first = {"question": "", "answer": "", "text": "Text der Kollegin", "base": empty}
    assert colleague.post(address, first).status_code == 302
    with time_machine.travel(make.on(0, 12), tick=False):
        mine = {"question": "Meine Frage", "answer": "", "text": "Mein eigener Text", "base": empty}
        late = client_of_lead.post(address, mine)
        html = late.content.decode()
        assert late.status_code == 422, "there was none when this page was opened"
        for word in ("Text der Kollegin", "Mein eigener Text", "Meine Frage", "von jemand anderem geschrieben"):
            assert word in html
        assert Minutes.objects.get().text == "Text der Kollegin"
        known = late.context["form"]["base"].value()
        assert f'value="{known}"' in html
        assert client_of_lead.post(address, {**mine, "base": known}).status_code == 302
        row = Minutes.objects.get()
        assert row.text == "Mein eigener Text"
        opened = f"/cms/beratung/protokoll/{row.pk}/"
        stale = colleague.post(opened, {**first, "text": "Nachtrag", "base": known})
        assert stale.status_code == 422
        assert "Mein eigener Text" in stale.content.decode()
        assert Minutes.objects.get().text == "Mein eigener Text"


def test_minutes_without_appointment_stand_beside_each_other(lead: Adviser, client_of_lead: Client) -> None:
    case = desk.working_case(lead)
    for text in ("Telefonat", "Zweites Telefonat"):
        assert client_of_lead.post(f"{page(case)}protokoll/", {"text": text, "base": ""}).status_code == 302
    assert Minutes.objects.filter(case=case).count() == 2


def test_appointments_entered_moved_handed_over_and_cancelled(lead: Adviser, client_of_lead: Client) -> None:
    other, form = desk.adviser_with_role("Weiß"), make.form()
    case = desk.working_case(lead)
    typed = {"day": "2027-03-02", "time": "10:00", "place": "video"}
    address = f"{page(case)}termin/?format={form.pk}"
    assert make.on(1).isoformat() in client_of_lead.get(address).content.decode()
    assert client_of_lead.post(address, typed).status_code == 302
    assert client_of_lead.post(address, {**typed, "place": "phone"}).status_code == 422, "the time is taken"
    assert client_of_lead.post(address, {"place": "video"}).status_code == 422
    row = case.appointments.get()
    change = f"/cms/beratung/termin/{row.pk}"
    chosen = {"slot": make.on(2).isoformat(), "place": "phone"}
    assert client_of_lead.post(f"{change}/verschieben/", chosen).status_code == 302
    moved = case.appointments.get(state="confirmed")
    assert (moved.starts_at, moved.place) == (make.on(2), "phone")
    assert client_of_lead.post(f"{change}/verschieben/", chosen).status_code == 302, "an old page is told"
    change = f"/cms/beratung/termin/{moved.pk}"
    assert client_of_lead.post(f"{change}/uebergeben/", {"adviser": other.pk}).status_code == 302
    assert moved.allocations.get(state="confirmed").adviser == other
    client_of_lead.post(f"{change}/festhalten/", {"action": "durchgefuehrt"})
    moved.refresh_from_db()
    assert moved.state == "confirmed", "it has not begun"
    assert client_of_lead.post(f"{change}/absagen/", {"reason": "Krank"}).status_code == 302
    moved.refresh_from_db()
    assert (moved.state, moved.reason) == ("cancelled", "Krank")


def test_the_video_link_of_a_booked_appointment_is_entered_and_told(lead: Adviser, client_of_lead: Client) -> None:
    asker = make_user("amt@stadt.example")
    case = desk.working_case(lead, requester=asker)
    wanted = make.placement(make.form(), make.on(1), lead, place="video")
    row = appointments.book(placement=wanted, case=case, by=None)
    address, link = f"/cms/beratung/termin/{row.pk}/ort/", "https://video.example/raum"
    assert address in shown(client_of_lead, case)
    typed = {"place": "on_site", "place_detail": link}
    refused = client_of_lead.post(address, typed)
    assert refused.status_code == 422, "the format is not offered there"
    assert link in refused.content.decode(), "what was typed stays"
    assert client_of_lead.post(address, {**typed, "place": "video"}).status_code == 302
    row.refresh_from_db()
    assert (row.place, row.place_detail, row.sequence) == ("video", link, 1)
    mail = [mail for mail in deliver() if mail["To"] == asker.email][-1]
    assert "geändert" in str(mail["Subject"])
    assert link in text_of(mail)
    with time_machine.travel(make.on(1, 12), tick=False):
        again = signed_in(desk.person("Beratung", "zweite@kkv.example"))
        assert again.post(address, {**typed, "place": "phone"}).status_code == 422, "it is over"


@pytest.mark.parametrize("name", ["verschieben", "bestaetigen"])
def test_a_link_that_was_cleared_is_gone(name: str, lead: Adviser, client_of_lead: Client) -> None:
    case, link = desk.working_case(lead), "https://video.example/alt"
    wanted = make.placement(make.form(), make.on(1), lead, place="video", place_detail=link)
    enter = appointments.book if name == "verschieben" else appointments.request_slot
    row = enter(placement=wanted, case=case, by=None)
    address = f"/cms/beratung/termin/{row.pk}/{name}/"
    assert link in client_of_lead.get(address).content.decode()
    typed = {"slot": make.on(2).isoformat(), "place": "video", "place_detail": ""}
    assert client_of_lead.post(address, typed).status_code == 302
    now = case.appointments.get(state="confirmed")
    assert (now.starts_at, now.place, now.place_detail) == (make.on(2), "video", "")
    with time_machine.travel(make.on(1), tick=False):
        assert list(alerts.without_link()) == [now], "the missing one is seen"


def test_a_move_keeps_the_place_the_format_no_longer_offers(lead: Adviser, client_of_lead: Client) -> None:
    case, form = desk.working_case(lead), make.form(places=["phone"])
    wanted = make.placement(form, make.on(1), lead, place="video", place_detail="https://video.example/x")
    row = appointments.book(placement=wanted, case=case, by=None)
    offered = client_of_lead.get(f"/cms/beratung/termin/{row.pk}/verschieben/").context["form"].fields["place"]
    assert [key for key, _ in offered.choices] == ["phone", "video"]


def test_the_place_of_a_group_is_not_changed_at_one_seat(lead: Adviser, client_of_lead: Client) -> None:
    wanted = make.placement(make.group_form(), make.on(2), lead, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    case = desk.working_case(lead)
    row = seats.book(session=session, case=case, by=None)
    address = f"/cms/beratung/termin/{row.pk}/ort/"
    assert address not in shown(client_of_lead, case)
    assert f"/cms/beratung/gruppentermine/{session.pk}/" in shown(client_of_lead, case)
    answer = client_of_lead.post(address, {"place": "video", "place_detail": "https://video.example/raum"})
    assert answer.status_code == 422
    assert "am Gruppentermin" in answer.content.decode()


def test_requests_are_confirmed_and_declined(lead: Adviser, client_of_lead: Client) -> None:
    form, case = make.form(), desk.working_case(lead)
    asked = appointments.request_slot(placement=make.placement(form, make.on(1), lead), case=case, by=None)
    client_of_lead.post(f"/cms/beratung/termin/{asked.pk}/festhalten/", {"action": "bestaetigen"})
    asked.refresh_from_db()
    assert asked.state == "confirmed"
    wishes = [(make.on(3).date(), "morning")]
    wished = appointments.request_by_wishes(case=case, form=form, wishes=wishes, by=None)
    address = f"/cms/beratung/termin/{wished.pk}/bestaetigen/"
    assert "2027-03-04 vormittags" in client_of_lead.get(address).content.decode()
    client_of_lead.post(address, {"slot": make.on(3).isoformat(), "place": "video"})
    wished.refresh_from_db()
    assert (wished.state, wished.starts_at) == ("confirmed", make.on(3))
    third = appointments.request_by_wishes(case=case, form=form, wishes=wishes, by=None)
    client_of_lead.post(f"/cms/beratung/termin/{third.pk}/ablehnen/", {"reason": ""})
    third.refresh_from_db()
    assert third.state == "declined"


def test_proposed_times_are_a_message_and_the_case_waits(lead: Adviser, client_of_lead: Client) -> None:
    form, case = make.form(), desk.working_case(lead)
    slots = [make.on(1).isoformat(), make.on(2).isoformat()]
    assert client_of_lead.post(f"{page(case)}vorschlag/?format={form.pk}", {"slots": slots}).status_code == 302
    case.refresh_from_db()
    assert case.state == "waiting"
    assert "Dienstag, 2. März 2027, 10:00 Uhr" in Message.objects.get(case=case).text
    assert not case.appointments.exists()


def test_refusal_needs_a_reason_and_withdrawal_takes_one(lead: Adviser, client_of_lead: Client) -> None:
    case, other = desk.working_case(lead), desk.working_case(lead)
    assert client_of_lead.post(f"{page(case)}ablehnen/", {"reason": ""}).status_code == 422
    assert client_of_lead.post(f"{page(case)}ablehnen/", {"reason": "Zuständig ist das Land"}).status_code == 302
    client_of_lead.post(f"{page(other)}zurueckgezogen/", {"reason": "Hat sich erledigt"})
    case.refresh_from_db()
    other.refresh_from_db()
    assert (case.state, other.state, other.reason) == ("declined", "withdrawn", "Hat sich erledigt")
    assert client_of_lead.get(f"{page(case)}aufgabe/").status_code == 302
