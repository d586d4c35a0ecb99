"""The E-Akte and the archive: handed over, offered, decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations.models import Case, CaseKeeping
from consultations.refusals import NotPossible
from consultations.states import ENDED_CASES
from portal.core import audit

Decision = CaseKeeping.Decision
NOT_HANDED_OVER = (
    "Der Vorgang ist noch nicht übergeben. Exportieren Sie ihn und tragen Sie Aktenzeichen und Tag ein."
)
HANDED_OVER_BEFORE = (
    "Der Vorgang wurde nach der Übergabe wieder geöffnet. Exportieren Sie ihn noch einmal und tragen Sie den "
    "neuen Tag ein."
)


@transaction.atomic
def hand_over(*, case: Case, file_number: str, on: date, by: Any) -> CaseKeeping:
    """Note under which file number an ended case went to the E-Akte, and on which local day.

    Raises:
        NotPossible: The case is open.
        ValidationError: {field: message}, when number or day cannot be right.
    """
    row = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if row.state not in ENDED_CASES or row.ended_at is None:
        raise NotPossible("Der Vorgang ist noch nicht beendet. Schließen Sie ihn zuerst ab.")
    if not file_number.strip():
        raise ValidationError({"file_number": "Bitte geben Sie das Aktenzeichen an."})
    if on > timezone.localdate():
        raise ValidationError({"handed_over_on": "Der Tag der Übergabe liegt in der Zukunft."})
    if on < timezone.localdate(row.ended_at):
        raise ValidationError({"handed_over_on": "Der Vorgang war an diesem Tag noch nicht beendet."})
    keeping, _ = CaseKeeping.objects.get_or_create(case=row)
    keeping.file_number, keeping.handed_over_on, keeping.handed_over_by = file_number.strip(), on, by
    keeping.full_clean(validate_unique=False)
    keeping.save()
    audit.record("case.handed_over", actor=by, subject=row)
    return keeping


def reopened(case: Case) -> None:
    """Take back a hand-over of today when its case is opened again, in the caller's transaction.

    One of an earlier day is told by its day (`CaseKeeping.is_outdated`), one of the same day is not.
    """
    rows = CaseKeeping.objects.filter(case=case, decision=Decision.OPEN, handed_over_on__gte=timezone.localdate())
    rows.update(handed_over_on=None, handed_over_by=None)


def offered() -> QuerySet[CaseKeeping]:
    """Return the ended cases that wait for the archive's decision, or for the night after it."""
    rows = CaseKeeping.objects.filter(offered_at__isnull=False, case__state__in=ENDED_CASES)
    return rows.select_related("case__municipality", "case__topic").order_by("decision", "offered_at", "pk")


@transaction.atomic
def decide(*, keeping: CaseKeeping, decision: str, by: Any) -> CaseKeeping:
    """Note what the archive said; the next run of retention anonymises the case.

    Raises:
        NotPossible: It is not offered, is open again, or nothing has been handed over that could be archived
            since it ended.
    """
    row = CaseKeeping.objects.select_for_update(of=("self",)).select_related("case").get(pk=keeping.pk)
    if row.offered_at is None or row.case.state not in ENDED_CASES or decision not in Decision.values:
        raise NotPossible("Dieser Vorgang ist dem Archiv nicht angeboten.")
    if decision == Decision.ARCHIVED and not row.is_handed_over:
        raise NotPossible(HANDED_OVER_BEFORE if row.is_outdated else NOT_HANDED_OVER)
    row.decision = decision
    row.decided_at, row.decided_by = (timezone.now(), by) if decision else (None, None)
    row.save()
    audit.record("case.archive", actor=by, subject=row.case, new=decision)
    return row
