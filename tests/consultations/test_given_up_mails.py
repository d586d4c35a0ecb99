"""Mails of a case after an outage that outlasted all attempts: none comes after what it would undo."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from consultations.mailing import reminders
from consultations.models import Appointment, Case, Reminder
from consultations.screens import mail_queue
from consultations.services import changes
from portal.accounts.models import User
from portal.core import outbox
from portal.core.models import OutboxMessage
from tests import secret_keys
from tests.factories import calendar, desk, mailing
from tests.factories.mailing import ASKER, GUEST
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
QUEUE = "/cms/beratung/mails/"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people()


@pytest.fixture
def booked(case: Case) -> Appointment:
    lead = desk.adviser_with_role()
    # The mails of the municipality and of guests are what this is about.
    User.objects.filter(pk=calendar.user_of(lead).pk).update(email="")
    return mailing.booked(case, lead, calendar.form())


def give_up(case: Case) -> list[OutboxMessage]:
    """Let every waiting mail of a case be one that was given up; returns them in their order."""
    rows = OutboxMessage.objects.filter(key=f"case:{case.pk}", state="waiting")
    found = list(rows.order_by("sequence"))
    rows.update(state="failed", finished_at=timezone.now(), attempts=outbox.MAX_ATTEMPTS)
    return found


def methods(address: str) -> list[str]:
    return [mailing.calendar_of(found)[0] for found in mailing.to(address)]


def test_one_click_sends_all_given_up_ones_of_the_case_in_their_order(case: Case, booked: Appointment) -> None:
    changes.cancel(appointment=booked, by=None, reason="Erkrankt")
    given_up = give_up(case)
    outbox.retry(message=given_up[-1])  # the cancellation
    assert methods(ASKER) == methods(GUEST) == ["REQUEST", "CANCEL"]


def test_an_invitation_stays_away_once_its_cancellation_has_gone_out(case: Case, booked: Appointment) -> None:
    invitations = give_up(case)
    changes.cancel(appointment=booked, by=None, reason="Erkrankt")
    assert methods(ASKER) == methods(GUEST) == ["CANCEL"]  # the later ones went on
    assert outbox.retry(message=invitations[0]) == len(invitations)
    assert methods(ASKER) == methods(GUEST) == ["CANCEL"]
    assert not OutboxMessage.objects.exclude(state="done").exists()


def test_it_stays_away_when_the_secret_key_is_replaced_in_between(
    case: Case, booked: Appointment, settings: Any
) -> None:
    invitations = give_up(case)
    secret_keys.replace(settings)
    changes.cancel(appointment=booked, by=None, reason="Erkrankt")
    assert methods(GUEST) == ["CANCEL"]
    outbox.retry(message=invitations[0])
    assert methods(ASKER) == methods(GUEST) == ["CANCEL"]


def test_an_old_time_stays_away_once_the_new_one_has_gone_out(case: Case, booked: Appointment) -> None:
    invitations = give_up(case)
    lead = booked.allocations.get().adviser
    placement = calendar.placement(booked.format, calendar.on(11), lead)
    changes.move(appointment=booked, placement=placement, by=None)
    assert [str(found["Subject"]).partition(": ")[2] for found in mailing.to(GUEST)]
    outbox.retry(message=invitations[0])
    assert len(mailing.to(ASKER)) == len(mailing.to(GUEST)) == 1


def test_a_mail_to_somebody_else_is_not_held_for_overtaken(case: Case, booked: Appointment) -> None:
    first, second = give_up(case)
    assert outbox.retry(message=first) == 2
    assert len(mailing.to(ASKER)) == len(mailing.to(GUEST)) == 1
    assert first.payload["thing"] != second.payload["thing"]
    done = OutboxMessage.objects.get(pk=first.pk)
    assert done.payload == {"thing": first.payload["thing"]}, "a fingerprint, and nothing of the mail"


def test_a_mail_outlives_the_longest_weekend_and_a_late_reminder_is_missed(
    case: Case, booked: Appointment, clock: Any
) -> None:
    pauses = [outbox.pause_after(number).total_seconds() for number in range(1, outbox.MAX_ATTEMPTS)]
    assert sum(pauses) >= 110 * 3600
    mailing.deliver()
    assert booked.starts_at is not None
    clock.move_to(booked.starts_at)
    reminders.run()
    assert set(Reminder.objects.values_list("state", flat=True)) == {"missed"}


def test_the_screen_names_the_kind_of_mail_and_keeps_their_order(case: Case, booked: Appointment) -> None:
    changes.cancel(appointment=booked, by=None, reason="Erkrankt")
    give_up(case)
    rows = mail_queue.stuck()
    assert [row.sequence for row in rows] == sorted(row.sequence for row in rows)
    assert [mail_queue.kind_of(row) for row in rows] == [
        "Teilnehmende: Einladung", "Termin gebucht oder bestätigt", "Termin abgesagt",
        "Teilnehmende: Termin abgesagt",
    ]  # fmt: skip
    OutboxMessage.objects.filter(pk=rows[0].pk).update(state="waiting", finished_at=None)  # pausing for long
    assert next(mail_queue.kind_of(row) for row in mail_queue.stuck()) == "Teilnehmende: Einladung"
    client = signed_in(desk.person("Koordination", "koordination@kkv.example"))
    assert "<td>Termin abgesagt</td>" in client.get(QUEUE).content.decode()
    answer = client.post(f"{QUEUE}{rows[-1].pk}/erneut/", follow=True).content.decode()
    assert f"Nachricht {rows[-1].pk} und 2 weiteren zum selben Gegenstand" in answer
    assert not OutboxMessage.objects.filter(state="failed").exists()
