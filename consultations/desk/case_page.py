"""One case: facts, what can be done now, appointments, history, files, tasks, minutes, pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages

from consultations import deputies, from_outside, states
from consultations.desk import asker, rights, timeline
from consultations.desk.steps import STEPS, possible_for
from consultations.mailing.incoming import returned
from consultations.models import Allocation, Appointment, Case, CaseFile
from consultations.refusals import BookingRefused
from consultations.requester import conversation
from consultations.services import (
    assignment,
    cases,
    correspondence,
    faq_drafts,
    notices,
    ratings,
    repeated,
)
from consultations.states import AppointmentState, CaseState, Party
from portal.core.text import printable

BUTTONS = {
    "start": "Bearbeitung beginnen", "ask": "Wartet auf die Kommune", "resume": "Weiterbearbeiten",
    "advise": "Als beraten festhalten", "answer": "Als schriftlich beantwortet festhalten",
    "leave_measures": "Maßnahmen sind noch offen", "continue": "Beratung weiterführen",
    "close": "Vorgang abschließen", "reopen": "Vorgang wieder öffnen",
}  # fmt: skip
"""Steps of the state table that need nothing but a click; the others have forms (`consultations.desk.steps`)."""
ENDED = (
    "Dieser Vorgang ist inzwischen beendet, darum ist nichts gespeichert. Was Sie geschrieben haben, steht noch "
    "hier: Kopieren Sie es, oder öffnen Sie den Vorgang wieder, wenn das an ihm noch angeboten wird."
)
"""What somebody reads whose case has ended while they wrote."""
ENDINGS = {"ablehnen": ("decline", CaseState.DECLINED), "zurueckgezogen": ("withdraw", CaseState.WITHDRAWN)}
"""Forms that end a case: what is done, and where it leads; a second click is told that it is done."""
LINKS = (
    "mitteilung", "aufgabe", "dateien", "seite", "ansprechperson", "zuordnen", "ablehnen", "zurueckgezogen",
)  # fmt: skip


def header(case: Case, title: str = "") -> dict[str, Any]:
    """Return title and breadcrumbs of the pages about a case."""
    desk = {"url": reverse("consultations_desk"), "label": "Beratung"}
    own = {"url": reverse("consultations_case", args=[case.pk]) if title else "", "label": case.reference}
    return {
        "header_title": f"{title}: {case.reference}" if title else case.reference,
        "page_title": title or case.subject,
        "page_subtitle": case.reference,
        "header_icon": "group",
        "breadcrumbs_items": [desk, own, *([{"url": "", "label": title}] if title else [])],
    }


def _clicks(case: Case, user: Any) -> list[tuple[str, str]]:
    if not user.has_perm(rights.WORK):
        return []
    return [(name, BUTTONS[name]) for name in states.possible("case", case.state, Party.CENTRE) if name in BUTTONS]


def appointment_actions(row: Appointment) -> list[tuple[str, str]]:
    """Return what can be done with an appointment now, as (name, label); names that need a form have one."""
    over = row.starts_at is not None and row.starts_at <= timezone.now()
    if row.state == AppointmentState.REQUESTED:
        names = [] if over else [("bestaetigen", "Bestätigen")]
        if row.session_id is None and row.starts_at is not None:
            names.append(("andere-zeit", "Andere Zeit bestätigen"))
            names += [] if over else [("uebergeben", "Übergeben")]
        return [*names, ("ablehnen", "Ablehnen")]
    if row.state != AppointmentState.CONFIRMED:
        return [("protokoll", "Protokoll")] if AppointmentState(row.state).took_place else []
    if over:
        return [
            ("durchgefuehrt", "Durchgeführt"),
            ("nicht-erschienen", "Nicht erschienen"),
            ("protokoll", "Protokoll"),
        ]
    if row.session_id is not None:  # what all seats share is changed at the group session
        return [("absagen", "Absagen")]
    return [
        ("verschieben", "Verschieben"),
        ("ort", "Ort oder Einwahl ändern"),
        ("uebergeben", "Übergeben"),
        ("absagen", "Absagen"),
    ]


def advisers_of(row: Appointment) -> list[str]:
    """Return the names of who takes part in an appointment as it is now, the lead first."""
    crew = [item for item in row.allocations.all() if item.state == row.state]
    crew.sort(key=lambda item: (item.role != Allocation.Role.LEAD, item.pk))
    return [str(item.adviser) for item in crew]


def _appointments(case: Case, user: Any) -> list[dict[str, Any]]:
    rows = case.appointments.exclude(state=AppointmentState.MOVED).select_related("format", "session")
    works = user.has_perm(rights.WORK)
    sees_groups = works and not rights.is_external(user)
    shut_out = from_outside.shut_out(case) if works else []
    found, agendas = rows.prefetch_related("allocations__adviser__user"), conversation.agendas_of(case)
    return [
        {
            "row": row,
            "advisers": advisers_of(row),
            "shut_out": [part.adviser for part in shut_out if part.appointment_id == row.pk],
            "actions": appointment_actions(row) if works else [],
            "agenda": agendas.get(row.thread, ""),
            "group": row.session_id if sees_groups else None,
        }
        for row in found
    ]


def participants(case: Case) -> list[Any]:
    """Return who else takes part; `standing` of each: the invitations with their answers."""
    return conversation.participants_of(case)


def context_of(case: Case, request: HttpRequest) -> dict[str, Any]:
    """Return everything the page shows; the number of queries depends on nothing."""
    user, inside = request.user, rights.reads_notes(request.user)
    steps = possible_for(case, user)
    files = case.files.select_related("uploaded_by")
    absence = deputies.absence_of(case.lead) if case.lead is not None else None
    return {
        **header(case),
        "case": case,
        **asker.context_of(case),
        "returned": returned.of(case),
        "may_check_returns": inside and user.has_perm(rights.WORK),
        "reachable": notices.address_of(case) != "",
        "lead_away": deputies.words(absence) if absence is not None else "",
        "further": list(case.further.select_related("user")),
        "overdue": bool(case.is_open and case.answer_due and case.answer_due < timezone.localdate()),
        "clicks": _clicks(case, user),
        "links": [(name, STEPS[name].title) for name in LINKS if name in steps],
        "may_book": case.is_open and case.lead is not None and user.has_perm(rights.WORK),
        "answer_form": STEPS["nachricht"].form(case=case, user=user) if "nachricht" in steps else None,
        "note_form": STEPS["notiz"].form(case=case, user=user, auto_id="note_%s") if "notiz" in steps else None,
        "suggestion": assignment.suggest(case) if case.lead is None and rights.may_assign(user) else None,
        "appointments": _appointments(case, user),
        "entries": timeline.of(case, notes=inside),
        "files": list(files if inside else files.filter(internal=False)),
        "may_take_files_off": inside and user.has_perm(rights.WORK),
        "tasks": list(case.tasks.all()),
        "minutes": faq_drafts.of_minutes(case),
        "faq_possible": inside and user.has_perm(rights.WORK) and faq_drafts.is_possible(case),
        "rating": ratings.shown_to(case, user),
        "participants": participants(case),
        "pages": list(case.page_links.select_related("page")),
        "may_work": user.has_perm(rights.WORK),
        "today": timezone.localdate(),
    }


@never_cache
@require_safe
@rights.guarded(rights.VIEW, inside=False)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a case to who may see it."""
    case = rights.case_for(request.user, pk)
    return render(request, "consultations/desk/case.html", context_of(case, request))


