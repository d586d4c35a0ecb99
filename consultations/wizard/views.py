"""The wizard: from concern to appointment in five steps. A GET changes nothing; the address finds the draft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations.forms import CONCERNS, concern_from, page_from
from consultations.models import Case, Format, GroupSession, RequestDraft
from consultations.opening import when_open
from consultations.requester import tokens, words
from consultations.states import SessionState
from consultations.views import page_of_address
from consultations.wizard import attachments, checking, choosing, drafts, frame, guidance, knowing, sending
from consultations.wizard.answers import Answers
from consultations.wizard.drafts import STEPS, DraftGone, DraftOfAccount
from consultations.wizard.forms import ConcernForm, TopicForm
from knowledge.models import TopicPage
from knowledge.queries import Reader
from portal.accounts.models import Municipality, User
from portal.accounts.queries import has_verified
from portal.core import ratelimit
from portal.core.context import level_of_request
from portal.core.text import printable

DRAFTS_PER_HOUR = 60
UPLOADS_PER_HOUR = 100
OTHER_CONCERNS = frozenset(CONCERNS) - {"beratung"}
"""Words of ?anliegen= that the contact form answers."""


def _topics(request: HttpRequest) -> list[TopicPage]:
    return list(Reader.of(request).filter(TopicPage.objects.all()).order_by("path"))


def _topic_of(request: HttpRequest, address: str) -> int | None:
    """Return the nearest topic of a page of the portal."""
    page = page_of_address(request, address) if address else None
    if page is None:
        return None
    rows = TopicPage.objects.live().ancestor_of(page, inclusive=True).order_by("-depth")
    return rows.values_list("pk", flat=True).first()


# -- the beginning ------------------------------------------------------------------------------------------------


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The first step; a POST begins a draft.

    ?anliegen=, ?seite=, ?termin= (a group session), ?format= (its key) and ?kommune= (its slug) come along.
    """
    source = request.POST if request.method == "POST" else request.GET
    if source.get("anliegen", "").strip().casefold() in OTHER_CONCERNS:
        words_ = {"anliegen": source["anliegen"], "seite": source.get("seite", "")}
        return HttpResponseRedirect(f"{reverse('contact')}?{urlencode(words_)}")
    carried = {name: printable(source.get(name, ""))[:300] for name in ("anliegen", "seite", "termin", "format")}
    person = drafts.person_of(request)
    options: dict[str, Any] = {"topics": _topics(request), "bodies": knowing.bodies_of(person)}
    if request.method != "POST":
        slug = printable(request.GET.get("kommune", ""))[:120]
        town = Municipality.objects.filter(slug=slug, active=True).first()
        initial = {"topic": _topic_of(request, carried["seite"]), "municipality": town.pk if town else None}
        return _first(request, TopicForm(initial=initial, **options), carried)
    form = TopicForm(request.POST, **options)
    if not form.is_valid():
        return _first(request, form, carried, status=422)
    if ratelimit.is_exhausted(request, "consultation_draft", DRAFTS_PER_HOUR):
        return _first(request, form, carried, status=429, problem=frame.TOO_OFTEN)
    ratelimit.count(request, "consultation_draft")
    answers = {**knowing.known_of(person), **form.answers(), **_carried(carried)}
    return frame.onward(drafts.begin(person=person, answers=answers), "anliegen")


def _carried(carried: dict[str, str]) -> dict[str, Any]:
    """Return what an advice link has said already."""
    subject = concern_from(carried["anliegen"])
    found: dict[str, Any] = {"page": page_from(carried["seite"])}
    if subject and subject not in CONCERNS.values():
        found["subject_hint"] = subject
    form, session = _format(carried["format"]), _session(carried["termin"])
    if form is not None:
        found["format"] = form.key
    if session is not None:
        found |= {"format": session.format.key, "wanted_session": session.pk}
    return found


def _session(uid: str) -> GroupSession | None:
    """Return a group session to come by its identifier; None for what is none (any more)."""
    try:
        key = UUID(uid)
    except ValueError:
        return None
    rows = GroupSession.objects.select_related("format").filter(uid=key, format__active=True)
    return rows.filter(state=SessionState.CONFIRMED, starts_at__gt=timezone.now()).first()


def _format(key: str) -> Format | None:
    """Return a format that is offered by its key, as links of the centre name it; None for what is none."""
    return Format.objects.filter(key=key, active=True).first() if key else None


def _first(
    request: HttpRequest, form: TopicForm, carried: dict[str, str], *, draft: RequestDraft | None = None,
    status: int = 200, problem: str = "",
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form, "carried": {name: value for name, value in carried.items() if value}, "problem": problem,
        "session": _session(carried.get("termin", "")), "format": _format(carried.get("format", "")),
    }  # fmt: skip
    return frame.show(request, "thema", context, draft=draft, status=status)


