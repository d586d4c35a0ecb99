"""Contacts of Praxisberichte: shown while the consent holds, and gone everywhere when it ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Revision
from wagtail.test.utils.form_data import inline_formset

from knowledge.models import ArticlePage, FieldReport
from knowledge.models.report import WITHDRAWN
from knowledge.reports import services
from portal.accounts.belongings import held_by
from portal.accounts.leaving import hand_over_and_deactivate
from portal.core.models import AuditEntry
from tests import factories
from tests.forms import editor_data
from tests.knowledge import field_report_room as room
from tests.people import PortalClient, make_user, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Any:
    return room.member()


def test_a_contact_ends_with_its_day_in_every_revision() -> None:
    page, kept = room.report(**room.contact()), room.report(title="Noch ein Bericht", **room.contact(60))
    FieldReport.objects.filter(page=page).update(contact_until=timezone.localdate() - timedelta(days=1))
    for revision in page.revisions.all():
        content = revision.content
        content["field_reports"][0]["contact_until"] = (timezone.localdate() - timedelta(days=1)).isoformat()
        Revision.objects.filter(pk=revision.pk).update(content=content)
    assert "muster@example.org" not in Client().get(page.url).content.decode()
    assert services.forget_expired() == "1 abgelaufene Kontakte gelöscht"
    assert services.forget_expired() == ""
    stored = [row["contact_email"] for rev in page.revisions.all() for row in rev.content["field_reports"]]
    assert stored
    assert not any(stored)
    assert FieldReport.objects.get(page=page).contact_name == ""
    assert FieldReport.objects.get(page=kept).contact_name == "Erika Muster"


def test_a_consent_is_withdrawn_at_once_by_who_gave_it_alone(member: Any) -> None:
    room.client_of(member).post(room.FORM, room.with_contact())
    report = FieldReport.objects.get()
    address = f"/praxisberichte/meine/{report.page_id}/widerrufen/"
    assert room.client_of(factories.member("andere@example.org")).post(address).status_code == 404
    client = room.client_of(member)
    assert "Einwilligung widerrufen" in client.get("/praxisberichte/meine/").content.decode()
    for _ in range(2):
        assert client.post(address).status_code == 302
    report.refresh_from_db()
    assert (report.contact_name, report.contact_email, report.contact_consent) == ("", "", False)
    assert "muster@example.org" not in str(report.page.latest_revision.content)


def test_a_contact_ends_with_the_account_of_who_gave_it(member: Any) -> None:
    room.client_of(member).post(room.FORM, room.with_contact())
    report = FieldReport.objects.get()
    admin = make_user("admin@kkv.example", role="Administration")
    client = signed_in(admin)
    form = client.get(reverse("accounts_hand_over", args=[member.pk])).content.decode()
    assert "Kontakt an Praxisberichten: 1" in form
    assert "Niemand, das endet mit dem Konto" in form
    with pytest.raises(ValidationError):
        hand_over_and_deactivate(person=member, successors={"report_contacts": admin}, by=admin)
    assert FieldReport.objects.get().contact_email == "muster@example.org"
    answer = client.post(reverse("accounts_hand_over", args=[member.pk]), {"ok": "1"})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.contact_name, report.contact_email, report.contact_consent) == ("", "", False)
    assert "muster@example.org" not in str(report.page.latest_revision.content)
    assert held_by(member) == []


def test_the_centre_deletes_a_contact_without_a_release(client: Client) -> None:
    page = room.report(**room.contact())
    address = f"/cms/praxisberichte/{page.pk}/kontakt/"
    client.force_login(factories.staff())
    assert "Kontakt sofort löschen" in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    assert "lässt sich nicht rückgängig machen" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    assert FieldReport.objects.get(page=page).contact_email == ""
    assert "muster@example.org" not in Client().get(page.url).content.decode()
    assert AuditEntry.objects.filter(action=services.FORGOTTEN, object_id=str(page.pk)).exists()
    assert "Kontakt sofort löschen" not in client.get(f"/cms/pages/{page.pk}/edit/").content.decode()
    client.force_login(factories.member())
    assert client.post(address).status_code in {302, 403}


def test_a_withdrawn_contact_is_gone_in_aliases_and_stands_in_no_copy(member: Any) -> None:
    page = room.report(**room.contact())
    page.save_revision().publish()
    alias = page.create_alias(parent=factories.topic("Zweitort"), update_slug="zweitort")
    copied = page.copy(to=factories.topic("Kopie"), update_attrs={"slug": "kopie"}, user=factories.staff())
    reader = PortalClient()
    reader.force_login(member)
    assert "muster@example.org" in reader.get(alias.url).content.decode()
    assert not copied.field_reports.exists()
    assert "muster@example.org" not in json.dumps([row.content for row in copied.revisions.all()])
    services.remove_contact(page=ArticlePage.objects.get(pk=page.pk))
    assert "muster@example.org" not in reader.get(alias.url).content.decode()
    assert not FieldReport.objects.exclude(contact_email="").exists()


def test_a_form_opened_before_a_withdrawal_puts_nothing_back(client: Client) -> None:
    user = factories.staff()
    page = room.report(**room.contact())
    client.force_login(user)
    report = FieldReport.objects.get(page=page)
    row = {
        "id": report.pk, "municipality": report.municipality_id,
        "size_class": "", "product": "Dienst", "effort_days": 3, **{**room.contact(), "contact_consent": "on"},
    }  # fmt: skip
    data = editor_data(page, user, kind=room.REPORT, field_reports=inline_formset([row], initial=1))
    address = f"/cms/pages/{page.pk}/edit/"
    assert client.post(address, data).status_code == 302
    services.remove_contact(page=page)
    response = client.post(address, data)
    assert response.status_code == 200
    assert WITHDRAWN in response.content.decode()
    assert "muster@example.org" not in str([revision.content for revision in page.revisions.all()])


def test_an_ended_contact_leaves_in_no_file(tmp_path: Any) -> None:
    page = room.report(**room.contact())
    FieldReport.objects.update(contact_until=timezone.localdate() - timedelta(days=1))
    call_command("export_content", str(tmp_path), verbosity=0)
    file = next(file for file in tmp_path.rglob("*.md") if file.stem == page.slug)
    assert "muster@example.org" not in file.read_text()


def test_a_file_written_before_the_consent_ended_is_read_without_the_contact(tmp_path: Any) -> None:
    page = room.report(**room.contact())
    page.save_revision().publish()
    call_command("export_content", str(tmp_path), verbosity=0)
    later = timezone.now() + timedelta(days=4 * 366)
    with time_machine.travel(later, tick=False):
        services.forget_expired()
        call_command("import_content", str(tmp_path), verbosity=0)
    assert FieldReport.objects.get(page=page).contact_email == ""
