"""Logins in the append-only log: who came in or did not, by number alone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts import entries
from portal.core import audit_labels
from portal.core.models import AuditEntry
from portal.core.screens.audit import action_label
from tests.people import PASSWORD, make_user, totp_code

pytestmark = pytest.mark.django_db
LOGIN = "/konto/anmelden/"


def rows(action: str) -> list[tuple[int | None, str, str, dict[str, object]]]:
    found = AuditEntry.objects.filter(action=action).order_by("pk")
    return list(found.values_list("actor", "object_type", "object_id", "detail"))


def test_a_login_is_one_row_with_the_number_of_the_account() -> None:
    user = make_user()
    Client().post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert rows("accounts.login") == [(user.pk, "accounts.user", str(user.pk), {})]


def test_it_is_written_when_the_second_factor_is_shown_and_a_wrong_one_too() -> None:
    user, client, code = make_user(role="Redaktion", factor=True), Client(), reverse("mfa_authenticate")
    client.post(LOGIN, {"login": user.email, "password": PASSWORD})
    assert rows("accounts.login") == []
    client.post(code, {"code": "000000"})
    assert rows("accounts.factor_failed") == [(None, "accounts.user", str(user.pk), {})]
    client.post(code, {"code": totp_code()})
    assert rows("accounts.login") == [(user.pk, "accounts.user", str(user.pk), {})]


def test_a_wrong_password_leaves_nothing_that_tells_who_has_an_account() -> None:
    user = make_user()
    before = AuditEntry.objects.count()
    for address in (user.email, "niemand@stadt.example"):
        Client().post(LOGIN, {"login": address, "password": "falsch"})
    assert AuditEntry.objects.count() == before


def test_the_screen_names_them_in_german() -> None:
    assert [action_label(code) for code in entries.ACTIONS] == list(entries.ACTIONS.values())
    assert audit_labels.detail_text({"reason": "closed"}) == "Grund: Konto geschlossen"
