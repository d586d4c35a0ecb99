"""Mails nobody but people can assign: taken over, done with, forgotten; seen by the centre alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from consultations.mailing.incoming import left
from consultations.models import Case, IncomingMail, Message
from consultations.privacy import rules
from portal.accounts import own_data
from portal.core.models import WorkItem
from tests.consultations.incoming.boxes import Box
from tests.factories import calendar, desk, incoming
from tests.people import make_user

pytestmark = pytest.mark.django_db
PAGE = "/cms/beratung/eingang/"


@pytest.fixture
def row(case: Case, box: Box) -> IncomingMail:
    mail = incoming.mail("Dazu noch etwas <b>Wichtiges</b>.", sender="Uwe Öz <uwe@anderswo.example>",
                         Subject=f"{case.reference} <script>")  # fmt: skip
    mail.add_attachment(desk.PDF, maintype="application", subtype="pdf", filename="Ablauf.pdf")
    box.read(mail)
    return IncomingMail.objects.get()


@pytest.fixture
def staff(case: Case, client: Client) -> Client:
    client.force_login(calendar.user_of(case.lead))  # type: ignore[arg-type]
    return client


def open_items() -> int:
    return WorkItem.objects.filter(kind=left.KIND, state="open").count()


def test_the_page_says_who_wrote_and_why_it_waits(row: IncomingMail, case: Case, staff: Client) -> None:
    page = staff.get(PAGE).content.decode()
    for words in (
        "Uwe Öz",
        "&lt;uwe@anderswo.example&gt;",
        "Diese Adresse gehört nicht zum Vorgang",
        case.reference,
    ):
        assert words in page
    assert "<script>" not in page.partition("<main")[2].partition("</main>")[0].replace("<script src", "")
    assert open_items() == 1
    file = staff.get(f"{PAGE}{row.pk}/datei/")
    assert b"Ablauf.pdf" in b"".join(file.streaming_content)  # type: ignore[attr-defined]
    assert file["Content-Disposition"].startswith("attachment")


def test_it_is_taken_over_with_its_file_and_then_forgotten(row: IncomingMail, case: Case, staff: Client) -> None:
    name = str(row.file.name)
    answer = staff.post(f"{PAGE}{row.pk}/uebernehmen/", {"reference": f" {case.reference.lower()} "})
    assert answer["Location"] == f"/cms/beratung/vorgang/{case.pk}/"
    message = Message.objects.get()
    assert (message.author_name, message.files.count(), message.mail.checked) == ("Uwe Öz", 1, True)
    row.refresh_from_db()
    assert (row.outcome, row.sender, row.subject, row.text, row.file.name) == ("taken", "", "", "", "")
    assert open_items() == 0
    assert staff.post(f"{PAGE}{row.pk}/uebernehmen/", {"reference": case.reference}).status_code == 302
    assert Message.objects.count() == 1
    assert name  # deleted on commit, which this test never reaches


def test_a_wrong_number_keeps_what_was_typed(row: IncomingMail, staff: Client) -> None:
    answer = staff.post(f"{PAGE}{row.pk}/uebernehmen/", {"reference": "B-AAAA-AAAA"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Diese Vorgangsnummer gibt es nicht." in page
    assert 'value="B-AAAA-AAAA"' in page


def test_done_with_it(row: IncomingMail, staff: Client, django_capture_on_commit_callbacks: Any) -> None:
    name = str(row.file.name)
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        left.dismiss(pk=row.pk, by=None)
    assert not default_storage.exists(name)
    assert staff.post(f"{PAGE}{row.pk}/erledigt/").status_code == 302
    row.refresh_from_db()
    assert (row.outcome, row.sender) == ("dismissed", "")
    assert staff.get(f"{PAGE}{row.pk}/datei/").status_code == 404


@pytest.mark.parametrize("role", ["", "Redaktion", "Leitung"])
def test_nobody_else_sees_it(row: IncomingMail, role: str) -> None:
    from tests.people import signed_in

    client = signed_in(make_user("andere@kkv.example", role=role))
    for path in (PAGE, f"{PAGE}{row.pk}/datei/"):
        assert client.get(path).status_code in (302, 403, 404)
    for path in (f"{PAGE}{row.pk}/uebernehmen/", f"{PAGE}{row.pk}/erledigt/"):
        assert client.post(path).status_code in (302, 403, 404)
    row.refresh_from_db()
    assert row.outcome == "left"


def test_an_adviser_from_outside_sees_none(row: IncomingMail) -> None:
    from tests.people import signed_in

    outside = desk.adviser_with_role("Extern", external=True)
    client = signed_in(calendar.user_of(outside))
    assert client.get(PAGE).status_code in (302, 403, 404)
    assert client.post(f"{PAGE}{row.pk}/erledigt/").status_code in (302, 403, 404)
    assert IncomingMail.objects.get().outcome == "left"


def test_retention_and_ones_own_data(row: IncomingMail, django_capture_on_commit_callbacks: Any) -> None:
    person = make_user("uwe@anderswo.example")
    (exported,) = own_data.export(person)["incoming_mails"]
    assert exported["sender"] == "uwe@anderswo.example"
    rule = rules.RULES["incoming_mails"]
    assert not rule.due(calendar.NOW).exists()
    assert rule.due(calendar.NOW + timedelta(days=1)).get() == row
    name = str(row.file.name)
    with django_capture_on_commit_callbacks(execute=True):
        left.erase(person)
    assert not IncomingMail.objects.exists()
    assert not default_storage.exists(name)
    assert open_items() == 0
