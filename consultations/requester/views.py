"""The pages about an own case: confirmation, state, and what the municipality can change, by link or account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations import citizen_form, offers, topics
from consultations.models import Appointment, Case, CaseContact, WaitingEntry
from consultations.opening import when_open
from consultations.refusals import BookingRefused
from consultations.requester import cases, confirmation_pdf, conversation, follow_up, ics, standing, tokens, words
from consultations.requester import changing as rules
from consultations.requester.cases import Access
from consultations.requester.forms import MessageForm
from consultations.services import intake, ratings, record
from consultations.states import WAITING_OPEN, AppointmentState, CaseState, WaitingState
from knowledge.queries import Reader
from portal.core import ratelimit

HOME = {"title": "Startseite", "url": "/"}
CHANGES_PER_HOUR = 60
DONE = {
    "abgesagt": "Der Termin ist abgesagt.", "verschoben": "Der Termin ist verschoben.",
    "neu-angefragt": "Die andere Zeit ist angefragt. Wir bestätigen sie oder schlagen eine andere vor.",
    "platz-angefragt": "Der Platz ist für Sie vorgemerkt. Wir bestätigen ihn und schreiben Ihnen.",
    "gebucht": "Der Termin ist gebucht.", "angefragt": "Der Termin ist angefragt. Wir bestätigen ihn.",
    "zurueckgezogen": "Die Anfrage ist zurückgezogen.", "angenommen": "Der Platz ist gebucht.",
    "warteliste": "Sie stehen auf der Warteliste. Sobald ein Platz frei wird, bieten wir ihn Ihnen an.",
    "ausgetragen": "Sie stehen nicht mehr auf der Warteliste.",
    "gesendet": "Ihre Nachricht ist angekommen.", "erledigt": "Die Aufgabe ist erledigt.",
    "wieder-offen": "Die Aufgabe ist wieder offen.",
    "geteilt": "Gespeichert.", "uebergeben": "Der Vorgang ist übergeben.",
    "eingeladen": "Die Person ist eingeladen.", "wieder-eingeladen": "Die Personen sind eingeladen.",
    "ausgeladen": "Die Einladung ist zurückgezogen.",
    "gespeichert": "Die Tagesordnung ist gespeichert.",
    "nichts-offen": "Zurzeit ist hier kein Termin zu wählen.",
    "uebernommen": "Sie haben den Vorgang übernommen. Nachrichten dazu kommen jetzt an Sie.",
}  # fmt: skip
ONLY_SEEN = (
    "Diesen Vorgang ändert, wer ihn gestellt hat, dafür genannt ist oder den Zugang Ihrer Kommune verwaltet."
)
TOO_OFTEN = "Das waren sehr viele Änderungen in kurzer Zeit. Bitte versuchen Sie es in einer Stunde noch einmal."
View = Callable[..., HttpResponseBase]


def _with_case(view: View) -> View:
    """Open the case of the address: kindly where a link does not hold, 404 where a case is somebody else's."""

    @wraps(view)
    def wrapped(request: HttpRequest, ref: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            access = cases.open_case(request, ref)
        except cases.NotYours as error:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())  # of a form: `portal.accounts.not_taken`
            raise Http404 from error
        except tokens.LinkReplaced:
            return _link_problem(request, replaced=True)
        except tokens.LinkBroken:
            return _link_problem(request, replaced=False)
        response = view(request, access, *args, **kwargs)
        response["Referrer-Policy"] = "same-origin"  # the address may be a key
        response["X-Robots-Tag"] = "noindex"
        return response

    return when_open(never_cache(wrapped))


def _link_problem(request: HttpRequest, *, replaced: bool) -> HttpResponse:
    title = "Dieser Link gilt nicht mehr" if replaced else "Dieser Link ist nicht vollständig"
    context = {
        "title": title,
        "replaced": replaced,
        "breadcrumbs": [HOME],
        "meta": {"title": title, "noindex": True},
    }
    return render(request, "consultations/requester/link_problem.html", context, status=404)


def _show(
    request: HttpRequest, template: str, access: Access, title: str, *, code: int = 200, **context: Any
) -> HttpResponse:
    values = {
        "case": access.case, "concern": getattr(access.case, "concern", None), "ref": access.ref, "title": title,
        "access": access, "pdf": confirmation_pdf.is_available(), "zone": words.zone_words(),
        "mailbox": cases.mailbox(), "breadcrumbs": [HOME],
        "meta": {"title": title, "noindex": True}, **context,
    }  # fmt: skip
    return render(request, f"consultations/requester/{template}.html", values, status=code)


def _row(appointment: Appointment) -> dict[str, Any]:
    return {
        "appointment": appointment, "when": words.when(appointment.starts_at, appointment.ends_at),
        "wishes": words.wishes_of(appointment), "state": words.state_of(appointment),
        "actions": cases.actions_of(appointment),
    }  # fmt: skip


def _advisers(case: Case, coming: Appointment | None) -> list[str]:
    """Return who advises at an appointment to come; before it is confirmed nobody is promised."""
    confirmed = coming is not None and coming.state == AppointmentState.CONFIRMED
    return cases.advisers_of(case, coming) if confirmed else []


