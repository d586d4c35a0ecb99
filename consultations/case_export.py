"""A case as PDF, as ZIP and as papers for the E-Akte: made for one reader, with what this reader may see."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any
from xml.etree import ElementTree

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from wagtail.models import Page

from consultations import topics
from consultations.desk import asker, timeline
from consultations.desk.case_page import advisers_of
from consultations.desk.timeline import Entry
from consultations.models import Case, CaseFile, CaseKeeping, Participant
from consultations.requester import conversation
from consultations.states import AppointmentState
from knowledge.pdf import STYLESHEET, make_pdf
from knowledge.queries import Reader, outermost
from portal.core.seo import absolute
from portal.core.text import printable
from portal.core.visibility import Visibility, current_restriction_levels

IN_MEMORY = 5 * 1024 * 1024
NAMESPACE = "urn:kompetenzportal:vorgang:1"
_HIDDEN = (AppointmentState.MOVED, AppointmentState.HELD, AppointmentState.EXPIRED)


@dataclass(frozen=True)
class Papers:
    """What goes into an export. `internal`: with notes, assignments, unreleased minutes and internal files."""

    case: Case
    internal: bool

    def entries(self) -> list[Entry]:
        """The history, the oldest first."""
        return list(reversed(timeline.of(self.case, notes=self.internal)))

    def files(self) -> list[CaseFile]:
        rows = self.case.files.order_by("pk")
        return list(rows if self.internal else rows.filter(internal=False))

    def minutes(self) -> list[Any]:
        rows = self.case.minutes.select_related("appointment", "author")
        return list(rows if self.internal else rows.filter(released_at__isnull=False))

    def appointments(self) -> list[dict[str, Any]]:
        """The appointments with advisers, agenda, and who is invited with the answer; withdrawn ones are not."""
        rows = self.case.appointments.exclude(state__in=_HIDDEN).select_related("format")
        agendas, everybody = conversation.agendas_of(self.case), self.participants()
        return [
            {
                "row": row,
                "advisers": advisers_of(row),
                "agenda": agendas.get(row.thread, ""),
                "people": [
                    (person, invitation.get_answer_display())
                    for person in everybody
                    for invitation in person.standing  # type: ignore[attr-defined]
                    if invitation.thread == row.thread
                ],
            }
            for row in rows.prefetch_related("allocations__adviser__user")
        ]

    def participants(self) -> list[Participant]:
        """Who takes part beside the requester; nobody all of whose invitations are withdrawn."""
        return conversation.participants_of(self.case)

    def topic(self) -> str:
        """The title of the topic; without `internal` that of one a municipality reads."""
        topic = self.case.topic
        if self.internal and topic is not None:
            return topic.title
        return topics.title_for(_municipality(), topic)

    def pages(self) -> list[dict[str, Any]]:
        """The linked pages: title, address (empty: not live); without `internal` those a municipality reads."""
        rows = Page.objects.filter(pk__in=self.case.page_links.values("page")).order_by("title")
        if not self.internal:
            rows = _municipality().filter(rows)
        return [
            {"title": page.title, "address": absolute(page.url) if page.live and page.url else ""} for page in rows
        ]


def _municipality() -> Reader:
    level = Visibility.MUNICIPALITY
    closed = [path for path, needed in current_restriction_levels() if not level.covers(needed)]
    return Reader(level, outermost(closed))


def html_of(papers: Papers) -> str:
    """Return the HTML of the PDF."""
    case = papers.case
    context = {
        "case": case, "concern": getattr(case, "concern", None), **asker.context_of(case),
        "keeping": getattr(case, "keeping", None), "internal": papers.internal, "entries": papers.entries(),
        "files": papers.files(), "minutes": papers.minutes(), "appointments": papers.appointments(),
        "topic": papers.topic(), "tasks": list(case.tasks.all()), "participants": papers.participants(),
        "pages": papers.pages(),
        "further": list(case.further.select_related("user")), "site_name": settings.SITE_NAME,
        "made_at": timezone.now(), "stylesheet": absolute(f"{settings.STATIC_URL}{STYLESHEET}"),
    }  # fmt: skip
    return render_to_string("consultations/export/case_pdf.html", context)


def pdf_of(papers: Papers) -> bytes:
    """Return a case as tagged PDF.

    Raises:
        knowledge.pdf.PdfBusyError: Too many are being made.
    """
    return make_pdf(html_of(papers))


def _stored_names(files: list[CaseFile]) -> Iterator[tuple[CaseFile, str]]:
    for number, row in enumerate(files, 1):
        yield row, f"dateien/{number:03d}-{row.name}"


def _add(parent: ElementTree.Element, name: str, text: object = "", **attributes: str) -> ElementTree.Element:
    kept = {key: printable(value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, name, kept)
    child.text = printable(str(text)) if text not in (None, "") else None
    return child


def _add_mails(root: ElementTree.Element, entries: list[Entry]) -> None:
    """Name of each mail the municipality has sent what its message does not hold."""
    listed = _add(root, "emails")
    for entry in entries:
        if not entry.quoted and not entry.left_out:
            continue
        at = timezone.localtime(entry.at).isoformat(timespec="seconds")
        mail = _add(listed, "email", zeitpunkt=at, von=entry.who)
        if entry.quoted:
            _add(mail, "zitierterTeil", entry.quoted)
        for sentence in entry.left_out.splitlines():
            _add(mail, "nichtUebernommen", sentence)


def _add_hand_over(root: ElementTree.Element, keeping: CaseKeeping | None) -> None:
    """Name the day of the hand-over; one before a reopening is no hand-over of these papers."""
    day = keeping.handed_over_on.isoformat() if keeping and keeping.handed_over_on else ""
    outdated = keeping is not None and keeping.is_outdated
    _add(root, "uebergebenAm", "" if outdated else day)
    if outdated:
        _add(root, "uebergebenVorWiederoeffnungAm", day)


def metadata(papers: Papers, missing: set[int]) -> bytes:
    """Return what the E-Akte needs to file a case, as XML; days and times are ISO 8601, times with zone."""
    case, keeping = papers.case, getattr(papers.case, "keeping", None)
    root = ElementTree.Element("vorgang", {"xmlns": NAMESPACE, "version": "1"})
    _add(root, "vorgangsnummer", case.reference)
    _add(root, "aktenzeichen", keeping.file_number if keeping else "")
    _add_hand_over(root, keeping)
    _add(root, "betreff", case.subject)
    _add(root, "kommune", case.municipality.name, ags=case.municipality.ags or "")
    _add(root, "thema", papers.topic())
    _add(root, "zustand", case.get_state_display(), code=case.state)
    _add(root, "eingegangen", timezone.localtime(case.created_at).isoformat())
    _add(root, "beendet", timezone.localtime(case.ended_at).isoformat() if case.ended_at else "")
    _add(root, "zustaendig", case.lead or "")
    _add(root, "exportiert", timezone.localtime().isoformat(timespec="seconds"))
    _add(root, "interneInhalte", "ja" if papers.internal else "nein")
    pages = _add(root, "seiten")
    for page in papers.pages():
        _add(pages, "seite", page["title"], adresse=page["address"])
    _add_mails(root, papers.entries())
    listed = _add(root, "dateien")
    _add(listed, "datei", pfad="vorgang.pdf")
    for row, name in _stored_names(papers.files()):
        extra = {"fehlt": "ja"} if row.pk in missing else {}
        _add(listed, "datei", pfad=name, bytes=str(row.size), intern="ja" if row.internal else "nein", **extra)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def zip_of(papers: Papers) -> IO[bytes]:
    """Return a ZIP of PDF, files and metadata, at its beginning; files that are gone from the disk are marked.

    Raises:
        knowledge.pdf.PdfBusyError: Too many PDFs are being made.
    """
    document = pdf_of(papers)
    target = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the answer closes it
    missing = set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vorgang.pdf", document)
        for row, name in _stored_names(papers.files()):
            try:
                with row.file.open("rb") as source, archive.open(name, "w") as entry:
                    for chunk in source.chunks():
                        entry.write(chunk)
            except FileNotFoundError:
                missing.add(row.pk)
        archive.writestr("metadaten.xml", metadata(papers, missing))
    target.seek(0)
    return target
