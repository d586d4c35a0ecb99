"""Who of the centre hears what happens in a case: its lead, who stands in for them, the mailbox."""

from __future__ import annotations

from consultations import deputies, from_outside
from consultations.mailing import advisers, sending
from consultations.models import Adviser, Appointment, Case
from consultations.requester import cases


def readers(case: Case) -> dict[str, str]:
    """Return whom to write to (addresses), each with what is said beside; never nobody.

    Without a lead, or with one who may not hear of cases any more, the mailbox. While the lead is away, whoever
    stands in reads it too, else the mailbox.
    """
    lead = case.lead
    if lead is None or lead.user is None or not from_outside.counts(lead):
        return {cases.mailbox(): ""}
    return heard_by(lead, case)


def heard_by(adviser: Adviser, case: Case | None = None) -> dict[str, str]:
    """Return whom to write to for somebody who advises, in a case or (without one) at a group session."""
    own = {adviser.user.email: ""} if adviser.user is not None else {}
    return {**own, **_instead_of(adviser, case)}


def _instead_of(lead: Adviser, case: Case | None) -> dict[str, str]:
    absence = deputies.absence_of(lead)
    if absence is None:
        return {}
    deputy = deputies.standing_in(absence, case)
    if deputy is None or deputy.user is None:
        return {cases.mailbox(): f" ({lead} ist abwesend)"}
    return {deputy.user.email: f" (in Vertretung für {lead})"}


def tell(
    case: Case, what: str, appointment: Appointment | None = None, *, coming: Appointment | None = None
) -> None:
    """Write to them, in the caller's transaction; the mail shows the appointment, else the one to come.

    Whoever advises at the changed appointment knows it by their own mail.
    """
    told = advisers.just_told(case, appointment)
    for address, beside in readers(case).items():
        if address.lower() not in told:
            sending.tell_centre(case, address, f"{what}{beside}", appointment or coming)
