import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from pytest_django import Settings
from wagtail.models import Page

from portal.home.models import HomePage
from tests.people import PortalClient, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


def _policy(client: Client, path: str) -> str:
    return client.get(path)["Content-Security-Policy"]


def test_public_pages_have_the_strict_policy(client: Client) -> None:
    response = client.get("/probe/")
    policy = response["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "upgrade-insecure-requests" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]


def test_the_admin_has_its_own_policy(client: Client) -> None:
    response = client.get("/cms/probe/")
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_insecure_requests_are_upgraded_only_with_tls(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    policy = client.get("/probe/", secure=True)["Content-Security-Policy"]
    assert "upgrade-insecure-requests" in policy


def test_the_preview_may_be_framed_by_the_admin() -> None:
    page = Page.objects.get(url_path="/start/")
    request = RequestFactory().get("/cms/pages/preview/")
    request.user = get_user_model()(email="redaktion@example.org")
    response = page.make_preview_request(request)  # the plain Page has Wagtail's own template
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_a_draft_is_shown_in_the_admin_with_the_admin_policy() -> None:
    client = PortalClient()
    client.force_login(make_user(role="Redaktion", factor=True))
    page = HomePage.objects.get()
    page.intro = "Entwurf für Größe"
    page.save_revision()
    response = client.get(f"/cms/pages/{page.pk}/view_draft/")
    assert response.status_code == 200
    assert "Entwurf für Größe" in response.content.decode()
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    assert "X-Cache" not in response.headers