def _particulars(access: Access) -> dict[str, Any]:
    rows, now = cases.appointments_of(access.case), timezone.now()
    coming = cases.coming(rows, now)
    name, email = cases.contact_of(access.case)
    return {
        "status": words.status_of(access.case, coming), "coming": _row(coming) if coming is not None else None,
        "advisers": _advisers(access.case, coming),
        "rows": [_row(row) for row in rows], "contact_name": name, "contact_email": email,
        "waiting": [
            {
                "entry": entry, "when": words.when(entry.session.starts_at, entry.session.ends_at),
                "about": record.time_of(entry.session), "offer": standing.offer_of(entry, now),
            }
            for entry in cases.waiting_of(access.case)
        ],
    }  # fmt: skip


@_with_case
@require_safe
def confirmation(request: HttpRequest, access: Access) -> HttpResponse:
    """What has become of a request, what comes next, and how to change it; the page can be bookmarked."""
    particulars = _particulars(access)
    found = standing.of(access.case, particulars, timezone.now())
    people = conversation.participants_of(access.case)
    return _show(request, "confirmation", access, found.pop("title"), people=people, **particulars, **found)


@_with_case
@require_safe
def case(request: HttpRequest, access: Access) -> HttpResponse:
    """Where the case stands, what comes next and by when, its appointments, and what was asked and said."""
    return case_page(request, access, form=MessageForm())


def case_page(request: HttpRequest, access: Access, *, form: MessageForm, code: int = 200) -> HttpResponse:
    """The page of a case, with a form for a message as it was typed."""
    particulars = _particulars(access)
    context = {
        "done": DONE.get(request.GET.get("fertig", ""), ""),
        "way": follow_up.way_of(access.case, [row["appointment"] for row in particulars["rows"]])
        if access.may_change
        else None,
        "can_withdraw": access.may_change and cases.can_be_withdrawn(access.case),
        "can_claim": access.person is not None and intake.may_claim(access.case, access.person),
        "taken_down": CaseContact.objects.filter(case=access.case).exists(),
        "rating": _rating(access), "form": form,
        "topic": topics.title_for(Reader.of(request), access.case.topic),
        **particulars, **conversation.context_of(request, access.case),
    }  # fmt: skip
    return _show(request, "case", access, f"Vorgang {access.case.reference}", code=code, **context)


def _rating(access: Access) -> str:
    """Return the token of the link that rates the advice; empty where there is nothing to rate yet."""
    rateable = access.may_change and access.case.state == CaseState.CLOSED and not ratings.refusal(access.case)
    holder = None if access.by_link else access.person
    return ratings.token_for(access.case, holder) if rateable else ""


def _changing(view: View) -> View:
    """Refuse who only may look, and too many changes."""
    return _limited(view, keeps_form=False)


def _changing_form(view: View) -> View:
    """As `_changing`, for a view that shows its form again: it hands it to `hold_back` before it is asked."""
    return _limited(view, keeps_form=True)


def _limited(view: View, *, keeps_form: bool) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, access: Access, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not access.may_change:
            return _show(request, "refused", access, "Das geht hier nicht", code=403, problem=ONLY_SEEN)
        if request.method != "POST":
            return view(request, access, *args, **kwargs)
        who = f"user:{access.person.pk}" if access.person is not None else f"case:{access.case.pk}"
        if not ratelimit.is_exhausted(request, "consultation_change", CHANGES_PER_HOUR, subject=who):
            ratelimit.count(request, "consultation_change", subject=who)
            return view(request, access, *args, **kwargs)
        if not keeps_form:
            typed = request.POST.get("reason", "")
            title = "Das geht gerade nicht"
            return _show(request, "refused", access, title, code=429, problem=TOO_OFTEN, typed=typed)
        request.too_often = True  # type: ignore[attr-defined]
        response = view(request, access, *args, **kwargs)
        response.status_code = 429
        return response

    return wrapped


def hold_back(request: HttpRequest, form: Form | None) -> None:
    """Make a sent form invalid where too many have been sent in this hour; what was typed stays in it."""
    if form is None or not form.is_bound or not getattr(request, "too_often", False):
        return
    form.full_clean()
    files = " Ausgewählte Dateien wählen Sie dann bitte noch einmal aus." if form.files else ""
    form.add_error(None, f"{TOO_OFTEN} Was Sie eingegeben haben, steht noch hier.{files}")


def _back(access: Access, done: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('consultation_case', args=[access.ref])}?fertig={done}")


def _refused(request: HttpRequest, access: Access, error: BookingRefused) -> HttpResponse:
    return _show(request, "refused", access, "Das geht nicht mehr", code=409, problem=str(error))


def _appointment(access: Access, thread: UUID) -> Appointment:
    """Return what an appointment of the case has become by now: an old link shows the new state."""
    rows = Appointment.objects.select_related("case__municipality", "case__topic", "format", "session")
    found = rows.filter(case=access.case, thread=thread).order_by("-sequence").first()
    if found is None:
        raise Http404
    return found