# -- the steps of a draft -----------------------------------------------------------------------------------------


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, token: str, step: str) -> HttpResponse:
    """One step of a draft, or the way to where it goes on."""
    if step not in (*STEPS, drafts.GO_ON):
        raise Http404
    try:
        draft = drafts.find(request, token, lock=request.method == "POST")
    except DraftOfAccount:
        return redirect_to_login(request.get_full_path())  # of a form: `portal.accounts.not_taken`
    except DraftGone:
        if step == "hilfen" and _is_solved(request) and drafts.has_ended(token):  # a second click
            return HttpResponseRedirect(reverse("consultation_answered"))
        return _problem(request, "draft", status=404)
    if draft.case is not None:
        return _sent_already(request, draft)
    other = _instead_of(step, Answers(draft))
    if other is not None:
        return frame.onward(draft, other, notice="fehlt" if step == "pruefen" else "")
    if request.method == "POST":
        drafts.adopt(draft, drafts.person_of(request))
    return _STEPS[step](request, draft)


def _instead_of(step: str, answers: Answers) -> str | None:
    """Return the step to lead to: where the draft goes on, or what has to be answered before this one can be."""
    if step == drafts.GO_ON:
        return answers.next_step()
    missing = answers.first_open()
    return missing if missing is not None and STEPS.index(missing) < STEPS.index(step) else None


