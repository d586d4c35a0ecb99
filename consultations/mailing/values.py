"""What the placeholders of a mail stand for: facts of case and appointment, never a word of the concern."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from consultations.mailing import addressing, people
from consultations.mailing.people import Person
from consultations.models import Appointment, Case, GroupSession
from consultations.requester import cases, confirmation_pdf, words
from consultations.states import AppointmentState, CaseState

KEY_TO_THE_CASE = (
    "Wer diesen Link hat, sieht den Vorgang und kann ihn ändern. Geben Sie ihn nur an Beteiligte weiter."
)

_SILENT = (CaseState.DECLINED, CaseState.WITHDRAWN)  # takes no messages any more


def place_of(appointment: Appointment | GroupSession) -> str:
    """Return place and address or dial-in, as mails and calendar entries name it."""
    label = str(appointment.get_place_display()) if appointment.place else ""
    return ", ".join(part for part in (label, appointment.place_detail) if part)


def _who_advises(case: Case, appointment: Appointment | None) -> str:
    stored = appointment is not None and appointment.pk is not None
    return ", ".join(cases.advisers_of(case, appointment if stored else None))


def _facts(case: Case, appointment: Appointment | None, *, waiting: bool) -> str:
    """Return the facts of a case and an appointment, one a line, with the time zone where there is a time."""
    form = appointment.format if appointment is not None else case.format
    lines = [f"Vorgangsnummer: {case.reference}", f"Kommune: {case.municipality.name}"]
    lines += [f"Format: {form.name}"] if form is not None else []
    if appointment is not None:
        when = words.when(appointment.starts_at, appointment.ends_at)
        asked = " (angefragt, noch nicht bestätigt)" if appointment.state == AppointmentState.REQUESTED else ""
        lines += [f"Termin: {when}{asked}"] if when else []
        place = place_of(appointment)
        lines += [f"Ort: {place}"] if place else []
        lines += [f"Wunsch: {wish}" for wish in words.wishes_of(appointment)]
        lines += [words.zone_words()] if when else []
    if waiting:
        for entry in cases.waiting_of(case):
            at = words.when(entry.session.starts_at, entry.session.ends_at)
            lines.append(f"Warteliste: {entry.session.title}, {at}")
    return "\n".join(lines)


def moment_in_words(moment: datetime) -> str:
    """Return a moment (aware) as "Dienstag, 2. März 2027, 10:00 Uhr"."""
    return f"{date_format(timezone.localtime(moment), 'l, j. F Y, H:i')} Uhr"


def _next_step(case: Case, appointment: Appointment | None) -> str:
    status = words.status_of(case, appointment)
    by = f" Spätestens am {date_format(status.by_when, 'j. F Y')}." if status.by_when else ""
    return f"{status.what_next}{by}"


def everywhere() -> dict[str, str]:
    return {"portal": settings.SITE_NAME, "adresse": settings.BASE_URL, "postfach": cases.mailbox()}


def of(case: Case, person: Person, appointment: Appointment | None = None, **more: str) -> dict[str, str]:
    """Return the values for a mail to a person; a participant gets no link to the case and no waiting lists."""
    own = person.is_requester
    form = appointment.format if appointment is not None else case.format
    shared = {
        **everywhere(),
        "vorgang": case.reference,
        "kommune": case.municipality.name,
        "format": form.name if form is not None else "",
        "termin": words.when(appointment.starts_at, appointment.ends_at) if appointment is not None else "",
        "ort": place_of(appointment) if appointment is not None else "",
        "beratende": _who_advises(case, appointment),
        "angaben": _facts(case, appointment, waiting=own),
        "name": person.name,
        "fragen": addressing.questions(by_answer=own and case.state not in _SILENT),
        "kalenderantwort": addressing.calendar_answers(own=own),
    }
    if not own:
        return {**shared, "antwortlink": person.link, "link": person.link, **more}
    guest = case.requester_id is None and getattr(case, "concern", None) is not None
    return {
        **shared,
        "link": person.link,
        "pdf": confirmation_pdf.address_of(person.link),
        "linkhinweis": KEY_TO_THE_CASE if guest else "",
        "weiter": _next_step(case, appointment),
        "teilnehmende": ", ".join(people.names_of(case, appointment)),
        **more,
    }
