"""The end of a case: what could name anybody is deleted, a row of figures stays."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.utils import timezone

from consultations.mailing.incoming import returned
from consultations.models import Allocation, Appointment, Case, FaqDraft, PastCase
from consultations.refusals import NotPossible
from consultations.services import absences, alerts, faq_drafts
from consultations.states import ENDED_CASES
from portal.core import audit, work

UNDECIDED = "Über diesen Vorgang hat das Archiv noch nicht entschieden."
WORK_KINDS = (
    alerts.OVERDUE_KIND, alerts.LINK_KIND, absences.KIND, returned.KIND, faq_drafts.CHECK_KIND,
    faq_drafts.RETURN_KIND,
)  # fmt: skip
"""Kinds of work about a case, its appointments and drafts. What the editors have is about a page, which stays."""


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
    _forget_work(row)
    _delete_appointments(row)
    row.delete()
    for storage, name in stored:
        transaction.on_commit(partial(storage.delete, name))
    return past


def _forget_work(case: Case) -> None:
    """End the work items about a case, which no foreign key leads to, and forget what people wrote there."""
    # Before their items, as in `faq_drafts`: no deadlock.
    drafts = FaqDraft.objects.select_for_update(of=("self",)).filter(case=case)
    keys = [f"case:{case.pk}", *(f"faq:{draft.pk}" for draft in drafts.order_by("pk"))]
    keys += [f"appointment:{pk}" for pk in case.appointments.values_list("pk", flat=True)]
    taken = Allocation.objects.filter(appointment__case=case)
    keys += [f"allocation:{pk}" for pk in taken.values_list("pk", flat=True)]
    work.forget(kinds=WORK_KINDS, dedupe_keys=keys)


def _delete_appointments(case: Case) -> None:
    """Delete appointments from the latest to the first: each names the one it was moved from."""
    for appointment in Appointment.objects.filter(case=case).order_by("-sequence", "-pk"):
        appointment.delete()
