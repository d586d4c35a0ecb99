"""The last step: everything at a glance, who asks, a warning of citizens' data, and sending."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from consultations import citizen_data, topics
from consultations.models import Place, RequestDraft, Urgency
from consultations.refusals import BookingRefused, NotPossible, SlotTaken
from consultations.requester import tokens, words
from consultations.wizard import attachments, drafts, frame, knowing, sending
from consultations.wizard.answers import Answers, Way
from consultations.wizard.forms import SendForm
from knowledge.queries import Reader
from portal.accounts.models import User
from portal.core import ratelimit

SENT_PER_HOUR = 40
WHO = ("name", "email", "phone")
HOLD_OVER = "Die Vormerkung ist abgelaufen: Sie bekommen diesen Termin nur, wenn er noch frei ist."
HOLD_OVER_CHOOSE = "Die Vormerkung ist abgelaufen. Bitte wählen Sie den Termin noch einmal; alles Übrige ist da."


def _send_form(request: HttpRequest, draft: RequestDraft, person: User | None, warnings: list[str]) -> SendForm:
    phone = person.phone if person is not None else ""
    answers = Answers(draft)
    options: dict[str, Any] = {
        "guest": person is None, "needs_phone": answers.wants_call and not phone, "warned": bool(warnings),
    }  # fmt: skip
    if request.method == "POST":
        return SendForm(request.POST, **options)
    return SendForm(initial={**draft.answers, **answers.typed}, **options)


def _keep_typed(draft: RequestDraft, form: SendForm) -> None:
    """Keep what was typed, apart from what counts: no link of a mail sends what it was not asked for."""
    typed = form.typed()
    drafts.keep(draft, typed={**Answers(draft).typed, **{name: typed[name] for name in WHO if name in typed}})


def summary(request: HttpRequest, draft: RequestDraft) -> list[dict[str, Any]]:
    """Return what has been said, by step: title, address to change it, and pairs of label and text."""
    answers = Answers(draft)
    deadline = answers.deadline
    parts: list[tuple[str, list[tuple[str, Any]]]] = [
        ("thema", [
            ("Thema", topics.title_for(Reader.of(request), answers.topic) or "Noch unklar"),
            ("Kommune", answers.municipality),
        ]),
        ("anliegen", [
            ("Worum es geht", answers.text("subject")), ("Ziel", answers.text("goal")),
            ("Leistung", answers.text("service")), ("Fachverfahren", answers.text("procedure")),
            ("Frist", f"{deadline:%d.%m.%Y}" if deadline else ""),
            ("Dringlichkeit", dict(Urgency.choices).get(answers.text("urgency"), "")),
            ("Dateien", "\n".join(row.name for row in draft.files.all())),
        ]),
        ("termin", [*_choice(draft, answers), *((row["question"], row["answer"]) for row in answers.question_rows),
                    ("Teilnehmende", _people(answers)),
                    ("Sichtbar", "Nur für Sie" if answers.private else "")]),
    ]  # fmt: skip
    return [
        {"title": drafts.TITLES[step], "step": step, "url": drafts.address_of(draft, step),
         "rows": [(label, value) for label, value in rows if value]}
        for step, rows in parts
    ]  # fmt: skip


def _people(answers: Answers) -> str:
    """Return who takes part, a line each, with the address that is invited."""
    return "\n".join(name if email in ("", name) else f"{name}, {email}" for name, email in answers.participants)


def _choice(draft: RequestDraft, answers: Answers) -> list[tuple[str, Any]]:
    held, session = draft.appointment, answers.session
    place = answers.place
    found: list[tuple[str, Any]] = [("Format", answers.form)]
    if answers.way in (Way.SLOT, Way.SESSION) and held is not None:
        found.append(("Termin", words.when(held.starts_at, held.ends_at)))
    if answers.way == Way.WAITING and session is not None:
        found.append(("Warteliste", words.when(session.starts_at, session.ends_at)))
    found += [("Wunsch", text) for text in words.wish_texts(answers.wishes)]
    if place and answers.way in (Way.SLOT, Way.WISHES):
        found.append(("Ort", Place(place).label))
    return found


def check(request: HttpRequest, draft: RequestDraft) -> HttpResponse:
    person = drafts.person_of(request)
    warnings = citizen_data.looks_like(Answers(draft).texts)
    form = _send_form(request, draft, person, warnings)
    if request.method != "POST":
        return _checked(request, draft, form, warnings)
    _keep_typed(draft, form)
    if not form.is_valid():
        return _checked(request, draft, form, warnings, status=422)
    if ratelimit.is_exhausted(request, "consultation_send", SENT_PER_HOUR):
        return _checked(request, draft, form, warnings, status=429, problem=frame.TOO_OFTEN)
    ratelimit.count(request, "consultation_send")
    if (earlier := _led_back(draft, person)) is not None:
        return earlier
    if person is None:
        return _ask_to_confirm(request, draft, form, warnings)
    if "phone" in form.fields:
        drafts.keep(draft, phone=form.cleaned_data["phone"])
    return submit(request, draft, person)


def _led_back(draft: RequestDraft, person: User | None) -> HttpResponse | None:
    """Lead to a step whose answer is right no more; a link of a mail is not held up by a deadline."""
    if Answers(draft).has_past_deadline:
        return frame.onward(draft, "anliegen", notice="frist")
    if person is None or knowing.bodies_of(person).filter(pk=draft.answers.get("municipality")).exists():
        return None
    return frame.onward(draft, "thema", notice="kommune")


def _checked(
    request: HttpRequest, draft: RequestDraft, form: SendForm, warnings: list[str], *, status: int = 200,
    problem: str = "",
) -> HttpResponse:  # fmt: skip
    guest = "email" in form.fields
    context = {
        "form": form, "warnings": warnings, "parts": summary(request, draft), "problem": problem,
        "zone": words.zone_words(),
        "kept": hold_words(draft, chooses_again=guest), "guest": guest,
        "is_direct": _books_at_once(draft),
    }  # fmt: skip
    return frame.show(request, "pruefen", context, draft=draft, status=status)


def hold_words(draft: RequestDraft, *, chooses_again: bool = False) -> str:
    """Return until when the chosen time is kept, or that it no longer is; empty where none was chosen.

    `chooses_again`: sending leads back to the choice, as for somebody whose address is to be confirmed first.
    """
    held = draft.appointment
    if held is None or Answers(draft).way not in (Way.SLOT, Way.SESSION):
        return ""
    if held.held_until is not None and held.is_held(timezone.now()):
        return f"Ihr Termin ist bis {words.until(held.held_until)} vorgemerkt."
    return HOLD_OVER_CHOOSE if chooses_again else HOLD_OVER


def _books_at_once(draft: RequestDraft) -> bool:
    answers = Answers(draft)
    return answers.way in (Way.SLOT, Way.SESSION) and answers.form is not None and answers.form.is_direct


def _ask_to_confirm(
    request: HttpRequest, draft: RequestDraft, form: SendForm, warnings: list[str]
) -> HttpResponse:
    if wrong := _wrong_wish(draft):
        return _choose_again(draft, wrong)
    try:
        sending.ask_to_confirm(
            draft=draft, name=form.cleaned_data["name"], email=form.cleaned_data["email"],
            phone=form.cleaned_data.get("phone", ""),
        )  # fmt: skip
    except SlotTaken:
        return _choose_again(draft, "abgelaufen")
    except NotPossible as error:
        if str(error) != sending.JUST_ASKED:
            return _choose_again(draft, "abgelaufen")
        return _checked(request, draft, form, warnings, status=422, problem=str(error))
    return HttpResponseRedirect(reverse("consultation_mail_sent", args=[drafts.token_of(draft)]))


def _wrong_wish(draft: RequestDraft) -> str:
    """Return what is wrong by now with a wished day, a word of `frame.OF_WISHES`; empty where nothing is."""
    answers = Answers(draft)
    if answers.has_past_wish:
        return "wuensche"
    return "wunschtag" if answers.has_wish_without_advice else ""


def _choose_again(draft: RequestDraft, notice: str) -> HttpResponse:
    drafts.keep(draft, way="")
    draft.appointment = None
    draft.save(update_fields=["appointment", "changed_at"])
    return frame.onward(draft, "termin", notice=notice, fragment="wuensche" if notice in frame.OF_WISHES else "")


def submit(request: HttpRequest, draft: RequestDraft, person: User | None) -> HttpResponse:
    """Send a draft and lead to the confirmation; what stands against it is said where to choose again."""
    if wrong := _wrong_wish(draft):
        return _choose_again(draft, wrong)
    try:
        case = sending.submit(draft=draft, person=person)
    except sending.Incomplete as error:
        return frame.onward(draft, error.step, notice="fehlt")
    except attachments.FilesRefused:
        return frame.onward(draft, "anliegen", notice="dateien")
    except BookingRefused as error:
        return _choose_again(draft, frame.word_of(error))
    return HttpResponseRedirect(reverse("consultation_confirmation", args=[tokens.reference_for(case)]))
