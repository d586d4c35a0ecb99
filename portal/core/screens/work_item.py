"""One work item: facts, what people reported, answer, change, history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.ui.components import MediaContainer
from wagtail.admin.views import generic
from wagtail.log_actions import log

from portal.core import work, work_answers
from portal.core.models import WorkEvent, WorkItem
from portal.core.screens.work_forms import AnswerForm, NoteForm, WorkForm, name_of
from portal.core.work_figures import clock


@dataclass(frozen=True)
class Step:
    """One line of the history as people read it."""

    at: datetime
    who: str
    what: str
    text: str


def _day(value: str) -> str:
    return f"{date.fromisoformat(value):%d.%m.%Y}" if value else "keine"


def _detail(event: WorkEvent, names: dict[str, str]) -> str:
    kind = WorkEvent.Kind
    if event.kind == kind.ASSIGNED:
        new = names.get(event.new, f"Konto {event.new}") if event.new else "niemand"
        return f"Zuständig: {new}"
    if event.kind == kind.DUE:
        return f"Frist: {_day(event.new)} (vorher {_day(event.old)})"
    if event.kind == kind.TEAM:
        return f"Team: {event.new} (vorher {event.old})"
    if event.kind == kind.ANSWERED:
        return f"Antwort gesendet an {event.new} {'Adresse' if event.new == '1' else 'Adressen'}"
    if event.kind == kind.CLOSED:
        return f"Beendet: {WorkItem.State(event.new).label}"
    return f"{event.get_kind_display()}{', vorher:' if event.kind == kind.TITLE and event.text else ''}"


def history(item: WorkItem, people: Iterable[Any] = ()) -> list[Step]:
    """Return the steps of an item, the latest first; `people` are known already, others are looked up."""
    events = list(item.events.select_related("actor").order_by("-pk"))
    names = {str(person.pk): name_of(person) for person in people}
    ids = {event.new for event in events if event.kind == WorkEvent.Kind.ASSIGNED and event.new}
    unknown = ids - set(names)
    if unknown:
        others = get_user_model()._default_manager.filter(pk__in=unknown)
        names |= {str(person.pk): name_of(person) for person in others}
    return [
        Step(event.at, name_of(event.actor) or "Portal", _detail(event, names), _text(event, item))
        for event in events
    ]


def _text(event: WorkEvent, item: WorkItem) -> str:
    """Return the words of a step; the note of the beginning only once it is no longer the item's own."""
    return "" if event.kind == WorkEvent.Kind.CREATED and event.text == item.note else event.text


def _entry(item: WorkItem, request: HttpRequest) -> dict[str, str] | None:
    """Return kind, name and form of what an item is about where that is no page; no form without the right."""
    entry = work.entry_of(item)
    if entry is None:
        return None
    url = AdminURLFinder(request.user).get_edit_url(entry) or ""
    return {"kind": str(entry._meta.verbose_name), "title": str(entry), "url": url}


def item_context(item: WorkItem, request: HttpRequest, people: Iterable[Any] = ()) -> dict[str, Any]:
    """Return what every page about one item shows."""
    reports = list(item.reports.all())
    waiting = [report for report in reports if report.reply_to and not report.answered_at]
    return {
        "item": item,
        "kind_label": work.kind_label(item.kind),
        "entry": _entry(item, request),
        "clock": clock(item),
        "overdue": item.is_overdue(),
        "reports": reports,
        "recipients": len(work_answers.addresses(waiting)),
        "reachable": any(report.reply_to for report in reports),
        "answered_before": any(report.reply_to and report.answered_at for report in reports),
        "may_change": request.user.has_perm("core.change_workitem"),
        "steps": history(item, people),
    }


class WorkCreateView(generic.CreateView):
    def save_instance(self) -> WorkItem:
        item: WorkItem = self.form.write(self.request.user)
        log(instance=item, action="wagtail.create", user=self.request.user)
        return item


class WorkEditView(generic.EditView):
    template_name = "core/screens/work_item.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        item = WorkItem.objects.get(pk=self.object.pk) if self.form.is_bound else self.object  # a form changes it
        about = item_context(item, self.request, self.form.people)
        forms = {
            "answer_form": AnswerForm(answered_before=about["answered_before"]),
            "note_form": NoteForm(),
        }
        return {**context, **about, **forms}

    def get_queryset(self) -> QuerySet[WorkItem]:
        return WorkItem.objects.select_related("page", "owner")

    def get_side_panels(self) -> MediaContainer:
        return MediaContainer([])  # the page has its own history

    def get_form_class(self) -> type[WorkForm]:
        return WorkForm

    def save_instance(self) -> WorkItem:
        item: WorkItem = self.form.write(self.request.user)
        log(instance=item, action="wagtail.edit", user=self.request.user)
        return item


class WorkInspectView(generic.InspectView):
    """For those who may look but not change."""

    template_name = "core/screens/work_inspect.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **item_context(self.object, self.request)}


def _item(request: HttpRequest, pk: int) -> WorkItem:
    if not request.user.has_perm("core.change_workitem"):
        raise PermissionDenied
    return get_object_or_404(WorkItem.objects.select_related("page", "owner"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer those who left an address; what was typed stays when something is wrong with it."""
    item = _item(request, pk)
    about = item_context(item, request)
    form = AnswerForm(request.POST or None, answered_before=about["answered_before"])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            number = work_answers.send_answer(
                item=item, actor=request.user, text=data["text"], close=data["close"],
                again=data.get("again", False),
            )  # fmt: skip
        except work_answers.AlreadySentError:
            messages.warning(
                request, "Diese Antwort ist eben schon gesendet worden. Sie geht kein zweites Mal hinaus."
            )
            return redirect("work_items:edit", item.pk)
        except work_answers.NobodyToAnswerError:
            form.add_error(None, _nobody(about))
        else:
            who = "eine Adresse" if number == 1 else f"{number} Adressen"
            messages.success(request, f"Die Antwort geht an {who}.")
            return redirect("work_items:edit", item.pk)
    context = {**about, "answer_form": form, "header_title": "Antworten", "page_title": "Antworten"}
    status = 422 if form.is_bound else 200
    return render(request, "core/screens/work_answer.html", context, status=status)


def _nobody(about: dict[str, Any]) -> str:
    if about["answered_before"]:
        return "Alle, die eine Adresse angegeben haben, haben schon eine Antwort. Es wurde nichts gesendet."
    return "Zu dieser Aufgabe gibt es keine Adresse (mehr). Es wurde nichts gesendet. Ihr Text steht noch hier."


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a remark to the history."""
    item = _item(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        work.add_note(item=item, actor=request.user, text=form.cleaned_data["text"])
        messages.success(request, "Die Notiz steht im Verlauf.")
        return redirect("work_items:edit", item.pk)
    context = {**item_context(item, request), "note_form": form, "header_title": "Notiz", "page_title": "Notiz"}
    return render(request, "core/screens/work_note.html", context, status=422)
