from __future__ import annotations

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.roles import ROLES
from tests.people import PASSWORD, SECRET, PortalClient, add_totp, make_user

pytestmark = pytest.mark.django_db
SET_UP = "/konto/zweiter-faktor/"
PATHS = [
    "/", "/cms/", "/cms/pages/", "/cms/api/main/pages/", "/cms/account/", "/cms/users/", "/dokumente/1/a.pdf",
    "/konto/", "/konto/passwort/", "/konto/sitzungen/", "/suche/", "/cms/pages/2/edit/preview/",
    "/cms/zweiter-faktor/", "/konto/zweiter-faktor/schluessel/", "/cms/jsi18n/", "/gibt-es-nicht/",
]  # fmt: skip


def by_password(user: User) -> Client:
    client = Client()
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.mark.parametrize("role", list(ROLES))
def test_every_role_is_kept_on_the_set_up_pages(role: str) -> None:
    client = by_password(make_user("neu@kkv.example", role=role))
    for path in PATHS:
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (302, SET_UP), path
        assert client.post(path, {"title": "x"}).status_code == 403, path
    assert client.get(SET_UP).status_code == 200
    assert client.get("/konto/zweiter-faktor/app/").status_code in {200, 302}


def test_superusers_and_whoever_may_enter_the_admin_need_one_too() -> None:
    own = Group.objects.create(name="Eigene Gruppe")
    own.permissions.add(Permission.objects.get(codename="access_admin"))
    visitor, root = make_user("gast@kkv.example"), make_user("root@kkv.example", is_superuser=True)
    visitor.groups.add(own)
    for user in (visitor, root):
        assert by_password(user).get("/cms/").headers["Location"] == SET_UP


def test_municipalities_may_do_without() -> None:
    client = by_password(make_user())
    assert client.get("/konto/").status_code == 200
    assert client.get("/cms/").status_code == 403


def test_a_session_from_before_the_factor_is_ended() -> None:
    """Somebody with a stolen password may not sit on the set-up pages of an account that has a factor."""
    user = make_user("neu@kkv.example", role="Redaktion")
    early = by_password(user)
    assert early.get(SET_UP).status_code == 200
    add_totp(user)
    for path in (SET_UP, "/konto/zweiter-faktor/app/", "/cms/"):
        early = by_password(user) if "_auth_user_id" not in early.session else early
        answer = early.get(path)
        assert answer.headers["Location"].startswith("/konto/anmelden/"), path
        assert "_auth_user_id" not in early.session


def test_a_municipality_that_becomes_staff_sets_up_a_factor_at_once() -> None:
    user = make_user()
    client = by_password(user)
    assert client.get("/konto/").status_code == 200
    user.groups.add(Group.objects.get(name="Beratung"))
    assert client.get("/konto/").headers["Location"] == SET_UP


def test_health_and_logout_stay_open() -> None:
    client = by_password(make_user("neu@kkv.example", role="Redaktion"))
    for name in ("healthz", "robots"):
        try:
            address = reverse(name)
        except Exception:  # noqa: S112 - built by another part
            continue
        assert client.get(address).status_code == 200
    assert client.post("/konto/abmelden/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_last_factor_of_staff_stays_and_municipalities_may_remove_theirs() -> None:
    staff, member = make_user("neu@kkv.example", role="Redaktion"), make_user()
    for user, allowed in ((staff, False), (member, True)):
        factor = add_totp(user)
        assert get_adapter().can_delete_authenticator(factor) is allowed
    second = Authenticator.objects.create(user=staff, type=Authenticator.Type.WEBAUTHN, data={"name": "Schlüssel"})
    assert get_adapter().can_delete_authenticator(second)
    assert get_adapter().can_delete_authenticator(Authenticator.objects.get(user=staff, type="totp"))


def test_recovery_codes_open_the_door_once() -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    user = make_user("neu@kkv.example", role="Redaktion", factor=True)
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for expected in (302, 200):
        client = by_password(user)
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == expected
    assert AUTHENTICATION_METHODS_SESSION_KEY in client.session


def test_secrets_survive_a_change_of_the_secret_key(settings: pytest.FixtureRequest) -> None:
    stored = get_adapter().encrypt(SECRET)
    old = settings.SECRET_KEY  # type: ignore[attr-defined]
    settings.SECRET_KEY = "ein-neuer-geheimer-schluessel-0123456789"  # type: ignore[attr-defined]
    settings.SECRET_KEY_FALLBACKS = [old]  # type: ignore[attr-defined]
    assert get_adapter().decrypt(stored) == SECRET


def test_ending_sessions_reaches_all_of_them() -> None:
    from portal.accounts.services import end_sessions

    user = make_user("neu@kkv.example", role="Redaktion", factor=True)
    first, second = PortalClient(), PortalClient()
    for client in (first, second):
        client.force_login(user)
        assert client.get("/cms/").status_code == 200
    end_sessions(user=user)
    for client in (first, second):
        assert client.get("/cms/").headers["Location"].startswith("/konto/anmelden/")
