"""What has been said, agreed and linked in a case, as its municipality reads it: nothing internal, ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils import timezone
from wagtail.models import Page

from consultations.models import (
    Agenda,
    Case,
    CaseFile,
    CaseTask,
    Invitation,
    Message,
    MessageMail,
    Minutes,
    Participant,
)
from consultations.requester import words
from consultations.services import correspondence, file_removal
from knowledge.queries import Reader


@dataclass(frozen=True)
class Said:
    """One message: who, when (UTC), the text, and the files that came with it."""

    at: datetime
    who: str
    from_centre: bool
    text: str
    files: list[CaseFile] = field(default_factory=list)


def _who(row: Message) -> str:
    if row.from_centre:
        return f"{row.author}, Kompetenzstelle" if row.author is not None else "Kompetenzstelle"
    name = row.author_name or (str(row.author) if row.author is not None else "Ihre Kommune")
    mail: MessageMail | None = getattr(row, "mail", None)
    return f"{name} ({mail.way})" if mail is not None else name


def messages_of(case: Case) -> list[Said]:
    """Return the messages of a case, and that a file is gone, the latest first: 3 queries."""
    shown = Prefetch("files", queryset=CaseFile.objects.filter(internal=False), to_attr="shown_files")
    rows = (
        Message.objects.filter(case=case).select_related("author", "mail").prefetch_related(shown).order_by("-pk")
    )
    said = [Said(row.at, _who(row), row.from_centre, row.text, getattr(row, "shown_files", [])) for row in rows]
    gone = file_removal.lines_for_municipality(case)
    lines = [Said(row.at, "Kompetenzstelle", True, file_removal.FOR_MUNICIPALITY[row.action]) for row in gone]
    return sorted(lines + said, key=lambda item: item.at, reverse=True)


def files_of(case: Case) -> list[CaseFile]:
    """Return the files the municipality may have."""
    return list(CaseFile.objects.filter(case=case, internal=False))


def minutes_of(case: Case, thread: UUID | None = None) -> list[dict[str, Any]]:
    """Return the released minutes, of one appointment where a thread is given, with its time in words."""
    rows = Minutes.objects.filter(case=case, released_at__isnull=False).select_related("appointment")
    if thread is not None:
        rows = rows.filter(appointment__thread=thread)
    return [
        {"row": row, "when": words.when(row.appointment.starts_at, row.appointment.ends_at)}
        if row.appointment is not None
        else {"row": row, "when": ""}
        for row in rows
    ]


def tasks_of(case: Case) -> list[dict[str, Any]]:
    """Return what both sides have promised, open ones first."""
    today = timezone.localdate()
    return [
        {"row": row, "own": row.side == Message.Side.MUNICIPALITY,
         "late": row.is_open and row.due_on is not None and row.due_on < today}
        for row in CaseTask.objects.filter(case=case)
    ]  # fmt: skip


def pages_of(request: HttpRequest, case: Case) -> list[Page]:
    """Return the linked pages that are live and open to this reader."""
    rows = Page.objects.filter(pk__in=case.page_links.values("page")).order_by("title")
    return list(Reader.of(request).filter(rows))


def participants_of(case: Case, thread: UUID | None = None) -> list[Participant]:
    """Return who takes part beside the requester, of one appointment where a thread is given: 2 queries.

    `standing` of each: the invitations that count. Somebody all of whose are withdrawn takes part no more; who is
    named and not invited yet does.
    """
    rows = Participant.objects.filter(case=case).select_related("municipality")
    shown: list[Participant] = []
    for person in rows.prefetch_related(Prefetch("invitations", queryset=Invitation.objects.order_by("pk"))):
        every = list(person.invitations.all())
        standing = [row for row in every if row.withdrawn_at is None and thread in (None, row.thread)]
        person.standing = standing  # type: ignore[attr-defined]
        if standing or (thread is None and not every):
            shown.append(person)
    return shown


def partners_of(case: Case, people: list[Participant]) -> list[str]:
    """Return the names of further municipalities in a joint request; the case's own leads it."""
    others = {person.municipality_id: person.municipality for person in people if person.municipality_id}
    others.pop(case.municipality_id, None)
    return sorted(str(body.name) for body in others.values() if body is not None)


def agendas_of(case: Case) -> dict[UUID, str]:
    """Return the agenda of each appointment of a case."""
    return dict(Agenda.objects.filter(case=case).values_list("thread", "text"))


def context_of(request: HttpRequest, case: Case) -> dict[str, Any]:
    """Return everything of this module for the page of a case; the number of queries depends on nothing."""
    people = participants_of(case)
    return {
        "said": messages_of(case), "files": files_of(case), "minutes": minutes_of(case), "tasks": tasks_of(case),
        "pages": pages_of(request, case), "people": people, "partners": partners_of(case, people),
        "takes_messages": correspondence.takes_messages(case),
    }  # fmt: skip
