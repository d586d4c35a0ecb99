"""Advisers from outside: the cases given to them, outside the admin, which is closed to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import topics
from consultations.desk import asker, rights, timeline
from consultations.desk.case_forms import AnswerForm
from consultations.desk.case_page import attachment
from consultations.models import Case, CaseFile
from consultations.refusals import BookingRefused
from consultations.requester import conversation, words
from consultations.services import correspondence
from consultations.states import OPEN_CASES, AppointmentState
from knowledge.queries import Reader
from portal.accounts import own_area
from portal.accounts.models import Membership
from portal.accounts.queries import acting_user
from portal.core.review.people import groups_of
from portal.core.visibility import EXTERNAL_ADVISER_GROUP

TITLE = "Zugewiesene Vorgänge"
MOST = 200
ENDED = (
    "Dieser Vorgang ist inzwischen beendet, darum ist nichts gesendet. Was Sie geschrieben haben, steht noch "
    "hier: Kopieren Sie es, und wenden Sie sich an die Kompetenzstelle, wenn die Kommune es noch erfahren soll."
)


def advises_from_outside(user: Any) -> bool:
    """True for who advises for an association or provider now, and is an adviser of the calendar."""
    adviser = rights.adviser_of(user)
    return EXTERNAL_ADVISER_GROUP in groups_of(user) and adviser is not None and adviser.active


def _demand(request: HttpRequest) -> None:
    if not settings.CONSULTATIONS_OPEN or not advises_from_outside(request.user):
        raise Http404


def _rows(user: Any) -> Any:
    return rights.scope(user).select_related("municipality").order_by("-created_at", "-pk")


def _crumbs(*more: dict[str, str]) -> list[dict[str, str]]:
    return [{"title": "Startseite", "url": "/"}, *more]


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """List the cases given to the person, the newest first."""
    _demand(request)
    context = {
        "cases": _rows(request.user)[:MOST],
        "title": TITLE,
        "meta": {"title": TITLE},
        "breadcrumbs": _crumbs(),
    }
    return render(request, "consultations/desk/outside.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one of these cases without what is internal, and write to the municipality."""
    _demand(request)
    row = rights.case_for(request.user, pk)
    bound = request.method == "POST"
    form = AnswerForm(*((request.POST, request.FILES) if bound else ()), case=row, user=request.user)
    if bound and not row.is_open:
        form.is_valid()
        form.add_error(None, ENDED)
    elif bound and form.is_valid() and _send(row, form, request.user):
        messages.success(request, "Ihre Nachricht steht im Vorgang.")
        return redirect("consultations_outside_case", pk)
    context = {**_context(request, row, form), **({"form": form} if bound else {})}
    return render(request, "consultations/desk/outside_case.html", context, status=422 if bound else 200)


def _send(row: Case, form: AnswerForm, user: Any) -> bool:
    data = form.cleaned_data
    try:
        correspondence.answer(case=row, text=data["text"], by=user, files=data["uploads"], wait=form.then_waits)
    except (BookingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return False
    return True


def _context(request: HttpRequest, row: Case, form: AnswerForm) -> dict[str, Any]:
    shown = row.appointments.exclude(
        state__in=(AppointmentState.MOVED, AppointmentState.HELD, AppointmentState.EXPIRED)
    )
    agendas = conversation.agendas_of(row)
    return {
        "case": row, "title": row.reference, "meta": {"title": row.reference},
        "breadcrumbs": _crumbs({"title": TITLE, "url": reverse("consultations_outside")}),
        "form": form if row.is_open else None, "entries": timeline.of(row, notes=False),
        **asker.context_of(row), "concern": getattr(row, "concern", None),
        "topic": topics.title_for(Reader.of(request), row.topic),
        "participants": conversation.participants_of(row),
        "appointments": [
            {"row": each, "agenda": agendas.get(each.thread, ""), "wishes": words.wishes_of(each)}
            for each in shown.select_related("format")
        ],
        "files": row.files.filter(internal=False),
    }  # fmt: skip


@never_cache
@login_required
@require_safe
def download(request: HttpRequest, pk: int) -> FileResponse:
    """Hand out a file of one of these cases as attachment; internal ones do not exist here."""
    _demand(request)
    row = get_object_or_404(CaseFile, pk=pk, internal=False)
    rights.case_for(request.user, row.case_id)
    return attachment(row)


def _section(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    user = acting_user(request)
    if not settings.CONSULTATIONS_OPEN or not advises_from_outside(user):
        return None
    return {"number": rights.scope(user).filter(state__in=OPEN_CASES).count()}


def register() -> None:
    """Called when the app is ready."""
    own_area.register(
        own_area.Section("outside", TITLE, "consultations/desk/own_outside.html", _section, order=20)
    )
