"""Appointments of a case on the desk: enter, propose, confirm, change, hand over, cancel, what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from consultations import from_outside
from consultations.desk import rights
from consultations.desk.appointment_forms import (
    NO_LEAD,
    HandOverForm,
    PlaceForm,
    ProposalForm,
    SlotForm,
    in_words,
    single_formats,
)
from consultations.desk.case_forms import CaseForm, OwnReasonForm
from consultations.desk.case_page import header, refuse_ended, refused
from consultations.models import Adviser, Appointment, Case, Format
from consultations.refusals import BookingRefused
from consultations.services import appointments, changes, correspondence, record, repeated, seats
from consultations.states import AppointmentState

LEAD_GONE = "Wer den Vorgang führt, berät nicht mehr. Bitte ordnen Sie den Vorgang zuerst neu zu."
guard = rights.guarded(rights.VIEW, rights.WORK, inside=False)


def _chosen_format(request: HttpRequest, case: Case) -> Format | None:
    asked = request.GET.get("format", "")
    formats = single_formats()
    if asked.isdecimal():
        return get_object_or_404(formats, pk=int(asked))
    if case.format is not None and formats.filter(pk=case.format.pk).exists():
        return case.format
    return formats.first()


def _form_page(request: HttpRequest, case: Case, title: str, form: CaseForm, **context: Any) -> HttpResponse:
    shown = {"button": title, **header(case, title), "case": case, "form": form, **context}
    return render(request, "consultations/desk/step.html", shown, status=422 if form.is_bound else 200)


def carried_out(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Carry something out for a valid form; a refusal stands at the form."""
    try:
        act()
    except (BookingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return False
    return True


def _new(
    request: HttpRequest, pk: int, title: str, form_class: type[Any]
) -> tuple[Case, Any, HttpResponse | None]:
    """Return the case, the form for a new date, and where to go when there is none."""
    case = rights.case_for(request.user, pk)
    form_of = _chosen_format(request, case)
    sent = request.method == "POST"
    if case.lead is None or form_of is None or not (case.is_open or sent):
        text = NO_LEAD if case.is_open and case.lead is None else "Für diesen Vorgang ist kein Termin möglich."
        messages.warning(request, text)
        return case, None, redirect("consultations_case", pk)
    form = form_class(
        request.POST if sent else None, case=case, user=request.user, form=form_of, adviser=case.lead
    )
    if not case.is_open:
        refuse_ended(form)
    return case, form, None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter an appointment that has been agreed: confirmed at once."""
    case, form, elsewhere = _new(request, pk, "Termin eintragen", SlotForm)
    if elsewhere is not None:
        return elsewhere
    if form.is_bound and form.is_valid():
        wanted = form.placement()
        if carried_out(form, lambda: appointments.book(placement=wanted, case=case, by=request.user)):
            messages.success(request, f"Der Termin ist eingetragen: {in_words(wanted.starts_at)}.")
            return redirect("consultations_case", pk)
    return _form_page(request, case, "Termin eintragen", form, formats=single_formats(), chosen=form.form)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the municipality some free times to choose from."""
    case, form, elsewhere = _new(request, pk, "Termine vorschlagen", ProposalForm)
    if elsewhere is not None:
        return elsewhere
    if not from_outside.advising().filter(pk=form.adviser.pk).exists():  # nobody could choose the times
        messages.warning(request, LEAD_GONE)
        return redirect("consultations_case", pk)
    if form.is_bound and form.is_valid():
        said = {"form": form.form, "text": form.message(), "adviser": form.adviser.pk, "minutes": form.minutes()}
        if carried_out(form, lambda: correspondence.propose(case=case, by=request.user, **said)):
            messages.success(request, "Der Vorschlag steht als Nachricht im Vorgang.")
            return redirect("consultations_case", pk)
    return _form_page(request, case, "Termine vorschlagen", form, formats=single_formats(), chosen=form.form)


def _appointment(request: HttpRequest, pk: int) -> tuple[Appointment, Case]:
    rows = Appointment.objects.select_related("format", "session", "case")
    row = get_object_or_404(rows, pk=pk, case__isnull=False)
    return row, rights.case_for(request.user, row.case_id or 0)


def _lead_of(row: Appointment, case: Case) -> Adviser | None:
    """Return whose times count: who leads the appointment, else who leads the case; who may advise goes first."""
    ids = [*record.advisers_of(row)[:1], *([case.lead_id] if case.lead_id else [])]
    found = from_outside.for_case(case).in_bulk(ids) or Adviser.objects.select_related("user").in_bulk(ids)
    return next((found[pk] for pk in ids if pk in found), None)


def _more(form_class: type[Any], row: Appointment, lead: Adviser | None) -> dict[str, Any]:
    """Return what a form needs to know beside case and person."""
    if form_class is SlotForm:
        return {"form": row.format, "adviser": lead, "appointment": row}
    return {"appointment": row} if form_class in (PlaceForm, HandOverForm) else {}


Act = Callable[[Appointment, Any, Any], Any]
# Name: title, form, effect, sentence.
_ACTS: dict[str, tuple[str, type[Any], Act, str]] = {
    "verschieben": (
        "Termin verschieben", SlotForm,
        lambda row, form, user: changes.move(appointment=row, placement=form.placement(), by=user),
        "Der Termin ist verschoben.",
    ),
    "ort": (
        "Ort oder Einwahl ändern", PlaceForm,
        lambda row, form, user: changes.change_place(
            appointment=row, by=user, place=form.cleaned_data["place"],
            place_detail=form.cleaned_data["place_detail"],
        ),
        "Ort und Einwahl sind gespeichert.",
    ),
    "bestaetigen": (
        "Termin bestätigen", SlotForm,
        lambda row, form, user: appointments.confirm(appointment=row, placement=form.placement(), by=user),
        "Der Termin ist bestätigt.",
    ),
    "absagen": (
        "Termin absagen", OwnReasonForm,
        lambda row, form, user: changes.cancel(appointment=row, by=user, reason=form.cleaned_data["reason"]),
        "Der Termin ist abgesagt. Die Zeit ist wieder frei.",
    ),
    "ablehnen": (
        "Terminanfrage ablehnen", OwnReasonForm,
        lambda row, form, user: appointments.decline(appointment=row, by=user, reason=form.cleaned_data["reason"]),
        "Die Anfrage ist abgelehnt. Der Vorgang bleibt offen.",
    ),
    "uebergeben": (
        "Termin übergeben", HandOverForm,
        lambda row, form, user: changes.hand_over(
            appointment=row, to=form.cleaned_data["adviser"].pk, part_of=form.part_of(), by=user
        ),
        "Der Termin ist übergeben.",
    ),
}  # fmt: skip
_CLICKS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "bestaetigen": (appointments.confirm, "confirm", "Der Termin ist bestätigt."),
    "durchgefuehrt": (changes.complete, "complete", "Der Termin ist als durchgeführt festgehalten."),
    "nicht-erschienen": (changes.no_show, "no_show", "Festgehalten: nicht erschienen."),
}
"""Name: effect, what the history says of it, sentence."""
_POSSIBLE = {
    "verschieben": AppointmentState.CONFIRMED, "ort": AppointmentState.CONFIRMED,
    "absagen": AppointmentState.CONFIRMED, "uebergeben": AppointmentState.CONFIRMED,
    "bestaetigen": AppointmentState.REQUESTED, "ablehnen": AppointmentState.REQUESTED,
}  # fmt: skip

