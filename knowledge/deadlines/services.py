"""What happens when a day has passed: the deadline says so, and somebody looks at it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Revision

from knowledge.deadlines.queries import due_ids
from knowledge.models import Deadline, ImportRecord
from portal.core import audit, publications, work
from portal.core.models import Significance
from portal.core.review.recording import next_version

REVIEW_DEADLINE = "review-deadline"
DUE_DAYS = 14
_ASKED = {
    Deadline.Status.PASSED: "Gilt die Pflicht unverändert weiter? Hat sich die Rechtsgrundlage geändert?",
    Deadline.Status.CHECK: "Wurde verlängert, eingehalten oder aufgehoben? Stellen Sie den Stand danach ein.",
    Deadline.Status.OPEN: "Wurde die Schwelle erreicht? Tragen Sie das Ergebnis mit Quelle ein.",
}
_ASKED_OF_A_START = "Gilt die Regelung wie vorgesehen? Hat sich die Rechtsgrundlage geändert?"


def settle_passed(*, today: date | None = None) -> str:
    """Give every deadline whose day has passed its new status; `today` is a local day (Europe/Berlin).

    Safe to repeat: what has been settled waits for nothing any more. Each deadline is a transaction of its own.
    """
    day = today or timezone.localdate()
    done, failed = 0, []
    for pk in due_ids(day):
        try:
            done += _settle(pk, day)
        except Exception as error:  # one that fails stops none behind it; the job itself fails at the end
            failed.append(error)
    if failed:
        raise failed[0]
    return f"{done} {'Frist' if done == 1 else 'Fristen'} verstrichen" if done else ""


@transaction.atomic
def _settle(pk: int, today: date) -> bool:
    deadline = Deadline.objects.select_for_update(of=("self",)).get(pk=pk)
    kind = Deadline.Kind(deadline.kind)
    waits = deadline.live and Deadline.Status(deadline.status).ends_with(kind)
    waits = waits and not deadline.was_open_after_its_day
    if not waits or deadline.day is None or not kind.passed(deadline.day, today):
        return False  # somebody else was faster
    imported = _unedited_import(deadline)
    deadline.status = kind.after
    _store(deadline)
    if imported is not None:
        imported.object_hash = _text_hash(deadline)
        imported.save(update_fields=["object_hash"])
    _ask(deadline, deadline.day)
    return True


def _store(deadline: Deadline) -> None:
    """Put the new status in front of the readers and into the version editors go on with.

    A draft on its way stays the latest revision: what it says of the status is settled again once it is live.
    """
    deadline.last_published_at = timezone.now()
    deadline.save()
    if deadline.has_unpublished_changes:
        revision = _below_the_draft(deadline)
    else:
        revision = deadline.save_revision(clean=False, changed=False)
    Deadline.objects.filter(pk=deadline.pk).update(live_revision=revision)
    deadline.live_revision = revision
    publications.record(
        subject=deadline, version=next_version(deadline), significance=Significance.MINOR,
        note=f"Der Termin ist verstrichen. Neuer Stand: {deadline.status_label}.",
        at=deadline.last_published_at, revision=revision,
    )  # fmt: skip
    audit.record("deadline.passed", subject=deadline)


def _below_the_draft(deadline: Deadline) -> Revision:
    """Store what is live now as a revision that comes after the one that was live, and before all drafts.

    By their times Wagtail tells which one is the latest, and the review who has written since the last version:
    a later time would hide the authors of the draft.
    """
    before = deadline.live_revision
    first = before or deadline.revisions.order_by("created_at", "pk").first()
    step = timedelta(microseconds=1 if before else -1)
    revision: Revision = Revision.objects.create(
        content_object=deadline, base_content_type=deadline.get_base_content_type(), object_str=str(deadline),
        content=deadline.serializable_data(), created_at=first.created_at + step if first else timezone.now(),
    )  # fmt: skip
    return revision


def _asked(deadline: Deadline) -> str:
    """Return what the owner is to find out."""
    if deadline.kind == Deadline.Kind.START:
        return _ASKED_OF_A_START
    return _ASKED[Deadline.Status(deadline.status)]


def _ask(deadline: Deadline, day: date) -> None:
    work.open_review(
        kind=REVIEW_DEADLINE,
        dedupe_key=str(deadline.pk),
        title=f"Verstrichene Frist prüfen: {deadline.title}",
        page=None,
        owner=deadline.responsible_person,
        note=f"{deadline.get_kind_display()} vom {day:%d.%m.%Y}, jetzt „{deadline.status_label}“. "
        f"{_asked(deadline)} Kennung: {deadline.slug}.",
        source=f"Fristen, {deadline.slug}",
        days=DUE_DAYS,
    )


def _unedited_import(deadline: Deadline) -> ImportRecord | None:
    """Return the record of the import when nobody has changed the deadline since: a passed day is no edit."""
    record = ImportRecord.objects.filter(path=f"fristen/{deadline.slug}").first()
    return record if record is not None and record.object_hash == _text_hash(deadline) else None


def _text_hash(deadline: Any) -> str:
    from knowledge.content_io.store import text_hash
    from knowledge.content_io.tree import PageTree, StoredContent
    from portal.core.content_io import KINDS, document_of

    kind = KINDS["deadline"]
    document = document_of(deadline, kind, f"{kind.folder}/{deadline.slug}", StoredContent(PageTree()))
    return text_hash(document.text())
