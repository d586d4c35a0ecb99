"""Tasks of a case on the desk: corrected by a form; done, dropped or open again by a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages

from consultations.desk import rights
from consultations.desk.case_forms import TaskChangeForm
from consultations.desk.case_page import header, refuse_ended, refused
from consultations.models import Case, CaseTask
from consultations.refusals import BookingRefused
from consultations.services import case_tasks, notices

TITLE = "Aufgabe ändern"
OVERWRITTEN = (
    "Die Aufgabe ist inzwischen von jemand anderem geändert worden. Sie lautet jetzt: „{now}“. Ihre Angaben "
    "stehen noch hier; noch einmal gespeichert, gelten sie."
)
guard = rights.guarded(rights.VIEW, rights.WORK, inside=False)


def _of(request: HttpRequest, pk: int) -> tuple[Case, CaseTask]:
    task = get_object_or_404(CaseTask.objects.select_related("case"), pk=pk)
    return rights.case_for(request.user, task.case_id), task


def _in_words(row: CaseTask) -> str:
    until = f", bis {row.due_on:%d.%m.%Y}" if row.due_on else ""
    return f"{row.text} ({row.get_side_display()}{until})"


def _take(form: TaskChangeForm, task: CaseTask, user: Any) -> str:
    """Carry out a valid form; return the sentence that says so, empty when it has been refused."""
    said = form.cleaned_data
    try:
        changed = case_tasks.change(
            task=task, by=user, side=said["side"], text=said["text"], due_on=said["due_on"], seen=said["base"]
        )
    except case_tasks.Changed as error:
        form.add_error(None, OVERWRITTEN.format(now=_in_words(error.row)))
        form.data = {**dict(form.data.items()), "base": error.row.version}  # saved once more, it counts
        return ""
    except (BookingRefused, ValidationError) as error:
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return ""
    theirs = "municipality" in (said["side"], task.side)
    if changed and theirs and not notices.address_of(form.case):
        return "Die Aufgabe ist geändert. Eine E-Mail-Adresse fehlt: Bitte geben Sie der Kommune selbst Bescheid."
    return "Die Aufgabe ist geändert." if changed else "Die Aufgabe ist so gespeichert."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct text, day or side of an open task; what was typed stays when something is wrong with it."""
    case, task = _of(request, pk)
    bound = request.method == "POST"
    if not bound and not (case.is_open and task.is_open):
        messages.warning(request, "Diese Aufgabe ist nicht mehr offen. Ändern lässt sie sich so nicht.")
        return redirect("consultations_case", case.pk)
    said = {"side": task.side, "text": task.text, "due_on": task.due_on, "base": task.version}
    form = TaskChangeForm(request.POST if bound else None, case=case, user=request.user, task=task, initial=said)
    if bound and not case.is_open:
        refuse_ended(form)
    elif bound and form.is_valid() and (sentence := _take(form, task, request.user)):
        messages.success(request, sentence)
        return redirect("consultations_case", case.pk)
    context = {**header(case, TITLE), "case": case, "form": form, "button": "Aufgabe speichern"}
    return render(request, "consultations/desk/step.html", context, status=422 if bound else 200)


def _click(request: HttpRequest, pk: int, act: Callable[..., bool], sentence: str) -> HttpResponse:
    case, task = _of(request, pk)
    try:
        act(task=task, by=request.user, seen=request.POST.get("seen", ""))
    except BookingRefused as error:
        refused(request, error)
    else:
        messages.success(request, sentence)
    return redirect("consultations_case", case.pk)


@require_POST
@guard
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that a task is done."""
    return _click(request, pk, case_tasks.finish, "Die Aufgabe ist erledigt.")


@require_POST
@guard
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that nobody has to do a task any more."""
    return _click(request, pk, case_tasks.drop, "Die Aufgabe ist entfallen.")


@require_POST
@guard
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a task again that was done or dropped."""
    return _click(request, pk, case_tasks.reopen, "Die Aufgabe ist wieder offen.")
