"""What a municipality does on the page of its case: write, send files, take files, tick its own tasks off."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consultations.desk.case_page import attachment
from consultations.models import CaseFile, CaseTask, Message
from consultations.refusals import BookingRefused
from consultations.requester import cases, views
from consultations.requester.cases import Access
from consultations.requester.forms import MessageForm
from consultations.services import case_tasks, correspondence, notices


@views.with_case
@views.changing_form
@require_http_methods(["GET", "HEAD", "POST"])
def message(request: HttpRequest, access: Access) -> HttpResponse:
    """Send a message with files to the centre; a closed case is opened again by it. What was typed stays."""
    if request.method != "POST":
        return views.case_page(request, access, form=MessageForm())
    form = MessageForm(request.POST, request.FILES)
    views.hold_back(request, form)
    if not form.is_valid():
        return views.case_page(request, access, form=form, code=422)
    name = "" if access.person is not None else cases.contact_of(access.case)[0]
    try:
        correspondence.receive(
            case=access.case, text=form.cleaned_data["text"], files=form.cleaned_data["uploads"],
            by=access.person, author_name=name,
        )  # fmt: skip
    except (BookingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return views.case_page(request, access, form=form, code=422)
    return views.back(access, "gesendet")


@views.with_case
@require_safe
def file(request: HttpRequest, access: Access, pk: int) -> HttpResponseBase:
    """Hand out a file of the case as attachment; internal ones do not exist here."""
    row = CaseFile.objects.filter(pk=pk, case=access.case, internal=False).first()
    if row is None:
        raise Http404
    return attachment(row)


@views.with_case
@views.changing
@require_POST
def task_done(request: HttpRequest, access: Access, pk: int) -> HttpResponse:
    """Tick off a task of the municipality; the centre hears of it. Those of the centre are not theirs to tick."""
    return _task(request, access, pk, case_tasks.finish, "erledigt", "Die Kommune hat eine Aufgabe erledigt")


@views.with_case
@views.changing
@require_POST
def task_open(request: HttpRequest, access: Access, pk: int) -> HttpResponse:
    """Open a task of the municipality again that was ticked off by mistake; the centre hears of it."""
    told = "Eine erledigte Aufgabe der Kommune ist wieder offen"
    return _task(request, access, pk, case_tasks.unfinish, "wieder-offen", told)


def _task(
    request: HttpRequest, access: Access, pk: int, act: Callable[..., bool], done: str, told: str
) -> HttpResponse:
    task = get_object_or_404(CaseTask, pk=pk, case=access.case, side=Message.Side.MUNICIPALITY)
    try:
        with transaction.atomic():
            if act(task=task, by=access.person, seen=request.POST.get("seen", "")):
                notices.tell_centre(access.case, told)
    except BookingRefused as error:
        return views.refused(request, access, error)
    return views.back(access, done)
