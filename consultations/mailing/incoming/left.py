"""Mails nobody but people can assign: kept until somebody takes them over or is done with them, then forgotten."""

from __future__ import annotations

import io
from email.message import EmailMessage
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from consultations import eml
from consultations.mailing.incoming import recognising
from consultations.models import Case, IncomingMail
from consultations.secret_links import without_keys
from portal.accounts.models import User
from portal.accounts.queries import has_verified
from portal.core import audit, work
from portal.core.virus_scan import refuse_viruses

KIND = "incoming-mail"
KEY = "incoming"
Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason


def waiting() -> QuerySet[IncomingMail]:
    """Return the mails nobody has decided about, the newest first."""
    return IncomingMail.objects.filter(outcome=Outcome.LEFT).select_related("case__municipality").order_by("-pk")


def keep(
    row: IncomingMail, *, reason: str, raw: bytes = b"", mail: EmailMessage | None = None, case: Case | None = None
) -> None:  # fmt: skip
    """Leave a mail for people, in the caller's transaction; `case` is the one it seems to be about.

    A mail with malware, or one that cannot be scanned now, is not kept here: it lies in the mailbox.
    """
    row.outcome, row.reason, row.case = Outcome.LEFT, reason, case
    if mail is not None:
        _describe(row, mail)
    row.clean_fields(exclude=["digest", "file"])
    if raw and _is_clean(raw):
        row.file.save("mail.eml", ContentFile(raw), save=False)
    row.save()
    follow_work()


def _describe(row: IncomingMail, mail: EmailMessage) -> None:
    row.sender = recognising.sender_of(mail) or recognising.straight(eml.header(mail, "From"))[:254]
    row.subject = without_keys(recognising.straight(eml.header(mail, "Subject")[: eml.LONGEST_LINK]))[:200]
    try:
        read = eml.read_parsed(mail)
    except ValidationError:
        return
    row.sender_name = recognising.straight(read.sender_name)[:200]
    row.text = without_keys(recognising.straight(read.text))


def _is_clean(raw: bytes) -> bool:
    try:
        refuse_viruses(io.BytesIO(raw))
    except ValidationError:
        return False
    return True


def _forget(row: IncomingMail, outcome: str, *, by: Any, case: Case | None) -> None:
    if row.file:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)))
    row.outcome, row.case, row.done_by, row.done_at = outcome, case, by, timezone.now()
    row.sender = row.sender_name = row.subject = row.text = row.file = ""
    row.save()
    audit.record(f"incoming.{outcome}", actor=by, subject=row, **({"case": case.pk} if case is not None else {}))
    follow_work()


def locked(pk: int) -> IncomingMail | None:
    """Return a mail that still waits, its row locked until the transaction ends."""
    return IncomingMail.objects.select_for_update(of=("self",)).filter(pk=pk, outcome=Outcome.LEFT).first()


def taken(row: IncomingMail, *, by: Any, case: Case) -> None:
    """Note that a mail has become a message of a case, and forget what it said."""
    _forget(row, Outcome.TAKEN, by=by, case=case)


@transaction.atomic
def dismiss(*, pk: int, by: Any) -> bool:
    """Note that somebody is done with a mail, and forget what it said; False where somebody was before."""
    row = locked(pk)
    if row is None:
        return False
    _forget(row, Outcome.DISMISSED, by=by, case=None)
    return True


def read_again(row: IncomingMail) -> eml.Mail:
    """Return what a mail that waits says, with its files where the mail itself was kept."""
    if row.file:
        try:
            with row.file.open("rb") as stored:
                return eml.read(stored.read())
        except (FileNotFoundError, ValidationError):
            pass
    return eml.Mail(row.subject, row.sender_name, row.sender, row.text)


def follow_work() -> None:
    """Keep one work item for as long as mails wait."""
    if IncomingMail.objects.filter(outcome=Outcome.LEFT).exists():
        work.open_item(
            kind=KIND, dedupe_key=KEY, title="Eingegangene E-Mails ohne Vorgang",
            note="Zu finden unter Beratung, Eingegangene E-Mails: übernehmen oder als erledigt festhalten.",
        )  # fmt: skip
    else:
        work.close_item(kind=KIND, dedupe_key=KEY)


def on_delete(sender: Any, instance: IncomingMail, **kwargs: Any) -> None:
    """Receiver of post_delete: the mail itself goes with its row, and the work item with the last of them."""
    if instance.file:
        transaction.on_commit(partial(instance.file.storage.delete, str(instance.file.name)))
    if instance.outcome == Outcome.LEFT:
        follow_work()


# -- a person's own data ----------------------------------------------------------------------------------------


def _of(user: User) -> QuerySet[IncomingMail]:
    rows = IncomingMail.objects.filter(outcome=Outcome.LEFT, sender__iexact=user.email)
    return rows if has_verified(user) else rows.none()


def export(user: User) -> list[dict[str, Any]]:
    """Return the mails of a person that wait, for the export of one's own data."""
    names = ("received_at", "sender", "sender_name", "subject", "text")
    return [{name: getattr(row, name) for name in names} for row in _of(user)]


def erase(user: User) -> None:
    for row in _of(user):
        row.delete()
