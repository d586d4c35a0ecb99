"""The end of a case: what could name anybody is deleted, a row of figures stays."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from consultations.models import Appointment, Case, PastCase
from consultations.refusals import NotPossible
from consultations.states import ENDED_CASES
from portal.core import audit

UNDECIDED = "Über diesen Vorgang hat das Archiv noch nicht entschieden."


@transaction.atomic
def anonymise(*, case: Case) -> PastCase:
    """Delete a case with everything that belongs to it and keep topic, size class, duration, outcome and year.

    Deleting reaches what any part of the portal has stored about it; a table that protects its case instead makes
    the database refuse (ProtectedError), and nothing is done.

    Raises:
        NotPossible: It is open, or the archive has not decided.
    """
    rows = Case.objects.select_for_update(of=("self",)).select_related("municipality", "keeping")
    row = rows.get(pk=case.pk)
    keeping = getattr(row, "keeping", None)
    if row.state not in ENDED_CASES or row.ended_at is None or keeping is None or not keeping.decision:
        raise NotPossible(UNDECIDED)
    past = PastCase.objects.create(
        topic_id=row.topic_id, size_class=row.municipality.size_class, outcome=row.state,
        days=max(0, (row.ended_at - row.created_at).days), year=timezone.localtime(row.ended_at).year,
    )  # fmt: skip
    stored = [(file.file.storage, str(file.file.name)) for file in row.files.all()]
    audit.record("case.anonymised", subject=row)
    _delete_appointments(row)
    row.delete()
    for storage, name in stored:
        transaction.on_commit(partial(storage.delete, name))
    return past


def _delete_appointments(case: Case) -> None:
    """Delete appointments from the latest to the first: each names the one it was moved from."""
    for appointment in Appointment.objects.filter(case=case).order_by("-sequence", "-pk"):
        appointment.delete()
