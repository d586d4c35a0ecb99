"""The mails of a request that do not follow from the calendar by themselves (consultations.mailing)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.crypto import salted_hmac

from consultations.mailing import centre, people, sending, values
from consultations.models import Appointment, Case
from consultations.requester import cases
from consultations.states import AppointmentState
from portal.core import outbox

ONE_IN = timedelta(minutes=1)


def _confirm_key(email: str) -> str:
    return f"consultation:{salted_hmac('consultations.confirm', email.lower()).hexdigest()[:32]}"


def has_just_asked(email: str) -> bool:
    """True when somebody has been asked to confirm the same address within the last minute."""
    return outbox.has_recent(key=_confirm_key(email), since=timezone.now() - ONE_IN)


def ask_to_confirm(*, email: str, url: str, kept: str, days: int) -> None:
    """Ask whoever reads an address to confirm a request; `kept` says in words until when a slot is kept."""
    filled = {**values.everywhere(), "link": url, "gehalten_bis": kept, "tage": str(days)}
    sending.send("confirm", email, filled, key=_confirm_key(email))


def _coming(case: Case) -> Appointment | None:
    return cases.coming(cases.appointments_of(case), timezone.now())


def confirm_receipt(case: Case) -> None:
    """Tell the requester what has been received, and the centre that there is something to do.

    A confirmed appointment has had its mail, which says it all.
    """
    case = people.fresh(case.pk)
    coming = _coming(case)
    if coming is None or coming.state != AppointmentState.CONFIRMED:
        sending.tell_requester(case, "receipt", coming)
    sending.tell_centre(case, cases.mailbox(), "Neue Anfrage", coming)


def tell_request(appointment: Appointment) -> None:
    """Tell the requester which time or seat is asked for: a request in a case has no mail by itself."""
    sending.tell_requester(people.fresh(appointment.case_id or 0), "receipt", appointment)


def tell_centre(case: Case, what: str, appointment: Appointment | None = None) -> None:
    """Tell the adviser, or the centre, at once what the municipality has changed."""
    centre.tell(case, what, appointment, coming=_coming(case))


def send_link(case: Case) -> None:
    """Send the requester the address of the case once more."""
    sending.tell_requester(people.fresh(case.pk), "link")
