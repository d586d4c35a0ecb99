"""Setting up a first factor, with real commits: the session counts as opened with it from then on."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tests.people import PASSWORD, SECRET, make_user, totp_code


@pytest.mark.usefixtures("real_db")
def test_setting_up_an_app_opens_the_portal() -> None:
    user = make_user("neu@kkv.example", role="Beratung")
    client = Client()
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    assert client.get("/cms/").headers["Location"] == "/konto/zweiter-faktor/"
    app = "/konto/zweiter-faktor/app/"
    question = client.get(app)
    assert question.headers["Location"].startswith("/konto/bestaetigen/")
    client.post(question.headers["Location"], {"password": PASSWORD})
    assert "data:image/svg+xml" in client.get(app).content.decode()
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
