import gzip
from datetime import timedelta

import brotli
import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from wagtail.models import Site

from portal.core import generation
from portal.core.models import SiteNotice
from portal.core.pagecache import canonical_query

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]


def test_a_hit_costs_no_query(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = client.get("/probe/")
    with django_assert_num_queries(0):
        second = client.get("/probe/")
    assert (first["X-Cache"], second["X-Cache"]) == ("miss", "hit")
    assert first.content == second.content
    assert "Set-Cookie" not in second.headers
    assert second["Cache-Control"] == "no-cache"
    assert "Content-Security-Policy" in second.headers


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_answers_are_kept_compressed(client: Client, encoding: str, unpack: object) -> None:
    plain = client.get("/probe/").content
    for expected in ("hit", "hit"):
        response = client.get("/probe/", headers={"Accept-Encoding": f"{encoding}, deflate"})
        assert response["X-Cache"] == expected
        assert response["Content-Encoding"] == encoding
        assert unpack(response.content) == plain  # type: ignore[operator]  # one of two functions
        assert int(response["Content-Length"]) == len(response.content) < len(plain) / 4


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, br;q=0", "gzip"), ("br; q=0.0", ""), ("br;q=0.5, gzip", "br"), ("identity", "")],
)
def test_what_a_client_refuses_is_not_sent(client: Client, accepted: str, encoding: str) -> None:
    response = client.get("/probe/", headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding", "") == encoding


def test_a_known_answer_is_not_sent_again(client: Client) -> None:
    etag = client.get("/probe/")["ETag"]
    response = client.get("/probe/", headers={"If-None-Match": etag})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == etag
    assert client.get("/probe/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_head_is_served_from_the_cache(client: Client) -> None:
    assert "X-Cache" not in client.head("/probe/").headers
    size = client.get("/probe/")["Content-Length"]
    response = client.head("/probe/")
    assert (response["X-Cache"], response["Content-Length"], response.content) == ("hit", size, b"")


@pytest.mark.parametrize(
    "path", ["/probe/token/", "/probe/cookie/", "/probe/private/", "/probe/stream/", "/gibt-es-nicht/"]
)
def test_what_is_not_for_everybody_is_not_kept(client: Client, path: str) -> None:
    for _ in range(2):
        assert "X-Cache" not in Client().get(path).headers


def test_signed_in_readers_are_never_served_from_the_cache(client: Client) -> None:
    client.get("/probe/")
    client.force_login(get_user_model().objects.create_user("anna.groß@example.org", "geheim-geheim"))
    response = client.get("/probe/")
    assert "X-Cache" not in response.headers
    assert response["Cache-Control"] == "private, no-cache"


def test_tracking_parameters_are_dropped_and_unknown_ones_not_kept(client: Client) -> None:
    plain = client.get("/probe/")
    tracked = client.get("/probe/?utm_source=Rundbrief&fbclid=1")
    assert tracked["X-Cache"] == "hit"
    assert tracked.content == plain.content
    assert "X-Cache" not in client.get("/probe/?q=Wohngeld").headers
    assert client.get("/probe/?seite=2&utm_campaign=x")["X-Cache"] == "miss"
    assert client.get("/probe/?seite=2")["X-Cache"] == "hit"
    assert b"|2</p>" in client.get("/probe/?seite=2").content


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("utm_source=a", ""),
        ("seite=3", "seite=3"),
        ("seite=0", None),
        ("seite=1&seite=2", None),
        ("x=1", None),
    ],
)
def test_canonical_query(raw: str, expected: str | None) -> None:
    assert canonical_query(raw) == expected


def test_a_lost_generation_never_revives_old_answers(client: Client) -> None:
    client.get("/probe/")
    cache.delete(generation.GENERATION_KEY)
    assert client.get("/probe/")["X-Cache"] == "miss"
    assert client.get("/probe/")["X-Cache"] == "hit"


def test_answers_end_with_the_next_dated_change(client: Client, settings: Settings) -> None:
    now = timezone.now()
    site = Site.objects.get()
    assert generation.valid_until("leer") <= now + timedelta(seconds=settings.PAGE_CACHE_SECONDS + 5)
    SiteNotice.objects.create(site=site, active=True, title="Wartung", starts_at=now + timedelta(seconds=90))
    until = generation.valid_until("mit-hinweis")
    assert timedelta(seconds=80) < until - now <= timedelta(seconds=90)


def test_the_cache_can_be_switched_off(client: Client, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    assert "X-Cache" not in client.get("/probe/").headers


def test_a_cache_that_is_away_costs_only_time(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    for _ in range(2):
        response = client.get("/probe/")
        assert (response.status_code, response["X-Cache"]) == (200, "miss")