def refused(request: HttpRequest, error: Exception) -> None:
    """Say what stood against a click."""
    sentences = error.messages if isinstance(error, ValidationError) else [str(error)]
    for sentence in sentences:
        messages.error(request, sentence)


def _is_ended_by(request: HttpRequest, case: Case, action: str, state: str) -> bool:
    """True for a case the same person has just ended with this form."""
    reason = printable(request.POST.get("reason", "").strip()).strip()[:500]
    return case.reason == reason and repeated.ended(case, action, state, by=request.user)


def refuse_ended(form: Any) -> None:
    """Say at a form that was sent that its case has ended meanwhile; what was written stays in it."""
    form.is_valid()
    form.add_error(None, ENDED)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rights.guarded(rights.VIEW, inside=False)
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Show the form of a step, or take it; what was typed stays when something is wrong with it."""
    case = rights.case_for(request.user, pk)
    entry = STEPS.get(name)
    if entry is None:
        raise Http404
    if not request.user.has_perm(entry.right) or (entry.inside and rights.is_external(request.user)):
        raise PermissionDenied
    bound, ended = request.method == "POST", name not in possible_for(case, request.user)
    if ended and not bound:
        messages.warning(request, "Dieser Vorgang ist beendet. Das geht nicht mehr.")
        return redirect("consultations_case", case.pk)
    if ended and name in ENDINGS and _is_ended_by(request, case, *ENDINGS[name]):
        messages.success(request, f"Der Vorgang ist „{CaseState(case.state).label}“.")
        return redirect("consultations_case", case.pk)
    data = (request.POST, request.FILES) if bound else (None, None)
    form = entry.form(*data, case=case, user=request.user, initial={} if bound else entry.initial(case))
    if ended:
        refuse_ended(form)
    elif bound and form.is_valid():
        try:
            messages.success(request, entry.perform(case, form, request.user))
            return redirect("consultations_case", case.pk)
        except (BookingRefused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
    context = {**header(case, entry.title), "case": case, "form": form, "button": entry.button}
    if name == "zuordnen" and not ended:
        context["suggestion"] = assignment.suggest(case)
    return render(request, "consultations/desk/step.html", context, status=422 if bound else 200)


@require_POST
@rights.guarded(rights.VIEW, rights.WORK, inside=False)
def advance(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a case one step of the state table further; a second click is told that it is done."""
    case, action = rights.case_for(request.user, pk), request.POST.get("action", "")
    try:
        if action in cases.PLAIN:
            case = cases.advance(case=case, action=action, by=request.user)
        elif action == "close":
            case = cases.close(case=case, by=request.user)
            messages.info(request, "Für die E-Akte: „Vorgang exportieren und an die E-Akte übergeben“.")
        elif action == "reopen":
            case = cases.reopen(case=case, by=request.user)
        else:
            raise Http404
    except BookingRefused as error:
        case.refresh_from_db(fields=["state"])
        if not repeated.stepped(case, action, by=request.user):
            refused(request, error)
            return redirect("consultations_case", pk)
    messages.success(request, f"Der Vorgang ist jetzt „{CaseState(case.state).label}“.")
    return redirect("consultations_case", pk)


@require_POST
@rights.guarded(rights.VIEW, rights.WORK, inside=False)
def unlink_page(request: HttpRequest, pk: int, page: int) -> HttpResponse:
    """Take a page off a case."""
    case = rights.case_for(request.user, pk)
    correspondence.unlink_page(case=case, page_id=page, by=request.user)
    messages.success(request, "Die Verknüpfung ist entfernt.")
    return redirect("consultations_case", case.pk)


@never_cache
@require_safe
@rights.guarded(rights.VIEW, inside=False)
def download(request: HttpRequest, pk: int) -> FileResponse:
    """Hand out a file of a case as attachment, never to be shown by the browser."""
    row = get_object_or_404(CaseFile, pk=pk)
    rights.case_for(request.user, row.case_id)
    if row.internal and not rights.reads_notes(request.user):
        raise Http404
    return attachment(row)


def attachment(row: CaseFile) -> FileResponse:
    """Return a file as a download that no browser opens by itself; the right is checked by the caller."""
    try:
        content = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        content, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
