"""The admin's log names no adviser and no days; former hours and group dates go after their time."""

from __future__ import annotations

from datetime import date, time, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from wagtail.models import ModelLogEntry

from consultations.models import Adviser, Allocation, DateOverride, WeeklyHours
from consultations.privacy import retention
from consultations.services import groups
from portal.core import work
from portal.core.models import WorkItem
from tests.factories import calendar, desk
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def test_an_absence_entered_in_the_admin_is_called_by_its_number(settings: Any) -> None:
    settings.CONSULTATIONS_OPEN = True
    with time_machine.travel(calendar.NOW, tick=False):
        lead = desk.adviser_with_role("Zauber")
        client = signed_in(desk.person("Koordination", "ko@kkv.example"))
        data = {"adviser": lead.pk, "first_day": "04.03.2027", "last_day": "10.03.2027"}
        assert client.post("/cms/beratung/abwesenheiten/new/", data).status_code == 302
    (row,) = lead.absences.all()
    entry = ModelLogEntry.objects.get(object_id=str(row.pk), action="wagtail.create")
    assert entry.label == f"Abwesenheit {row.pk}"
    assert not ModelLogEntry.objects.filter(label__contains="Zauber").exclude(content_type__model="user").exists()


def test_old_entries_lose_their_names() -> None:
    lead = calendar.adviser("Zauber")
    entry = ModelLogEntry.objects.log_action(lead, "wagtail.edit")
    ModelLogEntry.objects.filter(pk=entry.pk).update(label="Berta Zauber")
    migration = import_module("consultations.migrations.0088_log_without_names")
    migration.take_names_off(apps, None)
    entry.refresh_from_db()
    assert entry.label == f"Beratende Person {lead.pk}"


def test_former_hours_days_and_group_dates_go_after_their_time(settings: Any) -> None:
    settings.HOLIDAYS = ""
    with time_machine.travel(calendar.NOW, tick=False):
        lead = calendar.adviser("Zauber")
        DateOverride.objects.create(adviser=lead, day=date(2027, 3, 4))
        WeeklyHours.objects.create(
            adviser=lead, weekday=5, starts=time(9), ends=time(12), valid_until=date(2027, 3, 6)
        )
        wanted = calendar.placement(calendar.group_form(), calendar.on(2), lead, place="video", by_centre=True)
        groups.plan(placement=wanted, title="Runde", by=None)
    with time_machine.travel(calendar.NOW + timedelta(days=400), tick=False):
        assert "Abweichende Tage: 1; Frühere Wochenzeiten: 1" in retention.run()
    assert Allocation.objects.filter(session__isnull=False).count() == 1
    assert WeeklyHours.objects.filter(adviser=lead).count() == 5, "what is in force stays"
    with time_machine.travel(calendar.NOW + timedelta(days=1200), tick=False):
        assert "Einsätze in Gruppenterminen: 1" in retention.run()
    assert not Allocation.objects.filter(session__isnull=False).exists()
    assert Adviser.objects.filter(pk=lead.pk).exists()


def test_what_was_reported_is_emptied_after_its_time() -> None:
    with time_machine.travel(calendar.NOW, tick=False):
        item = work.open_item(kind="barrier", dedupe_key="x", title="Barriere: Suche", source="Test")
        report = work.add_report(item=item, text="Die Tabelle ist nicht zu lesen", reply_to="wer@ort.example")
        WorkItem.objects.filter(pk=item.pk).update(state=WorkItem.State.DONE, closed_at=calendar.NOW)
    with time_machine.travel(calendar.NOW + timedelta(days=1090), tick=False):
        retention.run()
    report.refresh_from_db()
    assert report.text
    with time_machine.travel(calendar.NOW + timedelta(days=1100), tick=False):
        assert "Meldungen und Rückmeldungen: 1" in retention.run()
        assert "Meldungen" not in retention.run()
    report.refresh_from_db()
    assert (report.text, report.reply_to) == ("", "")
