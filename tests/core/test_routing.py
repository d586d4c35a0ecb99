from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page, PageViewRestriction, Site

from portal.accounts.models import User
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS, Visibility, level_of_page
from portal.home import routing
from portal.home.models import HomePage, StandardPage
from tests import factories
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def deep() -> StandardPage:
    """A page four levels below the start page."""
    parent: Page = HomePage.objects.get()
    for number in range(4):
        parent = parent.add_child(instance=StandardPage(title=f"Ebene {number}", slug=f"ebene-{number}"))
    return parent


PATH = ["ebene-0", "ebene-1", "ebene-2", "ebene-3"]


def test_a_deep_page_costs_two_queries(
    deep: StandardPage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    home = HomePage.objects.get()
    with django_assert_num_queries(2):
        found, _, _ = home.route(RequestFactory().get("/"), PATH)
    assert found == deep
    assert isinstance(found, StandardPage)


def test_drafts_and_strangers_are_not_found(deep: StandardPage) -> None:
    home = HomePage.objects.get()
    deep.live = False
    deep.save()
    assert routing.find_page(home, PATH) is None
    assert routing.find_page(home, ["gibt-es-nicht"]) is None
    assert routing.find_page(home, ["..", "start"]) is None


def test_aliases_are_found(deep: StandardPage) -> None:
    home = HomePage.objects.get()
    alias = deep.create_alias(parent=home, update_slug="zweitname")
    found = routing.find_page(home, ["zweitname"])
    assert found is not None
    assert found.pk == alias.pk


def test_a_page_type_that_routes_itself_goes_first(deep: StandardPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "self_routing_models", lambda: (StandardPage,))
    assert routing.find_page(HomePage.objects.get(), PATH) is None
    assert routing.find_page(HomePage.objects.get(), PATH[:1]) is not None


def test_restrictions_still_hold(deep: StandardPage, client: Client) -> None:
    parent = StandardPage.objects.get(slug="ebene-0")
    parent.visibility = Visibility.CENTRE
    parent.save()
    assert Site.objects.count() == 1
    response = client.get("/" + "/".join(PATH) + "/")
    assert response.status_code == 302
    assert "/konto/" in response["Location"]


def test_the_query_that_finds_a_page_knows_whether_it_is_restricted(
    deep: StandardPage, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    home = HomePage.objects.get()
    page = routing.find_page(home, PATH)
    assert page is not None
    with django_assert_num_queries(0):
        assert not page.get_view_restrictions()
    parent = StandardPage.objects.get(slug="ebene-1")
    parent.visibility = Visibility.CENTRE
    parent.save()
    page, above = routing.find_page(home, PATH), routing.find_page(home, PATH[:1])
    assert page is not None
    assert above is not None
    assert [restriction.page_id for restriction in page.get_view_restrictions()] == [parent.pk]
    assert not above.get_view_restrictions()


READERS = ("nobody", "account", "member", "staff", "superuser")
RESTRICTIONS = (
    "none",
    "password",
    "login",
    "empty",
    "members",
    "staff",
    "none above login",
    "members above staff",
)


def _restrict(page: Page, kind: str) -> None:
    """Put a restriction on a page: its type, or the groups it asks for; "above" puts it on the parent."""
    own, _, above = kind.partition(" above ")
    if above:
        _restrict(page.get_parent(), above)
    if own == "none":
        return
    groups = {"empty": (), "members": (MUNICIPALITY_GROUP,), "staff": STAFF_GROUPS}.get(own)
    word = own if groups is None else "groups"
    row = PageViewRestriction.objects.create(page=page, restriction_type=word, password="geheim")
    row.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups or ()])


def _reader(name: str) -> Any:
    if name == "nobody":
        return AnonymousUser()
    if name == "superuser":
        return User.objects.create_superuser("alles@kkv.example", "x")
    return {"account": make_user, "member": factories.member, "staff": factories.staff}[name]()


@pytest.mark.parametrize("kind", RESTRICTIONS)
@pytest.mark.parametrize("name", READERS)
def test_the_query_lets_nobody_pass_whom_wagtail_would_stop(deep: StandardPage, name: str, kind: str) -> None:
    _restrict(deep, kind)
    request = RequestFactory().get("/")
    request.user, request.session = _reader(name), SessionStore()
    page = StandardPage.objects.get(pk=deep.pk)
    passes = all(restriction.accept_request(request) for restriction in page.get_view_restrictions())
    signed_in = request.user if request.user.is_authenticated else None
    found = routing.find_page(HomePage.objects.get(), PATH, signed_in)
    assert found is not None
    assert all(restriction.accept_request(request) for restriction in found.get_view_restrictions()) == passes
    assert found.found_open == (passes if signed_in else kind == "none")


