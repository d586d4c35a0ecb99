"""The administration of people: invitations instead of passwords, and nobody raises their own rights."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks
from wagtail.models import ModelLogEntry

from portal.accounts import left_work
from portal.accounts.models import Membership, Municipality, User
from portal.accounts.roles import sync_roles
from portal.core import work
from portal.core.models import WorkItem
from tests.people import PASSWORD, PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return make_user("admin@kkv.example", role="Administration", factor=True)


@pytest.fixture
def admin(administrator: User) -> Client:
    client = PortalClient()
    client.force_login(administrator)
    return client


def group(name: str) -> int:
    return int(Group.objects.get(name=name).pk)


def data(user: User | None = None, **extra: object) -> dict[str, object]:
    base = {"email": "neu@kkv.example", "first_name": "Zoë", "last_name": "Größer", "is_active": "on"}
    if user is not None:
        base |= {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
    return {**base, **extra}


def test_who_loses_the_last_role_keeps_no_open_work(
    admin: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    eva, kurt = (make_user(f"{name}@kkv.example", role="Redaktion") for name in ("eva", "kurt"))
    items = [work.open_item(kind="probe", title=person.email, owner=person) for person in (eva, kurt)]
    sync_roles()
    for person, roles in ((eva, ["Beratung"]), (kurt, ["Beratung"]), (kurt, [])):
        with django_capture_on_commit_callbacks(execute=True):
            edit = reverse("wagtailusers_users:edit", args=[person.pk])
            admin.post(edit, data(person, groups=[group(name) for name in roles]))
        assert [row.name for row in person.groups.all()] == roles
    owners = [WorkItem.objects.get(pk=item.pk).owner for item in items]
    assert owners == [eva, None], "another role is a role"
    User.objects.filter(pk=eva.pk).update(is_active=False)
    assert left_work.release() == 1
    assert not WorkItem.objects.exclude(owner=None).exists()


def last_mail() -> str:
    message = mail.outbox[-1]
    return f"{' '.join(message.to)} {message.subject} {message.body}"


def test_a_new_person_is_invited_and_sets_the_password_alone(admin: Client, administrator: User) -> None:
    add = reverse("wagtailusers_users:add")
    page = admin.get(add).content.decode()
    assert 'type="password"' not in page
    assert 'name="is_superuser"' not in page
    admin.post(add, data(groups=[group("Redaktion")]))
    user = User.objects.get(email="neu@kkv.example")
    assert not user.has_usable_password()
    assert [item.name for item in user.groups.all()] == ["Redaktion"]
    assert ModelLogEntry.objects.filter(action="accounts.rights_changed", user=administrator).exists()

    found = re.search(r"/konto/passwort/neu/[\w-]+/", last_mail())
    assert found
    person = Client()
    page_url = person.get(found[0]).headers["Location"]
    person.post(page_url, {"password1": PASSWORD, "password2": PASSWORD})
    person.post("/konto/anmelden/", {"login": user.email, "password": PASSWORD})
    assert person.get("/cms/").headers["Location"] == "/konto/zweiter-faktor/"
    # The link counts once.
    assert "abgelaufen" in Client().get(found[0]).content.decode()


def test_nobody_makes_superusers_or_touches_them(admin: Client) -> None:
    root = make_user("root@kkv.example", is_superuser=True)
    admin.post(reverse("wagtailusers_users:add"), data(is_superuser="on"))
    assert not User.objects.get(email="neu@kkv.example").is_superuser
    edit = reverse("wagtailusers_users:edit", args=[root.pk])
    admin.post(edit, data(root, email="feind@kkv.example"))
    root.refresh_from_db()
    assert root.email == "root@kkv.example"
    admin.post(reverse("wagtailusers_users:delete", args=[root.pk]))
    assert User.objects.filter(pk=root.pk).exists()
    admin.post(reverse("accounts_invite_again", args=[root.pk]))
    assert not ModelLogEntry.objects.filter(action="accounts.invited", object_id=root.pk).exists()


def test_own_roles_stay_in_other_hands(admin: Client, administrator: User) -> None:
    edit = reverse("wagtailusers_users:edit", args=[administrator.pk])
    assert 'name="groups"' not in admin.get(edit).content.decode()
    admin.post(edit, data(administrator, groups=[group("Redaktion")], is_superuser="on"))
    administrator.refresh_from_db()
    assert [item.name for item in administrator.groups.all()] == ["Administration"]
    assert not administrator.is_superuser


def test_roles_change_without_touching_the_membership_of_a_municipality(admin: Client) -> None:
    user = make_user()
    town = Municipality.objects.get(name="Gießen")
    admin.post(
        "/cms/membership/new/",
        {"user": user.pk, "municipality": town.pk, "role": "member", "state": "confirmed"},
    )
    assert Membership.objects.get(user=user).confirmed_at is not None
    edit = reverse("wagtailusers_users:edit", args=[user.pk])
    assert f'value="{group("Kommune")}"' not in admin.get(edit).content.decode()
    admin.post(edit, data(user, groups=[group("Beratung")]))
    assert {item.name for item in user.groups.all()} == {"Beratung", "Kommune"}
    admin.post(edit, data(user, groups=[group("Kommune")]))
    assert {item.name for item in User.objects.get(pk=user.pk).groups.all()} == {"Beratung", "Kommune"}


def test_a_changed_address_is_confirmed_again_and_the_old_one_is_told(admin: Client) -> None:
    user = make_user("alt@gemeinde.example")
    admin.post(reverse("wagtailusers_users:edit", args=[user.pk]), data(user, email="NEU@gemeinde.example"))
    user.refresh_from_db()
    assert user.email == "neu@gemeinde.example"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [
        ("neu@gemeinde.example", False)
    ]
    assert "alt@gemeinde.example" in last_mail()


@pytest.mark.parametrize("taken", ["admin@kkv.example", "ADMIN@kkv.example", "zweit@gemeinde.example"])
def test_an_address_belongs_to_one_account(admin: Client, taken: str) -> None:
    EmailAddress.objects.create(user=make_user(), email="zweit@gemeinde.example", verified=True)
    answer = admin.post(reverse("wagtailusers_users:add"), data(email=taken))
    assert "schon vergeben" in answer.content.decode()


def test_deactivating_ends_sessions_and_bulk_actions_are_gone(admin: Client) -> None:
    user = make_user("weg@kkv.example", role="Redaktion", factor=True)
    session = PortalClient()
    session.force_login(user)
    form = data(user, groups=[group("Redaktion")])
    del form["is_active"]
    admin.post(reverse("wagtailusers_users:edit", args=[user.pk]), form)
    refused = session.get("/cms/")
    assert refused.status_code == 403
    assert "Ihr Konto ist geschlossen" in refused.content.decode()
    # Opened again, the account starts with a new login.
    User.objects.filter(pk=user.pk).update(is_active=True)
    assert session.get("/cms/").headers["Location"].startswith("/konto/anmelden/")
    listing = admin.get(reverse("wagtailusers_users:index")).content.decode()
    assert "data-bulk-action-checkbox" not in listing
    assert "Einladung senden" in listing
    for action in ("assign_role", "set_active_state", "delete"):
        assert admin.post(f"/cms/bulk/accounts/user/{action}/?id={user.pk}").status_code == 404


@pytest.mark.parametrize("role", ["Redaktion", "Fachprüfung", "Beratung", "Koordination", "Leitung"])
def test_other_roles_manage_nobody(role: str) -> None:
    user = make_user("andere@kkv.example", role=role)
    client = PortalClient()
    client.force_login(user)
    for name in ("wagtailusers_users:index", "wagtailusers_users:add", "wagtailusers_groups:index"):
        assert client.get(reverse(name)).status_code in {302, 403}, name
    client.post(reverse("wagtailusers_users:edit", args=[user.pk]), data(user, groups=[group("Administration")]))
    assert [item.name for item in user.groups.all()] == [role]


@pytest.mark.parametrize(
    ("role", "lists", "confirms"),
    [("Koordination", True, True), ("Leitung", True, False), ("Redaktion", False, False)],
)
def test_who_sees_municipalities_and_confirms_memberships(role: str, lists: bool, confirms: bool) -> None:
    client = PortalClient()
    client.force_login(make_user("wer@kkv.example", role=role))
    listing = client.get("/cms/municipality/?kind=kreisfreie-stadt")
    assert (listing.status_code == 200) is lists
    if lists:
        page = listing.content.decode()
        assert "Hanau" in page
        assert "Büdingen" not in page
    user, town = make_user(), Municipality.objects.get(name="Fulda")
    form = {"user": user.pk, "municipality": town.pk, "role": "member", "state": "confirmed"}
    client.post("/cms/membership/new/", form)
    assert Membership.objects.filter(user=user).exists() is confirms


def test_memberships_follow_their_states(admin: Client) -> None:
    user, town = make_user(), Municipality.objects.get(name="Fulda")
    form = {"user": user.pk, "municipality": town.pk, "role": "member", "state": "requested"}
    admin.post("/cms/membership/new/", form)
    assert "gehört der Kommune schon an" in admin.post("/cms/membership/new/", form).content.decode()
    membership = Membership.objects.get()
    edit = f"/cms/membership/edit/{membership.pk}/"
    admin.post(edit, {**form, "state": "confirmed", "role": "admin"})
    membership.refresh_from_db()
    assert (membership.state, membership.role) == ("confirmed", "admin")
    assert "kann nur beendet werden" in admin.post(edit, form).content.decode()
    admin.post(edit, {**form, "state": "ended"})
    assert "bleibt beendet" in admin.post(edit, {**form, "state": "confirmed"}).content.decode()
    assert admin.post(f"/cms/membership/delete/{membership.pk}/").status_code in {302, 403}
    assert Membership.objects.get().state == "ended"


def test_who_is_deleted_stays_in_the_log_without_a_name() -> None:
    """The admin's log outlives the account; the entry of the deletion itself is called by its number as well."""
    root = PortalClient()
    root.force_login(make_user("chefin@kkv.example", role="Administration", factor=True, is_superuser=True))
    gone = make_user("klara.probe@gemeinde.example", first_name="Klara", last_name="Probe")
    town = Municipality.objects.create(
        name="Musterhausen", slug="musterhausen", kind=Municipality.Kind.KREISFREIE_STADT
    )
    membership = Membership.objects.create(user=gone, municipality=town, state=Membership.State.REQUESTED)
    for row in (gone, membership):
        ModelLogEntry.objects.log_action(row, "wagtail.edit")
    assert ModelLogEntry.objects.filter(label__contains="Klara").count() == 2
    assert root.post(reverse("wagtailusers_users:delete", args=[gone.pk])).status_code == 302
    assert not User.objects.filter(pk=gone.pk).exists()
    assert not ModelLogEntry.objects.filter(label__contains="Klara").exists()
    assert ModelLogEntry.objects.filter(label=f"Konto {gone.pk}", action="wagtail.delete").exists()
