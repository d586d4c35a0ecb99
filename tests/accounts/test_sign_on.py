"""Single sign-on against a real OpenID provider that the test starts on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from portal.accounts.models import MailDomain, Membership, User
from portal.accounts.tasks import forget_unconfirmed_accounts
from portal.core.models import AuditEntry
from portal.settings import sign_on
from portal.settings.env import Env
from tests.factories.bodies import association, belongs, person_of, town
from tests.people import PASSWORD, add_totp, make_user

pytestmark = pytest.mark.django_db
CENTRE, TOWN = "/konto/dienst/kompetenzstelle/", "/konto/dienst/kommune/"
MFA = {"amr": ["pwd", "mfa"]}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    try:
        mock = import_module("oidc_provider_mock")
    except ImportError:
        say = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        say("No OpenID provider: the package oidc-provider-mock brings one.")
    with mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def environment(issuer: str, **more: str) -> Env:
    return Env(
        {
            "OIDC_CENTRE_ISSUER": issuer, "OIDC_CENTRE_CLIENT_ID": "portal", "OIDC_CENTRE_CLIENT_SECRET": "x",
            "OIDC_MUNICIPALITY_ISSUER": issuer, "OIDC_MUNICIPALITY_CLIENT_ID": "portal",
            "OIDC_MUNICIPALITY_CLIENT_SECRET": "x", **more,
        }
    )  # fmt: skip


Configure = Callable[..., None]


@pytest.fixture
def configure(issuer: str, settings: Any) -> Configure:
    """Configure both services as the environment does."""

    def run(**more: str) -> None:
        settings.SOCIALACCOUNT_PROVIDERS = sign_on.read(environment(issuer, **more))["SOCIALACCOUNT_PROVIDERS"]

    run()
    return run


class Browser:
    """A browser with the portal in one window and the service in the other."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.client = issuer, Client()
        self.asked: dict[str, list[str]] = {}

    def log_in(self, service: str, who: str, **claims: Any) -> Any:
        """Log in at the service as a person with these claims; returns the portal's answer."""
        values = {"email": who, "email_verified": True, "given_name": "Jana", "family_name": "Größer", **claims}
        requests.put(f"{self.issuer}/users/{who}", json=values, timeout=10).raise_for_status()
        there = self.client.post(service)
        assert there.status_code == 302, there.content.decode()
        self.asked = parse_qs(urlsplit(there.headers["Location"]).query)
        back = requests.post(there.headers["Location"], data={"sub": who}, allow_redirects=False, timeout=10)
        return self.return_with(back.headers["Location"])

    def return_with(self, address: str) -> Any:
        parts = urlsplit(address)
        return self.client.get(f"{parts.path}?{parts.query}")

    @property
    def is_in(self) -> bool:
        return "_auth_user_id" in self.client.session


@pytest.fixture
def browser(issuer: str, configure: Configure) -> Browser:
    return Browser(issuer)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_somebody_of_a_town_comes_in_and_belongs_there_at_once(browser: Browser) -> None:
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    answer = browser.log_in(TOWN, "jana@stadt.example")
    assert answer.headers["Location"] == "/konto/"
    assert browser.is_in
    user = User.objects.get()
    assert (user.email, user.get_full_name()) == ("jana@stadt.example", "Jana Größer")
    assert not user.has_usable_password()
    assert Membership.objects.get().municipality == town()
    assert browser.asked["code_challenge_method"] == ["S256"]
    assert browser.asked["redirect_uri"] == ["http://testserver/konto/dienst/kommune/zurueck/"]
    again = Browser(browser.issuer)
    again.log_in(TOWN, "jana@stadt.example")
    assert again.is_in
    assert User.objects.count() == 1
    assert forget_unconfirmed_accounts() == ""


def test_an_account_of_the_same_confirmed_address_is_the_same(browser: Browser) -> None:
    user = person_of(town(), "jana@stadt.example")
    browser.log_in(TOWN, "jana@stadt.example")
    assert browser.is_in
    assert SocialAccount.objects.get().user == user
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


