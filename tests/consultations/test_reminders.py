"""Reminders by time travel: planned, sent once, missed, dropped, switched off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.test import Client
from django.utils import timezone

from consultations.format_import import STANDARD_FILE, read, store
from consultations.mailing import choices, people, reminders
from consultations.models import Adviser, Appointment, Case, Format, NoReminders, Participant, Reminder
from consultations.models.format import days_of
from consultations.services import appointments, changes, invitations
from portal.accounts import own_data
from portal.core.models import OutboxMessage
from tests import mails, secret_keys
from tests.factories import calendar, desk, mailing
from tests.factories.mailing import ASKER, GUEST
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
SUBJECT = "Erinnerung an Ihren Termin"


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    settings.HOLIDAYS = ""
    settings.CONSULTATIONS_OPEN = True
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    with time_machine.travel(calendar.NOW, tick=False) as found:
        yield found


@pytest.fixture
def adviser() -> Adviser:
    return desk.adviser_with_role()


@pytest.fixture
def case() -> Case:
    return mailing.case_with_people()


@pytest.fixture
def workshop() -> Format:
    return calendar.form("workshop", name="Workshop", reminder_days="7, 1")


@pytest.fixture
def row(case: Case, adviser: Adviser, workshop: Format) -> Appointment:
    """Return an appointment ten days from now, at ten."""
    return mailing.booked(case, adviser, workshop)


def states() -> Counter[str]:
    return Counter(Reminder.objects.values_list("state", flat=True))


def reminded(address: str) -> int:
    return mailing.subjects(address).count(SUBJECT)


def test_they_are_planned_with_the_booking(row: Appointment) -> None:
    planned = Reminder.objects.filter(participant=None).order_by("due_at")
    assert [(each.days_before, each.due_at) for each in planned] == [(7, calendar.on(3)), (1, calendar.on(9))]
    assert Reminder.objects.filter(participant__email=GUEST).count() == 2
    assert reminders.plan(row) == 0
    later = invitations.invite(appointment=row, name="Später", email="spaeter@ort.example", by=None)
    planned = Reminder.objects.filter(participant=later.participant, state=Reminder.State.PLANNED)
    assert planned.count() == 2
    assert reminders.plan(row) == 0


def test_after_a_restore_what_was_due_is_not_sent_again(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(3))
    (line,) = reminders.hold_due(timezone.now())
    assert ": 2," in line
    assert reminders.run() == ""
    assert (reminded(ASKER), reminded(GUEST)) == (0, 0)
    clock.move_to(calendar.on(9))
    assert reminders.run() == "2 übergeben"
    assert reminders.hold_due(calendar.on(3)) == []


def test_a_reminder_held_by_a_restore_does_not_look_sent(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(3))
    assert reminders.run() == "2 übergeben"
    reminders.hold_due(timezone.now())
    mailing.deliver()
    assert (reminded(ASKER), reminded(GUEST)) == (0, 0)
    assert set(OutboxMessage.objects.filter(kind=reminders.KIND).values_list("state", flat=True)) == {"failed"}


def test_who_has_declined_is_not_reminded(row: Appointment, clock: Any) -> None:
    invitation = people.standing(row).get()
    invitations.answer(invitation=invitation, accept=False)
    clock.move_to(calendar.on(3))
    reminders.run()
    assert (reminded(ASKER), reminded(GUEST)) == (1, 0)


def test_the_time_on_the_wall_counts_where_clocks_change() -> None:
    assert reminders.due_at(calendar.on(28), 7) == calendar.on(21)  # the 29th of March at ten, the 22nd at ten


def test_they_go_out_once_each_at_their_time(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(3) - timedelta(minutes=1))
    assert reminders.run() == ""
    clock.move_to(calendar.on(3))
    assert reminders.run() == "2 übergeben"
    assert reminders.run() == ""
    assert (reminded(ASKER), reminded(GUEST)) == (1, 1)
    assert states() == {"planned": 2, "sent": 2}
    clock.move_to(calendar.on(9))
    reminders.run()
    assert (reminded(ASKER), reminded(GUEST)) == (2, 2)
    assert states() == {"sent": 4}


def test_one_that_is_late_counts_as_missed_and_is_never_sent(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(9, 12))  # the job has not run for a week: one mail and not two
    assert reminders.run() == "2 übergeben, 2 verpasst"
    assert reminded(ASKER) == 1
    assert states() == {"missed": 2, "sent": 2}


def test_none_after_the_beginning(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(10))
    assert reminders.run() == "4 verpasst"
    assert reminded(ASKER) == 0
    assert not OutboxMessage.objects.filter(kind=reminders.KIND).exists()


def test_one_that_waits_for_the_mail_server_until_the_beginning_is_missed(
    row: Appointment, clock: Any, settings: Any
) -> None:
    mailing.deliver()
    settings.OUTBOX_EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1  # nobody listens
    clock.move_to(calendar.on(9))
    reminders.run()
    mailing.deliver()
    assert states() == {"missed": 2, "planned": 2}
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
    clock.move_to(calendar.on(10, 10, 1))
    assert reminded(ASKER) == 0  # the outbox asks before it sends
    reminders.run()
    assert states() == {"missed": 4}
    assert not OutboxMessage.objects.filter(state="waiting").exists()


def test_none_after_a_cancellation(row: Appointment, adviser: Adviser, clock: Any) -> None:
    clock.move_to(calendar.on(3))
    reminders.run()  # in the outbox, not sent yet
    changes.cancel(appointment=row, by=adviser.user)
    assert states() == {"dropped": 4}
    clock.move_to(calendar.on(9))
    assert reminders.run() == ""
    assert reminded(ASKER) == 0


def test_a_moved_appointment_gets_new_ones(
    row: Appointment, adviser: Adviser, workshop: Format, clock: Any
) -> None:
    new = changes.move(
        appointment=row, placement=calendar.placement(workshop, calendar.on(14), adviser), by=adviser.user
    )
    assert states() == {"dropped": 4, "planned": 4}
    assert set(Reminder.objects.filter(state="planned").values_list("appointment", flat=True)) == {new.pk}
    clock.move_to(calendar.on(9))
    reminders.run()
    assert reminded(ASKER) == 1  # a week before the new day
    assert "Montag, 15. März 2027" in mails.text_of(mailing.to(ASKER)[-1])


def test_what_would_be_due_already_is_not_planned(case: Case, adviser: Adviser, workshop: Format) -> None:
    mailing.booked(case, adviser, workshop, days=3)
    assert set(Reminder.objects.values_list("days_before", flat=True)) == {1}


def test_a_format_can_do_without(case: Case, adviser: Adviser) -> None:
    mailing.booked(case, adviser, calendar.form(reminder_days=""))
    assert not Reminder.objects.exists()


def placed(case: Case, adviser: Adviser, form: Format, place: str) -> Appointment:
    asked = calendar.placement(form, calendar.on(10), adviser, place=place)
    return appointments.book(placement=asked, case=case, by=None)


def planned() -> set[int]:
    return set(Reminder.objects.filter(state="planned").values_list("days_before", flat=True))


@pytest.mark.parametrize(("place", "days"), [("on_site", {7, 1}), ("video", {1}), ("phone", {1}), ("centre", {1})])
def test_a_visit_is_reminded_of_a_week_before_whatever_its_format(
    case: Case, adviser: Adviser, place: str, days: set[int]
) -> None:
    placed(case, adviser, calendar.form(reminder_days="1"), place)
    assert planned() == days


def test_the_update_plans_the_week_before_visits_that_are_agreed(case: Case, adviser: Adviser, clock: Any) -> None:
    form = calendar.form(reminder_days="1")
    visit = placed(case, adviser, form, "on_site")
    other = appointments.book(
        placement=calendar.placement(form, calendar.on(11), adviser, place="video"), case=case, by=None
    )
    wanted = set(Reminder.objects.values_list("appointment", "participant", "days_before", "due_at"))
    Reminder.objects.filter(days_before=7).delete()
    remind = import_module("consultations.migrations.0085_entries_of_advisers").remind_of_visits
    remind(apps, None)
    remind(apps, None)
    assert set(Reminder.objects.values_list("appointment", "participant", "days_before", "due_at")) == wanted
    assert other.pk != visit.pk
    Reminder.objects.filter(days_before=7).delete()
    clock.move_to(calendar.on(4))
    remind(apps, None)
    assert planned() == {1}, "what would be due already is not planned"


def test_a_workshop_has_both_days_wherever_it_is(case: Case, adviser: Adviser, workshop: Format) -> None:
    placed(case, adviser, workshop, "on_site")
    assert states() == {"planned": 4}, "not three, where format and place say the same day"


def test_a_visit_of_a_format_that_does_without_has_none(case: Case, adviser: Adviser) -> None:
    placed(case, adviser, calendar.form(reminder_days=""), "on_site")
    assert not Reminder.objects.exists()


def test_a_visit_that_becomes_a_video_call_loses_the_week_before(case: Case, adviser: Adviser, clock: Any) -> None:
    row = placed(case, adviser, calendar.form(reminder_days="1"), "on_site")
    assert states() == {"planned": 4}
    changes.change_place(appointment=row, by=adviser.user, place="video", place_detail="https://video.example/x")
    assert (planned(), states()) == ({1}, {"planned": 2, "dropped": 2})
    row.refresh_from_db()
    changes.change_place(appointment=row, by=adviser.user, place="on_site", place_detail="Rathaus")
    assert states() == {"planned": 4}, "and has it again"
    row.refresh_from_db()
    changes.change_place(appointment=row, by=adviser.user, place="video")
    clock.move_to(calendar.on(3))
    assert reminders.run() == ""
    clock.move_to(calendar.on(9))
    reminders.run()
    assert (reminded(ASKER), reminded(GUEST)) == (1, 1)


def test_a_visit_moved_to_another_day_by_video_has_the_day_before_alone(case: Case, adviser: Adviser) -> None:
    form = calendar.form(reminder_days="1")
    row = placed(case, adviser, form, "on_site")
    asked = calendar.placement(form, calendar.on(14), adviser, place="video")
    changes.move(appointment=row, placement=asked, by=adviser.user)
    assert planned() == {1}


@pytest.mark.parametrize("text", ["x", "0", "31", "1, 2, 3, 4", "1;2"])
def test_days_of_a_format_are_checked(text: str) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError, match="bis zu drei Zahlen"):
        calendar.form(reminder_days=text).full_clean()


def test_the_shipped_formats_remind_of_workshops_and_visits_a_week_before() -> None:
    store(read(STANDARD_FILE))
    days = {form.key: days_of(form.reminder_days) for form in Format.objects.all()}
    assert (days["workshop"], days["vor-ort"], days["erstgespraech"]) == ([7, 1], [7, 1], [1])


def test_the_link_of_a_reminder_switches_them_off(row: Appointment, clock: Any) -> None:
    clock.move_to(calendar.on(3))
    reminders.run()
    link = mails.link_in(mailing.to(GUEST)[-1], "erinnerungen")
    assert "nachbarort" not in link
    page = Client().get(link)
    assert "Erinnerungen ausschalten" in page.content.decode()
    assert not NoReminders.objects.exists()  # looking changes nothing
    assert Client().post(link, {"off": "1"}).status_code == 302
    assert Client().post(link, {"off": "1"}).status_code == 302
    assert "wieder einschalten" in Client().get(link).content.decode()
    assert GUEST not in str(NoReminders.objects.values_list())
    clock.move_to(calendar.on(9))
    reminders.run()
    assert (reminded(GUEST), reminded(ASKER)) == (1, 2)
    assert Reminder.objects.get(participant__email=GUEST, days_before=1).state == "dropped"
    Client().post(link, {"off": "0"})
    assert not choices.is_off(GUEST)


def test_the_link_of_a_reminder_is_for_the_person_it_was_sent_to(case: Case, row: Appointment) -> None:
    guest = people.standing(row).get().participant
    sent, guests = choices.path_for(case), choices.path_for(case, guest)
    assert Client().get(sent).status_code == Client().get(guests).status_code == 200
    case.requester = make_user("nachfolge@muehltal.example")
    case.save(update_fields=["requester"])
    guest.email = "andere@nachbarort.example"
    guest.save(update_fields=["email"])
    for link in (sent, guests):
        assert Client().get(link).status_code == 404
        assert Client().post(link, {"off": "1"}).status_code == 404
    assert not NoReminders.objects.exists()
    assert Client().get(choices.path_for(case)).status_code == 200


def test_switched_off_stays_so_when_the_secret_key_is_replaced(row: Appointment, settings: Any) -> None:
    guest = people.standing(row).get().participant
    link = choices.path_for(row.case, guest)  # type: ignore[arg-type]
    choices.switch(GUEST, off=True)
    secret_keys.replace(settings)
    assert choices.is_off(GUEST)
    assert "wieder einschalten" in Client().get(link).content.decode()
    choices.switch(GUEST, off=True)
    assert NoReminders.objects.count() == 1
    Client().post(link, {"off": "0"})
    assert not choices.is_off(GUEST)
    assert not NoReminders.objects.exists()


def test_whoever_asked_and_is_invited_too_is_reminded_once(row: Appointment, clock: Any) -> None:
    person = invitations.invite(appointment=row, name="Käthe", email=ASKER, by=None).participant
    assert not Reminder.objects.filter(participant=person).exists()
    person.delete()
    Participant.objects.filter(email=GUEST).update(email=ASKER)  # planned before the addresses were the same
    clock.move_to(calendar.on(3))
    reminders.run()
    assert reminded(ASKER) == 1


def test_a_made_up_link_is_answered_kindly(row: Appointment) -> None:
    good = choices.path_for(row.case) if row.case else ""
    for path in ("/beratung/erinnerungen/abc/", good[:-3] + "x/"):
        answer = Client().get(path)
        assert answer.status_code == 404
        assert "Dieser Link ist nicht vollständig" in answer.content.decode()
        assert Client().post(path, {"off": "1"}).status_code == 404


def test_an_account_switches_them_in_its_own_area(row: Appointment, clock: Any) -> None:
    assert row.case is not None
    person = row.case.requester
    assert person is not None
    client = signed_in(person)
    assert "Erinnerungen ausschalten" in client.get("/konto/").content.decode()
    assert client.post("/beratung/erinnerungen/", {"off": "1"}).status_code == 302
    assert "Erinnerungen einschalten" in client.get("/konto/").content.decode()
    assert own_data.export(person)["consultation_reminders"] == {"reminders_off": True}
    clock.move_to(calendar.on(9))
    reminders.run()
    assert (reminded(ASKER), reminded(GUEST)) == (0, 1)
    person.delete()
    assert not NoReminders.objects.exists()
    assert Client().post("/beratung/erinnerungen/", {"off": "1"}).status_code == 403


def test_a_guest_who_gets_an_account_keeps_the_choice() -> None:
    choices.switch("neu@ort.example", off=True)
    make_user("neu@ort.example")
    assert choices.is_off("Neu@ort.example")
    choices.switch("neu@ort.example", off=False)
    assert not choices.is_off("neu@ort.example")
