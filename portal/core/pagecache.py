"""The page cache: whole answers for anonymous readers, forgotten as soon as content changes (docs/caching.md)."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

import brotli
from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

from portal.core import generation

NEVER = ("/cms/", "/konto/", "/_util/", "/static/", "/media/", "/dokumente/", "/entwurf/", "/healthz", "/readyz")
# Marks of campaigns and trackers: no page of ours depends on them, so no page gets to see them.
TRACKING = re.compile(r"(utm_\w+|mtm_\w+|pk_\w+|at_\w+|fbclid|gclid|dclid|msclkid|yclid|_ga|_gl|ref|referrer)")
HARMLESS_VARY = {"cookie", "accept-encoding", "accept-language", "hx-request"}
KEPT_HEADERS = ("Content-Type", "Content-Language", "Vary", "Link", "X-Robots-Tag", "Last-Modified")
MAX_SIZE = 2 * 1024 * 1024
MIN_COMPRESSED = 500
_COMPRESSIBLE = re.compile(r"text/|application/(json|ld\+json|xml|atom\+xml|javascript)|image/svg")

_queries: dict[str, re.Pattern[str]] = {}
_to_be_claimed: set[str] = set()


def register_query(name: str, pattern: str, *, claimed: bool = False) -> None:
    """Declare a query parameter pages are cached with; any other parameter makes the answer uncached.

    `claimed`: only the answer of a view that has called `claim` is kept, for parameters whose pattern lets anybody
    invent any number of values.
    """
    _queries[name] = re.compile(pattern)
    if claimed:
        _to_be_claimed.add(name)


def claim(request: HttpRequest, *names: str) -> None:
    """Say that the values of these parameters are among the few the page knows."""
    request.claimed_query = {*getattr(request, "claimed_query", ()), *names}  # type: ignore[attr-defined]


def _is_claimed(request: HttpRequest) -> bool:
    names = {name for name, _ in parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)}
    return names & _to_be_claimed <= set(getattr(request, "claimed_query", ()))


register_query("seite", r"[1-9]\d{0,2}")


@dataclass(frozen=True)
class Entry:
    """A stored answer in one encoding."""

    body: bytes
    headers: dict[str, str]
    etag: str
    until: datetime
    encoding: str = ""
    page_id: int | None = None
    """The page the answer shows, for whoever counts; what is no page has none."""
    part: str = ""
    """The part of that page, where it is counted by itself (the result of a decision help)."""

    @property
    def compressible(self) -> bool:
        kind = self.headers.get("Content-Type", "")
        return len(self.body) >= MIN_COMPRESSED and _COMPRESSIBLE.match(kind) is not None


def canonical_query(raw: str) -> str | None:
    """Return the query as far as pages may depend on it, or None where the answer must not be cached."""
    kept: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True):
        if TRACKING.fullmatch(name):
            continue
        if name in kept or name not in _queries or not _queries[name].fullmatch(value):
            return None
        kept[name] = value
    return urlencode(sorted(kept.items()))


def _accepted_encoding(request: HttpRequest) -> str:
    """Return what compresses an answer: br before gzip, unless the client refuses it (RFC 9110, 12.5.3)."""
    accepted = set()
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = (text.strip() for text in part.replace(" ", "").partition(";q="))
        if not (weight and set(weight) <= {"0", "."}):
            accepted.add(name)
    return next((name for name in ("br", "gzip") if name in accepted), "")


def _compress(body: bytes, encoding: str) -> bytes:
    if encoding == "br":
        return bytes(brotli.compress(body, quality=5))
    if encoding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def is_cacheable_request(request: HttpRequest) -> bool:
    """True for a plain GET or HEAD of somebody we know nothing about."""
    return (
        request.method in {"GET", "HEAD"}
        and settings.PAGE_CACHE_SECONDS > 0
        and not request.path_info.startswith(NEVER)
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and CookieStorage.cookie_name not in request.COOKIES
        and "Authorization" not in request.headers
        and "Range" not in request.headers
        and "HX-Request" not in request.headers
        and not getattr(request, "is_dummy", False)
    )


def _listed(response: HttpResponseBase, name: str) -> set[str]:
    return {part.strip().lower() for part in str(response.get(name, "")).split(",") if part.strip()}


def _cache_control(response: HttpResponseBase) -> set[str]:
    return {part.split("=")[0] for part in _listed(response, "Cache-Control")}


def is_cacheable_response(request: HttpRequest, response: HttpResponseBase) -> bool:
    """True when the answer is the same for every anonymous reader."""
    if response.status_code != 200 or response.streaming or not isinstance(response, HttpResponse):
        return False
    if not _is_claimed(request):
        return False
    if response.cookies or "CSRF_COOKIE_NEEDS_UPDATE" in request.META or hasattr(request, "_csp_nonce"):
        return False
    if _cache_control(response) & {"private", "no-store", "no-cache"} or response.has_header("Content-Encoding"):
        return False
    return _listed(response, "Vary") <= HARMLESS_VARY and len(response.content) <= MAX_SIZE


def _plain_entry(request: HttpRequest, response: HttpResponseBase, until: datetime) -> Entry:
    patch_vary_headers(response, ("Accept-Encoding", "Cookie"))
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    headers["Cache-Control"] = response.headers.get("Cache-Control", "no-cache")
    body: bytes = getattr(response, "content", b"")
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    page_id, part = getattr(request, "served_page_id", None), getattr(request, "served_part", "")
    return Entry(body, headers, etag, until, page_id=page_id, part=part)


class PageCacheMiddleware:
    """Serves stored answers without touching the database, and stores what may be stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = self._key(request)
        if key is None:
            return self._uncached(request)
        current = generation.current()
        prefix, encoding = f"portal:page:{current}:{key}", _accepted_encoding(request)
        entry = generation.fetch(f"{prefix}:{encoding}")
        if entry is None and encoding and (plain := generation.fetch(f"{prefix}:")):
            entry = self._encoded(prefix, plain, encoding)
        if entry is not None:
            return self._answer(request, entry, "hit")
        until = generation.valid_until(current)
        response = self.get_response(request)
        if request.method == "HEAD" or not is_cacheable_response(request, response):
            return response
        plain = _plain_entry(request, response, until)
        generation.keep(f"{prefix}:", plain, until)
        return self._answer(request, self._encoded(prefix, plain, encoding), "miss")

    def _uncached(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            response.headers["Cache-Control"] = "private, no-cache"
        return response

    def _key(self, request: HttpRequest) -> str | None:
        if not is_cacheable_request(request) or generation.has_uncommitted_changes():
            return None
        query = canonical_query(request.META.get("QUERY_STRING", ""))
        if query is None:
            return None
        try:
            host = request.get_host()
        except DisallowedHost:
            return None
        request.META["QUERY_STRING"] = query  # what is stored has never seen a tracking parameter
        raw = f"{request.scheme}://{host}{request.path}?{query}"
        return hashlib.sha256(raw.encode()).hexdigest()

    def _encoded(self, prefix: str, plain: Entry, encoding: str) -> Entry:
        """Return the entry in an encoding, and keep it so that the next hit costs no compression."""
        if not encoding or not plain.compressible:
            return plain
        entry = replace(plain, body=_compress(plain.body, encoding), encoding=encoding)
        generation.keep(f"{prefix}:{encoding}", entry, entry.until)
        return entry

    def _answer(self, request: HttpRequest, entry: Entry, state: str) -> HttpResponseBase:
        request.page_cache = state  # type: ignore[attr-defined]  # for the access line
        request.served_page_id = entry.page_id  # type: ignore[attr-defined]  # as BasePage.serve leaves it
        request.served_part = entry.part  # type: ignore[attr-defined]  # as a decision help leaves it
        response = HttpResponse(entry.body, headers=dict(entry.headers))
        response.headers["ETag"] = entry.etag
        response.headers["Content-Length"] = str(len(entry.body))
        if entry.encoding:
            response.headers["Content-Encoding"] = entry.encoding
        answer: HttpResponseBase = (
            get_conditional_response(request, etag=entry.etag, response=response) or response
        )
        answer.headers["X-Cache"] = state
        if request.method == "HEAD" and answer is response:
            response.content = b""
        return answer
