"""The step in which format and time are chosen: whatever was typed is kept before anything else is decided."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consultations import offers, times
from consultations.models import Allocation, Appointment, Format, GroupSession, RequestDraft
from consultations.refusals import HOLD_OVER, BookingRefused
from consultations.requester import words
from consultations.services import appointments, seats
from consultations.states import AppointmentState
from consultations.wizard import drafts, frame
from consultations.wizard.answers import Answers, Way
from consultations.wizard.forms import DetailsForm, WishesForm
from portal.core import ratelimit
from portal.core.text import printable

HOLDS_PER_HOUR = 120
NO_SEATS = "Bitte wählen Sie einen der angebotenen Termine."
NOTHING_CHOSEN = "Bitte wählen Sie einen der angebotenen Termine, oder nennen Sie uns Ihre Wünsche."
TWO_WAYS = (
    "Sie haben einen Termin vorgemerkt und Wünsche genannt. Bitte wählen Sie: „Weiter mit diesem Termin“ oder "
    "„Weiter mit diesen Wünschen“."
)
CHANGED = (
    "Markiert haben Sie „{chosen}“, bisher galt „{before}“. Was Sie unten sehen, gehört jetzt zu „{chosen}“. "
    "Bitte wählen Sie noch einmal; Ihre übrigen Angaben sind da."
)
KEPT_FOR = (
    "Markiert haben Sie „{chosen}“, vorgemerkt ist ein Termin für „{before}“. „Format ändern“ gibt ihn frei und "
    "zeigt, was zu „{chosen}“ gehört. Soll er bleiben, markieren Sie wieder „{before}“."
)
ENTER = "on"
"""What the enter key sends: the first button of the page, which goes on with what has been said."""


def _held(draft: RequestDraft, answers: Answers) -> dict[str, Any] | None:
    """Return the time that is kept for a draft, in words, as long as it is."""
    row = draft.appointment
    form = answers.form
    if row is None or form is None or row.format_id != form.pk or not row.is_held(timezone.now()):
        return None
    assert row.held_until is not None  # noqa: S101 - a hold has an end
    return {"when": words.when(row.starts_at, row.ends_at), "until": words.until(row.held_until)}


def page(
    request: HttpRequest, draft: RequestDraft, *, details: DetailsForm | None = None,
    wishes: WishesForm | None = None, problem: str = "", marked: Format | None = None,
) -> HttpResponse:  # fmt: skip
    """Show formats, questions, and what can be chosen; `marked`: another one, still marked."""
    answers = Answers(draft)
    form = answers.form
    context: dict[str, Any] = {
        "formats": Format.objects.filter(active=True), "format": form, "marked": marked or form,
        "problem": problem, "zone": words.zone_words(), "held": _held(draft, answers),
    }  # fmt: skip
    if form is not None:
        context["details"] = details or _details(request, answers)
        if form.kind == Format.Kind.SINGLE:
            asked = offers.asked_for(form, topic=answers.topic, municipality=answers.municipality)
            context["offer"] = offers.free_days(asked, first=offers.day_asked(request))
            context["wishes"] = wishes or _wishes(request, answers)
        elif form.kind == Format.Kind.GROUP:
            context["sessions"] = [
                (row, words.when(row.session.starts_at, row.session.ends_at)) for row in offers.sessions(form)
            ]
    faulty = problem or any(part is not None and part.errors for part in (details, wishes))
    return frame.show(request, "termin", context, draft=draft, status=422 if faulty else 200)


def _details(request: HttpRequest, answers: Answers) -> DetailsForm:
    """Return the questions with what is kept; whoever is sent back because something is missing sees what."""
    kept = DetailsForm.initial_of(answers)
    if request.method != "POST" and request.GET.get("hinweis") == "fehlt":
        return DetailsForm(kept, answers=answers)
    return DetailsForm(answers=answers, initial=kept)


def _wishes(request: HttpRequest, answers: Answers) -> WishesForm:
    """Return the wishes with what is kept; whoever is sent back because of a day sees which."""
    kept = WishesForm.initial_of(answers)
    if request.method != "POST" and request.GET.get("hinweis") in frame.OF_WISHES:
        return WishesForm(kept)
    return WishesForm(initial=kept)


def choose(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    """Keep what was typed, then do what the pressed button says: change the format, or take a time.

    With another format marked than the draft has, nothing is taken: whose times the page showed nobody can tell,
    as the format may have been changed in a second window.
    """
    answers = Answers(draft)
    key, action = printable(request.POST.get("format", "")), request.POST.get("action", "")
    if answers.form is None or action == "format" or key not in ("", answers.form.key):
        return _change_format(request, draft, answers, key)
    details = _keep_typed(request, draft, answers)
    if "ab" in request.POST:
        return frame.onward(draft, "termin", fragment="zeiten", ab=request.POST["ab"][:10])
    answers = Answers(draft)
    refused = _take(request, draft, answers)
    if refused is not None:
        return refused
    draft.refresh_from_db()
    if not details.is_valid():
        return page(request, draft, details=details)
    return frame.onward(draft, "pruefen")


def _keep_typed(request: HttpRequest, draft: RequestDraft, answers: Answers) -> DetailsForm:
    """Keep every field of the page, right or wrong, whichever button was pressed."""
    details = DetailsForm(request.POST, answers=answers)
    wishes = WishesForm(request.POST).kept() if "day1" in request.POST else {}
    drafts.keep(draft, **details.kept(answers), **wishes)
    return details


def _change_format(request: HttpRequest, draft: RequestDraft, answers: Answers, key: str) -> HttpResponse:
    """Change to the marked format; another button gives up no kept time for it, and says what it has done."""
    before, action = answers.form, request.POST.get("action", "")
    if before is not None:
        _keep_typed(request, draft, answers)
    chosen = Format.objects.filter(key=key, active=True).first()
    if chosen is None:
        return page(request, draft, problem="Bitte wählen Sie, wie wir Ihnen helfen sollen.")
    if before is not None and chosen != before:
        _keep_typed(request, draft, Answers(draft, chosen))
        if action != "format" and _held(draft, answers):
            return page(request, draft, problem=KEPT_FOR.format(chosen=chosen, before=before), marked=chosen)
    if chosen != before:
        _let_go(draft)
        drafts.keep(draft, format=chosen.key, way="", wishes=[], session=None)
    if before is not None and action not in ("format", ENTER):
        return page(request, draft, problem=CHANGED.format(chosen=chosen, before=before))
    return frame.onward(draft, "termin", fragment="format-gewaehlt")


def _let_go(draft: RequestDraft) -> None:
    if draft.appointment is not None:
        appointments.release(appointment=draft.appointment)
        draft.appointment = None
        draft.save(update_fields=["appointment", "changed_at"])


def give_up_others_time(draft: RequestDraft) -> bool:
    """Give up a chosen time of somebody who does not advise on what the draft says by now; True if it was so.

    Also one whose hold has run out: it would be booked anew with the same adviser. Seats are for everybody.
    """
    held, answers = draft.appointment, Answers(draft)
    if held is None or held.session_id is not None or answers.form is None:
        return False
    lead = Allocation.objects.filter(appointment=held, role=Allocation.Role.LEAD).values_list("adviser", flat=True)
    able = offers.asked_for(answers.form, topic=answers.topic, municipality=answers.municipality).advisers
    if set(lead) <= set(able):
        return False
    _let_go(draft)
    drafts.keep(draft, way="")
    return True


def _take(request: HttpRequest, draft: RequestDraft, answers: Answers) -> HttpResponse | None:
    """Take what the button names; None when that went well."""
    form = answers.form
    assert form is not None  # noqa: S101 - asked for by the caller
    action = request.POST.get("action", "")
    held = draft.appointment
    if form.kind == Format.Kind.WRITTEN:
        drafts.keep(draft, way=Way.WRITTEN.value)
        return None
    if action == ENTER:
        action, problem = _meant(request, draft, answers)
        if problem:
            return page(request, draft, problem=problem)
    if form.kind == Format.Kind.SINGLE and action == "wishes":
        return _wish(request, draft)
    if action == "keep" and held is not None and held.state == AppointmentState.HELD:
        Appointment.objects.filter(pk=held.pk, session=None).update(place=answers.place)
        return None
    if action == "keep" and held is not None and held.format_id == form.pk:
        return _hold_again(request, draft, answers, held)
    return _hold(request, draft, answers, form)


def _meant(request: HttpRequest, draft: RequestDraft, answers: Answers) -> tuple[str, str]:
    """Return the button the enter key stands for, or what to ask first: it gives up no time that is kept."""
    held = _held(draft, answers) is not None
    single = answers.form is not None and answers.form.kind == Format.Kind.SINGLE
    wishes = single and WishesForm(request.POST).names_days
    if held and wishes:
        return "", TWO_WAYS
    if held or wishes:
        return ("keep" if held else "wishes"), ""
    return "", NOTHING_CHOSEN if single else NO_SEATS


def _hold(request: HttpRequest, draft: RequestDraft, answers: Answers, form: Format) -> HttpResponse | None:
    if ratelimit.is_exhausted(request, "consultation_hold", HOLDS_PER_HOUR):
        return page(request, draft, problem=frame.TOO_OFTEN)
    ratelimit.count(request, "consultation_hold")
    try:
        if form.kind == Format.Kind.SINGLE:
            _hold_slot(request, draft, answers, form)
        else:
            _hold_seat(request, draft, form)
    except BookingRefused as error:
        return page(request, draft, problem=str(error))
    except ValueError:
        return page(request, draft, problem=NO_SEATS)
    return None


def _hold_again(
    request: HttpRequest, draft: RequestDraft, answers: Answers, over: Appointment
) -> HttpResponse | None:
    """Take what was kept until its hold ran out and was freed; None when it could be had."""
    assert answers.form is not None and over.starts_at is not None  # noqa: S101, PT018 - what is held has both
    asked = offers.asked_for(answers.form, topic=answers.topic, municipality=answers.municipality)
    try:
        if over.session is not None:
            draft.appointment = seats.hold(session=over.session, holder=draft.key)
        else:
            placement = offers.placement(asked, times.to_minute(over.starts_at), place=answers.place)
            draft.appointment = appointments.hold(placement=placement, holder=draft.key)
    except BookingRefused:
        return page(request, draft, problem=HOLD_OVER)
    draft.save(update_fields=["appointment", "changed_at"])
    return None


def _wish(request: HttpRequest, draft: RequestDraft) -> HttpResponse | None:
    wishes = WishesForm(request.POST)
    if not wishes.is_valid():
        return page(request, draft, wishes=wishes)
    _let_go(draft)
    drafts.keep(draft, way=Way.WISHES.value, wishes=wishes.wishes())
    return None


def _hold_slot(request: HttpRequest, draft: RequestDraft, answers: Answers, form: Format) -> None:
    minute = offers.minute_of(request.POST.get("slot", ""))
    if minute is None:
        raise ValueError
    asked = offers.asked_for(form, topic=answers.topic, municipality=answers.municipality)
    placement = offers.placement(asked, minute, place=answers.place)
    draft.appointment = appointments.hold(placement=placement, holder=draft.key)
    draft.save(update_fields=["appointment", "changed_at"])
    drafts.keep(draft, way=Way.SLOT.value, wishes=[])


def _hold_seat(request: HttpRequest, draft: RequestDraft, form: Format) -> None:
    name, _, number = request.POST.get("session", "").partition(":")
    rows = GroupSession.objects.filter(format=form)
    session = (
        rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() and len(number) < 10 else None
    )
    if session is None:
        raise ValueError
    if name == "warten":
        _let_go(draft)
        drafts.keep(draft, way=Way.WAITING.value, session=session.pk)
        return
    draft.appointment = seats.hold(session=session, holder=draft.key)
    draft.save(update_fields=["appointment", "changed_at"])
    drafts.keep(draft, way=Way.SESSION.value, session=session.pk)
