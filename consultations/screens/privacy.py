"""Privacy in the admin: the record of processing, retention with its trial and log, the archive's decisions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from consultations.models import CaseKeeping, RetentionRun
from consultations.privacy import archive, record, retention
from consultations.privacy.rules import RULES
from consultations.privacy.table import table
from consultations.refusals import BookingRefused
from knowledge.pdf import STYLESHEET, PdfBusyError, is_available, make_pdf
from portal.core.context import surroundings
from portal.core.seo import absolute

RIGHT = "consultations.keep_records"
RECORD, KEEPING = "Verarbeitungsverzeichnis", "Aufbewahrung und Aussonderung"
MOST = 50
BUSY = "Das PDF kann gerade nicht erzeugt werden. Bitte versuchen Sie es später oder laden Sie die CSV."
_allowed = permission_required(RIGHT, raise_exception=True)


def _header(title: str) -> dict[str, Any]:
    return {
        "header_title": title, "page_title": title, "header_icon": "lock",
        "breadcrumbs_items": [{"url": "", "label": title}],
    }  # fmt: skip


@never_cache
@require_safe
@_allowed
def show_record(request: HttpRequest) -> HttpResponse:
    """Show the record of processing activities (Art. 30 GDPR)."""
    context = {**_header(RECORD), **record.context(table(), surroundings(request).operator, public=False)}
    return render(request, "consultations/privacy/record.html", {**context, "with_pdf": is_available()})


@never_cache
@require_safe
@_allowed
def download_record(request: HttpRequest, kind: str) -> HttpResponse:
    """Hand out the record as CSV or PDF."""
    operator = surroundings(request).operator
    if kind == "csv":
        body, content_type = record.as_csv(table(), operator), "text/csv; charset=utf-8"
    elif kind == "pdf" and is_available():
        context = {
            **record.context(table(), operator, public=False), "title": RECORD, "made_at": timezone.now(),
            "site_name": settings.SITE_NAME, "stylesheet": absolute(f"{settings.STATIC_URL}{STYLESHEET}"),
        }  # fmt: skip
        try:
            body = make_pdf(render_to_string("consultations/privacy/record_pdf.html", context))
        except PdfBusyError:
            messages.error(request, BUSY)
            return redirect("consultations_record")
        content_type = "application/pdf"
    else:
        raise Http404
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="verarbeitungsverzeichnis.{kind}"'
    return response


@never_cache
@require_safe
@_allowed
def show_keeping(request: HttpRequest) -> HttpResponse:
    """Show what the next night would do, what waits for the archive, and what was done."""
    runs = RetentionRun.objects.all()[:MOST]
    context = {
        **_header(KEEPING), "due": retention.trial(),
        "offered": Paginator(archive.offered(), MOST).get_page(request.GET.get("p")),
        "runs": [(row, RULES[row.rule].title if row.rule in RULES else row.rule) for row in runs],
        "decisions": [choice for choice in CaseKeeping.Decision.choices if choice[0]],
    }  # fmt: skip
    return render(request, "consultations/privacy/keeping.html", context)


@require_POST
@_allowed
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the archive's decision about a case; an empty one takes it back."""
    keeping = get_object_or_404(CaseKeeping, pk=pk)
    try:
        row = archive.decide(keeping=keeping, decision=request.POST.get("decision", ""), by=request.user)
    except BookingRefused as error:
        messages.error(request, str(error))
    else:
        said = f"festgehalten: {row.get_decision_display()}" if row.decision else "zurückgenommen"
        messages.success(request, f"Die Entscheidung ist {said}.")
    return redirect("consultations_keeping")


def urls() -> list[Any]:
    """Return the addresses below the admin."""
    return [
        path("beratung/datenschutz/", show_record, name="consultations_record"),
        path("beratung/datenschutz/verzeichnis.<slug:kind>", download_record, name="consultations_record_file"),
        path("beratung/aufbewahrung/", show_keeping, name="consultations_keeping"),
        path("beratung/aufbewahrung/<int:pk>/", decide, name="consultations_archive_decision"),
    ]
