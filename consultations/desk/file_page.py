"""A file of a case that should not be there, or not for the municipality: asked first, then done."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from consultations.desk import rights
from consultations.desk.case_forms import CaseForm, RemoveFileForm
from consultations.desk.case_page import header
from consultations.models import Case, CaseFile
from consultations.services import file_removal

GONE = "Die Datei ist entfernt."
HIDDEN = "Die Datei sieht jetzt nur noch die Kompetenzstelle."
guard = rights.guarded(rights.VIEW, rights.WORK)


def _found(request: HttpRequest, pk: int) -> tuple[Case, CaseFile | None]:
    """Return a file with its case; of one that has been removed the case alone."""
    row = CaseFile.objects.filter(pk=pk).first()
    case_id = row.case_id if row is not None else file_removal.case_of_removed(pk)
    if case_id is None:
        raise Http404
    return rights.case_for(request.user, case_id), row


def _done(request: HttpRequest, case: Case, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("consultations_case", case.pk)


def _ask(request: HttpRequest, form: CaseForm, title: str, button: str, *questions: str) -> HttpResponse:
    context = {
        **header(form.case, title), "case": form.case, "form": form, "button": button, "questions": questions,
    }  # fmt: skip
    return render(request, "consultations/desk/step.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a file for good; a second click is told that it is done."""
    case, row = _found(request, pk)
    if row is None:
        return _done(request, case, GONE)
    form = RemoveFileForm(request.POST if request.method == "POST" else None, case=case, user=request.user)
    if form.is_bound and form.is_valid():
        reason = file_removal.Reason(form.cleaned_data["reason"])
        file_removal.remove(file=row, reason=reason, by=request.user)
        return _done(request, case, GONE)
    told = "" if row.internal else " Die Kommune liest im Vorgang, dass eine Datei entfernt ist, aber nicht warum."
    return _ask(
        request, form, "Datei entfernen", "Datei entfernen",
        f"„{row.name}“ wird gelöscht und lässt sich nicht wiederherstellen.{told}",
        "In Exporten, in der E-Akte und in Sicherungen, die es schon gibt, bleibt die Datei.",
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def make_internal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file from the municipality and keep it; a second click is told that it is done."""
    case, row = _found(request, pk)
    if row is None:
        return _done(request, case, GONE)
    if request.method == "POST" or row.internal:
        file_removal.make_internal(file=row, by=request.user)
        return _done(request, case, HIDDEN)
    return _ask(
        request, CaseForm(case=case, user=request.user), "Datei nur für die Kompetenzstelle",
        "Freigabe zurücknehmen",
        f"„{row.name}“ sieht danach nur noch die Kompetenzstelle. Die Kommune liest im Vorgang, dass die Freigabe "
        "einer Datei zurückgenommen ist. Was sie schon heruntergeladen hat, behält sie.",
        "Zurück geht es nur, indem Sie die Datei noch einmal hochladen.",
    )  # fmt: skip
