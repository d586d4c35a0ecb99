"""The demonstration of advice: everything in it, told by the real services; again, and nothing is doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from consultations.demo.seed import fill
from consultations.models import (
    Adviser,
    Allocation,
    Appointment,
    Case,
    CaseEvent,
    CaseTask,
    ContactNote,
    GroupSession,
    Message,
    Minutes,
    Seat,
    WaitingEntry,
)
from consultations.states import BLOCKING, AppointmentState, CaseState, SessionState, WaitingState
from portal.accounts import demo
from portal.accounts.models import User
from portal.core.models import AuditEntry, OutboxMessage
from tests.factories import calendar as make

pytestmark = pytest.mark.django_db
ROWS = (
    Adviser, Allocation, Appointment, AuditEntry, Case, CaseEvent, CaseTask, ContactNote, GroupSession, Message,
    Minutes, OutboxMessage, Seat, User, WaitingEntry,
)  # fmt: skip


@pytest.fixture
def _development(settings: Any) -> Iterator[None]:
    settings.DEMO = True
    call_command("import_formats", verbosity=0)
    with time_machine.travel(make.NOW, tick=False):
        yield


def double_bookings() -> int:
    found, latest = 0, dict[int, datetime]()
    rows = Allocation.objects.filter(state__in=BLOCKING).order_by("adviser", "blocks_from")
    for adviser, start, end in rows.values_list("adviser", "blocks_from", "blocks_until"):
        found += adviser in latest and latest[adviser] > start
        latest[adviser] = max(end, latest.get(adviser, end))
    return found


def test_it_refuses_outside_development() -> None:
    with pytest.raises(CommandError, match="nur in der Entwicklung"):
        call_command("seed_advice_demo")
    assert not Case.objects.exists()


@pytest.mark.usefixtures("_development")
def test_every_state_is_shown_over_twelve_weeks() -> None:
    assert fill() == (40, [])
    assert set(Case.objects.values_list("state", flat=True)) == set(CaseState.values)
    assert set(Appointment.objects.values_list("state", flat=True)) == set(AppointmentState.values)
    assert set(GroupSession.objects.values_list("state", flat=True)) == {SessionState.CONFIRMED, SessionState.DONE}
    first = Case.objects.order_by("created_at")[0].created_at
    last = Appointment.objects.filter(state=AppointmentState.CONFIRMED).order_by("-starts_at")[0].starts_at
    assert last is not None
    assert first < timezone.now() - timedelta(weeks=10)
    assert last - first > timedelta(weeks=12)
    assert not Case.objects.filter(created_at__gt=timezone.now()).exists()
    assert not Appointment.objects.filter(state=AppointmentState.DONE, ends_at__gt=timezone.now()).exists()
    assert double_bookings() == 0
    assert Adviser.objects.filter(external=False, hours__isnull=False).distinct().count() == 4


@pytest.mark.usefixtures("_development")
def test_one_session_is_full_and_three_wait() -> None:
    fill()
    full = GroupSession.objects.get(title="Sprechstunde Registermodernisierung")
    assert full.starts_at > timezone.now()
    assert full.seats.count() == full.capacity
    assert full.waiting.filter(state=WaitingState.WAITING).count() == 3


@pytest.mark.usefixtures("_development")
def test_every_login_has_something_to_look_at() -> None:
    fill()
    member = User.objects.get(email=demo.MEMBER.email)
    assert Case.objects.filter(requester=member).count() >= 5
    outside = Adviser.objects.get(user__email=demo.EXTERNAL.email)
    assert outside.external
    assert Case.objects.filter(lead=outside).count() == 1
    assert CaseTask.objects.filter(done_at=None, due_on__lt=timezone.localdate()).exists()
    assert Case.objects.filter(answer_due__lt=timezone.localdate(), state=CaseState.RECEIVED).exists()
    logins = [
        person for person in User.objects.filter(groups__name="Beratung") if person.check_password(demo.PASSWORD)
    ]
    assert len(logins) == 4


@pytest.mark.usefixtures("_development")
def test_nobody_and_no_address_is_real() -> None:
    fill()
    assert {person.email.rpartition("@")[2] for person in User.objects.all()} == {demo.DOMAIN}
    assert {person.first_name.split()[0] for person in User.objects.all()} == {"Demo"}


@pytest.mark.usefixtures("_development")
def test_history_and_log_are_of_the_day_they_tell_of() -> None:
    fill()
    case = Case.objects.get(subject__startswith="Online-Terminvergabe")
    steps = list(case.events.values_list("action", "at"))
    assert [action for action, _ in steps][:3] == ["case.receive", "case.assign", "case.start"]
    assert [at for _, at in steps] == sorted(at for _, at in steps)
    assert steps[0][1] == case.created_at
    assert case.ended_at == steps[-1][1]
    log = AuditEntry.objects.filter(action="case.close", object_id=str(case.pk)).get()
    assert log.at == case.ended_at


@pytest.mark.usefixtures("_development", "mails_by_outbox")
def test_nobody_gets_mails_of_weeks_ago() -> None:
    fill()
    assert not OutboxMessage.objects.filter(created_at__lt=timezone.now() - timedelta(days=4)).exists()


@pytest.mark.usefixtures("_development")
def test_again_nothing_is_doubled_and_nothing_lost() -> None:
    fill()
    Case.objects.filter(subject__startswith="Bürgerkonto").update(reason="Eigene Änderung")
    adviser = Adviser.objects.get(user__email=f"beratung-mitte@{demo.DOMAIN}")
    adviser.hours.all().delete()
    before = Counter({model: model._default_manager.count() for model in ROWS})
    for days in (0, 40):
        with time_machine.travel(make.NOW + timedelta(days=days), tick=False):
            assert fill() == (0, [])
            assert Counter({model: model._default_manager.count() for model in ROWS}) == before
    assert Case.objects.get(subject__startswith="Bürgerkonto").reason == "Eigene Änderung"


@pytest.mark.usefixtures("_development")
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 27, 22, 30, tzinfo=UTC),  # a Sunday night between holidays
        datetime(2027, 1, 4, 5, 0, tzinfo=UTC),
        datetime(2027, 4, 6, 11, 0, tzinfo=UTC),  # the day after Easter, clocks have gone forward
        datetime(2027, 10, 30, 12, 0, tzinfo=UTC),  # the day before they go back
    ],
)
def test_it_works_on_any_day(now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        assert fill() == (40, [])
        assert double_bookings() == 0


@pytest.mark.usefixtures("_development")
def test_a_format_that_is_not_offered_leaves_out_its_cases_and_says_so() -> None:
    from consultations.models import Format

    Format.objects.filter(key="vor-ort").update(active=False)
    out, err = StringIO(), StringIO()
    call_command("seed_advice_demo", stdout=out, stderr=err)
    assert "38 erfundene Vorgänge neu" in out.getvalue()
    assert "Das Format „vor-ort“ wird nicht angeboten." in err.getvalue()
