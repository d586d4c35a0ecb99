"""Project rules as Django system checks (`manage.py check`, and with `--deploy` those of an installation)."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.db import DatabaseError, connection, models
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from wagtail.models import Page, get_page_models

PLACEHOLDER = "[[Platzhalter:"
PER_PROCESS = ("locmem", "dummy")
MIN_KEY = 50
PDF_LIBRARIES = (
    "libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0", "libfontconfig.so.1",
)  # fmt: skip
PDF_PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

_placeholder_sources: list[Callable[[], Iterable[str]]] = []


def register_placeholder_source(source: Callable[[], Iterable[str]]) -> None:
    """Register a function that names what readers see with a placeholder left in it, besides live pages."""
    _placeholder_sources.append(source)


@register(Tags.caches)
def shared_cache(**kwargs: Any) -> list[CheckMessage]:
    """The content generation must be seen by every process; a cache of each process's own would hide changes."""
    backend = settings.CACHES["default"]["BACKEND"]
    if any(word in backend for word in PER_PROCESS):
        return [
            Error(
                f"The cache {backend} belongs to one process only: pages would stay outdated in the others.",
                hint="Set CACHE_URL to redis://… or leave it empty for a file cache (docs/caching.md).",
                id="portal.E001",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def secret_key(**kwargs: Any) -> list[CheckMessage]:
    """A short or published key would let anybody forge sessions and links."""
    key = settings.SECRET_KEY
    if len(key) < MIN_KEY or len(set(key)) < 10 or key.startswith("only-for-"):
        return [
            Error(
                f"SECRET_KEY must be random and have at least {MIN_KEY} characters.",
                hint='python -c "import secrets; print(secrets.token_urlsafe(60))"',
                id="portal.E002",
            )
        ]
    return []


def _pages_with_placeholder() -> Iterable[str]:
    """Yield the titles of live pages with a placeholder in any of their texts."""
    for model in get_page_models():
        if model is Page:
            continue
        rows = model.objects.live()
        condition = Q()
        for field in model._meta.get_fields():
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                condition |= Q(**{f"{field.name}__contains": PLACEHOLDER})
        if any(field.name == "rendered" for field in model._meta.get_fields()):
            rows = rows.annotate(_rendered=Cast("rendered", TextField()))
            condition |= Q(_rendered__contains=PLACEHOLDER)
        yield from rows.filter(condition).order_by("path").values_list("title", flat=True)


@register(Tags.security, deploy=True)
def placeholders(**kwargs: Any) -> list[CheckMessage]:
    """Legal pages must carry the operator's particulars before the portal goes live."""
    try:
        if "core_operator" not in connection.introspection.table_names():
            return []
        titles = [*_pages_with_placeholder(), *(title for source in _placeholder_sources for title in source())]
    except DatabaseError:
        return []
    return [
        Error(
            f"The page „{title}“ still has a placeholder for the operator's particulars.",
            hint=f"Replace every {PLACEHOLDER} …]] in the page and publish it.",
            id="portal.E003",
        )
        for title in titles
    ]


def _page_shows_particulars() -> bool:
    """True when a live page shows the operator's legal particulars."""
    models_with = [model for model in get_page_models() if hasattr(model, "shows_particulars")]
    return any(model.objects.live().filter(shows_particulars=True).exists() for model in models_with)


@register(Tags.security, deploy=True)
def particulars(**kwargs: Any) -> list[CheckMessage]:
    """What legal pages show comes from the settings, and must be complete before the portal goes live."""
    from portal.core.models import Operator

    try:
        if "core_operator" not in connection.introspection.table_names() or not _page_shows_particulars():
            return []
        missing = (Operator.objects.first() or Operator()).missing_particulars()
    except DatabaseError:
        return []
    if not missing:
        return []
    return [
        Error(
            f"The operator's legal particulars are incomplete: {', '.join(missing)}.",
            hint="Fill them in under Einstellungen → Betreiber; legal pages show them at once.",
            id="portal.E005",
        )
    ]


def missing_pdf_libraries() -> list[str]:
    """Return the system libraries WeasyPrint needs and this machine has not."""
    missing = []
    for name in PDF_LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    return missing


@register()
def pdf_libraries(**kwargs: Any) -> list[CheckMessage]:
    """Without these libraries articles have no PDF; everything else works."""
    missing = missing_pdf_libraries()
    if not missing:
        return []
    return [
        checks.Warning(
            f"Articles have no PDF: {', '.join(missing)} not found.",
            hint=f"Debian/Ubuntu: apt-get install {PDF_PACKAGES}",
            id="portal.W001",
        )
    ]


@register(Tags.security, deploy=True)
def virus_scanner(**kwargs: Any) -> list[CheckMessage]:
    """What people upload is handed on to municipalities: it is scanned, or somebody has decided otherwise."""
    if settings.VIRUS_SCANNER or settings.UPLOADS_UNSCANNED:
        return []
    return [
        Error(
            "Uploads are not scanned for viruses.",
            hint="Set VIRUS_SCANNER to clamd://host:3310 or unix:///path, or UPLOADS_UNSCANNED=true to waive it.",
            id="portal.E006",
        )
    ]


@register(Tags.security, deploy=True)
def mail(**kwargs: Any) -> list[CheckMessage]:
    """Without a mail server every mail becomes a file that nobody reads: questions, confirmations, reminders."""
    missing = [
        name
        for name, is_set in (
            ("EMAIL_HOST", settings.EMAIL_HOST),
            ("DEFAULT_FROM_EMAIL", not settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost")),
        )
        if not is_set
    ]
    if not missing:
        return []
    return [
        Error(
            f"Mails reach nobody: {' and '.join(missing)} not set.",
            hint="EMAIL_HOST is the mail server, DEFAULT_FROM_EMAIL the sender of all mails (docs/settings.md).",
            id="portal.E012",
        )
    ]


@register(Tags.database, deploy=True)
def database_in_production(**kwargs: Any) -> list[CheckMessage]:
    """SQLite serves one machine well; several web servers need PostgreSQL."""
    if connection.vendor != "sqlite":
        return []
    return [
        Info(
            "The database is SQLite: fine for one machine. For several, or many writers, use PostgreSQL.",
            hint="DATABASE_URL=postgres://user:password@host/name (docs/operations.md)",
            id="portal.I001",
        )
    ]
