"""Texts of mails and stuck mails in the admin: who gets in, preview, checks, putting back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from consultations.mailing import texts
from consultations.mailing.kinds import KINDS, shipped
from consultations.models import MailText, Reminder
from portal.core.models import OutboxMessage
from portal.core.visibility import STAFF_GROUPS
from tests.factories import calendar, desk, mailing
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LIST, BOOKED, QUEUE = "/cms/beratung/vorlagen/", "/cms/beratung/vorlagen/booked/", "/cms/beratung/mails/"


@pytest.fixture(autouse=True)
def _open(settings: Any) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    with time_machine.travel(calendar.NOW, tick=False):
        yield


@pytest.fixture
def coordinator() -> Client:
    return signed_in(desk.person("Koordination", "koordination@kkv.example"))


@pytest.mark.parametrize("address", [LIST, BOOKED, QUEUE])
def test_coordinators_alone_get_in(address: str, settings: Any) -> None:
    for number, role in enumerate(STAFF_GROUPS):
        code = signed_in(desk.person(role, f"{number}@kkv.example")).get(address).status_code
        assert (code == 200) == (role == "Koordination"), role
    assert signed_in(make_user("amt@stadt.example")).get(address).status_code in (302, 403)
    assert Client().get(address).status_code == 302
    settings.CONSULTATIONS_OPEN = False
    assert signed_in(desk.person("Koordination", "zu@kkv.example")).get(address).status_code == 404


def test_the_list_says_what_is_changed(coordinator: Client) -> None:
    html = coordinator.get(LIST).content.decode()
    assert all(kind.title in html for kind in KINDS.values())
    assert "geändert am" not in html
    assert coordinator.get("/cms/beratung/vorlagen/gibt-es-nicht/").status_code == 404
    for kind in KINDS:
        assert "Vorschau mit Beispielen" in coordinator.get(f"{LIST}{kind}/").content.decode()


def test_a_text_is_tried_kept_and_put_back(coordinator: Client) -> None:
    mine = {"subject": "{vorgang}: Fest", "text": "Hallo aus {kommune}\n\n{link}", "base": ""}
    shown = coordinator.post(BOOKED, {**mine, "action": "preview"}).content.decode()
    assert "Hallo aus Mühltal" in shown
    assert "B-K7QM-4TXR: Fest" in shown
    assert not MailText.objects.exists()
    assert coordinator.post(BOOKED, {**mine, "action": "save"}).status_code == 302
    assert texts.current("booked").subject == "{vorgang}: Fest"
    assert "geändert am 1. März 2027" in coordinator.get(LIST).content.decode()
    assert "zurücksetzen" in coordinator.get(BOOKED).content.decode()
    coordinator.post(BOOKED, {"action": "reset"})
    assert texts.current("booked") == shipped()["booked"]
    assert "zurücksetzen" not in coordinator.get(BOOKED).content.decode()


@pytest.mark.parametrize("action", ["save", "preview"])
def test_an_unknown_placeholder_is_named_and_nothing_is_lost(coordinator: Client, action: str) -> None:
    typed = {"subject": "{vorgnag}", "text": "Mein langer Text {verein} {link}", "base": "", "action": action}
    answer = coordinator.post(BOOKED, typed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Diesen Platzhalter gibt es hier nicht: {vorgnag}. Möglich sind:" in html
    assert "Diesen Platzhalter gibt es hier nicht: {verein}. Möglich sind:" in html
    assert "Mein langer Text" in html
    assert not MailText.objects.exists()


def test_two_who_change_the_same_text_do_not_overwrite_each_other(coordinator: Client) -> None:
    first = {"subject": "Eins", "text": "Eins {link}", "base": "", "action": "save"}
    assert coordinator.post(BOOKED, first).status_code == 302
    late = coordinator.post(BOOKED, {**first, "subject": "Zwei"})
    assert late.status_code == 422
    assert "von jemand anderem geändert" in late.content.decode()
    assert texts.current("booked").subject == "Eins"
    base = MailText.objects.get().changed_at.isoformat()
    assert base in late.content.decode()
    assert coordinator.post(BOOKED, {**first, "subject": "Zwei", "base": base}).status_code == 302


def test_markup_of_a_text_stays_text(coordinator: Client) -> None:
    typed = {"subject": "<b>x</b>", "text": "<script>x()</script> {link}", "base": "", "action": "preview"}
    html = coordinator.post(BOOKED, typed).content.decode()
    assert "<script>x()" not in html
    assert "<b>x</b>" not in html


def test_stuck_mails_are_shown_with_their_case_and_tried_again(coordinator: Client) -> None:
    case = mailing.case_with_people()
    adviser = desk.adviser_with_role()
    row = mailing.booked(case, adviser, calendar.form())
    assert "Keine E-Mail hängt fest" in coordinator.get(QUEUE).content.decode()
    message = OutboxMessage.objects.filter(key=f"case:{case.pk}").order_by("sequence")[0]
    OutboxMessage.objects.filter(pk=message.pk).update(
        state="failed", finished_at=timezone.now(), attempts=14, error="ConnectionError"
    )
    Reminder.objects.filter(appointment=row, participant=None).update(
        state="missed", decided_at=timezone.now() - timedelta(days=1)
    )
    html = coordinator.get(QUEUE).content.decode()
    assert case.reference in html
    assert "ConnectionError" in html
    assert "Erstgespräch am 11. März 2027, 10:00 Uhr" in html
    assert mailing.ASKER not in html
    assert case.subject not in html
    assert coordinator.post(f"{QUEUE}{message.pk}/erneut/").status_code == 302
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    other = OutboxMessage.objects.create(kind="mail", key="mail:x", sequence=1, next_attempt_at=timezone.now())
    assert coordinator.post(f"{QUEUE}{other.pk}/erneut/").status_code == 404
    assert coordinator.get(f"{QUEUE}{message.pk}/erneut/").status_code == 405
