"""Export of a case from its page, and what became of its papers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from consultations import case_export
from consultations.desk import rights
from consultations.desk.case_page import header
from consultations.models import Case
from consultations.privacy import archive
from consultations.refusals import BookingRefused
from knowledge.pdf import PdfBusyError, is_available
from portal.core import audit

TITLE = "Vorgang exportieren"
BUSY = "Gerade werden viele PDF erzeugt. Bitte versuchen Sie es in einer Minute noch einmal."
NO_PDF = "Auf diesem Server kann kein PDF erzeugt werden. Bitte wenden Sie sich an den Betrieb."
KINDS = {"pdf": "PDF", "zip": "ZIP mit PDF, Dateien und Metadaten"}


class HandOverForm(forms.Form):
    """Where the papers went."""

    file_number = forms.CharField(label="Aktenzeichen", max_length=100)
    handed_over_on = forms.DateField(label="Übergeben am", widget=AdminDateInput)


def _context(case: Case, form: HandOverForm, user: Any) -> dict[str, Any]:
    return {
        **header(case, TITLE), "case": case, "form": form, "kinds": KINDS, "inside": rights.reads_notes(user),
        "keeping": getattr(case, "keeping", None), "available": is_available(),
    }  # fmt: skip


def _form(case: Case, data: Any = None) -> HandOverForm:
    keeping = getattr(case, "keeping", None)
    if keeping is None:
        return HandOverForm(data, initial={"handed_over_on": timezone.localdate()})
    day = keeping.handed_over_on if keeping.is_handed_over else timezone.localdate()
    return HandOverForm(data, initial={"file_number": keeping.file_number, "handed_over_on": day})


@never_cache
@require_safe
@rights.guarded(rights.VIEW, rights.WORK, inside=False)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the kinds of export, and for an ended case to note its hand-over."""
    case = rights.case_for(request.user, pk)
    return render(request, "consultations/export/page.html", _context(case, _form(case), request.user))


@require_POST
@rights.guarded(rights.VIEW, rights.WORK, inside=False)
def download(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Make the export and hand it out as attachment; internal things only where chosen by who may read them."""
    case = rights.case_for(request.user, pk)
    kind = request.POST.get("kind", "")
    if kind not in KINDS:
        raise Http404
    internal = bool(request.POST.get("internal")) and rights.reads_notes(request.user)
    if not is_available():
        messages.error(request, NO_PDF)
        return redirect("consultations_export", pk)
    papers = case_export.Papers(case, internal)
    try:
        body: Any = case_export.pdf_of(papers) if kind == "pdf" else case_export.zip_of(papers)
    except PdfBusyError:
        messages.error(request, BUSY)
        return redirect("consultations_export", pk)
    audit.record("case.export", actor=request.user, subject=case)
    response: HttpResponse | FileResponse
    if kind == "pdf":
        response = HttpResponse(body, content_type="application/pdf")
        response["Content-Disposition"] = f'attachment; filename="{case.reference}.pdf"'
    else:
        response = FileResponse(body, as_attachment=True, filename=f"{case.reference}.zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rights.guarded(rights.VIEW, rights.WORK)
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Note file number and day of the hand-over; what was typed stays when something is wrong.

    A GET, after a login say, leads to the page with the form.
    """
    case = rights.case_for(request.user, pk)
    if request.method != "POST":
        return redirect("consultations_export", pk)
    form = _form(case, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            archive.hand_over(
                case=case, file_number=data["file_number"], on=data["handed_over_on"], by=request.user
            )
            messages.success(request, "Die Übergabe an die E-Akte ist festgehalten.")
            return redirect("consultations_case", pk)
        except (ValidationError, BookingRefused) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
    return render(request, "consultations/export/page.html", _context(case, form, request.user), status=422)
