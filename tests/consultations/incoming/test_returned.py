"""Mails that come back: the address is shown as failing until it is another one or somebody writes from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from consultations.mailing import addressing
from consultations.mailing.incoming import reading, returned
from consultations.models import (
    Adviser,
    AdviserEntry,
    Appointment,
    Case,
    Concern,
    IncomingMail,
    Invitation,
    MailReturn,
)
from consultations.screens import incoming_mails
from consultations.services import cases, correspondence, invitations, municipality_side
from portal.accounts.models import User
from portal.core.models import AuditEntry, OutboxMessage, WorkItem
from tests import secret_keys
from tests.consultations.incoming.boxes import Box, sent_to
from tests.factories import calendar, incoming, mailing
from tests.mails import text_of

pytestmark = pytest.mark.django_db


def written(case: Case, person: User) -> Any:
    # Other words each time: the same ones within minutes are one message.
    correspondence.answer(case=case, text=f"Guten Tag, Nummer {case.messages.count()}", by=None)
    return sent_to(person.email)


def open_items() -> list[str]:
    return list(WorkItem.objects.filter(kind=returned.KIND, state="open").values_list("title", flat=True))


def test_a_final_return_is_seen_until_the_address_is_put_right(
    case: Case, person: User, box: Box, client: Any
) -> None:
    assert box.read(incoming.bounce(written(case, person))) == "1 zurückgekommen"
    assert [(item.address, item.status) for item in returned.of(case)] == [(person.email, "5.1.1")]
    assert open_items() == [f"E-Mail kam zurück: {case.reference}"]
    client.force_login(calendar.user_of(case.lead))  # type: ignore[arg-type]
    assert f"Die E-Mail an {person.email} kam am 01.03.2027 zurück" in client.get(
        f"/cms/beratung/vorgang/{case.pk}/"
    ).content.decode()  # fmt: skip
    assert "<strong>1</strong> eingegangene E-Mails zu klären" in client.get("/cms/beratung/").content.decode()
    assert case.reference in client.get("/cms/beratung/eingang/").content.decode()
    municipality_side.hand_to_address(case=case, name="Uwe", email="uwe@muehltal.example", by=None, by_centre=True)
    assert returned.of(case) == []
    reading.run()
    assert not MailReturn.objects.exists()
    assert open_items() == []


def test_a_later_mail_of_this_person_clears_it(case: Case, person: User, box: Box) -> None:
    box.read(incoming.bounce(written(case, person)))
    box.read(incoming.mail(Subject=case.reference))
    assert not MailReturn.objects.exists()
    assert open_items() == []


@pytest.mark.parametrize(
    ("status", "action", "outcome", "folders"),
    [
        ("4.2.2", "delayed", "nothing", (0, 1, 0)), ("5.7.1", "failed", "left", (0, 0, 1)),
        ("5.2.2", "failed", "left", (0, 0, 1)), ("5.1.8", "failed", "left", (0, 0, 1)),
    ],
)  # fmt: skip
def test_what_is_not_about_the_address_sets_no_state(
    case: Case, person: User, box: Box, status: str, action: str, outcome: str, folders: tuple[int, int, int]
) -> None:
    box.read(incoming.bounce(written(case, person), status, action))
    assert not MailReturn.objects.exists()
    assert IncomingMail.objects.get().outcome == outcome
    assert box.numbers() == folders


def test_reports_nobody_of_us_caused_and_of_earlier_addresses(case: Case, person: User, box: Box) -> None:
    box.read(incoming.bounce(None))
    assert IncomingMail.objects.get().reason == "not_delivered"
    sent = written(case, person)
    person.email = "neu@muehltal.example"
    person.save()
    box.read(incoming.bounce(sent))
    assert not MailReturn.objects.exists()


def test_message_ids_are_ours_alone(settings: Any) -> None:
    made = addressing.message_id("B-K7QM-4TXR", "Käthe@Ort.example")
    found = addressing.read_id(made)
    assert found is not None
    assert found.reference == "B-K7QM-4TXR"
    assert addressing.is_of(found.mark, "käthe@ort.example")
    assert not addressing.is_of(found.mark, "uwe@ort.example")
    assert addressing.PATTERN.findall(f"<a@b> {made}") == [made]
    for wrong in (made.replace("K7QM", "AAAA"), made.replace(found.mark, "0" * 32), "<vorgang.x@y>", ""):
        assert addressing.read_id(wrong) is None
    secret_keys.replace(settings)
    assert addressing.read_id(made) == found
    assert addressing.is_of(found.mark, "käthe@ort.example")


def test_the_sentences_are_true_with_and_without_a_mailbox(
    case: Case, person: User, box: Box, settings: Any
) -> None:
    correspondence.answer(case=case, text="Guten Tag", by=None)
    stored = OutboxMessage.objects.filter(key=f"case:{case.pk}").latest("pk")
    assert stored.payload["from"] == incoming.BOX  # where servers send back what they cannot deliver
    sent = written(case, person)
    assert "Antworten Sie auf diese E-Mail: Ihre Antwort wird Teil des Vorgangs." in text_of(sent)
    assert (sent["Reply-To"], sent["From"]) == (incoming.BOX, settings.DEFAULT_FROM_EMAIL)
    settings.IMAP_HOST = ""
    sent = written(case, person)
    assert "Schreiben Sie an" in text_of(sent)
    assert "wird Teil des Vorgangs" not in text_of(sent)
    assert sent["Reply-To"] != incoming.BOX


def test_a_declined_case_asks_for_no_answer(person: User, box: Box) -> None:
    case = calendar.case(requester=person)
    Concern.objects.create(case=case)
    cases.decline(case=case, by=None, reason="Nicht zuständig")
    assert "wird Teil des Vorgangs" not in text_of(sent_to(person.email))


def test_an_address_of_an_adviser_that_fails_is_seen_too(
    case: Case, lead: Adviser, appointment: Appointment, box: Box
) -> None:
    address = calendar.user_of(lead).email
    assert AdviserEntry.objects.filter(case=case, adviser=lead).exists()
    assert box.read(incoming.bounce(sent_to(address))) == "1 zurückgekommen"
    assert [item.address for item in returned.of(case)] == [address]
    assert open_items() == [f"E-Mail kam zurück: {case.reference}"]
    note = WorkItem.objects.get(kind=returned.KIND).note
    assert "beratenden Person" in note
    assert "Ansprechperson" not in note


def test_an_address_of_an_adviser_counts_until_the_appointment_is_over(
    lead: Adviser, appointment: Appointment, box: Box
) -> None:
    box.read(incoming.bounce(sent_to(calendar.user_of(lead).email)))
    assert returned.waiting().count() == 1
    assert appointment.starts_at is not None
    with time_machine.travel(appointment.starts_at + timedelta(minutes=1)):
        reading.run()
        assert not returned.waiting().exists()
        assert open_items() == []


@pytest.mark.parametrize("whose", ["adviser", "guest"])
def test_who_writes_from_it_has_an_address_that_works(
    case: Case, lead: Adviser, appointment: Appointment, box: Box, settings: Any, whose: str
) -> None:
    address = calendar.user_of(lead).email if whose == "adviser" else mailing.GUEST
    sent = sent_to(address)
    for trusted in ("", "mx.kkv.example"):
        settings.IMAP_TRUSTED_AUTHSERV = trusted
        box.read(incoming.bounce(sent))
        box.read(incoming.mail(f"Ich bin noch da: {trusted}", sender=address, Subject=case.reference))
        assert IncomingMail.objects.filter(outcome="left").count() == (2 if trusted else 1)
        assert MailReturn.objects.exists() == bool(trusted), "the mail server does not confirm the sender"


def test_a_guest_is_invited_anew_and_the_case_names_what_helps(
    case: Case, lead: Adviser, appointment: Appointment, box: Box, client: Any
) -> None:
    box.read(incoming.bounce(sent_to(mailing.GUEST)))
    client.force_login(calendar.user_of(lead))
    assert "richtigen Adresse neu einzuladen" in client.get(f"/cms/beratung/vorgang/{case.pk}/").content.decode()
    invitations.take_back(invitation=Invitation.objects.get(), by=None)
    assert returned.of(case) == []


def test_checked_by_somebody_it_is_ended_once_and_logged(
    case: Case, person: User, lead: Adviser, box: Box, client: Any
) -> None:
    sent = written(case, person)
    box.read(incoming.bounce(sent))
    client.force_login(calendar.user_of(lead))
    way = f"/cms/beratung/eingang/zurueck/{MailReturn.objects.get().pk}/geprueft/"
    for page in ("/cms/beratung/eingang/", f"/cms/beratung/vorgang/{case.pk}/"):
        assert f'action="{way}"' in client.get(page).content.decode()
    assert client.get(way).status_code == 405
    assert client.post(way, {"zurueck": "vorgang"})["Location"] == f"/cms/beratung/vorgang/{case.pk}/"
    assert returned.of(case) == []
    assert open_items() == []
    assert AuditEntry.objects.filter(action="case.return_checked", actor=calendar.user_of(lead).pk).count() == 1
    again = client.post(way, follow=True)
    assert "schon erledigt" in again.content.decode()
    assert AuditEntry.objects.filter(action="case.return_checked").count() == 1
    box.read(incoming.bounce(sent))
    assert returned.waiting().count() == 1, "the next mail that comes back begins anew"


def test_of_an_ended_case_nothing_is_to_do(case: Case, person: User, lead: Adviser, box: Box, client: Any) -> None:
    sent = written(case, person)
    box.read(incoming.bounce(sent))
    cases.withdraw(case=case, by=None)
    reading.run()
    assert open_items() == []
    client.force_login(calendar.user_of(lead))
    assert case.reference not in client.get("/cms/beratung/eingang/").content.decode()
    box.read(incoming.bounce(sent))
    assert open_items() == []
    assert incoming_mails.number_for(calendar.user_of(lead)) == 0


def test_one_address_is_one_entry_when_the_secret_key_is_replaced(
    case: Case, person: User, box: Box, settings: Any
) -> None:
    box.read(incoming.bounce(written(case, person)))
    secret_keys.replace(settings)
    box.read(incoming.bounce(written(case, person)))
    assert [item.address for item in returned.of(case)] == [person.email]
