from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from wagtail.models import Site

from portal.core import context, generation
from portal.core.models import Operator, PortalImage, SiteNotice
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, HomePage, StandardPage
from tests.core import files
from tests.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _advice_is_a_message(settings: Any) -> None:
    """The frame while advice is not offered; the other way is in tests/consultations/test_advice_switch.py."""
    settings.CONSULTATIONS_OPEN = False


def _portal(**request: object) -> dict[str, Any]:
    made = RequestFactory().get("/")
    made.user = AnonymousUser()
    for name, value in request.items():
        setattr(made, name, value)
    return context.portal(made)


def test_everything_is_there_on_an_empty_portal() -> None:
    values = _portal()
    assert values["site_notice"] is None
    assert values["easy_language_url"] == values["sign_language_url"] == ""
    assert values["user_level"] is Visibility.PUBLIC
    assert values["advice_url"] == "/kontakt/?anliegen=beratung"
    assert [item["title"] for item in values["nav"]] == ["Fristen", "Glossar", "Recht", "A–Z"]
    assert isinstance(values["operator"], Operator)
    assert not Operator.objects.exists(), "reading writes nothing"


@pytest.mark.parametrize(("path", "filled"), [
    ("/themen/ozg/größe/", "?anliegen=beratung&seite=%2Fthemen%2Fozg%2Fgr%C3%B6%C3%9Fe%2F"),
    ("/kontakt/", "?anliegen=beratung"),
    ("/" + "lang" * 500, "?anliegen=beratung&seite=%2F" + ("lang" * 75)[:299]),
])  # fmt: skip
def test_where_advice_is_asked_for_knows_the_page(path: str, filled: str) -> None:
    assert _portal(path=path)["advice_url"] == f"/kontakt/{filled}"


def test_pages_of_the_portal_become_menus() -> None:
    home = HomePage.objects.get()
    home.add_child(instance=EasyLanguagePage(title="Leichte Sprache", slug="leichte-sprache"))
    home.add_child(instance=StandardPage(title="Impressum", slug="impressum"))
    home.add_child(instance=StandardPage(title="Intern", slug="intern", visibility=Visibility.CENTRE))
    home.add_child(instance=StandardPage(title="Entwurf", slug="entwurf", live=False))
    values = _portal()
    assert values["easy_language_url"] == "/leichte-sprache/"
    titles = [item["title"] for item in values["service_links"]]
    assert titles == ["Impressum", "Kontakt", "Barriere melden", "Änderungen abonnieren", "Übersicht"]


def test_warm_it_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _portal()
    with django_assert_num_queries(0):
        _portal()


def test_a_change_is_seen_at_once(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    _portal()
    with django_capture_on_commit_callbacks(execute=True):
        Operator.objects.create(site=Site.objects.get(), name="Zentrum für Größe")
        assert _portal()["operator"].name == "Zentrum für Größe"
        assert generation.has_uncommitted_changes()
    assert not generation.has_uncommitted_changes()
    assert _portal()["operator"].name == "Zentrum für Größe"


def test_a_notice_is_shown_in_its_time() -> None:
    now = timezone.now()
    notice = SiteNotice(site=Site.objects.get(), active=True, title="Wartung am Abend")
    for starts, ends, shown in (
        (None, None, True), (now + timedelta(hours=1), None, False), (None, now - timedelta(hours=1), False),
        (now - timedelta(hours=1), now + timedelta(hours=1), True),
    ):  # fmt: skip
        notice.starts_at, notice.ends_at = starts, ends
        notice.save()
        assert (_portal()["site_notice"] is not None) is shown
    assert context.next_notice_change(now) == notice.ends_at


def test_the_reader_level_is_told() -> None:
    assert _portal(user=make_user(role="Redaktion"))["user_level"] is Visibility.CENTRE


def test_the_mark_of_the_operator_has_its_alternative_text() -> None:
    image = PortalImage.objects.create(
        title="Marke", description="Wortmarke der Stelle", licence="eigen", width=8, height=8,
        file=ContentFile(files.png(), name="marke.png"),
    )  # fmt: skip
    Operator.objects.create(site=Site.objects.get(), logo=image)
    logo = _portal()["operator_logo"]
    assert isinstance(logo, dict)
    assert logo["alt"] == "Wortmarke der Stelle"
    assert logo["width"] == 8
    html = Client().get("/konto/anmelden/").content.decode()
    assert f'src="{logo["url"]}" alt="Wortmarke der Stelle"' in html


def test_the_admin_pays_only_where_it_shows_a_page_of_readers(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    request = RequestFactory().get("/cms/")
    request.user = AnonymousUser()
    with django_assert_num_queries(0):
        lazy = context.portal(request)
    assert lazy.keys() == _portal().keys()
    assert [item["title"] for item in lazy["nav"]] == [item["title"] for item in _portal()["nav"]]
    assert not lazy["site_notice"]


def test_many_changes_raise_once(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        for _ in range(5):
            generation.raise_on_commit()
    assert len(callbacks) == 1


def test_migrating_forgets_what_the_old_release_derived() -> None:
    before = generation.current()
    generation.raise_after_migrate()
    assert generation.current() != before