_RECORDED = {"verschieben": "move", "bestaetigen": "confirm", "absagen": "cancel", "ablehnen": "decline"}
"""By name what the history says of it, of what cannot be done twice."""
CHANGED = (
    "Dieser Termin hat sich inzwischen geändert, darum ist nichts gespeichert. Was Sie geschrieben haben, steht "
    "noch hier. Sehen Sie im Vorgang nach, wie es um den Termin steht."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def change(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show the form of what becomes of an appointment, or do it."""
    row, case = _appointment(request, pk)
    if name not in _ACTS:
        raise Http404
    title, form_class, act, sentence = _ACTS[name]
    if row.session_id is not None and form_class is SlotForm:  # a seat has no time of its own
        messages.warning(request, seats.OF_THE_SESSION)
        return redirect("consultations_case", case.pk)
    lead = _lead_of(row, case)
    sent, possible = request.method == "POST", _is_possible(row, name)
    if not (possible or sent) or (form_class is SlotForm and lead is None):
        messages.warning(request, NO_LEAD if lead is None else "Dieser Termin hat sich inzwischen geändert.")
        return redirect("consultations_case", case.pk)
    form = form_class(request.POST if sent else None, case=case, user=request.user, **_more(form_class, row, lead))
    if not possible and _is_done(row, name, form):
        messages.success(request, sentence)
        return redirect("consultations_case", case.pk)
    if not possible:
        form.is_valid()
        form.add_error(None, CHANGED)
    elif form.is_bound and form.is_valid() and carried_out(form, lambda: act(row, form, request.user)):
        messages.success(request, sentence)
        return redirect("consultations_case", case.pk)
    return _form_page(request, case, title, form, appointment=row)


def _is_possible(row: Appointment, name: str) -> bool:
    """True while an appointment has the state for it; a time that is asked for can be handed over as well."""
    asks = row.state == AppointmentState.REQUESTED and row.starts_at is not None and row.session_id is None
    return row.state == _POSSIBLE[name] or (name == "uebergeben" and asks)


def _is_done(row: Appointment, name: str, form: CaseForm) -> bool:
    """True for what a first click of the same person has done just so."""
    after = repeated.changed(row, _RECORDED[name], by=form.user) if name in _RECORDED else None
    if after is None:
        return False
    if isinstance(form, SlotForm):
        asked = (form.asked_at(), form["place"].value(), str(form["place_detail"].value() or "").strip())
        return asked == (after.starts_at, after.place, after.place_detail)
    return form.is_valid() and form.cleaned_data["reason"].strip() == after.reason


@require_POST
@guard
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm a request at its own time, or note whether it took place; a second click is told that it is done."""
    row, case = _appointment(request, pk)
    name = request.POST.get("action", "")
    if name not in _CLICKS:
        raise Http404
    act, action, sentence = _CLICKS[name]
    try:
        act(appointment=row, by=request.user)
        messages.success(request, sentence)
    except BookingRefused as error:
        if repeated.stands_by(row, action, by=request.user):
            messages.success(request, sentence)
        else:
            refused(request, error)
    if (
        request.POST.get("back") == "session"
        and row.session_id is not None
        and not rights.is_external(request.user)
    ):
        return redirect("consultations_group", row.session_id)
    return redirect("consultations_case", case.pk)
