"""The mails of a request: plain text, links but nothing that was written; those of a case keep their order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.models import Appointment, Case
from consultations.requester import cases, tokens, words
from portal.core import outbox
from portal.core.mail import KEY_HEADER

AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
ONE_IN = timedelta(minutes=1)


def _send(template: str, subject: str, to: str, key: str, values: dict[str, Any]) -> None:
    values = {"site": settings.SITE_NAME, "base_url": settings.BASE_URL, **values}
    body = render_to_string(f"consultations/email/{template}.txt", values)
    headers = {KEY_HEADER: key, **AUTOMATIC}
    EmailMessage(subject=subject, body=body, to=[to], reply_to=[cases.mailbox()], headers=headers).send()


def _confirm_key(email: str) -> str:
    return f"consultation:{salted_hmac('consultations.confirm', email.lower()).hexdigest()[:32]}"


def has_just_asked(email: str) -> bool:
    """True when somebody has been asked to confirm the same address within the last minute."""
    return outbox.has_recent(key=_confirm_key(email), since=timezone.now() - ONE_IN)


def ask_to_confirm(*, email: str, url: str, kept: str, days: int) -> None:
    """Ask whoever reads an address to confirm a request; `kept` says in words until when a slot is kept."""
    values = {"url": url, "kept": kept, "days": days}
    _send(
        "confirm", f"Bitte bestätigen Sie Ihre Anfrage ({settings.SITE_NAME})", email, _confirm_key(email), values
    )


def _particulars(case: Case) -> dict[str, Any]:
    appointments = cases.appointments_of(case)
    coming = cases.coming(appointments, timezone.now())
    return {
        "case": case, "coming": coming, "status": words.status_of(case, coming),
        "when": words.when(coming.starts_at, coming.ends_at) if coming else "",
        "wishes": words.wishes_of(coming) if coming else [], "zone": words.zone_words(),
        "waiting": [
            (entry.session, words.when(entry.session.starts_at, entry.session.ends_at))
            for entry in cases.waiting_of(case)
        ],
        "url": tokens.url(case), "mailbox": cases.mailbox(),
    }  # fmt: skip


def confirm_receipt(case: Case) -> None:
    """Tell the requester what has been received, and the centre that there is something to do."""
    _, email = cases.contact_of(case)
    key = f"case:{case.pk}"
    values = _particulars(case)
    if email:
        _send("receipt", f"{case.reference}: Ihre Anfrage ist eingegangen", email, key, values)
    _send("centre", f"{case.reference}: Neue Anfrage", cases.mailbox(), key, values | {"what": "Neue Anfrage"})


def _for_the_centre(case: Case) -> str:
    person = case.lead.user if case.lead is not None else None
    return person.email if person is not None and person.is_active else cases.mailbox()


def tell_of_change(case: Case, what: str, appointment: Appointment | None = None) -> None:
    """Confirm to the requester what they have changed, and tell the adviser, or the centre, at once."""
    _, email = cases.contact_of(case)
    key = f"case:{case.pk}"
    values = _particulars(case) | {"what": what, "changed": appointment}
    if email:
        _send("changed", f"{case.reference}: {what}", email, key, values)
    _send("centre", f"{case.reference}: {what}", _for_the_centre(case), key, values)


def send_link(case: Case) -> None:
    """Send the requester the address of the case once more."""
    _, email = cases.contact_of(case)
    if email:
        what = "Link zu Ihrem Vorgang"
        values = _particulars(case) | {"what": "Hier ist der Link zu Ihrem Vorgang, um den Sie gebeten haben"}
        _send("changed", f"{case.reference}: {what}", email, f"case:{case.pk}", values)
