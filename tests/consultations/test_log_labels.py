"""The admin's log names no adviser and no days."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.apps import apps
from wagtail.models import ModelLogEntry

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
