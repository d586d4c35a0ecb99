"""The confirmation of a request or an appointment as PDF: the facts of its page, to be filed or passed on.

The secret link of a guest is not among them: a file is passed on.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from consultations.models import Case
from knowledge.pdf import STYLESHEET, PdfBusyError, is_available, make_pdf
from portal.core.seo import absolute

__all__ = ["BUSY", "NONE", "PdfBusyError", "address_of", "is_available", "pdf_of"]
NAME = "bestaetigung.pdf"
BUSY = "Gerade werden viele PDF-Dateien erstellt. Bitte versuchen Sie es in einer Minute noch einmal."
NONE = "Zurzeit lassen sich hier keine PDF-Dateien erstellen. Alle Angaben stehen im Vorgang."


def address_of(link: str) -> str:
    """Return the address of the PDF beside that of a case (ends with a slash); empty where none can be made."""
    return f"{link}{NAME}" if link.endswith("/") and is_available() else ""


def pdf_of(case: Case, context: dict[str, Any]) -> bytes:
    """Return the confirmation as tagged PDF; `context` has what the confirmation page shows.

    Raises:
        PdfBusyError: Too many are being made.
    """
    values = {
        **context, "case": case, "site_name": settings.SITE_NAME, "made_at": timezone.now(),
        "stylesheet": absolute(f"{settings.STATIC_URL}{STYLESHEET}"),
    }  # fmt: skip
    return make_pdf(render_to_string("consultations/export/confirmation_pdf.html", values))