def test_an_alias_is_as_restricted_as_its_source(deep: StandardPage) -> None:
    home = HomePage.objects.get()
    alias = deep.create_alias(parent=home, update_slug="zweitname")
    alias.create_alias(parent=home, update_slug="drittname")
    for level, restrictions in ((Visibility.PUBLIC, 0), (Visibility.CENTRE, 1)):
        deep.visibility = level
        deep.save()
        for slug in ("zweitname", "drittname"):
            page = routing.find_page(home, [slug])
            assert page is not None
            assert len(page.get_view_restrictions()) == restrictions
            assert len(type(page).objects.get(pk=page.pk).get_view_restrictions()) == restrictions


@pytest.mark.parametrize("kind", ["password", "login", "staff"])
def test_an_alias_of_an_alias_of_an_alias_is_closed_as_its_source(deep: StandardPage, kind: str) -> None:
    home = HomePage.objects.get()
    alias = deep
    for slug in ("zweitname", "drittname", "viertname"):
        alias = alias.create_alias(parent=home, update_slug=slug)
    _restrict(deep, kind)
    for slug in ("zweitname", "drittname", "viertname"):
        page = routing.find_page(home, [slug])
        assert page is not None
        assert len(page.get_view_restrictions()) == 1
        response = Client().get(f"/{slug}/")
        assert response.status_code == 302 or "password" in response.content.decode()


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("kind", ["password", "login", "staff"])
def test_below_an_alias_everything_is_closed_as_its_source_however_far_that_is(
    deep: StandardPage, kind: str, steps: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    home = HomePage.objects.get()
    alias = deep
    for number in range(steps):
        alias = alias.create_alias(parent=home, update_slug=f"name-{number}")
    above = alias.add_child(instance=StandardPage(title="Dazwischen", slug="dazwischen"))
    below = above.add_child(instance=StandardPage(title="Darunter", slug="darunter"))
    path = [alias.slug, "dazwischen", "darunter"]
    open_ = routing.find_page(home, path)
    assert open_ is not None
    assert not open_.get_view_restrictions()
    assert level_of_page(below) is Visibility.PUBLIC
    assert open_.found_open == (steps < 3)  # further away, the gate looks itself
    _restrict(deep, kind)
    found = routing.find_page(home, path)
    assert found is not None
    assert (found.found_open, found.found_closed) == (False, True)
    with django_assert_num_queries(1):
        assert [row.page_id for row in found.get_view_restrictions()] == [deep.pk]
    assert level_of_page(below) is (Visibility.MUNICIPALITY if kind == "login" else Visibility.CENTRE)
    response = Client().get(f"/{'/'.join(path)}/")
    assert response.status_code == 302 or "password" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_aliases_in_a_ring_end(deep: StandardPage) -> None:
    home = HomePage.objects.get()
    one = deep.create_alias(parent=home, update_slug="eins")
    two = one.create_alias(parent=home, update_slug="zwei")
    Page.objects.filter(pk=one.pk).update(alias_of=two)
    _restrict(one, "login")
    found = StandardPage.objects.get(pk=two.pk)
    assert [row.page_id for row in found.get_view_restrictions()] == [one.pk]
    assert level_of_page(found) is Visibility.MUNICIPALITY


def test_what_is_closed_is_kept_by_no_browser(deep: StandardPage) -> None:
    client = PortalClient()
    client.force_login(factories.staff())
    address = f"/{'/'.join(PATH)}/"
    assert "no-store" not in client.get(address)["Cache-Control"]
    _restrict(StandardPage.objects.get(slug="ebene-1"), "login")
    response = client.get(address)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_a_restriction_the_cache_knows_nothing_of_holds_at_the_next_request(deep: StandardPage) -> None:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "unbekannt"  # past the page cache
    assert client.get(f"/{'/'.join(PATH)}/").status_code == 200
    restriction = PageViewRestriction(page=deep, restriction_type="login")
    PageViewRestriction.objects.bulk_create([restriction])  # announces nothing
    assert client.get(f"/{'/'.join(PATH)}/").status_code == 302
