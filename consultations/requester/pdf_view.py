"""Handing out the confirmation of an own case as PDF, by link or account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from consultations.requester import cases, confirmation_pdf, conversation, standing, views, words
from consultations.requester.cases import Access
from portal.core import ratelimit
from portal.core.context import surroundings

PER_HOUR = 60


@views.with_case
@require_safe
def download(request: HttpRequest, access: Access) -> HttpResponse:
    """Make the PDF and hand it out as attachment; kindly where none can be made now."""
    if not confirmation_pdf.is_available():
        return _none(request, access, confirmation_pdf.NONE, 503)
    if ratelimit.is_exhausted(request, "consultation_pdf", PER_HOUR):
        return _none(request, access, views.TOO_OFTEN, 429)
    ratelimit.count(request, "consultation_pdf")
    particulars = views.particulars(access)
    context = {
        **particulars, **standing.of(access.case, particulars, timezone.now()), "zone": words.zone_words(),
        "mailbox": cases.mailbox(), "operator": surroundings(request).operator,
        "people": conversation.participants_of(access.case),
        "address": "" if not cases.is_reference(access.ref) else request.build_absolute_uri(_path(access)),
    }  # fmt: skip
    try:
        body = confirmation_pdf.pdf_of(access.case, context)
    except confirmation_pdf.PdfBusyError:
        return _none(request, access, confirmation_pdf.BUSY, 503)
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="bestaetigung-{access.case.reference}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _path(access: Access) -> str:
    return reverse("consultation_case", args=[access.ref])


def _none(request: HttpRequest, access: Access, problem: str, code: int) -> HttpResponse:
    return views.show(request, "refused", access, "Das geht gerade nicht", code=code, problem=problem)
