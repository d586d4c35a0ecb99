from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from portal.accounts.demo import EXTERNAL, MEMBER, PASSWORD, PEOPLE, TOWN_ADMIN, WITHOUT_ROLE, current_code
from portal.accounts.models import User
from portal.accounts.roles import ROLES

pytestmark = pytest.mark.django_db


def command(name: str) -> str:
    out = StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["seed_demo", "demo_logins"])
def test_demo_accounts_exist_only_in_development(name: str) -> None:
    with pytest.raises(CommandError, match="nur in der Entwicklung"):
        call_command(name)
    assert not User.objects.exists()


@pytest.fixture
def demo(settings: pytest.FixtureRequest) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]


@pytest.mark.usefixtures("demo")
def test_every_role_has_a_login_and_seeding_again_loses_nothing() -> None:
    command("seed_demo")
    assert {person.role for person in PEOPLE} == set(ROLES)
    editor = User.objects.get(email="redaktion@demo.example")
    editor.set_password("eigenes-neues-passwort")
    editor.groups.clear()
    editor.groups.add(*User.objects.get(email="leitung@demo.example").groups.all())
    editor.save()
    command("seed_demo")
    editor.refresh_from_db()
    assert editor.check_password("eigenes-neues-passwort")
    assert [group.name for group in editor.groups.all()] == ["Leitung"]
    assert User.objects.count() == len(PEOPLE) + len(WITHOUT_ROLE)


@pytest.mark.usefixtures("demo")
def test_the_printed_logins_work() -> None:
    command("seed_demo")
    table = command("demo_logins")
    staff, member = Client(), Client()
    assert PEOPLE[0].email in table
    assert current_code()[0] in table
    staff.post("/konto/anmelden/", {"login": PEOPLE[0].email, "password": PASSWORD})
    staff.post(reverse("mfa_authenticate"), {"code": current_code()[0]})
    assert staff.get("/cms/").status_code == 200
    member.post("/konto/anmelden/", {"login": MEMBER.email, "password": PASSWORD})
    page = member.get("/konto/").content.decode()
    assert "Musterstadt (Demo)" in page
    assert "Meine Kommune" in page
    assert "zu keiner Kommune" in staff.get("/konto/").content.decode()


@pytest.mark.usefixtures("demo")
def test_the_towns_people_and_the_external_adviser_can_be_tried() -> None:
    command("seed_demo")
    town = Client()
    town.post("/konto/anmelden/", {"login": TOWN_ADMIN.email, "password": PASSWORD})
    assert "Eine Anfrage wartet" in town.get("/konto/").content.decode()
    people = town.get("/konto/kommune/demo-musterstadt/personen/").content.decode()
    assert "Als Mitglied aufnehmen" in people
    outside = Client()
    outside.post("/konto/anmelden/", {"login": EXTERNAL.email, "password": PASSWORD})
    assert "_auth_user_id" not in outside.session
    outside.post(reverse("mfa_authenticate"), {"code": current_code()[0]})
    assert "Externe Beratung" in outside.get("/konto/").content.decode()
    assert outside.get("/cms/").status_code == 403
