"""The login itself: no way past the second factor, nothing told about accounts, limits, safe logout."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from portal.accounts.models import User
from tests.people import PASSWORD, make_user, totp_code

pytestmark = pytest.mark.django_db
LOGIN = "/konto/anmelden/"
# Every page of the portal that may show a password field, by name of its address.
WITH_PASSWORD = {
    "account_login", "account_signup", "account_reauthenticate", "account_change_password", "account_set_password",
}  # fmt: skip


@pytest.fixture
def editor() -> User:
    return make_user("aenne@kkv.example", role="Redaktion", factor=True)


def log_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> str:
    answer = client.post(LOGIN, {"login": email, "password": password, **extra})
    return str(answer.headers.get("Location", "")) or answer.content.decode()


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_municipality_logs_in_with_its_password() -> None:
    client = Client()
    assert log_in(client, make_user("KOMMUNE@gemeinde.example").email.upper()) == "/konto/"
    assert is_in(client)
    assert client.get("/konto/").status_code == 200


def test_staff_get_in_only_with_the_code(editor: User) -> None:
    client = Client()
    assert log_in(client, editor.email, next="/cms/") == "/konto/zweiter-faktor/pruefen/"
    assert not is_in(client)
    assert client.get("/cms/").status_code == 302
    code = reverse("mfa_authenticate")
    assert "falsch" in client.post(code, {"code": "000000"}).content.decode().lower()
    assert client.post(code, {"code": totp_code()}).headers["Location"] == "/cms/"
    assert client.get("/cms/").status_code == 200


@pytest.mark.parametrize("step", [-1, 0, 1])
def test_a_code_counts_once_in_its_whole_life(editor: User, step: int) -> None:
    code = totp_code(step=step)
    for expected in (True, False):
        client = Client()
        log_in(client, editor.email)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(client) is expected


@pytest.mark.parametrize(
    "path",
    [
        "/cms/login/", "/_util/login/", "/cms/password_reset/", "/cms/password_reset/confirm/MQ/set-password/",
        "/cms/password_reset/done/", "/admin/login/", "/django-admin/login/",
        "/_util/authenticate_with_password/1/1/", "/dokumente/authenticate_with_password/1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_other_login_of_the_software_is_left(editor: User, path: str, method: str) -> None:
    client = Client()
    credentials = {"username": editor.email, "login": editor.email, "email": editor.email, "password": PASSWORD}
    answer = getattr(client, method)(path, credentials)
    assert not is_in(client)
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/konto/")
        return
    assert answer.status_code in {404, 405}


def test_the_other_logins_keep_where_one_wanted_to_go_but_no_foreign_address() -> None:
    client = Client()
    assert client.get("/cms/login/?next=/cms/pages/").headers["Location"] == f"{LOGIN}?next=%2Fcms%2Fpages%2F"
    assert client.get("/_util/login/?next=https://boese.example/").headers["Location"] == LOGIN
    assert client.get("/cms/").headers["Location"] == f"{LOGIN}?next=/cms/"


def _names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, space)
        elif pattern.name and not pattern.pattern.regex.groups:
            yield f"{prefix}{pattern.name}", pattern.name


def _every_plain_address() -> list[tuple[str, str]]:
    found = []
    for full, name in sorted(set(_names(get_resolver().url_patterns))):
        try:
            found.append((name, reverse(full)))
        except Exception:  # noqa: S112 - an address that needs arguments is no plain one
            continue
    return found


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.parametrize("logged_in", [False, True])
def test_every_page_with_a_password_field_is_known(logged_in: bool, client: Client, admin_user: User) -> None:
    """Ask every address without arguments, and send it credentials: nobody is logged in by any of them."""
    if logged_in:
        client.force_login(admin_user)
    staff = make_user("staff@kkv.example", role="Administration", factor=True)
    credentials = {"username": staff.email, "email": staff.email, "password": PASSWORD, "next": "/cms/"}
    addresses = _every_plain_address()
    assert len(addresses) > 60
    for name, address in addresses:
        if name in {"wagtailadmin_error_test", "account_logout", "wagtailadmin_logout", "readyz"}:
            continue
        answer = client.get(address)
        if answer.status_code == 200 and "html" in answer.headers.get("Content-Type", ""):
            has_field = re.search(r'type="password"', answer.content.decode())
            assert not has_field or name in WITH_PASSWORD, address
        if not logged_in:
            client.post(address, credentials)
            assert not is_in(client), address


def test_nothing_tells_whether_an_account_exists(editor: User) -> None:
    def answers(email: str) -> tuple[str, str]:
        client = Client()
        login = re.sub(r"(?s)csrf.*?>|value=\"[^\"]*\"", "", log_in(client, email, "falsches Passwort"))
        reset = client.post(reverse("account_reset_password"), {"email": email})
        return login.replace(email, ""), f"{reset.status_code} {reset.headers['Location']}"

    assert answers(editor.email) == answers("gibtsnicht@kkv.example")


def test_too_many_wrong_passwords_are_stopped_for_everybody(editor: User) -> None:
    for _ in range(5):
        log_in(Client(), editor.email, "falsch")
    page = log_in(Client(), editor.email)
    assert "Zu viele" in page
    assert "zweiter-faktor/pruefen" not in page
    assert settings.CACHES["default"]["BACKEND"].endswith("FileBasedCache")  # shared by all processes


def test_guessing_the_code_is_limited_too(editor: User) -> None:
    client = Client()
    log_in(client, editor.email)
    for _ in range(6):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Zu viele" in answer.content.decode()
    client.post(reverse("mfa_authenticate"), {"code": totp_code()})
    assert not is_in(client)


def test_logging_out_needs_a_post(client: Client, editor: User) -> None:
    client.force_login(editor)
    assert client.get("/konto/abmelden/").status_code == 200
    assert is_in(client)
    client.post("/konto/abmelden/")
    assert not is_in(client)


def test_forms_refuse_foreign_pages(editor: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    for path in (LOGIN, "/konto/passwort/vergessen/", "/konto/abmelden/"):
        assert strict.post(path, {"login": editor.email, "password": PASSWORD}).status_code == 403
    assert not is_in(strict)


def test_an_inactive_account_stays_out_and_its_session_ends(client: Client, editor: User) -> None:
    client.force_login(editor)
    User.objects.filter(pk=editor.pk).update(is_active=False)
    refused = client.get("/cms/")
    assert refused.status_code == 403
    assert "Ihr Konto ist geschlossen" in refused.content.decode()
    other = Client()
    log_in(other, editor.email)
    assert not is_in(other)


def test_signing_up_can_be_closed_and_says_so(client: Client, settings: pytest.FixtureRequest) -> None:
    settings.ACCOUNT_SIGNUP_OPEN = False  # type: ignore[attr-defined]
    page = client.get("/konto/registrieren/").content.decode()
    assert "Kompetenzstelle" in page
    assert "<form" not in page.split("<main", 1)[-1].split("</main", 1)[0] or 'type="password"' not in page
    data = {
        "first_name": "Jörg", "last_name": "Müßig", "email": "neu@gemeinde.example", "password1": PASSWORD,
        "password2": PASSWORD,
    }  # fmt: skip
    client.post("/konto/registrieren/", data)
    assert not User.objects.filter(email="neu@gemeinde.example").exists()


def test_who_is_logged_in_and_refused_is_told_so() -> None:
    """The login sends people who are logged in straight back: a redirect to it would never end."""
    client = Client()
    client.force_login(make_user())
    refused = client.get("/cms/")
    assert refused.status_code == 403
    assert "Diese Seite dürfen Sie nicht öffnen" in refused.content.decode()
    assert '<a href="/glossar/">Glossar</a>' in refused.content.decode()  # the frame of readers' pages is complete
    assert "no-store" in refused.headers["Cache-Control"]
    assert Client().get("/cms/").headers["Location"].startswith(LOGIN)
    assert client.get(f"{LOGIN}?next=/themen/").headers["Location"] == "/themen/"


def test_only_who_knows_the_password_is_told_that_an_account_is_closed(editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(is_active=False)
    client = Client()
    assert "geschlossen" not in log_in(client, editor.email, "falsch")
    address = log_in(client, editor.email, next="/cms/")
    text = client.get(address).content.decode()
    assert "Ihr Konto ist geschlossen" in text
    assert "Wenden Sie sich an die Administration" in text
    assert not is_in(client)
