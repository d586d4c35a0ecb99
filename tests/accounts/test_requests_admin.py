"""„Anfragen“ in the admin, external advisers, and the form of a membership."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.accounts import memberships, services
from portal.accounts.models import MailDomain, Membership, Municipality, User
from portal.accounts.second_factor import needs_second_factor
from portal.core.dashboard import figures_for
from portal.core.models import AuditEntry, WorkItem
from portal.core.visibility import EXTERNAL_ADVISER_GROUP
from tests.factories.bodies import association, belongs, person_of, town
from tests.mails import deliver, text_of
from tests.people import PASSWORD, PortalClient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
REQUESTS = "/cms/anfragen/"


@pytest.fixture
def coordinator() -> User:
    return make_user("koordination@kkv.example", role="Koordination")


@pytest.fixture
def desk(coordinator: User) -> Client:
    client = PortalClient()
    client.force_login(coordinator)
    return client


@pytest.fixture
def asking() -> Membership:
    return memberships.ask_to_join(user=make_user("leitung@stadt.example"), municipality=town(), wants_admin=True)


def decide(desk: Client, membership: Membership, action: str) -> str:
    url = reverse("accounts_request_decide", args=[membership.pk])
    page = desk.post(url, {"action": action}, follow=True).content.decode()
    membership.refresh_from_db()
    return page


def test_the_first_administrator_is_confirmed_with_one_click(
    desk: Client, coordinator: User, asking: Membership
) -> None:
    MailDomain.objects.create(municipality=town("Fürth"), domain="stadt.example")
    assert [figure.words for figure in figures_for(coordinator) if "Zugang" in figure.words] == [
        "1 Anfrage auf Zugang"
    ]
    page = desk.get(REQUESTS).content.decode()
    for words in ("leitung@stadt.example", "Hat noch keine Verwaltung", "stadt.example: Fürth", "Wetteraukreis"):
        assert words in page
    assert "verwaltet jetzt den Zugang von Büdingen" in decide(desk, asking, "admit_admin")
    assert (asking.state, asking.role) == ("confirmed", "admin")
    assert not WorkItem.objects.filter(kind="membership", state="open").exists()
    assert "verwalten dort den Zugang" in text_of(deliver()[-1])
    assert "Es ist keine Anfrage offen" in desk.get(REQUESTS).content.decode()


def test_only_as_a_member(desk: Client, asking: Membership) -> None:
    assert "gehört jetzt zu Büdingen" in decide(desk, asking, "admit")
    assert (asking.state, asking.role) == ("confirmed", "member")


def test_refusing_and_deciding_twice(desk: Client, asking: Membership) -> None:
    assert "abgelehnt" in decide(desk, asking, "refuse")
    assert asking.state == "ended"
    assert "schon erledigt" in decide(desk, asking, "admit")
    assert "schon erledigt" in desk.post("/cms/anfragen/99999/", {"action": "admit"}, follow=True).content.decode()


def test_an_old_page_takes_nothing_from_who_was_admitted_since(desk: Client, asking: Membership) -> None:
    belongs(make_user("kollegin@stadt.example"), town())
    other = PortalClient()
    other.force_login(make_user("zweite@kkv.example", role="Koordination"))
    decide(other, asking, "admit_admin")
    mails = len(deliver())
    for action in ("admit", "refuse"):
        page = decide(desk, asking, action)
        assert "schon erledigt" in page
        assert "verwaltet schon den Zugang von Büdingen" in page
        assert (asking.state, asking.role) == ("confirmed", "admin")
    assert "verwaltet jetzt den Zugang" in decide(desk, asking, "admit_admin")  # granted twice is granted
    assert len(deliver()) == mails


def test_an_old_page_grants_what_it_showed_alone(desk: Client) -> None:
    plain = memberships.ask_to_join(user=make_user("neu@stadt.example"), municipality=town(), wants_admin=False)
    page = desk.get(REQUESTS).content.decode()
    assert 'value="admit"' in page
    assert 'value="admit_admin"' not in page
    decide(desk, plain, "admit")
    plain = memberships.ask_for_administration(membership=plain)
    assert "gehört jetzt zu" in decide(desk, plain, "admit")
    assert plain.role == "member"
    assert plain.admin_requested_at is not None
    assert "schon erledigt" in decide(desk, plain, "refuse")
    assert plain.admin_requested_at is not None
    assert 'value="refuse_admin"' in desk.get(REQUESTS).content.decode()
    assert "abgelehnt" in decide(desk, plain, "refuse_admin")
    now = Membership.objects.get(pk=plain.pk)
    assert (now.state, now.role, now.admin_requested_at) == ("confirmed", "member", None)


def test_an_unknown_button_decides_nothing(desk: Client, asking: Membership) -> None:
    assert "hat nicht geklappt" in decide(desk, asking, "löschen")
    assert asking.state == "requested"


def test_nobody_decides_about_the_own_request(desk: Client, coordinator: User) -> None:
    own = memberships.ask_to_join(user=coordinator, municipality=town(), wants_admin=True)
    assert "entscheidet eine andere Person" in decide(desk, own, "admit")
    assert own.state == "requested"


@pytest.mark.parametrize("role", ["Redaktion", "Fachprüfung", "Beratung", "Leitung", ""])
def test_other_roles_see_and_decide_nothing(asking: Membership, role: str) -> None:
    client = PortalClient()
    client.force_login(make_user("andere@kkv.example", role=role))
    assert client.get(REQUESTS).status_code in {302, 403}
    assert client.post(f"{REQUESTS}{asking.pk}/", {"action": "admit"}).status_code in {302, 403}
    asking.refresh_from_db()
    assert asking.state == "requested"


def test_the_list_costs_the_same_for_many(
    desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number, body in enumerate(Municipality.objects.filter(kind="stadt").order_by("pk")[:15]):
        memberships.ask_to_join(user=make_user(f"n{number}@stadt.example"), municipality=body, wants_admin=True)
    desk.get(REQUESTS)
    with django_assert_max_num_queries(25):
        desk.get(REQUESTS)


# -- external advisers -------------------------------------------------------------------------------


@pytest.fixture
def adviser() -> Membership:
    return belongs(make_user("fachfrau@verband.example"), association())


def form(membership: Membership, **changes: Any) -> dict[str, Any]:
    return {"role": membership.role, "state": membership.state, **changes}


def test_the_centre_makes_an_external_adviser_who_needs_a_second_factor(
    desk: Client, adviser: Membership, coordinator: User
) -> None:
    url = reverse("membership:edit", args=[adviser.pk])
    assert "Externe Beratung" in desk.get(url).content.decode()
    desk.post(url, form(adviser, is_external_adviser="on"))
    adviser.refresh_from_db()
    assert adviser.is_external_adviser
    user = User.objects.get(pk=adviser.user_id)
    assert user.groups.filter(name=EXTERNAL_ADVISER_GROUP).exists()
    assert needs_second_factor(user)
    assert user.get_all_permissions() == set()
    entry = AuditEntry.objects.get(action="accounts.external_adviser")
    assert (entry.actor, entry.detail["external_adviser"]) == (coordinator.pk, True)
    client = Client()
    client.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    assert client.get("/konto/").headers["Location"] == "/konto/zweiter-faktor/"
    desk.post(url, form(adviser))
    assert not User.objects.get(pk=adviser.user_id).groups.filter(name=EXTERNAL_ADVISER_GROUP).exists()


def test_external_advice_ends_with_the_membership(adviser: Membership, coordinator: User) -> None:
    memberships.set_external_adviser(membership=adviser, value=True, by=coordinator)
    ended = services.end_membership(membership=adviser, by=coordinator)
    assert not ended.is_external_adviser
    assert not adviser.user.groups.filter(name=EXTERNAL_ADVISER_GROUP).exists()


def test_advisers_come_from_associations_and_by_the_centre_alone(adviser: Membership, coordinator: User) -> None:
    local = belongs(make_user("a@buedingen.example"), town())
    with pytest.raises(ValidationError, match="Verbänden und IT-Dienstleistern"):
        memberships.set_external_adviser(membership=local, value=True, by=coordinator)
    own_admin = person_of(adviser.municipality, "chefin@verband.example", role="admin")
    with pytest.raises(PermissionDenied):
        memberships.set_external_adviser(membership=adviser, value=True, by=own_admin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(pk=local.pk).update(state="requested", is_external_adviser=True)


def test_a_form_of_a_town_has_no_such_field(desk: Client) -> None:
    local = belongs(make_user("a@buedingen.example"), town())
    url = reverse("membership:edit", args=[local.pk])
    assert "is_external_adviser" not in desk.get(url).content.decode()
    desk.post(url, form(local, is_external_adviser="on"))
    local.refresh_from_db()
    assert not local.is_external_adviser


def test_the_centre_too_hands_over_before_the_last_administrator_goes(desk: Client) -> None:
    admin = belongs(make_user("a@buedingen.example"), town(), role="admin")
    colleague = belongs(make_user("b@buedingen.example"), town())
    url = reverse("membership:edit", args=[admin.pk])
    for changes in ({"state": "ended"}, {"role": "member"}):
        assert "als einzige Person" in desk.post(url, form(admin, **changes)).content.decode()
    desk.post(reverse("membership:edit", args=[colleague.pk]), form(colleague, role="admin"))
    assert AuditEntry.objects.get(action="accounts.membership_role").detail["role"] == "admin"
    desk.post(url, form(admin, state="ended"))
    admin.refresh_from_db()
    assert (admin.state, admin.end_reason) == ("ended", "removed")


def test_the_admin_makes_other_bodies_without_key_and_size() -> None:
    client = PortalClient()
    client.force_login(make_user("admin@kkv.example", role="Administration"))
    data = {
        "name": "Abwasserverband Mühltal", "official_name": "", "slug": "abwasser", "ags": "",
        "kind": "zweckverband", "district": "", "size_class": "", "active": "on",
    }  # fmt: skip
    wrong = client.post("/cms/municipality/new/", {**data, "size_class": "bis-5000"}).content.decode()
    assert "haben nur Kommunen und Landkreise" in wrong
    client.post("/cms/municipality/new/", data)
    body = Municipality.objects.get(slug="abwasser")
    assert not body.is_territorial
    assert body.described == "Zweckverband"
    with pytest.raises(IntegrityError), transaction.atomic():
        Municipality.objects.filter(pk=body.pk).update(ags="06440999")
