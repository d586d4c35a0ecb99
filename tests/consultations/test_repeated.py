"""Each form about a case sent twice: the same page, and nothing twice; what is said anew is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from consultations.models import Case, CaseFile, CaseTask, InternalNote, Message, Minutes
from consultations.requester import tokens
from consultations.services import correspondence, intake
from portal.core.models import OutboxMessage
from portal.core.work import SAME_WITHIN
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
CASE = "/cms/beratung/vorgang/{pk}/"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    cache.clear()
    with time_machine.travel(make.NOW, tick=False) as found:
        yield found


@pytest.fixture
def case() -> Case:
    return desk.working_case(desk.adviser_with_role())


@pytest.fixture
def staff(case: Case) -> Client:
    assert case.lead is not None
    return signed_in(case.lead.user)


def mails() -> int:
    return OutboxMessage.objects.count()


@pytest.mark.parametrize(("step", "fields", "table"), [
    ("nachricht", {"text": "So geht es", "wait": "on", "uploads": "Datei"}, Message),
    ("nachricht", {"text": "", "uploads": "Datei"}, Message),
    ("mitteilung", {"channel": "phone", "author_name": "Frau Öz", "text": "Wir sind so weit"}, Message),
    ("notiz", {"text": "Zwischen uns"}, InternalNote),
    ("aufgabe", {"side": "municipality", "text": "Muster senden", "due_on": "2027-03-09"}, CaseTask),
    ("dateien", {"uploads": "Datei", "internal": "on"}, CaseFile),
    ("protokoll", {"question": "Wie?", "answer": "So.", "text": "", "release": "on"}, Minutes),
])  # fmt: skip
def test_a_form_of_the_desk(staff: Client, case: Case, step: str, fields: dict[str, Any], table: Any) -> None:
    answers, sent = [], []
    for _ in range(2):
        data = {**fields, **({"uploads": desk.pdf()} if "uploads" in fields else {})}
        answers.append(staff.post(f"{CASE.format(pk=case.pk)}{step}/", data))
        sent.append(mails())
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert table.objects.count() == 1
    assert CaseFile.objects.count() == ("uploads" in fields)
    assert sent[0] == sent[1]


def test_a_concern_taken_down(staff: Client, case: Case) -> None:
    town = make.municipality("Nidda")
    concern = {"municipality": town.pk, "channel": "phone", "subject": "Anruf", "text": "Wie schließen wir an?",
               "name": "Käthe Müßig", "email": "kaethe@nidda.example"}  # fmt: skip
    answers = [staff.post("/cms/beratung/aufnehmen/", {**concern, "uploads": desk.pdf()}) for _ in range(2)]
    (made,) = Case.objects.filter(municipality=town)
    assert {answer.headers["Location"] for answer in answers} == {CASE.format(pk=made.pk)}
    assert (made.messages.count(), made.files.count()) == (1, 1)
    assert OutboxMessage.objects.filter(key=f"case:{made.pk}").count() == 1
    staff.post("/cms/beratung/aufnehmen/", {**concern, "text": "Und was kostet es?", "uploads": desk.pdf()})
    staff.post("/cms/beratung/aufnehmen/", concern)  # without the file
    assert Case.objects.filter(municipality=town).count() == 3


def test_a_mail_taken_down_as_a_file(staff: Client, case: Case) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    town = make.municipality("Nidda")
    for _ in range(2):
        mail = SimpleUploadedFile("frage.eml", desk.eml())
        staff.post("/cms/beratung/aufnehmen/", {"municipality": town.pk, "channel": "mail", "mail": mail})
    assert Case.objects.filter(municipality=town).count() == 1
    assert CaseFile.objects.count() == 1


def test_a_message_of_the_municipality_by_link() -> None:
    asked = intake.Concern(make.municipality(), "Frage", "Wie?", name="Käthe Müßig", email="kaethe@nidda.example")
    case = intake.take_down(concern=asked, by=None).case
    address = f"/beratung/vorgang/{tokens.make(case.concern)}/nachricht/"
    answers = [Client().post(address, {"text": "Noch etwas", "uploads": desk.pdf()}) for _ in range(2)]
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert (Message.objects.filter(case=case).count(), CaseFile.objects.filter(case=case).count()) == (2, 1)


def test_what_is_said_anew_is_stored(case: Case, clock: Any) -> None:
    def say(text: str = "Danke", **fields: Any) -> None:
        correspondence.receive(case=case, text=text, by=None, **fields)

    say()
    say("Danke!")  # another word
    say("Danke!", author_name="Frau Öz")  # another person
    say("Danke!", author_name="Frau Öz", files=[desk.pdf()])
    say("Danke!", author_name="Frau Öz", files=[desk.pdf("Anderes.pdf")])
    say("Danke!", author_name="Frau Öz", files=[desk.png()])
    assert Message.objects.count() == 6
    correspondence.answer(case=case, text="Gern", by=None)
    say("Danke!", author_name="Frau Öz", files=[desk.png()])  # after an answer
    assert Message.objects.count() == 8
    clock.shift(SAME_WITHIN + timedelta(seconds=1))
    say("Danke!", author_name="Frau Öz", files=[desk.png()])
    assert Message.objects.count() == 9
