"""„Meine Kommune“: what the apps show there, in a fixed number of queries, and who sees which page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledge.models import Deadline
from portal.accounts import memberships, own_area
from portal.accounts.models import Membership, User
from portal.accounts.own_area import Section
from portal.core.models import Frequency
from portal.core.subscriptions import services as subscriptions
from portal.core.subscriptions.registry import Everything
from portal.core.visibility import STAFF_GROUPS
from tests import factories
from tests.factories.bodies import association, belongs, person_of, town
from tests.people import PASSWORD, PortalClient, make_user, totp_code

pytestmark = pytest.mark.django_db


def session(user: User) -> Client:
    client = PortalClient()
    client.force_login(user)
    return client


def own(user: User) -> str:
    answer = session(user).get("/konto/")
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


@pytest.fixture
def member() -> User:
    return person_of(town(), "mitglied@buedingen.example")


def test_it_shows_where_somebody_belongs_and_what_waits(member: User) -> None:
    page = own(member)
    for words in ("Meine Kommune", "Büdingen", "Stadt, Wetteraukreis", "Mitglied seit", "Außer Ihnen gehört hier"):
        assert words in page
    assert "über Anfragen entscheidet die Kompetenzstelle" in page
    admin = person_of(town(), "verwaltung@buedingen.example", role="admin")
    memberships.ask_to_join(user=make_user("neu@stadt.example"), municipality=town(), wants_admin=False)
    assert "auf Ihre Entscheidung" not in own(member)
    shown = own(admin)
    assert "2 Personen gehören dazu" in shown
    assert "Eine Anfrage wartet" in shown


def test_deadlines_that_bind_municipalities_within_a_year(member: User) -> None:
    today = timezone.localdate()
    for name, days, binds in (
        ("Registermodernisierung beginnt", 30, ["kommune"]),
        ("Nur der Bund", 30, ["bund"]),
        ("Später als ein Jahr", 400, ["kommune"]),
        ("Schon vorbei", -3, ["kommune"]),
    ):
        factories.deadline(name, day=today + timedelta(days=days), binds=binds)
    page = own(member)
    assert "Registermodernisierung beginnt" in page
    for name in ("Nur der Bund", "Später als ein Jahr", "Schon vorbei"):
        assert name not in page
    assert "Registermodernisierung" not in own(make_user("fremd@stadt.example"))
    Deadline.objects.all().delete()
    assert "fällt nichts an" in own(member)


def test_subscriptions_are_named(member: User) -> None:
    assert "noch nichts abonniert" in own(member)
    subscriptions.subscribe_account(user=member, subject=Everything.subject, frequency=Frequency.DAILY)
    assert "Alle wesentlichen Änderungen im Portal" in own(member)


@pytest.fixture
def cases() -> Iterator[list[Any]]:
    """A section as a higher app registers it."""
    seen: list[Any] = []

    def data(request: Any, confirmed: Any) -> dict[str, Any] | None:
        seen.append([row.municipality.name for row in confirmed])
        return {"rows": [], "more": 0} if confirmed else None

    own_area.register(Section("of-the-test", "Offene Fälle", "accounts/own/subscriptions.html", data, order=30))
    yield seen
    del own_area._sections["of-the-test"]


def test_higher_apps_add_sections_in_their_order(member: User, cases: list[Any]) -> None:
    memberships.ask_to_join(user=member, municipality=town("Fürth"), wants_admin=False)
    page = own(member)
    assert cases == [["Büdingen"]]  # confirmed ones only
    names = ["memberships", "of-the-test", "deadlines", "subscriptions"]
    places = [page.index(f'id="bereich-{name}"') for name in names]
    assert places == sorted(places)
    assert "Offene Fälle" not in own(make_user("fremd@stadt.example"))


def test_the_page_costs_the_same_for_many(
    member: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for name in ("Fürth", "Darmstadt", "Kassel"):
        belongs(member, town(name), role="admin")
        for number in range(4):
            person_of(town(name), f"n{number}@{name.lower().replace('ü', 'ue')}.example")
    client = session(member)
    client.get("/konto/")
    with django_assert_max_num_queries(20):
        client.get("/konto/")
    with django_assert_max_num_queries(12):
        client.get("/konto/kommune/kassel/personen/")


# -- who sees which page -----------------------------------------------------------------------------

OPEN = {
    "start": "/konto/",
    "join": "/konto/kommune/anfragen/",
    "profile": "/konto/profil/",
    "data": "/konto/daten/",
}
ACTORS = (
    "anonymous", "stranger", "asking in A", "member of A", "administrator of A", "member of B",
    "administrator of B", "ended in A", "external adviser", *STAFF_GROUPS,
)  # fmt: skip


def actor(name: str) -> Client:
    """Return a session of somebody, new for each test."""
    if name == "anonymous":
        return Client()
    if name in STAFF_GROUPS:
        return session(make_user("stab@kkv.example", role=name))
    user = make_user("jemand@stadt.example")
    if name == "asking in A":
        memberships.ask_to_join(user=user, municipality=town(), wants_admin=False)
    elif name == "ended in A":
        memberships.leave(membership=belongs(user, town()))
    elif name == "external adviser":
        membership = belongs(user, association())
        membership.is_external_adviser = True
        membership.save()
        user = User.objects.get(pk=user.pk)
    elif name != "stranger":
        body = town() if name.endswith("A") else town("Fürth")
        belongs(user, body, role="admin" if name.startswith("administrator") else "member")
    return session(user)


@pytest.mark.parametrize("name", ACTORS)
def test_the_matrix_of_pages_and_actions(name: str) -> None:
    """Every address about the people of A: only who belongs there sees them, only who manages decides."""
    chief = person_of(town(), "chefin@buedingen.example", role="admin")
    person_of(town(), "zweite@buedingen.example", role="admin")
    colleague = belongs(make_user("kollege@buedingen.example"), town())
    request = memberships.ask_to_join(user=make_user("anfrage@gmx.example"), municipality=town(), wants_admin=True)
    client = actor(name)
    for address in OPEN.values():
        status = client.get(address).status_code
        expected = {302} if name == "anonymous" else {200}
        assert status in expected, address
    people = client.get("/konto/kommune/buedingen/personen/")
    inside, manages = name in {"member of A", "administrator of A"}, name == "administrator of A"
    assert people.status_code == (200 if inside else 302 if name == "anonymous" else 404)
    text = people.content.decode()
    assert (chief.email in text) is inside
    assert (colleague.user.email in text) is manages
    assert (request.user.email in text) is manages
    refused, unsent = ({302}, {403}) if name == "anonymous" else ({404}, {404})
    for row, action in (
        (request, "admit"),
        (request, "admit_admin"),
        (colleague, "make_admin"),
        (request, "refuse"),
    ):
        answer = client.post(f"/konto/kommune/buedingen/personen/{row.pk}/", {"action": action})
        assert answer.status_code in ({302} if manages else unsent)
    ended = client.get(f"/konto/kommune/zugehoerigkeit/{colleague.pk}/beenden/")
    assert ended.status_code in ({200} if manages else refused)
    client.post(f"/konto/kommune/zugehoerigkeit/{colleague.pk}/beenden/")
    assert client.post(f"/konto/kommune/zugehoerigkeit/{colleague.pk}/verwaltung/").status_code in unsent
    colleague.refresh_from_db()
    request.refresh_from_db()
    assert colleague.state == (Membership.State.ENDED if manages else Membership.State.CONFIRMED)
    assert colleague.role == ("admin" if manages else "member")
    assert request.state == ("confirmed" if manages else "requested")


@pytest.mark.parametrize("name", [name for name in ACTORS if name not in {"Koordination", "Administration"}])
def test_nobody_else_decides_in_the_admin(name: str) -> None:
    request = memberships.ask_to_join(user=make_user("anfrage@gmx.example"), municipality=town(), wants_admin=True)
    client = actor(name)
    for method, path in (
        ("get", "/cms/anfragen/"), ("post", f"/cms/anfragen/{request.pk}/"), ("get", "/cms/domains/uebernehmen/"),
        ("post", "/cms/domains/uebernehmen/"), ("post", "/cms/membership/new/"),
    ):  # fmt: skip
        answer = getattr(client, method)(path, {"action": "admit", "text": f"{town().ags};stadt.example"})
        assert answer.status_code in {302, 403}, path
    request.refresh_from_db()
    assert request.state == "requested"


@pytest.mark.parametrize("role", STAFF_GROUPS)
def test_people_of_the_centre_are_told_where_their_work_is(role: str) -> None:
    staff = make_user("stab@kkv.example", role=role)
    html = own(staff)
    assert "zu keiner Kommune" in html
    assert 'href="/cms/"' in html
    belongs(staff, town())
    html = own(User.objects.get(pk=staff.pk))
    assert "Meine Kommune" in html
    assert town().name in html
    assert "zu keiner Kommune" not in html
    assert 'href="/cms/"' in html


def test_the_login_leads_the_centre_to_its_work() -> None:
    staff = make_user("stab@kkv.example", role="Redaktion", factor=True)
    client = Client()
    client.post("/konto/anmelden/", {"login": staff.email, "password": PASSWORD})
    answer = client.post(reverse("mfa_authenticate"), {"code": totp_code()})
    assert answer["Location"] == "/cms/"
