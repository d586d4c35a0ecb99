"""Whom of the municipality the centre talks to about a case, and under which number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consultations import asking
from consultations.mailing.people import same_address
from consultations.models import Case, Concern
from portal.accounts.models import User


@dataclass(frozen=True)
class Asker:
    """Somebody who asked; parts may be empty. `way` is how a concern came that the centre has taken down."""

    name: str
    email: str
    phone: str
    way: str = ""

    def __str__(self) -> str:
        said = ", ".join(part for part in (self.name or "ohne Namen", self.email, self.phone) if part)
        return f"{said} ({self.way})" if self.way else said


def of(case: Case) -> Asker | None:
    """Return the account, the contact the centre has noted, or who wrote the request; None for nobody known."""
    contact = getattr(case, "contact", None)
    if case.requester is not None:
        # The address of a deleted account is none: it only keeps the row unique.
        address = "" if case.requester.erased_at is not None else case.requester.email
        return Asker(str(case.requester), address, _number_of(case.requester, case))
    if contact is not None:
        return Asker(contact.name, contact.email, contact.phone, contact.get_channel_display())
    return _named(case)


def _concern_of(case: Case) -> Concern | None:
    found: Concern | None = getattr(case, "concern", None)
    return found


def _named(case: Case) -> Asker | None:
    """Return who is named in the request itself: somebody without account."""
    concern = _concern_of(case)
    if concern is None or not (concern.contact_name or concern.contact_email):
        return None
    return Asker(concern.contact_name, concern.contact_email, concern.phone)


def _before(case: Case) -> Asker | None:
    """Return who had asked where somebody else has claimed the case since."""
    named = _named(case)
    if case.requester is None or named is None or same_address(named.email, case.requester.email):
        return None
    return named


def _number_of(person: User, case: Case) -> str:
    """Return where to call an account: the number of the request, unless it is somebody else's, or its own."""
    concern = _concern_of(case)
    given = concern.phone if concern is not None and _before(case) is None else ""
    return given or person.phone


def context_of(case: Case) -> dict[str, Any]:
    """Return what `desk/facts_asker.html` shows."""
    return {"asker": of(case), "asked_first": _before(case), "requester_left": _left(case)}


def _left(case: Case) -> str:
    """Return in German why mails reach the requester's account no more; empty where they do, or there is none."""
    if case.requester is None:
        return ""
    if case.requester.erased_at is not None:
        return "Hat das Konto gelöscht"
    if not case.requester.is_active:
        return "Konto ist geschlossen"
    return "" if asking.counts(case) else "Gehört nicht mehr zur Kommune"
