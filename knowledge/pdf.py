"""An article as PDF/UA: made by WeasyPrint from the same content, kept as long as nothing in it changes."""

from __future__ import annotations

import hashlib
import logging
import mimetypes
import re
import threading
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import HttpRequest
from django.template.loader import render_to_string

from knowledge import embedded
from knowledge.models import ArticlePage
from knowledge.queries import Reader
from knowledge.reports.queries import facts_of
from knowledge.trust import trust_line
from portal.core.checks import missing_pdf_libraries
from portal.core.context import surroundings
from portal.core.review.corrections import notices_of
from portal.core.seo import absolute

log = logging.getLogger(__name__)

# What must stay on one line with its number: "§ 9 Abs. 1 Nr. 2".
_CITED = re.compile(r"(§|Art\.|Abs\.|Nr\.|Satz) (?=\d)")
KEEP_SECONDS = 7 * 24 * 3600
STYLESHEET = "css/pdf.css"
# Making one costs a second of processor time: at most two at once in a process, the others wait.
_at_once = threading.BoundedSemaphore(2)
WAIT_SECONDS = 20


class PdfBusyError(RuntimeError):
    """Too many PDFs are being made right now."""


@once
def is_available() -> bool:
    """True when WeasyPrint's system libraries are here (portal.core.checks says what to install).

    They are asked for directly: importing WeasyPrint takes a second, which no reader of a page should wait for.
    """
    return not missing_pdf_libraries()


def pdf_url(page: Any, request: HttpRequest | None = None) -> str:
    """Return the address of a page's PDF; empty where the page has none or none can be made."""
    if not isinstance(page, ArticlePage) or not is_available():
        return ""
    url = page.get_url(request)
    return f"{url.rstrip('/')}.pdf" if url else ""


def _read(path: str) -> tuple[bytes, str] | None:
    """Read a file of /static/ or /media/; None for everything else."""
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if path.startswith(settings.STATIC_URL):
        name = path.removeprefix(settings.STATIC_URL)
        if staticfiles_storage.exists(name):
            with staticfiles_storage.open(name) as file:
                return file.read(), kind
        found = finders.find(name)
        return (Path(found).read_bytes(), kind) if isinstance(found, str) else None
    if path.startswith(settings.MEDIA_URL):
        name = path.removeprefix(settings.MEDIA_URL)
        if default_storage.exists(name):
            with default_storage.open(name) as file:
                return file.read(), kind
    return None


def own_file(url: str) -> tuple[bytes, str]:
    """Return content and type of one of our own files; nothing ever leaves the machine.

    Raises:
        ValueError: for every other address; WeasyPrint then leaves the picture out.
    """
    parts = urlsplit(url)
    own = urlsplit(settings.BASE_URL)
    if parts.scheme in {"http", "https"} and parts.netloc == own.netloc:
        try:
            file = _read(unquote(parts.path))
        except SuspiciousFileOperation as error:
            raise ValueError(f"outside our folders: {parts.path}") from error
        if file is not None:
            return file
    raise ValueError(f"not one of our own files: {parts.scheme}://{parts.netloc}")


def document_html(page: ArticlePage, request: HttpRequest) -> str:
    """Return the page as the HTML of its PDF: the text without glossary, votes and menus."""
    context = {
        "page": page,
        "body_html": embedded.fill(page.current_rendered()["html"], request),
        "address": absolute(page.get_url(request) or "/"),
        "operator": surroundings(request).operator,
        "kind": page.get_kind_display(),
        "one_page": page.kind == ArticlePage.Kind.UEBERBLICK,  # for leaders: what does not fit is not read
        "corrections": notices_of(page),
        "sources": list(page.sources.all()),
        "report": facts_of(page, Reader()),  # what everybody may read: a file is passed on
        "legal_basis": [line.strip() for line in page.legal_basis.splitlines() if line.strip()],
        "warning": trust_line(page).warning,
        "base_url": settings.BASE_URL,
        "stylesheet": absolute(f"{settings.STATIC_URL}{STYLESHEET}"),
    }
    return _CITED.sub(
        lambda found: f"{found[1]}\N{NO-BREAK SPACE}", render_to_string("knowledge/pdf.html", context)
    )


@once
def _style_mark() -> str:
    file = _read(f"{settings.STATIC_URL}{STYLESHEET}")
    return hashlib.sha256(file[0] if file else b"").hexdigest()[:12]


def _fetcher() -> Any:
    """Return WeasyPrint's only way to files: `own_file`."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            body, kind = own_file(url)
            return URLFetcherResponse(url, body, {"Content-Type": kind})

    return OwnFiles()


def make_pdf(html: str) -> bytes:
    """Turn HTML into a tagged PDF (PDF/UA-1).

    Raises:
        PdfBusyError: when none of the places became free in time.
    """
    import weasyprint

    if not _at_once.acquire(timeout=WAIT_SECONDS):
        raise PdfBusyError
    try:
        document = weasyprint.HTML(string=html, base_url=f"{settings.BASE_URL}/", url_fetcher=_fetcher())
        return bytes(document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True))
    finally:
        _at_once.release()


def pdf_of(page: ArticlePage, request: HttpRequest) -> bytes:
    """Return the PDF of a page, made anew only when something in it has changed.

    The key is a hash of everything that goes into the file (text, trust line, operator, style, program), so
    that publishing another page costs nothing.
    """
    html = document_html(page, request)
    mark = hashlib.sha256("\0".join([html, _style_mark(), version("weasyprint")]).encode()).hexdigest()
    key = f"portal:pdf:{page.pk}:{mark[:32]}"
    data: bytes | None = cache.get(key)
    if data is None:
        data = make_pdf(html)
        cache.set(key, data, KEEP_SECONDS)
    return data
