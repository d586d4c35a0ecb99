"""Retention by the table: offered to the archive, decided, anonymised; the trial changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import CASCADE, SET_NULL
from django.utils import timezone

from consultations.models import (
    Absence,
    Appointment,
    Case,
    CaseKeeping,
    CaseWord,
    ContactNote,
    IncomingMail,
    Invitation,
    MailReturn,
    Message,
    MessageMail,
    NoReminders,
    Participant,
    PastCase,
    Rating,
    Reminder,
    RequestDraft,
    RetentionRun,
)
from consultations.models.request import DRAFT_LIFE
from consultations.privacy import anonymising, archive, retention, rules
from consultations.privacy.table import SHIPPED, read, table
from consultations.refusals import NotPossible
from consultations.services import appointments, case_files, cases, changes, correspondence
from consultations.wizard import drafts
from portal.accounts.models import User
from portal.accounts.tasks import forget_unconfirmed_accounts
from portal.core import jobs, periods, schedule
from portal.core.models import AuditEntry, OutboxMessage
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
LATER = make.NOW + timedelta(days=1096 + 1)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def ended_case(**fields: Any) -> Case:
    """Make a closed case with messages, files, an appointment that was moved, and minutes to come."""
    lead = desk.adviser_with_role("Größe")
    case = desk.working_case(lead, **fields)
    correspondence.answer(case=case, text="Streng vertraulich", by=lead.user)
    case_files.store(case=case, files=[desk.pdf()], by=lead.user)
    form = make.form()
    booked = appointments.book(placement=make.placement(form, make.on(1), lead), case=case, by=None)
    moved = changes.move(appointment=booked, placement=make.placement(form, make.on(2), lead), by=None)
    changes.cancel(appointment=moved, by=None)
    case = cases.advance(case=case, action="advise", by=lead.user)
    return cases.close(case=case, by=lead.user)


def nights(number: int = 1) -> None:
    for _ in range(number):
        retention.run()


def test_a_case_is_offered_then_decided_then_anonymised(django_capture_on_commit_callbacks: Any) -> None:
    case = ended_case()
    stored = Path(case.files.get().file.path)
    assert retention.run() == ""
    with time_machine.travel(LATER, tick=False):
        assert [due.number for due in retention.trial() if due.name == "cases"] == [1]
        assert not CaseKeeping.objects.exists(), "the trial changes nothing"
        nights(3)
        assert Case.objects.filter(pk=case.pk).exists(), "nothing goes before the archive has decided"
        keeping = archive.offered().get()
        with pytest.raises(NotPossible, match="noch nicht übergeben"):
            archive.decide(keeping=keeping, decision="archived", by=None)
        archive.decide(keeping=keeping, decision="not_wanted", by=None)
        with django_capture_on_commit_callbacks(execute=True):
            nights()
    assert not stored.exists()
    for model in (Case, Message, Appointment, CaseKeeping, CaseWord):
        assert not model._default_manager.exists(), model
    past = PastCase.objects.get()
    assert (past.outcome, past.days, past.year, past.topic) == ("closed", 0, 2027, None)
    assert list(RetentionRun.objects.order_by("pk").values_list("rule", "rows", "failed")) == [
        ("cases", 1, 0), ("cases", 1, 0),
    ]  # fmt: skip
    log = str(list(AuditEntry.objects.values_list("detail", flat=True)))
    for word in ("vertraulich", "Wohnsitz", "Mühltal", "Größe"):
        assert word not in log


def test_a_case_handed_over_can_be_archived() -> None:
    case = ended_case()
    with pytest.raises(ValidationError):
        archive.hand_over(case=case, file_number=" ", on=date(2027, 3, 1), by=None)
    with pytest.raises(ValidationError, match="Zukunft"):
        archive.hand_over(case=case, file_number="1-2", on=date(2027, 3, 2), by=None)
    with pytest.raises(ValidationError, match="noch nicht beendet"):
        archive.hand_over(case=case, file_number="1-2", on=date(2027, 2, 27), by=None)
    archive.hand_over(case=case, file_number="1-2", on=date(2027, 3, 1), by=None)
    with time_machine.travel(LATER, tick=False):
        nights()
        archive.decide(keeping=archive.offered().get(), decision="archived", by=None)
        nights()
    assert PastCase.objects.count() == 1


@pytest.mark.parametrize("reopened", [0, 3])
def test_a_hand_over_before_a_reopening_does_not_count(reopened: int) -> None:
    case = ended_case()
    archive.hand_over(case=case, file_number="1-2", on=date(2027, 3, 1), by=None)
    with time_machine.travel(make.NOW + timedelta(days=reopened, hours=2), tick=False):
        cases.reopen(case=case, by=None)
        keeping = CaseKeeping.objects.select_related("case").get()
        assert (keeping.is_handed_over, keeping.is_outdated) == (False, reopened > 0)
        case = cases.close(case=cases.advance(case=Case.objects.get(), action="advise", by=None), by=None)
        keeping = CaseKeeping.objects.select_related("case").get()
        assert (keeping.is_handed_over, keeping.is_outdated, keeping.file_number) == (False, reopened > 0, "1-2")
    with time_machine.travel(LATER + timedelta(days=4), tick=False):
        nights()
        keeping = archive.offered().get()
        says = "nach der Übergabe wieder geöffnet" if reopened else "noch nicht übergeben"
        with pytest.raises(NotPossible, match=says):
            archive.decide(keeping=keeping, decision="archived", by=None)
        archive.hand_over(case=case, file_number="1-2", on=timezone.localdate(), by=None)
        assert archive.decide(keeping=keeping, decision="archived", by=None).is_handed_over


def test_open_cases_stay_and_a_hand_over_of_one_is_refused() -> None:
    case = make.case()
    with pytest.raises(NotPossible, match="noch nicht beendet"):
        archive.hand_over(case=case, file_number="1", on=date(2027, 3, 1), by=None)
    with time_machine.travel(LATER, tick=False):
        nights(2)
    assert not CaseKeeping.objects.exists()
    with pytest.raises(NotPossible):
        anonymising.anonymise(case=case)


def test_a_case_opened_again_after_the_offer_is_not_decided() -> None:
    case = ended_case()
    keeping = CaseKeeping.objects.create(case=case, offered_at=make.NOW)
    cases.reopen(case=case, by=None)
    with pytest.raises(NotPossible):
        archive.decide(keeping=keeping, decision="not_wanted", by=None)
    assert not archive.offered().exists()


def test_what_protects_its_case_is_reported_and_left_alone() -> None:
    """An appointment of another case that was moved from one of these stands in the way."""
    case, other = ended_case(), make.case("Anderes")
    row = Appointment.objects.filter(case=case, state="cancelled").get()
    Appointment.objects.create(
        case=other, format=row.format, state="cancelled", starts_at=row.starts_at, ends_at=row.ends_at,
        moved_from=row,
    )  # fmt: skip
    CaseKeeping.objects.create(case=case, offered_at=make.NOW, decision="not_wanted", decided_at=make.NOW)
    with time_machine.travel(LATER, tick=False):
        assert retention.run() == "Beendete Vorgänge: 0, nicht möglich: 1"
    assert Case.objects.filter(pk=case.pk).exists()
    assert case.messages.exists()
    assert RetentionRun.objects.get().failed == 1


def test_everything_that_names_a_case_goes_with_it_or_lets_it_go() -> None:
    """A new table about cases has to be deleted with them, let them go, or be taken care of in `anonymising`."""
    handled = {"consultations.appointment"}
    for relation in Case._meta.related_objects:
        rule = getattr(relation, "on_delete", None)
        label = relation.related_model._meta.label_lower
        assert rule in (CASCADE, SET_NULL) or label in handled or relation.many_to_many, label


def test_what_follows_a_case_goes_with_it() -> None:
    case = ended_case()
    row = Appointment.objects.filter(case=case).first()
    assert row is not None
    person = Participant.objects.create(case=case, name="Nora Öz", email="nora@muehltal.example")
    Invitation.objects.create(participant=person, thread=row.thread, answer="accepted", answered_at=make.NOW)
    assert Reminder.objects.exists()
    Rating.objects.create(case=case, stars=5, solved=True)
    CaseKeeping.objects.create(case=case, offered_at=make.NOW, decision="not_wanted", decided_at=make.NOW)
    message = Message.objects.create(case=case, side="municipality", channel="mail", text="Danke")
    MessageMail.objects.create(message=message, quoted="> Guten Tag")
    MailReturn.objects.create(case=case, mark="a" * 32, status="5.1.1")
    IncomingMail.objects.create(digest="a" * 64, outcome="message", case=case)
    anonymising.anonymise(case=case)
    for model in (Participant, Invitation, Reminder, Rating, MessageMail, MailReturn, IncomingMail):
        assert not model._default_manager.exists(), model


def test_an_address_that_wants_no_reminders_is_forgotten_and_an_account_is_not() -> None:
    NoReminders.objects.create(address_hash="a" * 64)
    NoReminders.objects.create(user=make_user("amt@stadt.example"))
    with time_machine.travel(make.NOW + timedelta(days=1094), tick=False):
        nights()
        assert NoReminders.objects.count() == 2
    with time_machine.travel(make.NOW + timedelta(days=1096), tick=False):
        nights()
    assert [row.user is not None for row in NoReminders.objects.all()] == [True]


def test_the_other_rules_delete_what_is_old_and_nothing_else() -> None:
    lead = desk.adviser_with_role("Größe")
    town = make.municipality()
    for day in (date(2023, 1, 1), date(2027, 2, 1)):
        ContactNote.objects.create(municipality=town, day=day, text="Gespräch")
        Absence.objects.create(adviser=lead, first_day=day, last_day=day)
    lead.busy_times.create(starts_at=make.on(-5), ends_at=make.on(-4))
    lead.busy_times.create(starts_at=make.on(1), ends_at=make.on(2))
    held = appointments.hold(placement=make.placement(make.form(), make.on(0), lead), holder="a")
    appointments.release(appointment=held)
    numbers = {due.name: due.number for due in retention.trial()}
    assert numbers == {
        "cases": 0, "contact_notes": 1, "holds": 0, "busy_times": 1, "absences": 1, "no_reminders": 0,
        "incoming_mails": 0, "overrides": 0, "former_hours": 0, "session_parts": 0, "reports": 0,
    }  # fmt: skip
    nights()
    assert (ContactNote.objects.count(), Absence.objects.count(), lead.busy_times.count()) == (1, 1, 1)
    with time_machine.travel(make.NOW + timedelta(days=31), tick=False):
        nights()
    assert not Appointment.objects.exists()


def test_the_table_says_what_other_jobs_do_and_names_each_rule() -> None:
    kept = [entry for item in table().processing for entry in item.retention]
    assert {entry.rule for entry in kept if entry.rule} == set(rules.RULES)
    assert {entry.days for entry in kept if entry.follows == "cases"} == {table().periods()["cases"]}
    assert not any("{" in entry.text for entry in kept)
    keys = {item.key for item in table().processing}
    assert {"invitations", "reminders", "ratings", "statistics"} <= keys
    named = {entry.job: entry.days for entry in kept if entry.job}
    assert named.keys() <= schedule.jobs.keys()
    assert named["forget_request_drafts"] == DRAFT_LIFE.days
    assert named["prune"] == jobs.KEEP_GIVEN_UP.days
    assert "consultation_retention" in schedule.jobs


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("days = 1095", "days = 30", "60 days"),
        ("days = 1095", 'days = "drei"', "days"),
        ('rule = "holds"', 'rule = "erfunden"', "each rule once"),
        ('job = "prune"', 'job = "erfunden"', "each job once"),
        ('job = "forget_ended_sessions"', 'job = "prune"', "each job once"),
        ('job = "forget_ended_sessions"\ndays = 1\n', 'job = "forget_ended_sessions"\ndays = 9\n', "takes 1 days"),
        ('job = "confirm_memberships"\ndays = 425', 'job = "confirm_memberships"\ndays = 700', "takes 425 days"),
        ('setting = "AUDIT_KEEP_DAYS"', "days = 30", "takes 1095 days"),
        ('job = "forget_request_drafts"\ndays = 30', 'job = "forget_request_drafts"\ndays = 6', "at least 7"),
        ("[controllers]", "[controllers", "TOML|Expected"),
        ('purpose = "Freie', 'zweck = "Freie', "purpose"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "tabelle.toml"
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=reason):
        read(path)


def test_jobs_of_all_layers_act_by_the_days_of_the_table_in_use(tmp_path: Path, settings: Any) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    other = {"forget_request_drafts": (30, 10), "forget_unconfirmed_accounts": (14, 5), "prune": (180, 8)}
    for job, (shipped, days) in other.items():
        assert f'job = "{job}"\ndays = {shipped}' in text
        text = text.replace(f'job = "{job}"\ndays = {shipped}', f'job = "{job}"\ndays = {days}')
    settings.PROCESSING_FILE = tmp_path / "tabelle.toml"
    settings.PROCESSING_FILE.write_text(text, encoding="utf-8")
    assert {job: periods.days_of(job) for job in other} == {job: days for job, (_, days) in other.items()}
    draft = RequestDraft.objects.create()
    account = User.objects.create_user("neu@dorf.example", "ein-langes-Kennwort")
    EmailAddress.objects.create(user=account, email=account.email, verified=False)
    User.objects.filter(pk=account.pk).update(date_joined=make.NOW)
    mails = [
        OutboxMessage.objects.create(
            kind="mail", key=state, sequence=1, state=state, next_attempt_at=make.NOW, finished_at=make.NOW
        )
        for state in ("done", "failed")
    ]
    for days, left in ((4, (1, 1, 2)), (6, (1, 0, 2)), (9, (1, 0, 0)), (11, (0, 0, 0))):
        with time_machine.travel(make.NOW + timedelta(days=days), tick=False):
            drafts.remove_old()
            forget_unconfirmed_accounts()
            jobs.prune()
        kept = (
            RequestDraft.objects.filter(pk=draft.pk).count(),
            User.objects.filter(pk=account.pk).count(),
            OutboxMessage.objects.filter(pk__in=[mail.pk for mail in mails]).count(),
        )
        assert kept == left, days


def test_the_database_refuses_what_cannot_be() -> None:
    case = make.case()
    wrong: list[dict[str, Any]] = [
        {"decision": "not_wanted"},
        {"handed_over_on": date(2027, 1, 1)},
        {"decision": "archived", "decided_at": make.NOW, "offered_at": make.NOW},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            CaseKeeping.objects.create(case=case, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        PastCase.objects.create(outcome="received", days=1, year=2027)
