"""Reminders switched off: by an account in its own area, by anybody with the link of a reminder."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from consultations.mailing import people
from consultations.mailing.people import Person
from consultations.models import Case, NoReminders, Participant
from portal.accounts.models import User

SALT = "consultations.reminders"


class LinkInvalid(Exception):  # noqa: N818 - no fault of the program
    """The link was never made by this portal, its case or person is gone, or another person is in their place."""


def _hash(email: str) -> str:
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()


def _row_fields(email: str) -> dict[str, Any]:
    account = people.account_of(email)
    return {"user": account} if account is not None else {"address_hash": _hash(email)}


def is_off(email: str) -> bool:
    """True when whoever reads an address wants no reminders, by the account or by the address itself."""
    account = people.account_of(email)
    by_address = NoReminders.objects.filter(address_hash=_hash(email))
    return by_address.exists() or (account is not None and NoReminders.objects.filter(user=account).exists())


@transaction.atomic
def switch(email: str, *, off: bool) -> None:
    """Switch the reminders of an address, and of the account with it, off or on; twice changes nothing."""
    if off:
        NoReminders.objects.get_or_create(**_row_fields(email))
        return
    NoReminders.objects.filter(address_hash=_hash(email)).delete()
    account = people.account_of(email)
    if account is not None:
        NoReminders.objects.filter(user=account).delete()


def _mark(email: str) -> str:
    """Return what binds a link to the address it is sent to: a keyed hash, and not the one that is stored."""
    return salted_hmac(f"{SALT}.link", email.strip().lower(), algorithm="sha256").hexdigest()[:32]


def path_for(case: Case, participant: Participant | None = None) -> str:
    """Return the path where somebody switches reminders off; it holds no address, but a keyed hash of it.

    Without participant it is for whoever has the case now, and for nobody who gets it later.
    """
    person = people.as_person(participant) if participant is not None else people.requester_of(case)
    kind, pk = ("p", participant.pk) if participant is not None else ("c", case.pk)
    who = [kind, pk, _mark(person.email if person is not None else "")]
    return reverse("consultation_reminders", args=[signing.dumps(who, salt=SALT)])


def person_of(token: str) -> Person:
    """Return whose reminders a link is about.

    Raises:
        LinkInvalid: See there.
    """
    try:
        value: Any = signing.loads(token, salt=SALT)
        kind, pk, mark = str(value[0]), int(value[1]), str(value[2])
        found = people.requester_of(people.fresh(pk)) if kind == "c" else _participant(pk)
    except (signing.BadSignature, ValueError, TypeError, IndexError) as error:
        raise LinkInvalid from error
    except (Case.DoesNotExist, Participant.DoesNotExist) as error:
        raise LinkInvalid from error
    if found is None or not found.email or not constant_time_compare(mark, _mark(found.email)):
        raise LinkInvalid
    return found


def _participant(pk: int) -> Person:
    return people.as_person(Participant.objects.get(pk=pk))


def export(user: User) -> dict[str, Any]:
    """Return what a person has chosen, for the export of one's own data."""
    return {"reminders_off": is_off(user.email)}
