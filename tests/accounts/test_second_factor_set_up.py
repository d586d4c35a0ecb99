"""Setting up a first factor, with real commits: the session counts as opened with it from then on."""

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from portal.accounts.forms import AddKeyForm
from tests.people import PASSWORD, SECRET, make_user, totp_code

APP = "/konto/zweiter-faktor/app/"
KEY = "/konto/zweiter-faktor/schluessel/neu/"


def logged_in(email: str, *, factor: bool, seconds_ago: float = 0) -> Client:
    """A client that logged in with password (and code) a while ago."""
    user = make_user(email, role="Beratung", factor=factor)
    client = Client()
    answer = client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    if factor:
        client.post(answer.headers["Location"], {"code": totp_code()})
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= seconds_ago
    session.save()
    return client


@pytest.mark.usefixtures("real_db")
def test_setting_up_an_app_opens_the_portal() -> None:
    user = make_user("neu@kkv.example", role="Beratung")
    client = Client()
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    assert client.get("/cms/").headers["Location"] == "/konto/zweiter-faktor/"
    app = APP
    page = client.get(app).content.decode()  # the password was given a moment ago: nobody asks for it again
    assert "data:image/svg+xml" in page
    assert 'id="authenticator_secret"><span>' in page
    assert client.post(app, {"code": "000000"}).status_code == 200
    session = client.session
    session["mfa.totp.secret"] = SECRET
    session.save()
    answer = client.post(app, {"code": totp_code()})
    assert answer.headers["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(answer.headers["Location"]).status_code == 200
    assert client.get("/cms/").status_code == 200
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP).data["secret"]
    assert SECRET not in stored
    assert get_adapter().decrypt(stored) == SECRET
    # The last factor of the centre's people cannot be removed.
    remove = reverse("mfa_deactivate_totp")
    client.post(remove)
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("address", [APP, KEY])
def test_first_factor_an_hour_after_login_asks_for_the_password(address: str) -> None:
    client = logged_in("spaet@kkv.example", factor=False, seconds_ago=3600)
    question = client.get(address)
    assert question.headers["Location"].startswith("/konto/bestaetigen/")
    client.post(question.headers["Location"], {"password": PASSWORD})
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_who_has_a_factor_confirms_before_adding_another_however_fresh_the_login() -> None:
    client = logged_in("hat@kkv.example", factor=True)
    for address in (KEY, reverse("mfa_deactivate_totp"), reverse("mfa_generate_recovery_codes")):
        answer = client.get(address)
        assert answer.status_code == 302
        assert "bestaetigen" in answer.headers["Location"]
    client.post(KEY, {"name": "Fremd", "credential": "{}"})
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 0


@pytest.mark.django_db
def test_fresh_login_counts_for_the_factor_only() -> None:
    client = logged_in("frisch@kkv.example", factor=False)
    answer = client.post("/konto/e-mail/", {"email": "neu@kkv.example", "action_add": ""})
    assert "bestaetigen" in answer.headers["Location"]


@pytest.mark.django_db
def test_form_of_a_key_calls_nothing_optional() -> None:
    form = AddKeyForm(user=make_user("schluessel@kkv.example"))
    assert "Als Passkey einrichten" in str(form)
    assert "Optional" not in str(form)