def _only_looks(request: HttpRequest) -> bool:
    return "ab" in request.POST or request.POST.get("action") == "keep"


@_with_case
@_changing
@require_http_methods(["GET", "HEAD", "POST"])
def appointment(request: HttpRequest, access: Access, thread: UUID) -> HttpResponse:
    """Move or cancel an appointment, or take a request for one back, or ask for another time.

    Turning the page of free times keeps the typed reason, as the enter key does: neither changes anything.
    """
    found = _appointment(access, thread)
    problem = ""
    if request.method == "POST" and not _only_looks(request):
        action = "move" if "slot" in request.POST else request.POST.get("action", "")
        try:
            citizen_form.demand_check(request.POST)
            done = rules.change(
                found, action, by=access.person, reason=request.POST.get("reason", ""),
                minute=offers.minute_of(request.POST.get("slot", "")),
            )  # fmt: skip
        except BookingRefused as error:
            problem = str(error)
            found = _appointment(access, thread)
        else:
            return _back(access, done)
    actions = cases.actions_of(found)
    way = follow_up.way_of(access.case) if found.state == AppointmentState.REQUESTED else None
    proposed = way is not None and bool(way.proposed) and way.request == found
    offer = None
    if "move" in actions and not proposed:
        asked, first = rules.asked_to_move(found), offers.day_asked(request)
        offer = offers.free_days(asked, first=first, instead_of=found)
    return _show(
        request, "appointment", access, "Termin ändern", code=409 if problem else 200, row=_row(found),
        offer=offer, proposed=proposed, problem=problem, reason=request.POST.get("reason", ""),
        files=found.format.files, asks_citizens=citizen_form.asks(request.POST),
    )  # fmt: skip


@_with_case
@_changing
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, access: Access) -> HttpResponse:
    """Withdraw the whole case, with an optional reason; its appointments end with it."""
    if request.method == "POST":
        try:
            citizen_form.demand_check(request.POST)
            rules.withdraw(access.case, by=access.person, reason=request.POST.get("reason", ""))
        except citizen_form.CitizenDataSeen as error:
            typed = {"problem": str(error), "reason": request.POST.get("reason", ""), "asks_citizens": True}
            title = "Anfrage zurückziehen"
            return _show(request, "withdraw", access, title, code=422, **_particulars(access), **typed)
        except BookingRefused as error:
            return _refused(request, access, error)
        return _back(access, "zurueckgezogen")
    if not cases.can_be_withdrawn(access.case):
        return HttpResponseRedirect(reverse("consultation_case", args=[access.ref]))
    return _show(request, "withdraw", access, "Anfrage zurückziehen", **_particulars(access))


@_with_case
@_changing
@require_http_methods(["GET", "HEAD", "POST"])
def waiting(request: HttpRequest, access: Access, pk: int) -> HttpResponse:
    """Accept an offered seat, or stop waiting; asks before the place in the line is given up."""
    entry = WaitingEntry.objects.select_related("session", "case").filter(pk=pk, case=access.case).first()
    if entry is None:
        raise Http404
    if request.method != "POST":
        return _ask_before_leaving(request, access, entry)
    accept, about = request.POST.get("action") == "accept", request.POST.get("about", "")
    try:
        done = rules.answer_waiting(entry, accept=accept, by=access.person, about=about)
    except BookingRefused as error:
        return _refused(request, access, error)
    return _back(access, done)


def _ask_before_leaving(request: HttpRequest, access: Access, entry: WaitingEntry) -> HttpResponse:
    if entry.state not in WAITING_OPEN:
        return HttpResponseRedirect(reverse("consultation_case", args=[access.ref]))
    offered = entry.state == WaitingState.OFFERED
    title = "Platz ablehnen" if offered else "Von der Warteliste nehmen"
    when = words.when(entry.session.starts_at, entry.session.ends_at)
    return _show(request, "leave_waiting", access, title, entry=entry, when=when, offered=offered)


@_with_case
@require_safe
def calendar_entry(request: HttpRequest, access: Access, thread: UUID) -> HttpResponse:
    """One appointment as a calendar entry."""
    found = _appointment(access, thread)
    if found.starts_at is None:
        raise Http404
    address = request.build_absolute_uri(reverse("consultation_case", args=[access.ref]))
    who = ", ".join(_advisers(access.case, found))
    body = ics.calendar([ics.of_appointment(found, address, advising=who)], title=found.format.name)
    return ics.answer(body, f"termin-{access.case.reference}")


@when_open
@require_safe
def handed_over(request: HttpRequest) -> HttpResponse:
    """What remains to say to somebody who does not see a case any more."""
    title = "Gespeichert"
    context = {"title": title, "breadcrumbs": [HOME], "meta": {"title": title, "noindex": True}}
    return render(request, "consultations/requester/handed_over.html", context)


# What the other modules with pages about a case use.
changing_form = _changing_form
with_case, changing, show, back, row_of, appointment_of = _with_case, _changing, _show, _back, _row, _appointment
refused, particulars = _refused, _particulars
