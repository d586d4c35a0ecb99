"""Taking files off a case before its end: for the centre alone, or deleted; the history says that, and no name.

The log holds ids only. The reason is a code that stands in the history of the case and goes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import models, transaction

from consultations.models import Case, CaseEvent, CaseFile
from consultations.services import cases
from portal.core import audit
from portal.core.models import AuditEntry

REMOVED, INTERNAL = "case.file_remove", "case.file_internal"
LABELS = {REMOVED: "Datei entfernt", INTERNAL: "Datei nur noch für die Kompetenzstelle"}
FOR_MUNICIPALITY = {
    REMOVED: "Die Kompetenzstelle hat eine Datei entfernt.",
    INTERNAL: "Die Kompetenzstelle hat die Freigabe einer Datei zurückgenommen.",
}


class Reason(models.TextChoices):
    """Why a file goes; chosen and not written, so that no name gets into the history."""

    WRONG = "wrong", "Falsche Datei oder Versehen"
    PERSONAL = "personal", "Enthält personenbezogene Daten, die nicht hierher gehören"
    ASKED = "asked", "Die Kommune oder eine betroffene Person hat darum gebeten"
    OTHER = "other", "Gehört aus einem anderen Grund nicht in den Vorgang"


def _note(action: str, row: CaseFile, *, by: Any, **detail: Any) -> None:
    audit.record(action, actor=by, subject=row, case=row.case_id)
    CaseEvent.objects.create(
        case_id=row.case_id, action=action, actor=by, detail={"file": row.pk, **detail}
    )  # fmt: skip


def _locked(file: CaseFile) -> CaseFile | None:
    cases.locked(file.case)
    return CaseFile.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()


@transaction.atomic
def make_internal(*, file: CaseFile, by: Any) -> None:
    """Take a file from the municipality; one that is internal or gone stays as it is."""
    row = _locked(file)
    if row is None or row.internal:
        return
    row.internal = True
    row.save(update_fields=["internal"])
    _note(INTERNAL, row, by=by, shown=True)


@transaction.atomic
def remove(*, file: CaseFile, reason: Reason, by: Any) -> None:
    """Delete a file, its content once that is certain; one that is gone changes nothing."""
    row = _locked(file)
    if row is None:
        return
    _note(REMOVED, row, by=by, shown=not row.internal, reason=reason.value)
    content, name = row.file.storage, str(row.file.name)
    row.delete()
    transaction.on_commit(partial(content.delete, name))


def case_of_removed(pk: int) -> int | None:
    """Return the case (id) a removed file was of, for the second click; the log knows it as long as it is kept."""
    kind = CaseFile._meta.label_lower
    rows = AuditEntry.objects.filter(action=REMOVED, object_type=kind, object_id=str(pk))
    detail: Mapping[str, Any] | None = rows.values_list("detail", flat=True).first()
    return detail["case"] if detail is not None else None


def was_shown(event: CaseEvent) -> bool:
    """True for every step but the removal of a file the municipality had never seen."""
    return event.action != REMOVED or bool(event.detail.get("shown"))


def reason_of(event: CaseEvent) -> str:
    """Return why a file went, in words; for the centre."""
    code = event.detail.get("reason") if event.action == REMOVED else None
    return str(Reason(code).label) if code in Reason.values else ""


def lines_for_municipality(case: Case) -> list[CaseEvent]:
    """Return what has become of files the municipality had, the latest first."""
    rows = CaseEvent.objects.filter(case=case, action__in=FOR_MUNICIPALITY).order_by("-pk")
    return [row for row in rows if was_shown(row)]