@pytest.mark.parametrize("claims", [{"email_verified": False}, {"email": ""}])
def test_an_address_nobody_has_confirmed_opens_nothing(browser: Browser, claims: dict[str, Any]) -> None:
    make_user("jana@stadt.example")
    answer = browser.log_in(TOWN, "jana@stadt.example", **claims)
    assert answer.status_code == 403
    assert "keine bestätigte E-Mail-Adresse" in text_of(answer)
    assert not browser.is_in
    assert User.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_a_service_without_that_claim_can_be_trusted(browser: Browser, configure: Configure) -> None:
    configure(OIDC_MUNICIPALITY_TRUST_EMAIL="true")
    browser.log_in(TOWN, "jana@stadt.example", email_verified=None)
    assert browser.is_in


def test_staff_with_a_factor_shown_there_go_straight_to_the_admin(browser: Browser) -> None:
    make_user("olga@kkv.example", role="Redaktion")
    browser.log_in(CENTRE, "olga@kkv.example", **MFA)
    assert browser.is_in
    assert browser.client.get("/cms/").status_code == 200


def test_staff_with_ours_are_not_asked_twice(browser: Browser) -> None:
    add_totp(make_user("olga@kkv.example", role="Redaktion"))
    browser.log_in(CENTRE, "olga@kkv.example", **MFA)
    assert browser.client.get("/cms/").status_code == 200


@pytest.mark.parametrize("claims", [{}, {"amr": ["pwd"]}, {"amr": "pwd"}, {"acr": "1"}, {"amr": ["otp"]}])
def test_staff_without_a_factor_there_show_ours(browser: Browser, claims: dict[str, Any]) -> None:
    add_totp(make_user("olga@kkv.example", role="Redaktion"))
    answer = browser.log_in(CENTRE, "olga@kkv.example", **claims)
    assert answer.headers["Location"] == "/konto/zweiter-faktor/pruefen/"
    assert not browser.is_in
    assert browser.client.get("/cms/").status_code == 302


def test_staff_without_any_factor_set_one_up_first(browser: Browser) -> None:
    make_user("olga@kkv.example", role="Redaktion")
    browser.log_in(CENTRE, "olga@kkv.example")
    assert browser.client.get("/cms/").headers["Location"] == "/konto/zweiter-faktor/"


def test_the_service_may_name_its_own_level(browser: Browser, configure: Configure) -> None:
    configure(OIDC_CENTRE_FACTOR_ACR="hoch, sehr-hoch", OIDC_CENTRE_FACTOR_AMR="")
    make_user("olga@kkv.example", role="Redaktion")
    browser.log_in(CENTRE, "olga@kkv.example", acr="hoch")
    assert browser.asked["acr_values"] == ["hoch sehr-hoch"]
    assert browser.client.get("/cms/").status_code == 200
    other = Browser(browser.issuer)
    other.log_in(CENTRE, "olga@kkv.example", acr="niedrig", **MFA)
    assert other.client.get("/cms/").headers["Location"] == "/konto/zweiter-faktor/"


@pytest.mark.parametrize("claims", [{}, MFA])
def test_nobody_of_the_centre_comes_in_by_the_towns_service(browser: Browser, claims: dict[str, Any]) -> None:
    make_user("olga@kkv.example", role="Administration")
    answer = browser.log_in(TOWN, "olga@kkv.example", **claims)
    assert answer.status_code == 403
    assert "gehört zur Kompetenzstelle" in text_of(answer)
    assert not browser.is_in
    assert not SocialAccount.objects.exists()


def test_an_account_that_joins_the_centre_later_is_refused_too(browser: Browser) -> None:
    browser.log_in(TOWN, "jana@stadt.example")
    User.objects.filter(email="jana@stadt.example").update(is_superuser=True)
    other = Browser(browser.issuer)
    assert other.log_in(TOWN, "jana@stadt.example").status_code == 403
    assert not other.is_in
    refused = AuditEntry.objects.get(action="accounts.sign_on_refused")
    pk = User.objects.get(email="jana@stadt.example").pk
    assert (refused.actor, refused.object_id, refused.detail) == (None, str(pk), {"reason": "centre"})


def test_a_factor_of_the_towns_service_counts_for_nobody(browser: Browser) -> None:
    membership = belongs(make_user("fachfrau@verband.example"), association())
    membership.is_external_adviser = True
    membership.save()
    browser.log_in(TOWN, "fachfrau@verband.example", **MFA)
    assert browser.client.get("/konto/").headers["Location"] == "/konto/zweiter-faktor/"


