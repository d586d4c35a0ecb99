"""Rules of retention one by one: what each removes, what it leaves, and that no figure changes by it."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine

from consultations.models import Absence, Adviser, Allocation, Closure, DateOverride, WeeklyHours
from consultations.privacy import retention
from consultations.privacy.table import SHIPPED, table
from consultations.services import groups
from consultations.statistics import periods, reading, tables
from portal.core import work, work_answers
from portal.core.models import WorkEvent, WorkItem, WorkReport
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday")]


def after(days: int) -> Any:
    return time_machine.travel(make.NOW + timedelta(days=days), tick=False)


def days_of(rule: str) -> int:
    return table().periods()[rule]


def test_days_and_hours_of_before_go_and_those_of_now_stay() -> None:
    adviser = desk.adviser_with_role("Größe", hours=(9, 17))
    today = make.NOW.date()
    WeeklyHours.objects.filter(adviser=adviser).update(valid_until=today)
    WeeklyHours.objects.create(
        adviser=adviser, weekday=2, starts=time(9), ends=time(12), valid_from=today + timedelta(days=1)
    )
    for day in (today, today + timedelta(days=400)):
        DateOverride.objects.create(adviser=adviser, day=day)
    with after(days_of("overrides")):
        retention.run()
        assert (DateOverride.objects.count(), WeeklyHours.objects.count()) == (2, 6), "to the day"
    with after(days_of("overrides") + 1):
        retention.run()
    assert [row.day for row in DateOverride.objects.all()] == [today + timedelta(days=400)]
    assert [row.valid_until for row in WeeklyHours.objects.all()] == [None]


def test_who_led_a_session_is_forgotten_and_the_session_stays() -> None:
    adviser = desk.adviser_with_role("Größe")
    wanted = make.placement(make.group_form(), make.on(1), adviser, place="video")
    session = groups.plan(placement=wanted, title="Sprechstunde", by=None)
    with after(days_of("session_parts")):
        retention.run()
        assert Allocation.objects.count() == 1
    with after(days_of("session_parts") + 2):
        retention.run()
    assert not Allocation.objects.exists()
    session.refresh_from_db()
    assert session.title == "Sprechstunde"


def test_what_was_reported_and_answered_is_emptied_long_after_the_task() -> None:
    item = work.open_item(kind="feedback", title="Rückmeldung", team="Redaktion")
    other = work.open_item(kind="feedback", title="Noch offen", team="Redaktion")
    for row in (item, other):
        work.add_report(item=row, text="Die Frist stimmt nicht.", reason="Falsch", reply_to="frau.alt@ort.example")
    work_answers.send_answer(item=item, actor=make_user("r@kkv.example"), text="Guten Tag Frau Alt, danke.")
    with after(days_of("reports") - 1):
        retention.run()
        item.refresh_from_db()
        assert (item.answer, item.reports.get().text) == ("Guten Tag Frau Alt, danke.", "Die Frist stimmt nicht.")
    with after(days_of("reports") + 1):
        retention.run()
        assert retention.trial()[-1].number == 0
    item.refresh_from_db()
    assert (item.answer, item.answered_at, item.state) == ("", None, WorkItem.State.DONE)
    report = WorkReport.objects.get(item=item)
    assert (report.text, report.reason, report.reply_to) == ("", "", "")
    event = item.events.get(kind=WorkEvent.Kind.ANSWERED)
    assert (event.text, event.new) == ("", "1"), "that there was an answer stays"
    assert other.reports.get().text == "Die Frist stimmt nicht."


# -- the utilisation ----------------------------------------------------------------------------------------------


@pytest.fixture
def team() -> list[Adviser]:
    """Three people with other hours since October 2027, and absences in November."""
    Closure.objects.all().delete()
    people = [desk.adviser_with_role(name, hours=(9, 17)) for name in ("Anna", "Bernd", "Chris")]
    for adviser in people:
        rows = WeeklyHours.objects.filter(adviser=adviser)
        days = [row.weekday for row in rows]
        rows.update(valid_until=date(2027, 9, 30))
        WeeklyHours.objects.bulk_create(
            WeeklyHours(adviser=adviser, weekday=day, starts=time(9), ends=time(12), valid_from=date(2027, 10, 1))
            for day in days
        )
        Absence.objects.create(adviser=adviser, first_day=date(2027, 11, 1), last_day=date(2027, 11, 30))
    return people


def utilisation() -> tables.Table:
    found = tables.build(reading.read(periods.year(2027)), whole=True)
    return next(table for table in found if table.key == "auslastung")


@pytest.mark.usefixtures("team")
def test_the_utilisation_of_a_year_stays_or_is_not_shown() -> None:
    with time_machine.travel(make.local(date(2028, 12, 31), 12), tick=False):
        before = utilisation()
        assert before.rows
        retention.run()
        assert utilisation() == before
    with time_machine.travel(make.local(date(2029, 1, 1), 12), tick=False):
        assert utilisation().rows == ()
        assert "nach 730 Tagen gelöscht" in utilisation().note


@pytest.mark.usefixtures("team")
def test_a_table_that_keeps_hours_for_less_shows_less(settings: Any, tmp_path: Any) -> None:
    short = tmp_path / "tabelle.toml"
    short.write_text(SHIPPED.read_text(encoding="utf-8").replace("days = 730", "days = 60"), encoding="utf-8")
    settings.PROCESSING_FILE = short
    person = Adviser.objects.earliest("pk")
    with time_machine.travel(make.local(date(2027, 6, 9), 12), tick=False):
        assert utilisation().rows == ()
        page = signed_in(make.user_of(person)).get("/cms/beratung/meine-zahlen/")
    assert "Die Zeiten dieses Jahres sind nicht mehr vollständig" in page.content.decode()
