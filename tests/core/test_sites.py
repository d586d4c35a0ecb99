"""The site of a request is the one Wagtail would find, start page and settings with it."""

from __future__ import annotations

import pickle

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from wagtail.models import Site
from wagtail.models.sites import get_site_for_hostname

from portal.core import sites
from portal.core.models import Operator, SiteNotice
from portal.home.models import HomePage
from tests import factories

pytestmark = pytest.mark.django_db


def _wagtails(host: str, port: str) -> Site | None:
    try:
        return get_site_for_hostname(host, int(port))
    except Site.DoesNotExist:
        return None


@pytest.mark.parametrize("with_default", [True, False])
def test_hosts_lead_where_wagtail_leads(with_default: bool) -> None:
    home = HomePage.objects.get()
    Site.objects.update(hostname="amt.example", port=443, is_default_site=with_default)
    Site.objects.bulk_create(
        Site(hostname=host, port=port, root_page=home)
        for host, port in (
            ("größe.example", 443),
            ("zwei.example", 443),
            ("zwei.example", 8443),
            ("amt.example", 99),
        )
    )
    for host in ("amt.example", "größe.example", "zwei.example", "fremd.example"):
        for port in ("443", "8443", "99", "1"):
            assert sites.choose(sites.all_sites(), host, port) == _wagtails(host, port), (host, port)


def test_start_page_and_settings_come_along(
    django_assert_num_queries: DjangoAssertNumQueries,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        Operator.objects.create(site=Site.objects.get(), name="Zentrum für Größe")
    with django_assert_num_queries(1):
        sites.site_of(RequestFactory().get("/"))
    with django_assert_num_queries(0):
        request = RequestFactory().get("/")
        site = sites.site_of(request)
        assert site is not None
        assert Site.find_for_request(request) is site
        assert isinstance(site.root_page.specific, HomePage)
        assert sites.setting_of(Operator, site).name == "Zentrum für Größe"
        assert not sites.setting_of(SiteNotice, site).active
        assert pickle.loads(pickle.dumps(site)) == site  # noqa: S301 - our own


def test_a_change_of_a_site_is_seen_at_once(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    sites.all_sites()
    with django_capture_on_commit_callbacks(execute=True):
        site = Site.objects.get()
        site.hostname = "neu.example"
        site.save()
    assert [site.hostname for site in sites.all_sites()] == ["neu.example"]


def test_pages_are_addressed_as_wagtail_does_it() -> None:
    root = Site.objects.get().root_page
    Site.objects.create(hostname="b.example.org", root_page=root)
    Site.objects.create(hostname="a.example.org", root_page=root, port=8000)
    Site.objects.create(hostname="tief.example.org", root_page=factories.topic())
    Site.clear_site_root_paths_cache()
    assert sites.root_paths(sites._load()) == Site.get_site_root_paths()
