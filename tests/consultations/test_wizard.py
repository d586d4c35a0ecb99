"""From concern to appointment: the wizard by a plain client, as it works without JavaScript."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from consultations.models import (
    Appointment,
    Case,
    Concern,
    Format,
    FormatQuestion,
    GuidanceSuccess,
    Participant,
    RequestDraft,
)
from consultations.requester import tokens
from consultations.services import groups
from consultations.wizard import drafts
from portal.accounts.models import Municipality
from tests import mails
from tests.factories import calendar, reading, requests
from tests.factories.requests import CONCERN, GUEST, Walk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]

START = "/beratung/anfragen/"


@pytest.fixture(autouse=True)
def _open(settings: object) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True  # type: ignore[attr-defined]
    settings.HOLIDAYS = ""  # type: ignore[attr-defined]
    cache.clear()
    with time_machine.travel(calendar.NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def town() -> Municipality:
    return requests.world()


@pytest.fixture
def guest(town: Municipality) -> Walk:
    return Walk(Client(), town)


@pytest.fixture
def known(town: Municipality) -> Walk:
    """Somebody of the town who is signed in."""
    client = Client()
    client.force_login(requests.member(town))
    return Walk(client)


def test_a_member_books_in_five_steps_and_is_not_asked_who_they_are(known: Walk, town: Municipality) -> None:
    html = known.client.get(START).content.decode()
    assert "Schritt 1 von 5" in html
    assert "Ihre Kommune" not in html
    known.up_to_the_choice()
    known.choose_format()
    slots = known.slots()
    assert slots == sorted(slots, key=int)  # the next free first
    page = known.get("termin/")
    assert "Europe/Berlin" in page
    assert "nächster freier Tag" in page
    assert known.take(slots[0], participants="Jörg Süß, joerg@muehltal.example\nNora Öz")["Location"].endswith(
        "pruefen/"
    )
    check = known.get("pruefen/")
    for words in (
        "Montag, 1. März 2027, 09:00 bis 10:00 Uhr",
        CONCERN["subject"],
        "Jörg Süß",
        "In den nächsten Wochen",
    ):
        assert words in check
    assert 'name="email"' not in check
    answer = known.post("pruefen")
    case = Case.objects.get()
    assert answer["Location"] == f"/beratung/vorgang/{case.reference}/bestaetigung/"
    assert (case.municipality, case.requester, case.subject) == (town, known.draft.user, CONCERN["subject"])
    appointment = Appointment.objects.get(case=case)
    assert (appointment.state, appointment.place, appointment.starts_at) == (
        "confirmed",
        "video",
        calendar.on(0, 9),
    )
    concern = Concern.objects.get(case=case)
    assert (concern.goal, concern.service, concern.urgency) == (CONCERN["goal"], CONCERN["service"], "soon")
    assert concern.contact_email == ""
    assert [row.name for row in Participant.objects.filter(case=case)] == ["Jörg Süß", "Nora Öz"]
    shown = known.client.get(answer["Location"]).content.decode()
    for words in ("Ihr Termin ist gebucht", case.reference, "Montag, 1. März 2027", "Videokonferenz"):
        assert words in shown


def test_sending_twice_leads_to_the_same_case(known: Walk) -> None:
    known.up_to_the_choice()
    known.choose_format()
    known.take(known.slots()[0])
    known.post("pruefen")
    case = Case.objects.get()
    again = known.post("pruefen")
    assert again["Location"] == f"/beratung/vorgang/{case.reference}/"
    assert Appointment.objects.count() == 1
    assert len(mails.deliver()) == 3  # to the requester, to who advises, to the centre


def test_the_receipt_names_the_reference_and_nothing_that_was_written(known: Walk) -> None:
    known.up_to_the_choice()
    known.choose_format()
    known.take(known.slots()[0])
    known.post("pruefen")
    case = Case.objects.get()
    receipt, entry, centre = mails.deliver()
    text = mails.text_of(receipt)
    assert entry["Subject"] == f"{case.reference}: Neuer Termin"
    assert receipt["Subject"] == f"{case.reference}: Ihr Termin steht fest"
    assert "Montag, 1. März 2027, 09:00 bis 10:00 Uhr" in text
    assert f"/beratung/vorgang/{case.reference}/" in text
    assert centre["Subject"] == f"{case.reference}: Neue Anfrage"
    for mail in (receipt, entry, centre):
        assert "Wohnsitz" not in mails.text_of(mail) + mail["Subject"]


def test_without_account_the_address_is_confirmed_first(guest: Walk) -> None:
    guest.up_to_the_choice()
    guest.choose_format()
    guest.take(guest.slots()[0])
    check = guest.get("pruefen/")
    assert 'name="email"' in check
    assert guest.post("pruefen", name="", email="x").status_code == 422
    answer = guest.post("pruefen", **GUEST)
    assert "Fast geschafft" in guest.client.get(answer["Location"]).content.decode()
    assert not Case.objects.exists()
    held = Appointment.objects.get()
    assert (held.state, held.held_until) == ("held", calendar.NOW + datetime.timedelta(hours=2))
    (mail,) = mails.deliver()
    assert mail["To"] == GUEST["email"]
    link = mails.link_in(mail, "bestaetigen")
    other = Client()  # the mail is opened somewhere else
    assert CONCERN["subject"] in other.get(link).content.decode()
    assert not Case.objects.exists()  # a scanner that opens the link changes nothing
    answer = other.post(link)
    case = Case.objects.get()
    assert (case.requester, case.concern.contact_email) == (None, GUEST["email"])
    assert Appointment.objects.get().state == "confirmed"
    assert other.post(link)["Location"] == answer["Location"] == other.get(link)["Location"]  # sent twice: once
    assert Case.objects.count() == 1
    assert case.reference in Client().get(answer["Location"]).content.decode()  # a bookmark
    assert "schon gesendet" in guest.get("pruefen/")  # the draft alone opens no case
    assert tokens.make(case.concern) not in guest.get("pruefen/")


def test_a_form_sent_twice_makes_one_mail(guest: Walk) -> None:
    guest.up_to_the_choice()
    guest.choose_format()
    guest.take(guest.slots()[0])
    first, second = guest.post("pruefen", **GUEST), guest.post("pruefen", **GUEST)
    assert first["Location"] == second["Location"]
    (mail,) = mails.deliver()
    assert guest.client.get(mails.link_in(mail, "bestaetigen")).status_code == 200


def test_a_newer_link_replaces_the_older_and_nobody_is_flooded(guest: Walk) -> None:
    guest.up_to_the_choice()
    guest.choose_format()
    guest.take(guest.slots()[0])
    guest.post("pruefen", **GUEST)
    (old,) = mails.deliver()
    second = Walk(Client(), guest.town)
    second.up_to_the_choice()
    second.choose_format()
    second.take(second.slots()[1])
    refused = second.post("pruefen", **GUEST)
    assert refused.status_code == 422
    assert "in der letzten Minute" in refused.content.decode()
    guest.post("pruefen", **GUEST | {"email": "andere@muehltal.example"})
    link = mails.link_in(old, "bestaetigen")
    answer = Client().get(link)
    assert answer.status_code == 404
    assert "gilt nicht mehr" in answer.content.decode()
    assert "gilt nicht mehr" in Client().post(link.replace("bestaetigen/", "bestaetigen/x")).content.decode()


def test_a_slot_lost_while_the_address_is_confirmed_leads_back_and_keeps_the_rest(guest: Walk) -> None:
    guest.up_to_the_choice()
    guest.choose_format()
    slot = guest.slots()[0]
    guest.take(slot)
    guest.post("pruefen", **GUEST)
    link = mails.link_in(mails.deliver()[0], "bestaetigen")
    with time_machine.travel(calendar.on(0, 9, 30), tick=False):  # two and a half hours later it has begun
        answer = Client().post(link)
        assert "/termin/?hinweis=begonnen" in answer["Location"]
        page = Client().get(answer["Location"]).content.decode()
    assert "hat schon begonnen" in page
    assert not Case.objects.exists()
    assert RequestDraft.objects.get().answers["subject"] == CONCERN["subject"]


def test_two_people_want_the_same_time(known: Walk, guest: Walk) -> None:
    for walk in (known, guest):
        walk.up_to_the_choice()
        walk.choose_format()
    slot = known.slots()[0]
    assert known.take(slot).status_code == 302
    late = guest.take(slot, participants="Nora Öz")
    assert late.status_code == 422
    assert "gerade vergeben" in late.content.decode()
    assert "Nora Öz" in late.content.decode()
    assert slot not in guest.slots()


def test_an_expired_hold_whose_time_is_still_free_is_booked(known: Walk) -> None:
    known.up_to_the_choice()
    known.choose_format()
    known.take(known.slots()[3])
    with time_machine.travel(calendar.NOW + datetime.timedelta(minutes=20), tick=False):
        assert "bestaetigung" in known.post("pruefen")["Location"]
    assert Appointment.objects.filter(state="confirmed").count() == 1


def test_guidance_that_answers_ends_it_and_is_only_counted(known: Walk) -> None:
    topic = reading.topic("Registermodernisierung")
    known.begin(topic=str(topic.pk))
    known.post("anliegen", **CONCERN)
    answer = known.post("hilfen", action="solved")
    assert "Schön" in known.client.get(answer["Location"]).content.decode()
    assert not RequestDraft.objects.exists()
    assert not Case.objects.exists()
    again = Walk(known.client)
    again.begin(topic=str(topic.pk))
    again.post("anliegen", **CONCERN)
    again.post("hilfen", action="solved")
    row = GuidanceSuccess.objects.get()
    assert (row.day, row.topic, row.number) == (calendar.MONDAY, topic, 2)


def test_wishes_and_triage(known: Walk) -> None:
    calendar.form("fachberatung", name="Fachberatung", entry=Format.Entry.TRIAGE)
    known.up_to_the_choice()
    known.choose_format("fachberatung")
    assert (
        "Bitte nennen Sie einen"
        in known.post("termin", format="fachberatung", place="video", action="wishes").content.decode()
    )
    past = known.post(
        "termin", format="fachberatung", place="video", action="wishes", day1="2020-01-01", part1="any"
    )
    assert "der noch kommt" in past.content.decode()
    known.post("termin", format="fachberatung", place="video", action="wishes", day1="2027-03-09", part1="morning")
    assert "Dienstag, 9. März 2027, vormittags" in known.get("pruefen/")
    known.post("pruefen")
    appointment = Appointment.objects.get()
    assert (appointment.state, appointment.wishes) == ("requested", [{"day": "2027-03-09", "part": "morning"}])


def test_a_slot_of_a_format_with_triage_is_requested(known: Walk) -> None:
    calendar.form("fachberatung", name="Fachberatung", entry=Format.Entry.TRIAGE)
    known.up_to_the_choice()
    known.choose_format("fachberatung")
    known.take(known.slots()[0], key="fachberatung")
    answer = known.post("pruefen")
    assert Appointment.objects.get().state == "requested"
    page = known.client.get(answer["Location"]).content.decode()
    assert "Ihre Anfrage ist angekommen" in page
    assert "Spätestens am 4. März 2027" in page  # three working days


def test_a_written_answer_needs_no_time_and_nothing_is_asked_twice(known: Walk) -> None:
    form = calendar.form(
        "schriftlich", name="Schriftliche Auskunft", kind=Format.Kind.WRITTEN, duration=0, places=[]
    )
    FormatQuestion.objects.create(format=form, question="Wie lautet Ihre Frage?", required=True, covers="goal")
    own = FormatQuestion.objects.create(format=form, question="Wer braucht es?", required=True)
    known.up_to_the_choice()
    known.choose_format("schriftlich")
    page = known.get("termin/")
    assert "Wie lautet Ihre Frage?" not in page  # said as the goal
    assert known.post("termin", format="schriftlich").status_code == 422
    known.post("termin", format="schriftlich", **{f"q{own.pk}": "Das Bürgerbüro"})
    known.post("pruefen")
    case = Case.objects.get()
    assert case.concern.answers == [{"question": "Wer braucht es?", "answer": "Das Bürgerbüro"}]
    assert not Appointment.objects.exists()


def test_a_seat_of_a_group_and_its_waiting_list(known: Walk, town: Municipality) -> None:
    form = calendar.group_form(capacity=1, places=["video"])
    lead = calendar.adviser("Süß")
    session = groups.plan(
        placement=calendar.placement(form, calendar.on(2, 13), lead, place="video", by_centre=True),
        title="Sprechstunde NOOTS", by=None,
    )  # fmt: skip
    page = known.client.get("/beratung/termine/").content.decode()
    assert "1 von 1 Plätzen frei" in page
    assert f"{START}?termin={session.uid}" in page
    known.up_to_the_choice(termin=str(session.uid))
    assert "Ihre Auswahl" in known.get("termin/")
    known.post("termin", format="sprechstunde", session=f"platz:{session.pk}")
    known.post("pruefen")
    assert Appointment.objects.get(session=session).state == "confirmed"
    assert "Ausgebucht" in known.client.get("/beratung/termine/").content.decode()
    later = Walk(Client())
    later.client.force_login(requests.member(town, "nora"))
    later.up_to_the_choice(termin=str(session.uid))
    later.post("termin", format="sprechstunde", session=f"warten:{session.pk}")
    answer = later.post("pruefen")
    assert "Warteliste" in later.client.get(answer["Location"]).content.decode()


def test_back_loses_nothing_and_steps_cannot_be_skipped(guest: Walk) -> None:
    guest.begin()
    assert guest.client.get(f"{guest.base}pruefen/")["Location"].startswith(f"{guest.base}anliegen/")
    guest.post("anliegen", **CONCERN)
    assert CONCERN["goal"] in guest.get("anliegen/")
    assert str(guest.town.pk if guest.town else "") in guest.get("thema/")
    wrong = guest.post("anliegen", **CONCERN | {"subject": "", "goal": "Geändert"})
    assert wrong.status_code == 422
    assert "Geändert" in wrong.content.decode()


def test_what_looks_like_a_citizens_data_is_asked_about(known: Walk) -> None:
    known.begin()
    known.post("anliegen", **CONCERN | {"goal": "Es geht um Erika Mustermann, geb. 12.08.1964."})
    known.post("hilfen", action="on")
    known.choose_format()
    known.take(known.slots()[0])
    assert "ein Name mit Geburtsdatum" in known.get("pruefen/")
    assert known.post("pruefen").status_code == 422
    assert not Case.objects.exists()
    assert known.post("pruefen", no_citizens="on").status_code == 302


def test_a_draft_of_an_account_opens_for_nobody_else(known: Walk, town: Municipality) -> None:
    known.begin()
    other = Client()
    other.force_login(requests.member(town, "nora"))
    answer = other.get(f"{known.base}anliegen/")
    assert answer.status_code == 404
    assert "nicht mehr da" in answer.content.decode()
    assert Client().get(f"{known.base}anliegen/")["Location"].startswith("/konto/anmelden/")
    assert "nicht mehr da" in Client().get("/beratung/anfragen/gebastelt/anliegen/").content.decode()
    assert known.client.get(f"{known.base}anders/").status_code == 404


def test_old_drafts_are_removed(guest: Walk) -> None:
    guest.begin()
    with time_machine.travel(calendar.NOW + datetime.timedelta(days=29), tick=False):
        assert drafts.remove_old() == ""
        assert guest.client.get(f"{guest.base}anliegen/").status_code == 200
    with time_machine.travel(calendar.NOW + datetime.timedelta(days=31), tick=False):
        assert guest.client.get(f"{guest.base}anliegen/").status_code == 404
        assert drafts.remove_old() == "1 Entwürfe gelöscht"


def test_too_many_drafts_and_bad_values_are_told_kindly(guest: Walk) -> None:
    guest.begin()
    bad = guest.begin(topic="99999")
    assert bad.status_code == 422
    guest.up_to_the_choice()
    guest.choose_format()
    for slot in ("abc", "-1", "99999999999", "999999999", "١"):
        assert guest.take(slot).status_code == 422, slot
    lines = "\n".join(f"Person {number}" for number in range(100))
    crowd = guest.take(guest.slots()[0], participants=lines)
    assert "Bis zu 20 Personen" in crowd.content.decode()
    assert "Person 99" in crowd.content.decode()
    assert guest.client.get(f"{guest.base}pruefen/").status_code == 302  # nobody gets around it
    wrong = guest.take(guest.slots()[0], participants="Nora Öz, nora@")
    assert "Bitte prüfen Sie die E-Mail-Adresse von Nora Öz" in wrong.content.decode()
    for _ in range(70):
        last = guest.begin()
    assert last.status_code == 429


def test_a_get_of_any_step_changes_nothing(known: Walk) -> None:
    known.up_to_the_choice()
    before = known.draft.changed_at
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=1), tick=False):
        for step in drafts.STEPS:
            known.get(f"{step}/")
    assert known.draft.changed_at == before
