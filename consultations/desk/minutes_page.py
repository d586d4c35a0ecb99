"""Minutes on the desk: begun from a template, changed until they are released and after it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages

from consultations.desk import rights
from consultations.desk.case_forms import MinutesForm
from consultations.desk.case_page import header
from consultations.models import Appointment, Case, Minutes
from consultations.refusals import BookingRefused
from consultations.services import minutes

TITLE = "Protokoll"
guard = rights.guarded(rights.VIEW, rights.WORK, inside=False)


def _begun(case: Case, row: Minutes | None, appointment: Appointment | None) -> dict[str, Any]:
    base = {"base": minutes.version_of(row)}
    if row is None:
        return {**base, "text": minutes.draft(case, appointment)}
    said = {"question": row.question, "answer": row.answer, "text": row.text}
    return {**base, **said, "release": row.released_at is not None}


def _form(request: HttpRequest, case: Case, row: Minutes | None, appointment: Appointment | None) -> MinutesForm:
    data = request.POST if request.method == "POST" else None
    form = MinutesForm(data, case=case, user=request.user, initial=_begun(case, row, appointment))
    if row is not None and row.released_at is not None:
        del form.fields["release"]
    return form


@transaction.atomic
def _keep(form: MinutesForm, user: Any, row: Minutes | None, appointment: Appointment | None) -> None:
    said = form.cleaned_data
    current = minutes.as_seen(row, appointment, seen=said["base"])
    minutes.write(
        case=form.case, by=user, question=said["question"], answer=said["answer"], text=said["text"],
        minutes=current, appointment=appointment, release=said.get("release", False),
    )  # fmt: skip


def _page(request: HttpRequest, case: Case, row: Minutes | None, appointment: Appointment | None) -> HttpResponse:
    form, stored = _form(request, case, row, appointment), None
    if form.is_bound and form.is_valid():
        try:
            _keep(form, request.user, row, appointment)
        except minutes.Overwritten as error:
            form.add_error(None, str(error))
            stored = error.row
            form.data = {
                **dict(form.data.items()),
                "base": minutes.version_of(stored),
            }  # saved once more, it counts
        except (BookingRefused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, "Das Protokoll ist gespeichert.")
            return redirect("consultations_case", case.pk)
    context: dict[str, Any] = {
        **header(case, TITLE), "case": case, "form": form, "button": "Protokoll speichern", "stored": stored,
    }  # fmt: skip
    return render(request, "consultations/desk/step.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write minutes of a case (`?termin=`: of one of its appointments; those it has are opened)."""
    case = rights.case_for(request.user, pk)
    asked = request.GET.get("termin", "")
    appointment = get_object_or_404(case.appointments, pk=int(asked)) if asked.isdecimal() else None
    row = Minutes.objects.filter(appointment=appointment).first() if appointment is not None else None
    return _page(request, case, row, appointment)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change minutes."""
    row = get_object_or_404(Minutes.objects.select_related("appointment"), pk=pk)
    return _page(request, rights.case_for(request.user, row.case_id), row, row.appointment)
