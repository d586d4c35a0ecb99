"""Who of a municipality and of others is concerned with a case: invitations, colleagues, handing over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from consultations.models import Agenda, Appointment, Case, Invitation
from consultations.refusals import BookingRefused, NotPossible
from consultations.requester import cases, conversation, invited, tokens, views
from consultations.requester.cases import Access
from consultations.requester.forms import AgainForm, AgendaForm, HandOverForm, InviteForm, ShareForm
from consultations.requester.second_click import hands_over_once, seen_still, was_handed_over
from consultations.services import intake, invitations, municipality_side


def _complain(form: Any, error: Exception) -> None:
    form.add_error(None, error if isinstance(error, ValidationError) else str(error))


# -- who takes part in an appointment ---------------------------------------------------------------------------


@views.with_case
@views.changing_form
@require_http_methods(["GET", "HEAD", "POST"])
def participants(request: HttpRequest, access: Access, thread: UUID) -> HttpResponse:
    """Who is invited to an appointment and what they answered; invite somebody, or write the agenda."""
    found = views.appointment_of(access, thread)
    action = ""
    if request.method == "POST":
        action = request.POST.get("action", "")
        action = action if action in _DONE else "invite"
    shown = _forms(request, found, action)
    asked = shown.get(action)
    if asked is not None:
        views.hold_back(request, asked)
    if action and (asked is None or asked.is_valid()) and _carried_out(found, action, asked, access):
        return HttpResponseRedirect(f"{request.path}?fertig={_DONE[action]}")
    people = conversation.participants_of(access.case, thread)
    for person in people:
        person.link = invited.url_for(person.standing[0])  # type: ignore[attr-defined]
    return views.show(
        request, "participants", access, "Teilnehmende", code=422 if asked is not None and asked.errors else 200,
        row=views.row_of(found), people=people, form=shown["invite"], agenda_form=shown["agenda"],
        again_form=shown["again"], form_with_errors=asked or shown["invite"],
        partners=conversation.partners_of(access.case, people),
        done=views.DONE.get(request.GET.get("fertig", ""), ""),
    )  # fmt: skip


_DONE = {"invite": "eingeladen", "again": "wieder-eingeladen", "agenda": "gespeichert"}


def _forms(request: HttpRequest, found: Appointment, action: str) -> dict[str, Any]:
    """Return the forms of the page, the one that was sent with what was typed; nobody to ask again: None."""
    agenda = Agenda.objects.filter(thread=found.thread).first()
    text = {"text": agenda.text if agenda else ""}
    known = invitations.before(found.case, found) if found.case is not None else []
    data = {name: request.POST if name == action else None for name in _DONE}
    return {
        "invite": InviteForm(data["invite"]),
        "agenda": AgendaForm(data["agenda"], initial=text),
        "again": AgainForm(data["again"], people=known) if known else None,
    }


def _carried_out(found: Appointment, action: str, form: Any, access: Access) -> bool:
    """Do what a valid form says; a refusal stands at the form. Sent twice, there is nobody left to ask again."""
    if form is None:
        return True
    data, by = form.cleaned_data, access.person
    try:
        if action == "agenda":
            invitations.set_agenda(appointment=found, text=data["text"], by=by)
        elif action == "again":
            invitations.invite_again(appointment=found, people=data["people"], by=by)
        else:
            seen = form.data.get("seen", "").split()
            invitations.invite(appointment=found, name=data["name"], email=data["email"], by=by, seen=seen)
    except (BookingRefused, ValidationError) as error:
        _complain(form, error)
        return False
    return True


@views.with_case
@views.changing
@require_POST
def take_back(request: HttpRequest, access: Access, pk: int) -> HttpResponse:
    """Withdraw an invitation."""
    row = get_object_or_404(Invitation, pk=pk, participant__case=access.case)
    invitations.take_back(invitation=row, by=access.person)
    address = reverse("consultation_participants", args=[access.ref, row.thread])
    return HttpResponseRedirect(f"{address}?fertig=ausgeladen")


# -- a case the centre has taken down --------------------------------------------------------------------------


@views.with_case
@require_POST
def claim(request: HttpRequest, access: Access) -> HttpResponse:
    """Become the requester of a case the centre has taken down: for confirmed people of the municipality."""
    try:
        if access.person is None:
            raise NotPossible("Melden Sie sich bitte an, um den Vorgang zu übernehmen.")
        intake.claim(case=access.case, user=access.person)
    except BookingRefused as error:
        return views.refused(request, access, error)
    return seen_still(access.case, access.person, "uebernommen")  # the contact's link has ended, if it led here


# -- colleagues -------------------------------------------------------------------------------------------------


def _options(access: Access) -> dict[str, Any]:
    """Return what the forms need to know; only to confirmed people of the municipality its people are named."""
    knows = access.person is not None and cases.belongs(access.case, access.person)
    return {"case": access.case, "knows_colleagues": knows}


@views.with_case
@views.changing_form
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, access: Access) -> HttpResponse:
    """Name colleagues who work on the case, and limit it to them."""
    concern = getattr(access.case, "concern", None)
    initial = {"private": concern.private, "colleagues": list(concern.colleagues.all())} if concern else {}
    options = _options(access)
    options["of_others"] = options["knows_colleagues"] and access.case.requester != access.person
    form = (
        ShareForm(request.POST, **options) if request.method == "POST" else ShareForm(initial=initial, **options)
    )
    views.hold_back(request, form)
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data.get("colleagues")
        kept = chosen if chosen is not None else (list(concern.colleagues.all()) if concern else [])
        try:
            municipality_side.share(
                case=access.case, private=form.cleaned_data["private"], colleagues=kept, by=access.person
            )
        except BookingRefused as error:
            _complain(form, error)
        else:
            return _shared(access)
    return views.show(
        request, "share", access, "Wer sieht diesen Vorgang?", code=422 if form.errors else 200, form=form
    )


@hands_over_once
@views.with_case
@views.changing_form
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, access: Access) -> HttpResponse:
    """Hand the case over to a colleague of the same municipality."""
    options = _options(access)
    form = HandOverForm(request.POST, **options) if request.method == "POST" else HandOverForm(**options)
    views.hold_back(request, form)
    if form.is_bound and form.is_valid():
        try:
            _hand(access.case, form.cleaned_data, by=access.person)
        except (BookingRefused, ValidationError) as error:
            if not was_handed_over(access.case, access.person, request.POST):  # by the other of two at once
                _complain(form, error)
                return _show_hand_over(request, access, form)
        return seen_still(access.case, access.person, "uebergeben")
    return _show_hand_over(request, access, form)


def _show_hand_over(request: HttpRequest, access: Access, form: HandOverForm) -> HttpResponse:
    return views.show(
        request, "hand_over", access, "Vorgang übergeben", code=422 if form.errors else 200, form=form
    )


def _hand(case: Case, data: dict[str, Any], *, by: Any) -> None:
    if data.get("colleague") is not None:
        municipality_side.hand_to(case=case, to=data["colleague"], by=by)
    else:
        municipality_side.hand_to_address(case=case, name=data["name"], email=data["email"], by=by)


def _shared(access: Access) -> HttpResponse:
    """Lead back to a case whose circle has changed: by link, as long as the link still opens it."""
    if access.by_link and tokens.holds(access.ref):
        return views.back(access, "geteilt")
    return seen_still(access.case, access.person, "geteilt")
