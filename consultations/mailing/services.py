"""Texts of mails changed and put back by the centre."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from consultations.mailing import texts
from consultations.mailing.kinds import Text, shipped
from consultations.models import MailText
from portal.core import audit


@transaction.atomic
def keep_text(*, kind: str, text: Text, by: Any) -> None:
    """Store the centre's own text of a kind; one equal to the shipped one is none.

    Raises:
        ValidationError: A placeholder is unknown, a needed one missing, something empty or too long.
    """
    texts.check_subject(kind, text.subject)
    texts.check_text(kind, text.text)
    text = Text(text.subject.strip(), text.text.replace("\r\n", "\n").strip())
    if text == shipped()[kind]:
        put_back(kind=kind, by=by)
        return
    row = MailText.objects.select_for_update().filter(kind=kind).first() or MailText(kind=kind)
    row.subject, row.text = text.subject, text.text
    row.full_clean()
    row.save()
    audit.record("mail_text.change", actor=by, subject=row, mail=kind)


@transaction.atomic
def put_back(*, kind: str, by: Any) -> None:
    """Let the shipped text count again; where it does already, nothing changes."""
    row = MailText.objects.filter(kind=kind).first()
    if row is not None:
        audit.record("mail_text.reset", actor=by, subject=row, mail=kind)
        row.delete()
