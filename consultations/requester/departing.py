"""Open cases whose requester leaves: named on the pages that ask, and told to whoever works on them.

The case and its appointments stay: they are the municipality's, and only people know whether somebody else comes.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.signals import pre_delete
from django.urls import reverse
from django.utils import timezone

from consultations import asking
from consultations.mailing import people
from consultations.models import Case, CaseContact, Concern
from consultations.requester import cases, mails, overview, own_data, tokens, words
from consultations.states import OPEN_CASES, AppointmentState
from portal.accounts import departures
from portal.accounts.departures import Open, Part, Way
from portal.accounts.models import Municipality, User

_SAID = {
    Way.MEMBERSHIP: "Die anfragende Person gehört nicht mehr zur Kommune",
    Way.DELETED: "Das Konto der anfragenden Person ist gelöscht",
    Way.CLOSED: "Das Konto der anfragenden Person ist geschlossen",
}


def _in(rows: QuerySet[Case], municipality: Municipality | None) -> QuerySet[Case]:
    rows = rows.filter(state__in=OPEN_CASES)
    return rows if municipality is None else rows.filter(municipality=municipality)


def _found(person: User, seen_by: User, municipality: Municipality | None) -> list[Open]:
    if not settings.CONSULTATIONS_OPEN:
        return []
    rows = list(_in(overview.in_order(seen_by).filter(requester=person), municipality))
    if municipality is None and person == seen_by:
        guest = own_data.asked_as_guest(person).filter(requester=None).order_by("-created_at", "-pk")
        rows += list(_in(overview.with_ahead(guest), None))
    return [_open(case) for case in rows]


def _open(case: Case) -> Open:
    coming = cases.coming(getattr(case, "ahead", []), timezone.now())
    note = ""
    if coming is not None:
        what = "Termin" if coming.state == AppointmentState.CONFIRMED else "Angefragter Termin"
        when = words.when(coming.starts_at, coming.ends_at)
        note = f"{what}: {when}" if when else what
    ref = tokens.reference_for(case)
    hand_over = reverse("consultation_hand_over", args=[ref])
    return Open(f"{case.subject} ({case.reference})", reverse("consultation_case", args=[ref]), note, hand_over)


# An account that is deleted takes the address of what was asked without it along: nobody is reached there either.
def _tell(person: User, way: Way, municipality: Municipality | None) -> None:
    """Write to the lead of each case, or to the centre's mailbox."""
    rows = list(_in(Case.objects.filter(requester=person), municipality).order_by("pk"))
    if way == Way.DELETED:
        rows += list(_in(own_data.reached_as_guest(person), None).order_by("pk"))
    for case in rows:
        if way != Way.MEMBERSHIP or not asking.counts(case):
            mails.tell_centre(people.fresh(case.pk), _SAID[way])


def _forget_former(sender: Any, instance: User, **kwargs: Any) -> None:
    """Receiver of pre_delete: without the account nobody who had the case before it gets it back.

    Contacts and links are of who asked first: of this person, or of a colleague with no part in it since.
    """
    asked = Case.objects.filter(requester=instance).order_by()
    Concern.objects.filter(case__in=asked).update(
        contact_name="", contact_email="", phone="", link_generation=F("link_generation") + 1
    )
    CaseContact.objects.filter(case__in=asked).update(name="", email="", phone="")


def register() -> None:
    """Called when the app is ready."""
    pre_delete.connect(_forget_former, sender=User, dispatch_uid="cases_of_deleted_accounts")
    departures.register(Part("cases", _found, _tell))
