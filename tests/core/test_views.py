import json
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from wagtail.models import Site

from portal.core import outbox, probes, views
from portal.core.models import Operator, OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


def test_liveness_asks_nobody(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_readiness_with_warnings(client: Client) -> None:
    outbox.enqueue(kind="probe", key="k", payload={})
    OutboxMessage.objects.update(state="failed", finished_at=datetime(2026, 1, 1, tzinfo=UTC))
    response = client.get("/readyz")
    details = json.loads(response.content)
    assert response.status_code == 200
    assert details["checks"] == {"database": "ok", "migrations": "ok", "cache": "ok", "disk": "ok"}
    warnings = " | ".join(details["warnings"])
    assert "publish_scheduled" in warnings
    assert "outbox: 1 given up" in warnings
    assert "background process: not running" in warnings


@pytest.mark.parametrize("name", sorted(probes.CHECKS))
def test_readiness_fails_with_each_check(client: Client, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken() -> str:
        raise OSError("geheime Einzelheit")

    monkeypatch.setitem(probes.CHECKS, name, broken)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert json.loads(response.content)["checks"][name] == "OSError"
    assert b"geheime" not in response.content


def test_a_full_disk_and_a_dead_cache_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_free", lambda: 1)
    assert probes.check_disk() == "full"
    monkeypatch.setattr(cache, "set", lambda *args: None)
    assert probes.check_cache() == "not writable"


def test_robots(client: Client, settings: Settings) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /cms/" in text
    assert "Disallow: /suche.md" in text
    assert f"Sitemap: {settings.BASE_URL}/sitemap.xml" in text


def test_security_contact_does_not_expire(client: Client) -> None:
    Operator.objects.create(site=Site.objects.get(), security_email="sicherheit@example.org")
    response = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert fields["Contact"] == "mailto:sicherheit@example.org"
    expires = datetime.fromisoformat(fields["Expires"])
    assert 200 < (expires - datetime.now(UTC)).days < 366


def test_expiry_is_always_within_a_year() -> None:
    for month in range(1, 13):
        for day in (1, 28):
            now = datetime(2026, month, day, 23, tzinfo=UTC)
            assert 250 < (views.security_expiry(now) - now).days < 366


def test_the_error_page_asks_no_database(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = Client(raise_request_exception=False)
    client.get("/probe/")
    with django_assert_num_queries(0):
        response = client.get("/probe/error/")
    assert response.status_code == 500
    assert "schiefgegangen" in response.content.decode()


def test_a_missing_page_offers_the_words_of_its_address(client: Client) -> None:
    response = client.get("/themen/wohngeld-b%C3%BCrgerb%C3%BCro/")
    assert response.status_code == 404
    assert "wohngeld bürgerbüro" in response.content.decode()