def test_the_centres_service_makes_no_accounts(browser: Browser) -> None:
    answer = browser.log_in(CENTRE, "fremd@kkv.example", **MFA)
    assert answer.status_code == 403
    assert "noch kein Konto" in text_of(answer)
    assert not User.objects.exists()


def test_closed_accounts_stay_closed_and_closed_sign_up_makes_none(browser: Browser, settings: Any) -> None:
    browser.log_in(TOWN, "jana@stadt.example")
    User.objects.update(is_active=False)
    other = Browser(browser.issuer)
    assert "Ihr Konto ist geschlossen" in text_of(other.log_in(TOWN, "jana@stadt.example"))
    assert not other.is_in
    settings.ACCOUNT_SIGNUP_OPEN = False
    third = Browser(browser.issuer)
    third.log_in(TOWN, "neu@stadt.example")
    assert not User.objects.filter(email="neu@stadt.example").exists()


def test_what_comes_back_wrong_is_said_in_plain_words(browser: Browser) -> None:
    for address in (f"{TOWN}zurueck/", f"{TOWN}zurueck/?code=x&state=y", f"{TOWN}zurueck/?error=access_denied"):
        answer = browser.return_with(f"http://testserver{address}")
        assert answer.status_code == 400
        assert "nicht zustande gekommen" in text_of(answer)
    there = browser.client.post(TOWN)
    denied = requests.post(there.headers["Location"], data={"action": "deny"}, allow_redirects=False, timeout=10)
    assert "nicht zustande gekommen" in text_of(browser.return_with(denied.headers["Location"]))
    assert not browser.is_in


def test_a_stolen_answer_is_worth_nothing_elsewhere(browser: Browser) -> None:
    requests.put(f"{browser.issuer}/users/a@stadt.example", json={"email": "a@stadt.example"}, timeout=10)
    there = browser.client.post(TOWN).headers["Location"]
    back = requests.post(there, data={"sub": "a@stadt.example"}, allow_redirects=False, timeout=10)
    other = Browser(browser.issuer)
    assert other.return_with(back.headers["Location"]).status_code == 400
    assert not other.is_in


def test_the_login_page_offers_the_services_and_a_get_leads_nowhere(browser: Browser) -> None:
    page = browser.client.get("/konto/anmelden/?next=/fristen/").content.decode()
    assert "Dienstkonto der Kompetenzstelle" in page
    assert "Dienstkonto der Kommune" in page
    shown = browser.client.get(TOWN)
    assert shown.status_code == 200
    assert "Sie melden sich jetzt an über: Dienstkonto der Kommune." in shown.content.decode()
    assert browser.client.get("/konto/dienst/anderer/").status_code == 404
    assert browser.client.get("/konto/dienst/anderer/zurueck/").status_code == 404


def test_nothing_is_linked_by_hand(browser: Browser) -> None:
    user = make_user("jana@stadt.example")
    browser.client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    answer = browser.log_in(f"{TOWN}?process=connect", "andere@stadt.example")
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()


def test_a_service_that_is_away(configure: Configure, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = sign_on.read(environment("http://localhost:9"))["SOCIALACCOUNT_PROVIDERS"]
    answer = Client().post(TOWN)
    assert answer.status_code == 503
    assert "zurzeit nicht zu erreichen" in text_of(answer)


# -- the settings ------------------------------------------------------------------------------------


def test_without_settings_there_is_no_service() -> None:
    found = sign_on.read(Env({}))
    assert found == {"SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": []}}, "SIGN_ON_ORIGINS": []}
    assert "Dienstkonto" not in Client().get("/konto/anmelden/").content.decode()


def test_origins_for_the_policy() -> None:
    env = environment("https://login.example/realms/a", OIDC_FORM_ORIGINS="https://idp.example")
    assert sign_on.read(env)["SIGN_ON_ORIGINS"] == ["https://idp.example", "https://login.example"]


@pytest.mark.parametrize("issuer", ["http://login.example", "login.example", "https://login.example/?a=b"])
def test_an_issuer_is_an_https_address(issuer: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_CENTRE_ISSUER"):
        sign_on.read(environment(issuer))


def test_an_issuer_needs_a_client() -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_CENTRE_CLIENT_ID"):
        sign_on.read(Env({"OIDC_CENTRE_ISSUER": "https://login.example"}))
