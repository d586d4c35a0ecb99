"""What nobody may overlook: answers that are overdue, appointments by video without their link; found by a job.

Koordination hears of each overdue answer once, the lead of a missing link one working day before the appointment.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from consultations.mailing import sending, values
from consultations.models import Adviser, Appointment, Case, CaseAlert, GroupSession, Place
from consultations.services import flagged, service_time
from consultations.states import OWING_CASES, AppointmentState, SessionState
from consultations.times import zone
from portal.accounts.models import User
from portal.core import audit, work
from portal.core.models import WorkItem

OVERDUE_KIND, LINK_KIND = "case-overdue", "video-link"
TEAM = "Koordination"
MAIL_KEY = "consultation:alerts"


def overdue() -> Q:
    """Return what cases have in common whose answer was due before today, but for those that wait."""
    return Q(state__in=OWING_CASES, answer_due__lt=timezone.localdate())


def _until(now: datetime) -> datetime:
    """Return the end of the next working day: what begins before it needs its link now; one query."""
    day = service_time.working_day_after(timezone.localdate(now), 1)
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone())


def without_link(now: datetime | None = None) -> QuerySet[Appointment]:
    """Return the confirmed appointments by video up to the next working day that have no link yet; seats aside."""
    moment = now or timezone.now()
    rows = Appointment.objects.filter(state=AppointmentState.CONFIRMED, place=Place.VIDEO, place_detail="")
    return rows.filter(session=None, starts_at__gt=moment, starts_at__lt=_until(moment))


def sessions_without_link(now: datetime | None = None) -> QuerySet[GroupSession]:
    """Return the same of group sessions, which have one link for all seats."""
    moment = now or timezone.now()
    rows = GroupSession.objects.filter(state=SessionState.CONFIRMED, place=Place.VIDEO, place_detail="")
    return rows.filter(starts_at__gt=moment, starts_at__lt=_until(moment))


def look() -> str:
    """Tell of what is new, and end the work items whose cause is gone: the hourly job."""
    told = _tell_overdue()
    missing = _tell_links()
    flagged.tidy()
    parts = ((told, "überfällige Vorgänge gemeldet"), (missing, "fehlende Videolinks"))
    return ", ".join(f"{words}: {number}" for number, words in parts if number)


@transaction.atomic
def _tell_overdue() -> int:
    cases = list(Case.objects.filter(overdue()).select_related("lead__user").order_by("answer_due", "pk"))
    _close(OVERDUE_KIND, {f"case:{case.pk}" for case in cases})
    known = set(CaseAlert.objects.filter(kind=CaseAlert.Kind.OVERDUE, case__in=cases).values_list("case", "day"))
    new = [case for case in cases if (case.pk, case.answer_due) not in known]
    for case in new:
        assert case.answer_due is not None  # noqa: S101 - what `overdue` asks for
        CaseAlert.objects.create(case=case, kind=CaseAlert.Kind.OVERDUE, day=case.answer_due)
        work.open_item(
            kind=OVERDUE_KIND, dedupe_key=f"case:{case.pk}", title=f"Antwort überfällig: {case.reference}",
            note=f"Zugesagt war eine Antwort bis zum {case.answer_due:%d.%m.%Y}.", due_on=timezone.localdate(),
        )  # fmt: skip
        audit.record("case.escalate", subject=case, case=case.pk)
    if new:
        _write(new)
    return len(new)


def hold_overdue(now: datetime) -> list[str]:
    """After a restore, note every case that is overdue by now as told: Koordination may know of it already."""
    cases = Case.objects.filter(overdue())
    before = CaseAlert.objects.count()
    CaseAlert.objects.bulk_create(
        (
            CaseAlert(case=case, kind=CaseAlert.Kind.OVERDUE, day=case.answer_due)
            for case in cases
            if case.answer_due is not None
        ),
        ignore_conflicts=True,
    )
    held = CaseAlert.objects.count() - before
    if not held:
        return []
    return [f"Überfällige Vorgänge, die nicht noch einmal gemeldet werden: {held} (Beratung → überfällig)."]


def _write(cases: list[Case]) -> None:
    """Send each coordinator one mail about all that is new: numbers and a link, nothing of a concern."""
    url = f"{settings.BASE_URL}{reverse('consultations_desk')}?ansicht=ueberfaellig"
    number = "1 Vorgang ist" if len(cases) == 1 else f"{len(cases)} Vorgänge sind"
    filled = {
        **values.everywhere(), "uebersicht": url, "ueberfaellig": f"{number} überfällig",
        "liste": "\n".join(f"- {case.reference}, fällig war der {case.answer_due:%d.%m.%Y}" for case in cases),
    }  # fmt: skip
    for person in User.objects.filter(groups__name=TEAM, is_active=True).order_by("pk"):
        sending.send("overdue", person.email, filled, key=MAIL_KEY)


@transaction.atomic
def _tell_links() -> int:
    rows = without_link().select_related("case__lead__user").prefetch_related("allocations__adviser__user")
    # What moved has a new row and the same thread; a work item is about one date.
    found: dict[str, tuple[str, datetime, User | None]] = {}
    for row in rows.order_by("starts_at", "pk"):
        case = row.case
        if case is not None and row.starts_at is not None:
            lead = _lead(row) or case.lead
            title = f"Videolink fehlt: {case.reference}"
            found[f"appointment:{row.pk}"] = (title, row.starts_at, lead.user if lead is not None else None)
    for session in sessions_without_link().prefetch_related("allocations__adviser__user"):
        lead, title = _lead(session), f"Videolink fehlt: {session.title}"
        found[f"session:{session.pk}"] = (title, session.starts_at, lead.user if lead is not None else None)
    _close(LINK_KIND, set(found))
    for key, (title, starts_at, owner) in found.items():
        item = work.open_item(
            kind=LINK_KIND, dedupe_key=key, title=title, owner=owner,
            note=f"Der Termin beginnt am {timezone.localtime(starts_at):%d.%m.%Y um %H:%M} Uhr.",
            due_on=timezone.localdate(starts_at),
        )  # fmt: skip
        work.follow_owner(item=item, owner=owner)
    return len(found)


def _lead(row: Appointment | GroupSession) -> Adviser | None:
    """Return who leads it now, of allocations read before; who led it before a change does not count."""
    now = [part for part in row.allocations.all() if part.state == row.state and part.role == part.Role.LEAD]
    return max(now, key=lambda part: part.pk).adviser if now else None


def _close(kind: str, still: set[str]) -> None:
    open_keys = WorkItem.objects.filter(kind=kind, state=WorkItem.State.OPEN).values_list("dedupe_key", flat=True)
    for key in set(open_keys) - still:
        work.close_item(kind=kind, dedupe_key=key)


def entry_of(key: str) -> Case | None:
    """Return the case a work item of ours is about, by its key."""
    kind, _, number = key.partition(":")
    if not number.isdecimal():
        return None
    if kind == "appointment":
        return Case.objects.filter(appointments=int(number)).first()
    return Case.objects.filter(pk=int(number)).first() if kind == "case" else None


def without_link_of(key: str) -> Case | GroupSession | None:
    """Return the case or the group session whose link is missing, by the key of the work item."""
    kind, _, number = key.partition(":")
    if kind == "session" and number.isdecimal():
        return GroupSession.objects.filter(pk=int(number)).first()
    return entry_of(key)
