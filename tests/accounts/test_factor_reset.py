from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from portal.accounts import services
from portal.accounts.models import FactorReset, User
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost() -> User:
    return make_user("günther@kkv.example", role="Redaktion", factor=True, first_name="Günther", last_name="Groß")


@pytest.fixture
def first() -> User:
    return make_user("erste@kkv.example", role="Administration", factor=True)


@pytest.fixture
def second() -> User:
    return make_user("zweite@kkv.example", role="Administration", factor=True)


def test_two_administrators_reset_a_factor(lost: User, first: User, second: User) -> None:
    session = PortalClient()
    session.force_login(lost)
    assert session.get(reverse("wagtailadmin_home")).status_code == 200

    reset = services.request_factor_reset(user=lost, by=first, reason="Handy verloren")
    assert Authenticator.objects.filter(user=lost).exists()
    services.approve_factor_reset(reset=reset, by=second)

    assert not Authenticator.objects.filter(user=lost).exists()
    assert session.get(reverse("wagtailadmin_home")).status_code == 302
    assert "_auth_user_id" not in session.session
    actions = ModelLogEntry.objects.filter(action__startswith="accounts.factor").order_by("pk")
    assert [(entry.action, entry.user) for entry in actions] == [
        ("accounts.factor_reset_requested", first),
        ("accounts.factor_reset_done", second),
    ]
    assert all("Handy" not in str(entry.data) for entry in actions)


def test_one_person_alone_cannot(lost: User, first: User, second: User) -> None:
    reset = services.request_factor_reset(user=lost, by=first, reason="Handy verloren")
    with pytest.raises(ValidationError, match="nicht freigeben"):
        services.approve_factor_reset(reset=reset, by=first)
    with pytest.raises(ValidationError, match="zwei andere Personen"):
        services.approve_factor_reset(reset=reset, by=lost)
    with pytest.raises(ValidationError, match="zwei andere Personen"):
        services.request_factor_reset(user=second, by=second, reason="ich selbst")
    with pytest.raises(ValidationError, match="schon ein Antrag"):
        services.request_factor_reset(user=lost, by=second, reason="noch einer")
    assert Authenticator.objects.filter(user=lost).exists()


@pytest.mark.parametrize("field", ["requested_by", "user"])
def test_the_database_refuses_the_same_person_too(lost: User, first: User, field: str) -> None:
    reset = FactorReset.objects.create(user=lost, requested_by=first, reason="Handy verloren")
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.filter(pk=reset.pk).update(approved_by=getattr(reset, field))
    with pytest.raises(IntegrityError), transaction.atomic():
        FactorReset.objects.filter(pk=reset.pk).update(requested_by=lost)


def test_a_decided_request_stays_decided(lost: User, first: User, second: User) -> None:
    reset = services.request_factor_reset(user=lost, by=first, reason="Handy verloren")
    services.decline_factor_reset(reset=reset, by=second)
    with pytest.raises(ValidationError, match="schon erledigt"):
        services.approve_factor_reset(reset=reset, by=second)
    assert Authenticator.objects.filter(user=lost).exists()


def test_the_pages_lead_through_both_steps(lost: User, first: User, second: User) -> None:
    asking, deciding = PortalClient(), PortalClient()
    asking.force_login(first)
    deciding.force_login(second)
    new = reverse("accounts_factor_reset_new", args=[lost.pk])
    assert "Grund" in asking.get(new).content.decode()
    assert "Dieses Feld" in asking.post(new, {"reason": "  "}).content.decode()
    asking.post(new, {"reason": "Handy verloren"})
    reset = FactorReset.objects.get()
    page = reverse("accounts_factor_reset", args=[reset.pk])
    assert "Freigeben muss eine andere Person" in asking.get(page).content.decode()
    answer = asking.post(page, {"decision": "approve"}, follow=True)
    assert "nicht freigeben" in answer.content.decode()
    assert Authenticator.objects.filter(user=lost).exists()
    assert "Günther Groß" in deciding.get(reverse("accounts_factor_resets")).content.decode()
    deciding.post(page, {"decision": "approve"})
    assert not Authenticator.objects.filter(user=lost).exists()


@pytest.mark.parametrize("role", ["Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung"])
def test_other_roles_see_nothing_of_it(role: str, lost: User, client: Client) -> None:
    client.force_login(make_user("andere@kkv.example", role=role))
    for name, args in (("accounts_factor_resets", []), ("accounts_factor_reset_new", [lost.pk])):
        answer = client.get(reverse(name, args=args))
        assert answer.status_code in {302, 403}
        assert "Groß" not in answer.content.decode()


def test_the_operator_resets_at_the_console(lost: User) -> None:
    out = StringIO()
    call_command("reset_second_factor", "GÜNTHER@kkv.example", reason="einzige Administration", stdout=out)
    assert "entfernt" in out.getvalue()
    reset = FactorReset.objects.get()
    assert (reset.requested_by, reset.approved_by, reset.reason) == (None, None, "Konsole: einzige Administration")
    assert ModelLogEntry.objects.filter(action="accounts.factor_reset_done", user=None).exists()
    with pytest.raises(CommandError, match="gibt es nicht"):
        call_command("reset_second_factor", "niemand@kkv.example", reason="x")
