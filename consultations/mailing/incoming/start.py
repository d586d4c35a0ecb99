"""What reading answers registers when the app is ready; the job alone hangs on a configured mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.signals import post_delete

from consultations.mailing.incoming import left, reading, returned
from consultations.models import IncomingMail
from consultations.services import alerts
from portal.accounts import own_data
from portal.core import schedule, work
from portal.core.backup import afterwards

EVERY = timedelta(minutes=3)


def after_restore(now: datetime) -> list[str]:
    """Say where answers lie that the restored database does not know; nobody can tell them apart by machine.

    What people have taken over lies where it was left for them.
    """
    if not settings.IMAP_HOST:
        return []
    return [
        f"Antworten per E-Mail seit der Sicherung liegen im Postfach in den Ordnern {settings.IMAP_DONE_FOLDER} "
        f"und {settings.IMAP_LEFT_FOLDER}. Verschieben Sie aus beiden die E-Mails seit der Sicherung nach "
        f"{settings.IMAP_FOLDER}, dann liest das Portal sie noch einmal."
    ]


def register() -> None:
    work.register_kind(left.KIND, "Eingegangene E-Mail ohne Vorgang", team="Koordination")
    work.register_kind(reading.UNREACHABLE, "Postfach nicht lesbar", team="Koordination")
    work.register_kind(returned.KIND, "E-Mail kam zurück", team="Beratung")
    work.register_entry(returned.KIND, alerts.entry_of)
    own_data.register(own_data.Part("incoming_mails", left.export, left.erase, order=42))
    afterwards.register(after_restore)
    post_delete.connect(left.on_delete, sender=IncomingMail, dispatch_uid="incoming_mails")
    if settings.IMAP_HOST:
        schedule.register("read_mailbox", EVERY, reading.run, title="Antworten per E-Mail lesen", slow=True)
