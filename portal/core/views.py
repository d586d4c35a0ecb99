"""Views without content of their own: probes, robots, security contact, image files, refused requests."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import http_date
from django.views import defaults
from django.views.decorators.http import require_safe

from portal.core import probes
from portal.core.context import surroundings

MEDIA_FOLDERS = ("images", "original_images")
SECURITY_TXT_DAYS = 300


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what could not be understood; who sent too much is told the limit and where the text still is."""
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        return render(request, "413.html", {"limit": limit}, status=413)
    return defaults.bad_request(request, exception)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Liveness: the process answers. It asks nobody else, so that a slow database restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Readiness as JSON: 503 while something is missing without which requests fail; the rest is a warning."""
    return probes.readiness_response()


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Robots may read everything that is content."""
    lines = [
        "User-agent: *",
        "Disallow: /cms/",
        "Disallow: /konto/",
        "Disallow: /entwurf/",
        "Disallow: /suche/",
        "Disallow: /suche.md",
        "Disallow: /rueckmeldung/",
        "",
        f"Sitemap: {settings.BASE_URL}/sitemap.xml",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def security_expiry(now: datetime) -> datetime:
    """Return the date security.txt names (RFC 9116: less than a year ahead), the same all through a month."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first + timedelta(days=SECURITY_TXT_DAYS)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report weaknesses (RFC 9116)."""
    operator = surroundings(request).operator
    lines = [
        f"Contact: mailto:{operator.security_email or operator.email}",
        f"Expires: {security_expiry(timezone.now()):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.BASE_URL}/.well-known/security.txt",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def media(request: HttpRequest, path: str) -> FileResponse:
    """Serve images; documents go through the view that knows who may read them.

    A rendition's name changes with its content, so it may be kept long. SVG may carry script: it is shown
    as an image only, in a sandbox.
    """
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in MEDIA_FOLDERS or ".." in parts or not default_storage.exists(path):
        raise Http404
    try:
        file = default_storage.open(path)
    except IsADirectoryError as error:
        raise Http404 from error
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = FileResponse(file, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=2592000"
    response.headers["Last-Modified"] = http_date(default_storage.get_modified_time(path).timestamp())
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    if not kind.startswith("image/"):
        response.headers["Content-Disposition"] = "attachment"
    return response
