"""A form sent twice, by a second click or a page loaded again: what it says is there already, files included.

Looked at under the lock of the case (of the words or the adviser, where there is no case), so that of two at once
the second finds the first. The same as the last thing said, from the same person, within `SAME_WITHIN` is one;
whoever goes back and changes a word says something new. Callers return what was stored the first time and do
nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.models import (
    Allocation,
    Appointment,
    Case,
    CaseContact,
    CaseEvent,
    CaseFile,
    CaseTask,
    ContactNote,
    DraftFile,
    Format,
    GroupSession,
    InternalNote,
    Message,
    Minutes,
    WaitingEntry,
)
from consultations.services import record
from consultations.services.case_files import safe_name
from consultations.services.placing import Placement
from consultations.states import APPOINTMENT_WAYS, BLOCKING, AppointmentState, SessionState, WaitingState
from portal.core import outbox
from portal.core.models import AuditEntry
from portal.core.text import printable
from portal.core.work import SAME_WITHIN


def _since() -> datetime:
    return timezone.now() - SAME_WITHIN


def _digest(file: Any) -> str:
    found = hashlib.sha256()
    for part in file.chunks():
        found.update(part)
    return found.hexdigest()


def _digest_of(row: CaseFile | DraftFile) -> str:
    try:
        with row.file.open("rb") as content:
            return _digest(content)
    except FileNotFoundError:
        return ""


def same_files(stored: Iterable[CaseFile | DraftFile], files: Sequence[Any]) -> bool:
    """True when files that came are those that are stored, in this order, by name and content."""
    rows = list(stored)
    if [(row.name, row.size) for row in rows] != [(safe_name(file.name), file.size) for file in files]:
        return False
    return all(_digest_of(row) == _digest(file) for row, file in zip(rows, files, strict=True))


def message(case: Case, text: str, files: Sequence[Any], *, by: Any, **fields: Any) -> Message | None:
    """Return the last message of a case (locked) if it is this one; `fields`: side, channel, author_name."""
    last = Message.objects.filter(case=case).order_by("-pk").first()
    if last is None or last.at <= _since() or last.author_id != getattr(by, "pk", None):
        return None
    said = {"text": printable(text.strip()), **fields}
    if any(getattr(last, name) != value for name, value in said.items()):
        return None
    return last if same_files(last.files.order_by("pk"), files) else None


def note(case: Case, text: str, *, by: Any) -> InternalNote | None:
    """Return the last note of a case (locked) if it is this one."""
    last = InternalNote.objects.filter(case=case, at__gt=_since()).order_by("-pk").first()
    same = last is not None and last.text == printable(text.strip()) and last.author_id == getattr(by, "pk", None)
    return last if same else None


def task(case: Case, *, side: str, text: str, due_on: date | None) -> CaseTask | None:
    """Return the last task of a case (locked) if it is this one and still open."""
    last = CaseTask.objects.filter(case=case).order_by("-pk").first()
    if last is None or last.created_at <= _since() or not last.is_open:
        return None
    return last if (last.side, last.text, last.due_on) == (side, printable(text.strip()), due_on) else None


def minutes(case: Case, *, question: str, answer: str, text: str, by: Any) -> Minutes | None:
    """Return the last minutes of a case (locked) that belong to no appointment, if they are these."""
    rows = Minutes.objects.filter(case=case, appointment=None, author=by, created_at__gt=_since())
    last = rows.order_by("-pk").first()
    said = tuple(printable(part) for part in (question, answer, text))
    return last if last is not None and (last.question, last.answer, last.text) == said else None


def uploaded(case: Case, files: Sequence[Any], *, by: Any, internal: bool) -> list[CaseFile]:
    """Return the last files of a case (locked) that came without a message, if they are these; else nothing."""
    rows = CaseFile.objects.filter(case=case, message=None, uploaded_by=by, internal=internal, at__gt=_since())
    last = list(rows.order_by("-pk")[: len(files)])[::-1]
    return last if files and same_files(last, files) else []


def taken_down(contact: CaseContact, *, municipality: Any, subject: str, text: str, by: Any) -> QuerySet[Case]:
    """Return the cases somebody has just opened with these words; locks the words until the transaction ends."""
    words = "\n".join([str(municipality.pk), subject.strip(), text.strip(), contact.email])
    outbox.lock(f"intake:{salted_hmac('consultations.intake', words).hexdigest()[:32]}")
    mine = CaseEvent.objects.filter(action="case.receive", actor=by, at__gt=_since()).values("case")
    return Case.objects.filter(
        pk__in=mine, municipality=municipality, subject=printable(subject.strip()),
        messages__text=printable(text.strip()), contact__channel=contact.channel, contact__name=contact.name,
        contact__email=contact.email, contact__phone=contact.phone,
    ).order_by("-pk")  # fmt: skip


def made(model: type[Any], *, by: Any) -> QuerySet[Any]:
    """Return the rows of a model somebody has just made in the admin."""
    logged = AuditEntry.objects.filter(
        action="wagtail.create", object_type=model._meta.label_lower, actor=by.pk, at__gt=_since()
    )
    return model._default_manager.filter(pk__in=[int(key) for key in logged.values_list("object_id", flat=True)])


def contact_note(*, municipality: Any, day: date, channel: str, text: str, by: Any) -> ContactNote | None:
    """Return the last contact note of a municipality if it is this one; locks its notes until the end."""
    outbox.lock(f"contact-note:{municipality.pk}")
    last = ContactNote.objects.filter(municipality=municipality, at__gt=_since()).order_by("-pk").first()
    said = (day, channel, text, by.pk)
    return last if last is not None and (last.day, last.channel, last.text, last.author_id) == said else None


def entered(case: Case, form: Format, *, by: Any, action: str = "book") -> QuerySet[Appointment]:
    """Return the appointments of a case and format somebody has just entered (or asked for) that still stand."""
    done = CaseEvent.objects.filter(case=case, action=f"appointment.{action}", actor=by, at__gt=_since())
    state = record.target("appointment", action, None)
    rows = Appointment.objects.filter(pk__in=done.values("appointment"), case=case, format=form, state=state)
    return rows.order_by("-pk")


def booked(case: Case, placement: Placement, *, by: Any, action: str) -> Appointment | None:
    """Return the appointment of a case (locked) that somebody has just got with all of this placement."""
    if by is None:
        return None
    rows = entered(case, placement.form, by=by, action=action).filter(
        starts_at=placement.starts_at, place=placement.place, place_detail=placement.place_detail or ""
    )
    return next((row for row in rows if _same_crew(record.advisers_of(row), placement)), None)


def ended(case: Case, action: str, state: str, *, by: Any) -> bool:
    """True for a case somebody has just ended this way."""
    done = CaseEvent.objects.filter(case=case, action=f"case.{action}", actor=by, at__gt=_since())
    return case.state == state and done.exists()


def stepped(case: Case, action: str, *, by: Any) -> bool:
    """True for a case (as it is now) that stands where somebody has just taken it by this step."""
    done = CaseEvent.objects.filter(case=case, action=f"case.{action}", actor=by, new=case.state, at__gt=_since())
    return done.exists()


def handed_over(case: Case, *, by: Any) -> bool:
    """True for a case somebody has just handed over, and nobody else since."""
    last = CaseEvent.objects.filter(case=case, action="case.hand_to").order_by("-pk").first()
    return last is not None and last.at > _since() and last.actor_id == getattr(by, "pk", None)


def changed(row: Appointment, action: str, *, by: Any) -> Appointment | None:
    """Return what has become of an appointment by what somebody has just done with it; a move has a new row."""
    made = Q(appointment__moved_from=row) if action == "move" else Q(appointment=row)
    done = CaseEvent.objects.filter(made, action=f"appointment.{action}", actor=by, at__gt=_since())
    last = done.select_related("appointment").order_by("-pk").first()
    return last.appointment if last is not None else None


def stands_by(row: Appointment, action: str, *, by: Any) -> bool:
    """True for an appointment that somebody has just brought into the state it has by this action."""
    after = changed(row, action, by=by)
    return after is not None and after.pk == row.pk and after.state == APPOINTMENT_WAYS[action].target


def stands_at(row: Appointment, placement: Placement) -> bool:
    """True for an appointment that is then and there already, in this format, whoever advises."""
    when = (row.starts_at, row.ends_at, row.format_id) == (
        placement.starts_at, placement.ends_at, placement.form.pk,
    )  # fmt: skip
    where = {"place": row.place, "place_detail": row.place_detail}
    return when and placement.where(row) == where


def stands(row: Appointment, placement: Placement) -> bool:
    """True for an appointment (locked) that is then and there already, in this format, with these advisers."""
    return stands_at(row, placement) and _same_crew(record.advisers_of(row), placement)


def moved_there(row: Appointment, placement: Placement) -> Appointment | None:
    """Return the appointment that stands where one (locked) is to be moved: itself, or what it has become."""
    moved = row.state == AppointmentState.MOVED
    latest = Appointment.objects.filter(moved_from=row).first() if moved else row
    if latest is None or latest.state != AppointmentState.CONFIRMED:
        return None
    return latest if stands(latest, placement) else None


def taken(entry: WaitingEntry) -> Appointment | None:
    """Return the seat of an entry (locked) that has been accepted, as long as it stands; a move has a new row."""
    if entry.state != WaitingState.TAKEN or entry.appointment is None:
        return None
    standing = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED)
    return Appointment.objects.filter(thread=entry.appointment.thread, state__in=standing).first()


def planned(placement: Placement, *, title: str, topic: Any, capacity: int | None, by: Any) -> GroupSession | None:
    """Return the session somebody has just planned with all of this; its advisers are locked."""
    if by is None:
        return None
    done = AuditEntry.objects.filter(action="session.plan", actor=by.pk, at__gt=_since())
    rows = GroupSession.objects.filter(
        pk__in=[int(key) for key in done.values_list("object_id", flat=True)], format=placement.form, title=title,
        topic=topic, starts_at=placement.starts_at, place=placement.place, state=SessionState.CONFIRMED,
        place_detail=placement.place_detail or "", capacity=capacity or placement.form.capacity,
    ).order_by("-pk")  # fmt: skip
    return next((row for row in rows if _same_crew(crew_of(row), placement)), None)


def called_off(session: GroupSession, *, by: Any) -> bool:
    """True for a session somebody has just cancelled."""
    return session.state == SessionState.CANCELLED and _has_done(session, "cancel", by=by)


def held(session: GroupSession, *, by: Any) -> bool:
    """True for a session somebody has just noted as done."""
    return session.state == SessionState.DONE and _has_done(session, "complete", by=by)


def _has_done(session: GroupSession, action: str, *, by: Any) -> bool:
    return AuditEntry.objects.filter(
        action=f"session.{action}", object_id=str(session.pk), actor=by.pk, at__gt=_since()
    ).exists()


def stands_there(session: GroupSession, placement: Placement) -> bool:
    """True for a session (locked) that takes place then and there already, with these advisers."""
    where = {"place": session.place, "place_detail": session.place_detail}
    there = session.starts_at == placement.starts_at and placement.where(session) == where
    return there and _same_crew(crew_of(session), placement)


def crew_of(session: GroupSession) -> list[int]:
    """Return whose time a session takes now (ids), the lead first."""
    rows = session.allocations.filter(state__in=BLOCKING)
    ordered = sorted(rows, key=lambda row: (row.role != Allocation.Role.LEAD, row.pk))
    return [row.adviser_id for row in ordered]


def _same_crew(crew: list[int], placement: Placement) -> bool:
    return bool(crew) and crew[0] in placement.candidates and set(crew) == set(placement.crew(crew[0]))
