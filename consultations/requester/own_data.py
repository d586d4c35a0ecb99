"""What the portal holds of a person's requests for advice: exported to them, and taken off when the account goes.

A guest is known by the confirmed address of the account: what was asked with it before is theirs as well.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from consultations import asking
from consultations.mailing import choices
from consultations.models import (
    Case,
    CaseContact,
    CaseFile,
    Concern,
    DraftFile,
    Invitation,
    Message,
    NoReminders,
    Participant,
    Rating,
    RequestDraft,
)
from consultations.wizard import drafts
from portal.accounts.models import User
from portal.accounts.queries import has_verified

_SAID = ("goal", "service", "procedure", "deadline", "urgency", "place", "answers")
_GUEST = ("contact_name", "contact_email", "phone")


def _address_of(user: User) -> list[str]:
    """Return a person's address, in lower case, where it is shown to be theirs; else none."""
    return [user.email.lower()] if has_verified(user) else []


def _asked_as_guest(user: User) -> QuerySet[Concern]:
    return Concern.objects.annotate(address=Lower("contact_email")).filter(address__in=_address_of(user))


def asked_as_guest(user: User) -> QuerySet[Case]:
    """Return the cases asked for with the person's confirmed address, without account."""
    return Case.objects.filter(concern__in=_asked_as_guest(user)).select_related("concern")


def _contacts(user: User) -> QuerySet[CaseContact]:
    return CaseContact.objects.annotate(address=Lower("email")).filter(address__in=_address_of(user))


def reached_as_guest(user: User) -> QuerySet[Case]:
    """Return the cases of no account whose mails go to the person's confirmed address."""
    own = Q(concern__in=_asked_as_guest(user)) | Q(contact__in=_contacts(user))
    return Case.objects.filter(own, requester=None)


def _participations(user: User) -> QuerySet[Participant]:
    """Return where others have named the person as taking part."""
    return Participant.objects.annotate(address=Lower("email")).filter(address__in=_address_of(user))


# -- export -----------------------------------------------------------------------------------------------------


def _rating(case: Case) -> dict[str, Any] | None:
    row: Rating | None = getattr(case, "rating", None)
    return None if row is None else {name: getattr(row, name) for name in ("stars", "solved", "text", "at")}


def _followed(case: Case) -> dict[str, Any]:
    """Return what has become of a case, for who may still open it: nothing internal, no minutes before release."""
    return {
        "participants": list(case.participants.values("name", "email", "organisation")),
        "appointments": list(case.appointments.values("state", "starts_at", "ends_at", "place", "wishes")),
        "files": list(case.files.filter(internal=False).values("name", "size", "at")),
        "tasks": list(case.tasks.values("side", "text", "due_on", "done_at", "dropped_at")),
        "minutes": list(
            case.minutes.filter(released_at__isnull=False).values("question", "answer", "text", "released_at")
        ),
    }


def _case(case: Case, names: tuple[str, ...], *, followed: bool, rated: bool = True) -> dict[str, Any]:
    concern: Concern | None = getattr(case, "concern", None)
    return {
        "reference": case.reference, "municipality": case.municipality.name, "subject": case.subject,
        "state": case.state, "created_at": case.created_at,
        "format": case.format.name if case.format is not None else "",
        "concern": {name: getattr(concern, name) for name in names} if concern is not None else {},
        "rating": _rating(case) if rated else None, **(_followed(case) if followed else {}),
    }  # fmt: skip


def _still_theirs(user: User) -> set[int]:
    return set(Case.objects.filter(asking.asked_by(user)).values_list("pk", flat=True))


def _cases(user: User) -> list[dict[str, Any]]:
    """Return all a person has asked for; what became of it only where no ended membership closes the case."""
    rows = Case.objects.filter(requester=user).select_related("concern", "municipality", "format", "rating")
    still = _still_theirs(user)
    return [_case(case, (*_SAID, "phone"), followed=case.pk in still) for case in rows]


def _guest_cases(user: User) -> list[dict[str, Any]]:
    """Return what was asked with the person's address.

    A case somebody else has claimed gives only what they said themselves: what became of it and how it was rated
    is the claimer's, as the links to it have ended (`intake.claim`).
    """
    still = _still_theirs(user)
    rows = asked_as_guest(user).select_related("concern", "municipality", "format", "rating")
    found = []
    for case in rows.order_by("-created_at", "-pk"):
        theirs = case.requester_id is None or case.pk in still
        found.append(_case(case, (*_SAID, *_GUEST), followed=theirs, rated=theirs or case.requester_id == user.pk))
    return found


def _invitations(user: User) -> list[dict[str, Any]]:
    rows = Invitation.objects.filter(participant__in=_participations(user), withdrawn_at=None)
    found = rows.values("participant__name", "participant__organisation", "answer", "answered_at")
    return [dict(row) for row in found]


def _messages(user: User) -> QuerySet[Message]:
    """Return what a person has written: signed in, or under the name of a request they made as a guest."""
    as_guest = Q(author=None, side=Message.Side.MUNICIPALITY, case__concern__in=_asked_as_guest(user))
    return Message.objects.filter(Q(author=user) | as_guest & Q(author_name=F("case__concern__contact_name")))


def export(user: User) -> dict[str, Any]:
    """Return the cases a person has asked for, with or without account, and all else that is theirs."""
    own_drafts = RequestDraft.objects.filter(user=user)
    return {
        "cases": _cases(user),
        "guest_cases": _guest_cases(user),
        "contact": list(_contacts(user).values("case__reference", "channel", "name", "email", "phone")),
        "messages": list(_messages(user).values("case__reference", "text", "at")),
        "files": list(CaseFile.objects.filter(uploaded_by=user).values("case__reference", "name", "size", "at")),
        "invitations": _invitations(user),
        "drafts": list(own_drafts.values("answers", "created_at", "changed_at")),
        "draft_files": list(DraftFile.objects.filter(draft__in=own_drafts).values("name", "size")),
    }


# -- erasing ----------------------------------------------------------------------------------------------------


def erase(user: User) -> None:
    """Delete drafts and choices, and take name, address and telephone number from what stays.

    The cases are the municipality's and stay, without a name. Links of a guest and of invitations end:
    nobody holds them any more.
    """
    Concern.colleagues.through.objects.filter(user=user).delete()
    _messages(user).exclude(author=user).update(author_name="")
    blank = {"contact_name": "", "contact_email": "", "phone": "", "link_generation": F("link_generation") + 1}
    _asked_as_guest(user).update(**blank)
    Concern.objects.filter(case__requester=user).update(phone="")
    _contacts(user).update(name="", email="", phone="")
    people = _participations(user)
    Invitation.objects.filter(participant__in=people).update(generation=F("generation") + 1)
    people.update(name="Gelöschtes Konto", email="")
    NoReminders.objects.filter(user=user).delete()
    if has_verified(user):
        choices.switch(user.email, off=False)  # the fingerprint of the address goes as well
    for draft in RequestDraft.objects.filter(user=user).select_related("appointment"):
        drafts.drop(draft)
