import pytest
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page, Site

from portal.core.visibility import Visibility
from portal.home import routing
from portal.home.models import HomePage, StandardPage

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
