"""The mails of the demo on a page: what would have gone out, read from the files the worker has written.

Only where the settings say DEMO and mails become files; in operation the address does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MOST = 30
LARGEST = 2_000_000
_SEPARATOR = b"\n" + b"-" * 79 + b"\n"
_FILES = "django.core.mail.backends.filebased.EmailBackend"
TITLE = "E-Mails der Demo"


@dataclass(frozen=True)
class Shown:
    """One mail as the page shows it; `calendar` is the text of its calendar part, or empty."""

    to: str
    subject: str
    written_at: datetime
    text: str
    calendar: str
    files: list[str]


def _text(mail: EmailMessage, kind: str) -> str:
    for part in mail.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            return str(part.get_content())
    return ""


def _shown(raw: bytes, written_at: datetime) -> Shown:
    mail: EmailMessage = message_from_bytes(raw, policy=default)
    names = [name for part in mail.walk() if (name := part.get_filename())]
    return Shown(
        str(mail["To"] or ""), str(mail["Subject"] or ""), written_at, _text(mail, "text/plain"),
        _text(mail, "text/calendar"), names,
    )  # fmt: skip


def latest(folder: Path) -> list[Shown]:
    """Return the mails of a folder, the newest first, MOST at most; what is too large is left out."""
    if not folder.is_dir():
        return []
    found: list[Shown] = []
    dated = [(file.stat().st_mtime, file) for file in folder.iterdir() if file.is_file()]
    for moment, file in sorted(dated, reverse=True)[:MOST]:
        if file.stat().st_size > LARGEST:
            continue
        at = datetime.fromtimestamp(moment, timezone.get_current_timezone())
        texts = [text for text in file.read_bytes().split(_SEPARATOR) if text.strip()]
        found += [_shown(text, at) for text in reversed(texts)]
    return found[:MOST]


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the latest mails; 404 in operation."""
    if not getattr(settings, "DEMO", False) or settings.OUTBOX_EMAIL_BACKEND != _FILES:
        raise Http404
    context = {
        "title": TITLE, "mails": latest(Path(settings.EMAIL_FILE_PATH)), "most": MOST,
        "breadcrumbs": [{"title": "Startseite", "url": "/"}], "meta": {"title": TITLE, "noindex": True},
    }  # fmt: skip
    return render(request, "home/mail_files.html", context)
