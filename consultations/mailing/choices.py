"""Reminders switched off: by an account in its own area, by anybody with the link of a reminder."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from consultations.mailing import people
from consultations.mailing.people import Person
from consultations.models import Case, NoReminders, Participant
from portal.accounts.models import User
from portal.core.keyed import KeyedHash

SALT = "consultations.reminders"
# What is stored of an address, and what binds a link to the one it is sent to: not the same, links are seen.
STORED, _MARK = KeyedHash(SALT), KeyedHash(f"{SALT}.link", 32)


class LinkInvalid(Exception):  # noqa: N818 - no fault of the program
    """The link was never made by this portal, its case or person is gone, or another person is in their place."""


def _plain(email: str) -> str:
    return email.strip().lower()


def _by_address(email: str) -> QuerySet[NoReminders]:
    return NoReminders.objects.filter(address_hash__in=STORED.every(_plain(email)))


def is_off(email: str) -> bool:
    """True when whoever reads an address wants no reminders, by the account or by the address itself."""
    account = people.account_of(email)
    by_account = account is not None and NoReminders.objects.filter(user=account).exists()
    return by_account or _by_address(email).exists()


@transaction.atomic
def switch(email: str, *, off: bool) -> None:
    """Switch the reminders of an address, and of the account with it, off or on; twice changes nothing."""
    account, by_address = people.account_of(email), _by_address(email)
    if not off:
        by_address.delete()
        if account is not None:
            NoReminders.objects.filter(user=account).delete()
    elif account is not None:
        NoReminders.objects.get_or_create(user=account)
    elif not by_address.exists():
        NoReminders.objects.get_or_create(address_hash=STORED.of(_plain(email)))


def path_for(case: Case, participant: Participant | None = None) -> str:
    """Return the path where somebody switches reminders off; it holds no address, but a keyed hash of it.

    Without participant it is for whoever has the case now, and for nobody who gets it later.
    """
    person = people.as_person(participant) if participant is not None else people.requester_of(case)
    kind, pk = ("p", participant.pk) if participant is not None else ("c", case.pk)
    who = [kind, pk, _MARK.of(_plain(person.email if person is not None else ""))]
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
    if found is None or not found.email or not _MARK.fits(mark, _plain(found.email)):
        raise LinkInvalid
    return found


def _participant(pk: int) -> Person:
    return people.as_person(Participant.objects.get(pk=pk))


def export(user: User) -> dict[str, Any]:
    """Return what a person has chosen, for the export of one's own data."""
    return {"reminders_off": is_off(user.email)}
