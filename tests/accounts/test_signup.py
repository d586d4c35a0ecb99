"""Signing up: a name, a confirmed address, nothing told about accounts, limits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from portal.accounts import services
from portal.accounts.models import MailDomain, Membership, User
from portal.accounts.tasks import forget_unconfirmed_accounts
from tests.factories.bodies import town
from tests.mails import deliver, link_in, sent, text_of
from tests.people import PASSWORD, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
SIGN_UP = "/konto/registrieren/"
EMAIL = "jana@stadt.example"


def data(email: str = EMAIL, **changes: str) -> dict[str, str]:
    return {
        "first_name": "Jana", "last_name": "Größer", "email": email, "password1": PASSWORD, "password2": PASSWORD,
        **changes,
    }  # fmt: skip


def confirm(client: Client) -> None:
    deliver()
    path = link_in(sent()[-1], "e-mail/bestaetigen")
    assert not Membership.objects.exists()
    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get(email=EMAIL).verified  # a GET confirms nothing
    client.post(path)
    assert EmailAddress.objects.get(email=EMAIL).verified


def log_in(client: Client, email: str = EMAIL) -> None:
    client.post("/konto/anmelden/", {"login": email, "password": PASSWORD})


def test_the_domain_of_one_town_admits_as_soon_as_the_address_is_confirmed(client: Client) -> None:
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    answer = client.post(SIGN_UP, data())
    assert answer.headers["Location"] == "/konto/e-mail/bestaetigen/"
    user = User.objects.get(email=EMAIL)
    assert user.get_full_name() == "Jana Größer"
    log_in(client)
    assert "_auth_user_id" not in client.session
    confirm(client)
    membership = Membership.objects.get()
    assert (membership.user, membership.municipality, membership.state) == (user, town(), "confirmed")
    assert membership.role == Membership.Role.MEMBER
    log_in(client)
    assert "Büdingen" in client.get("/konto/").content.decode()


def test_a_domain_of_several_bodies_admits_nobody(client: Client) -> None:
    for body in (town(), town("Fürth")):
        MailDomain.objects.create(municipality=body, domain="stadt.example")
    client.post(SIGN_UP, data())
    confirm(client)
    log_in(client)
    assert not Membership.objects.exists()
    assert "noch keiner Kommune zugeordnet" in client.get("/konto/").content.decode()


def test_subdomains_and_former_bodies_admit_nobody(client: Client) -> None:
    MailDomain.objects.create(municipality=town(), domain="example")
    former = town("Fürth")
    MailDomain.objects.create(municipality=former, domain="stadt.example")
    former.active = False
    former.save()
    client.post(SIGN_UP, data())
    confirm(client)
    assert not Membership.objects.exists()


def test_a_list_that_comes_later_admits_at_the_next_login() -> None:
    user, client = make_user(EMAIL), Client()
    log_in(client)
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    client.post("/konto/abmelden/")
    log_in(client)
    assert Membership.objects.get().user == user


def test_nobody_whom_a_person_has_sent_away_comes_back_by_the_domain() -> None:
    user = make_user(EMAIL)
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    log_in(Client())
    services.end_membership(membership=Membership.objects.get(), by=None, reason="removed")
    log_in(Client())
    assert list(Membership.objects.filter(user=user).values_list("state", flat=True)) == ["ended"]


def _answer(email: str) -> tuple[int, str, str]:
    answer = Client().post(SIGN_UP, data(email))
    page = Client().get(answer.headers["Location"]).content.decode()
    return answer.status_code, answer.headers["Location"], re.sub(r"csrf\w*\"[^>]*>", "", page)


def test_signing_up_tells_nobody_whether_an_address_has_an_account() -> None:
    make_user("alt@stadt.example")
    assert _answer("alt@stadt.example") == _answer("neu@stadt.example")
    deliver()
    old, new = (next(mail for mail in sent() if name in mail["To"]) for name in ("alt@", "neu@"))
    assert "schon ein" in text_of(old)
    assert "bestätigen" in text_of(new)
    assert "Größer" not in text_of(new)  # nobody writes through us to other people
    assert User.objects.filter(first_name="Jana").count() == 1


def test_one_mailbox_gets_few_mails() -> None:
    make_user("alt@stadt.example")
    for _ in range(5):
        Client().post(SIGN_UP, data("alt@stadt.example"))
    deliver()
    assert len(sent()) == 1


@pytest.mark.parametrize("name", ["https://boese.example", "www.boese.example", "a@b.example", "Ruf 0190", "<b>"])
def test_a_name_is_no_address(client: Client, name: str) -> None:
    page = client.post(SIGN_UP, data(first_name=name)).content.decode()
    assert "nur Ihren Namen" in page
    assert 'value="Größer"' in page  # nothing typed is lost
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Ann-Kathrin", "Dr. Jörg", "Seán O’Neill", "van der Größe"])
def test_names_are_names(client: Client, name: str) -> None:
    client.post(SIGN_UP, data(first_name=name))
    assert User.objects.get().first_name == name


def test_machines_are_answered_and_forgotten(client: Client) -> None:
    assert client.post(SIGN_UP, data(homepage="x")).status_code == 302
    deliver()
    assert not User.objects.exists()
    assert not sent()


def test_signing_up_is_limited() -> None:
    for number in range(20):
        Client().post(SIGN_UP, data(f"n{number}@stadt.example", password2="anders"))
    assert Client().post(SIGN_UP, data()).status_code == 429


def test_accounts_nobody_confirms_are_forgotten(client: Client) -> None:
    client.post(SIGN_UP, data())
    invited = User.objects.create_user("eingeladen@kkv.example")
    services.set_email(user=invited, verified=True)
    kept = make_user("da@stadt.example")
    old = timezone.now() - timedelta(days=15)
    assert forget_unconfirmed_accounts() == ""
    User.objects.update(date_joined=old)
    forget_unconfirmed_accounts()
    assert set(User.objects.all()) == {invited, kept}


def test_a_stranger_who_opens_an_account_for_somebody_gets_nothing_by_their_click() -> None:
    MailDomain.objects.create(municipality=town(), domain="stadt.example")
    Client().post(SIGN_UP, data())  # with a password only the stranger knows
    victim, path = Client(), link_in(deliver()[-1], "e-mail/bestaetigen")
    assert 'type="password"' in victim.get(path).content.decode()
    for guess in ("", "Meines-ist-ein-anderes-7"):
        refused = victim.post(path, {"password": guess})
        assert refused.status_code == 422
        assert "gehört nicht zu dem Konto" in refused.content.decode()
    assert not EmailAddress.objects.get(email=EMAIL).verified
    assert not Membership.objects.exists()
    victim.post("/konto/passwort/vergessen/", {"email": EMAIL})
    new = victim.get(link_in(deliver()[-1], "passwort/neu")).headers["Location"]
    own = "Meines-ist-ein-anderes-7"
    victim.post(new, {"password1": own, "password2": own})
    user = User.objects.get(email=EMAIL)
    assert user.check_password(own)
    stranger = Client()
    log_in(stranger)
    assert "_auth_user_id" not in stranger.session


def test_another_browser_confirms_with_the_password() -> None:
    Client().post(SIGN_UP, data())
    path = link_in(deliver()[-1], "e-mail/bestaetigen")
    Client().post(path, {"password": PASSWORD})
    assert EmailAddress.objects.get(email=EMAIL).verified


def test_guessing_the_password_of_a_new_account_is_limited() -> None:
    Client().post(SIGN_UP, data())
    path = link_in(deliver()[-1], "e-mail/bestaetigen")
    for _ in range(20):
        Client().post(path, {"password": "falsch"})
    assert Client().post(path, {"password": PASSWORD}).status_code == 429
    assert not EmailAddress.objects.get(email=EMAIL).verified


LONG_ADDRESS = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.{'c' * 10}.example"
"""Longer than what is kept, shorter than what a form takes that knows nothing of it."""


def test_an_address_longer_than_can_be_kept_is_told(client: Client) -> None:
    answer = client.post(SIGN_UP, data(LONG_ADDRESS))
    assert answer.status_code == 200
    assert "Diese Adresse ist zu lang." in answer.content.decode()
    assert not User.objects.exists()
    client.force_login(make_user("nora"))
    answer = client.post("/konto/e-mail/", {"email": LONG_ADDRESS, "action_add": ""})
    assert "Diese Adresse ist zu lang." in answer.content.decode()
    assert not EmailAddress.objects.filter(email=LONG_ADDRESS).exists()
