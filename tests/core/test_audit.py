"""The log takes ids of publishing, rights and settings; no row changes, and none leaves before its time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import log

from portal.accounts import belongings
from portal.accounts.roles import sync_roles
from portal.core import appendonly, audit, audit_labels
from portal.core.audit_sources import RIGHTS
from portal.core.models import AuditEntry, ExpertVote, SiteNotice
from tests.factories import content
from tests.people import make_user

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    """Everything logged, without what setting the roles up has logged."""
    entries = AuditEntry.objects.exclude(object_type="auth.group").order_by("pk")
    return list(entries.values_list("action", flat=True))


def refused(change: Any) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()


def aged(days: int) -> AuditEntry:
    """Put in a row as it would be after some days; the triggers only look at changes."""
    entry = AuditEntry(action="test.old", at=timezone.now() - timedelta(days=days))
    field = AuditEntry._meta.get_field("at")
    field.auto_now_add = False
    try:
        entry.save()
    finally:
        field.auto_now_add = True
    return entry


def test_no_row_is_changed_or_leaves_early() -> None:
    entry = audit.record("test", subject=None, number=1)
    refused(lambda: AuditEntry.objects.filter(pk=entry.pk).update(action="other"))
    refused(lambda: AuditEntry.objects.filter(pk=entry.pk).delete())
    assert actions() == ["test"]


def test_an_old_row_leaves_by_the_job_alone_and_a_young_one_not_even_so() -> None:
    old, young = aged(1100), audit.record("test.young")
    refused(lambda: AuditEntry.objects.filter(pk=old.pk).delete())
    with appendonly.retention():
        refused(lambda: AuditEntry.objects.filter(pk=young.pk).delete())
    refused(lambda: AuditEntry.objects.filter(pk=old.pk).delete())
    assert actions() == ["test.old", "test.young"]
    with appendonly.retention():
        AuditEntry.objects.filter(pk=old.pk).delete()
    assert actions() == ["test.young"]


def test_the_table_is_not_emptied_or_overwritten_by_other_statements() -> None:
    entry = audit.record("test")
    statements = (
        [
            "DELETE FROM core_auditentry",
            "INSERT OR REPLACE INTO core_auditentry SELECT * FROM core_auditentry",
        ]
        if connection.vendor == "sqlite"
        else ["TRUNCATE core_auditentry", "TRUNCATE core_auditentry RESTART IDENTITY CASCADE"]
    )
    for statement in statements:
        refused(lambda sql=statement: connection.cursor().execute(sql))
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


def test_the_retention_job_deletes_what_is_old_and_says_so(settings: Any) -> None:
    aged(1100)
    aged(400)
    assert audit.shorten() == "1 Einträge nach 1095 Tagen gelöscht"
    assert actions() == ["test.old", "audit.shortened"]
    settings.AUDIT_KEEP_DAYS = 1
    assert audit.shorten() == "1 Einträge nach 366 Tagen gelöscht"
    assert audit.shorten() == ""
    assert actions() == ["audit.shortened", "audit.shortened"]


def test_the_triggers_are_there_and_come_back_after_a_migration() -> None:
    assert appendonly.present_triggers() == appendonly.names()
    suffix = "" if connection.vendor == "sqlite" else f" ON {appendonly.TABLE}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {appendonly.TABLE}_no_update{suffix}")
        cursor.execute(f"DROP TRIGGER {appendonly.TABLE}_no_delete{suffix}")
        if connection.vendor == "sqlite":  # the trigger of an earlier version, which a migration has to replace
            cursor.execute(
                f"CREATE TRIGGER {appendonly.TABLE}_no_early_delete BEFORE DELETE ON {appendonly.TABLE} "
                "WHEN OLD.at > datetime('now') BEGIN SELECT RAISE(ABORT, 'early'); END"
            )
    assert [message.id for message in run_checks(databases=["default"])].count("portal.E004") == 1
    appendonly.create_triggers()
    assert appendonly.present_triggers() == appendonly.names()
    refused(lambda: AuditEntry.objects.filter(pk=aged(500).pk).delete())


def test_rights_of_people_are_logged_by_ids() -> None:
    sync_roles()
    person = make_user("anna@gemeinde.example")
    group = Group.objects.get(name="Redaktion")
    person.groups.add(group)
    person.groups.remove(group)
    person.is_active = False
    person.save()
    entries = AuditEntry.objects.filter(object_type="accounts.user").order_by("pk")
    assert [(entry.action, entry.object_id) for entry in entries] == [
        ("rights.groups_add", str(person.pk)),
        ("rights.groups_remove", str(person.pk)),
        ("rights.account", str(person.pk)),
    ]
    assert entries[0].detail == {"ids": [group.pk]}
    assert entries[2].detail == {"is_active": False}


def test_rights_given_from_the_group_s_side_and_new_superusers_are_logged() -> None:
    user = make_user("anna@gemeinde.example")
    group = Group.objects.get(name="Redaktion")
    group.user_set.add(user)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.object_type, entry.detail) == (
        "rights.groups_of_add",
        "auth.group",
        {"ids": [user.pk]},
    )
    made = type(user).objects.create_superuser("alles@kkv.example", "x")
    entry = AuditEntry.objects.get(action="rights.account", object_id=str(made.pk))
    assert entry.detail == {"is_superuser": True}


def test_rights_taken_all_at_once_are_logged() -> None:
    user, group = make_user("anna@gemeinde.example"), Group.objects.create(name="Eigene")
    right = Permission.objects.order_by("pk")[0]
    user.groups.add(group)
    group.permissions.add(right)
    before = AuditEntry.objects.latest("pk").pk
    user.groups.clear()
    group.permissions.clear()
    user.groups.clear()
    group.user_set.add(user)
    group.user_set.clear()
    found = AuditEntry.objects.filter(pk__gt=before).order_by("pk")
    assert [(entry.action, entry.object_id, entry.detail["ids"]) for entry in found] == [
        ("rights.groups_remove", str(user.pk), [group.pk]),
        ("rights.permissions_remove", str(group.pk), [right.pk]),
        ("rights.groups_of_add", str(group.pk), [user.pk]),
        ("rights.groups_of_remove", str(group.pk), [user.pk]),
    ]


def test_logging_in_is_no_change_of_rights(client: Client) -> None:
    client.force_login(make_user(role="Redaktion"))
    assert "rights.account" not in actions()


def test_publishing_is_mirrored_without_texts_and_drafts_are_not() -> None:
    page = content.article("Geheime Größe")
    editor = make_user(role="Redaktion")
    count = AuditEntry.objects.count()
    log(instance=page, action="wagtail.edit", user=editor)
    log(instance=page, action="wagtail.rename", user=editor, data={"title": {"old": "a", "new": "b"}})
    assert AuditEntry.objects.count() == count
    log(instance=page, action="wagtail.publish", user=editor)
    log(instance=page, action="wagtail.unpublish", user=editor)
    log(instance=page, action="wagtail.view_restriction.create", user=editor, data={"restriction": {"title": "x"}})
    entries = list(AuditEntry.objects.order_by("pk"))[count:]
    assert [entry.action for entry in entries] == [
        "wagtail.publish", "wagtail.unpublish", "wagtail.view_restriction.create",
    ]  # fmt: skip
    assert {(entry.actor, entry.object_id) for entry in entries} == {(editor.pk, str(page.pk))}
    assert "Größe" not in str([vars(entry) for entry in entries])


def test_settings_are_logged(client: Client) -> None:
    administrator = make_user(role="Administration", factor=True)
    client.force_login(administrator)
    response = client.get("/cms/settings/core/sitenotice/", follow=True)
    address = response.redirect_chain[-1][0] if response.redirect_chain else "/cms/settings/core/sitenotice/"
    client.post(address, {"active": "on", "level": "info", "title": "Wartung", "text": ""})
    assert SiteNotice.objects.filter(active=True).exists()
    entry = AuditEntry.objects.filter(object_type="core.sitenotice").get()
    assert (entry.action, entry.actor) == ("wagtail.edit", administrator.pk)


def test_administrators_read_the_log_and_nobody_else(client: Client) -> None:
    entry = audit.record("rights.account", actor=make_user("anna@gemeinde.example"), is_active=False)
    client.force_login(make_user("a@centre.example", role="Administration"))
    shown = client.get("/cms/betrieb/protokoll/").content.decode()
    assert "aktiv: nein" in shown
    assert f"Jörg Müßig ({entry.actor})" in shown
    assert client.get("/cms/betrieb/protokoll/?export=csv").status_code == 200
    for number, role in enumerate(("Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung")):
        client.force_login(make_user(f"p{number}@centre.example", role=role))
        assert client.get("/cms/betrieb/protokoll/").status_code in (302, 403)


def test_the_log_costs_the_same_however_long_it_is(client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(make_user("a@centre.example", role="Administration"))
    for number in range(60):
        audit.record("test", number=number)
    client.get("/cms/betrieb/protokoll/")
    with django_assert_max_num_queries(15):
        client.get("/cms/betrieb/protokoll/")


def test_migrating_again_changes_no_right() -> None:
    sync_roles()
    count = AuditEntry.objects.count()
    sync_roles()
    call_command("check")
    assert AuditEntry.objects.count() == count


def test_every_action_in_the_code_has_a_german_name() -> None:
    root = Path(__file__).resolve().parents[2]
    calls = re.compile(r"""audit\.record\(\s*f?"([a-z_.]+)["{]""")
    files = [
        path
        for app in ("portal", "knowledge", "faq", "consultations", "search")
        for path in (root / app).rglob("*.py")
    ]
    found = {name for path in files for name in calls.findall(path.read_text()) if not name.endswith(".")}
    assert len(found) > 10
    assert {name for name in found if audit.label(name) == name} == set()


def _details(call: ast.Call) -> Iterator[str]:
    """Yield the names of what a call of `audit.record` or `audit.write` keeps beside the action."""
    for keyword in call.keywords:
        if keyword.arg == "detail":
            yield from (str(key.value) for key in ast.walk(keyword.value) if isinstance(key, ast.Constant))
        elif keyword.arg not in {None, "actor", "subject", "actor_id", "object_type", "object_id"}:
            yield str(keyword.arg)


def test_every_detail_in_the_code_has_a_german_name() -> None:
    root = Path(__file__).resolve().parents[2]
    found = set(RIGHTS)
    for app in ("portal", "knowledge", "faq", "consultations", "search"):
        for path in (root / app).rglob("*.py"):
            source = path.read_text()
            for call in ast.walk(ast.parse(source)) if "audit." in source else ():
                if isinstance(call, ast.Call) and ast.unparse(call.func) in {"audit.record", "audit.write"}:
                    found |= set(_details(call))
    assert {"vote", "municipality", "invitation", "revision"} <= found
    assert found - set(audit_labels.DETAILS) == set()


def test_codes_in_details_are_shown_in_german() -> None:
    for choice in ExpertVote.Choice:
        assert audit_labels.detail_text({"vote": choice.value}) == f"Votum: {choice.label}"
    for kind in belongings.all_kinds():
        assert kind.name not in audit_labels.detail_text({"moved": {kind.name: 2}}).split()
    said = audit_labels.detail_text({"successors": {"work": 7, "access": None}})
    assert said == "Nachfolge (Konto): offene Aufgaben 7; Verwaltung des Zugangs einer Kommune –"


def test_details_and_objects_are_shown_in_german(client: Client) -> None:
    user = make_user(role="Administration")
    detail = {"moved": {"pages": 2}, "is_active": False, "ids": [3, 4], "revision": None, "eigen": "x"}
    audit.record("rights.account", subject=user, **detail)
    client.force_login(user)
    page = client.get(reverse("core_audit")).content.decode()
    assert f"Konto {user.pk}" in page
    for words in (
        "übergeben: Seiten (verantwortlich oder Vertretung) 2",
        "aktiv: nein",
        "Nummern: 3 4",
        "Fassung: –",
        "eigen: x",
    ):
        assert words in page
    assert audit_labels.object_label("weg.dings") == "weg.dings"