def _sent_already(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    """Lead to the case; without account the address of a draft proves nothing, only the link of the mail does."""
    assert draft.case is not None  # noqa: S101 - asked for by the caller
    if draft.user_id is not None:
        return HttpResponseRedirect(reverse("consultation_case", args=[draft.case.reference]))
    return _problem(request, "sent")


def _problem(request: HttpRequest, cause: str, *, status: int = 200, **context: Any) -> HttpResponse:
    titles = {
        "draft": "Dieser Entwurf ist nicht mehr da", "sent": "Diese Anfrage ist schon gesendet",
        "link": "Dieser Link gilt nicht mehr", "expired": "Dieser Link ist zu alt, Ihre Anfrage ist noch da",
        "again": "Wir haben Ihnen einen neuen Link gesendet",
    }  # fmt: skip
    values = {
        "cause": cause,  # "kind" would be read by the head of the page
        "title": titles[cause],
        "draft_days": drafts.life().days,
        "link_days": sending.CONFIRM_LIFE.days,
        "breadcrumbs": [frame.HOME],
        "meta": {"title": titles[cause], "noindex": True},
    }
    return render(request, "consultations/wizard/problem.html", {**values, **context}, status=status)


def _topic(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    person = drafts.person_of(request)
    options: dict[str, Any] = {"topics": _topics(request), "bodies": knowing.bodies_of(person)}
    answers = draft.answers
    if request.method != "POST":
        initial = {"topic": answers.get("topic") or "0", "municipality": answers.get("municipality")}
        return _first(request, TopicForm(initial=initial, **options), {}, draft=draft)
    form = TopicForm(request.POST, **options)
    if not form.is_valid():
        return _first(request, form, {}, draft=draft, status=422)
    drafts.keep(draft, **knowing.known_of(person), **form.answers())
    gave_up = choosing.give_up_others_time(draft) if _says_otherwise(answers, draft.answers) else False
    return frame.onward(draft, "anliegen", notice="zustaendig" if gave_up else "")


def _says_otherwise(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """True where who advises may be somebody else."""
    return any(before.get(name) != now.get(name) for name in ("topic", "municipality"))


def _concern_form(request: HttpRequest, draft: RequestDraft) -> ConcernForm:
    """Return the concern with what is kept; whoever comes back to something wrong, or over by now, sees what."""
    answers, kept = draft.answers, Answers(draft).concern
    said = {**answers, "subject": answers.get("subject") or answers.get("subject_hint", ""), **kept}
    return ConcernForm(said) if kept or request.GET.get("hinweis") == "frist" else ConcernForm(initial=said)


def _concern(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    if request.method != "POST":
        return frame.show(request, "anliegen", {"form": _concern_form(request, draft)}, draft=draft)
    form = ConcernForm(request.POST)
    drafts.keep(draft, concern=form.kept())
    problems = _keep_files(request, draft)  # whatever else is wrong, they are there
    attachments.remove(draft, request.POST.get("remove", ""))
    if not form.is_valid() or problems:
        for problem in problems:
            form.add_error("uploads", problem)
        return frame.show(request, "anliegen", {"form": form}, draft=draft, status=422)
    drafts.keep(draft, **form.answers(), concern={})
    stays = request.POST.get("remove") or request.POST.get("action") == "upload"
    return frame.onward(draft, "anliegen" if stays else "hilfen", fragment="dateien" if stays else "")


def _keep_files(request: HttpRequest, draft: RequestDraft) -> list[str]:
    files = request.FILES.getlist("uploads")
    if files and ratelimit.is_exhausted(request, "consultation_upload", UPLOADS_PER_HOUR):
        return [frame.TOO_OFTEN]
    for _ in files:
        ratelimit.count(request, "consultation_upload")
    return attachments.keep(draft, files)


def _is_solved(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("action") == "solved"


def _guidance(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    answers = Answers(draft)
    if request.method != "POST":
        results = guidance.matching(answers, level_of_request(request))
        return frame.show(request, "hilfen", {"results": results}, draft=draft)
    if _is_solved(request):
        guidance.count_success(answers.topic)
        drafts.drop(draft)
        return HttpResponseRedirect(reverse("consultation_answered"))
    return frame.onward(draft, "termin")


def _appointment(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    if request.method != "POST":
        return choosing.page(request, draft)
    return choosing.choose(request, draft)


_STEPS: dict[str, Callable[[HttpRequest, RequestDraft], HttpResponse]] = {
    "thema": _topic, "anliegen": _concern, "hilfen": _guidance, "termin": _appointment, "pruefen": checking.check,
}  # fmt: skip


# -- pages beside the steps ---------------------------------------------------------------------------------------


@when_open
@require_safe
def answered(request: HttpRequest) -> HttpResponse:
    """The happy end without an appointment."""
    context = {"breadcrumbs": [frame.HOME], "meta": {"title": "Schön, dass es geholfen hat", "noindex": True}}
    return render(request, "consultations/wizard/answered.html", context)


@when_open
@never_cache
@require_safe
def mail_sent(request: HttpRequest, token: str) -> HttpResponse:
    """What to do next without account: confirm the address."""
    try:
        draft = drafts.find(request, token)
    except DraftGone:
        return _problem(request, "draft", status=404)
    if draft.case is not None:
        return _sent_already(request, draft)
    context = {
        "email": draft.answers.get("email", ""), "back": drafts.address_of(draft, "pruefen"),
        "kept": checking.hold_words(draft), "days": sending.CONFIRM_LIFE.days, "breadcrumbs": [frame.HOME],
        "meta": {"title": "Adresse bestätigen", "noindex": True},
    }  # fmt: skip
    return render(request, "consultations/wizard/mail_sent.html", context)


def _expired(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    """Offer a new link, and send it: to the address of the draft alone, which this page does not name.

    What was typed is shown by the new link only. Whoever has an old one need not be who reads the address by now.
    """
    if request.method != "POST":
        return _problem(request, "expired")
    if ratelimit.is_exhausted(request, "consultation_link"):
        return _problem(request, "expired", status=429, problem=frame.TOO_OFTEN)
    ratelimit.count(request, "consultation_link")
    sending.ask_again(draft=draft)
    return HttpResponseRedirect(f"{request.path}?gesendet=1")


def _led_on(request: HttpRequest, case: Case, draft: RequestDraft) -> HttpResponse:
    """Lead from a link that has been used to the case, as long as who got it still has the case."""
    if not sending.leads_on(draft):
        return _problem(request, "sent", status=404)
    return HttpResponseRedirect(reverse("consultation_confirmation", args=[tokens.reference_for(case)]))


def _own_account(request: HttpRequest, draft: RequestDraft) -> User | None:
    """Return who is signed in where the address of the draft is the confirmed one of the account."""
    person = drafts.person_of(request)
    if person is None or not has_verified(person):
        return None
    return person if person.email.lower() == Answers(draft).text("email").lower() else None


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the address and send the request: only the POST does anything, mail scanners open every link."""
    try:
        draft = sending.draft_of(token, lock=request.method == "POST")
    except sending.LinkExpired as error:
        return _expired(request, error.draft)
    except sending.LinkInvalid:
        cause = "again" if request.GET.get("gesendet") else "link"
        return _problem(request, cause, status=200 if cause == "again" else 404)
    if draft.user_id is not None:  # somebody has gone on with it signed in: it opens for this account alone
        return frame.onward(draft, "pruefen")
    if draft.case is not None:
        return _led_on(request, draft.case, draft)
    if request.method == "POST":
        return checking.submit(request, draft, _own_account(request, draft))
    title = "Anfrage bestätigen"
    context = {
        "parts": checking.summary(request, draft),
        "email": draft.answers.get("email", ""), "zone": words.zone_words(),
        "kept": checking.hold_words(draft),
        "breadcrumbs": [frame.HOME], "meta": {"title": title, "noindex": True},
    }  # fmt: skip
    return render(request, "consultations/wizard/confirm.html", context)
