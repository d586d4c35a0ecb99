"""Drafts of requests: begun, found by their signed address or account, kept for 30 days as shipped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from consultations.models import RequestDraft
from consultations.services import appointments
from portal.accounts.models import User
from portal.core import periods

SALT = "consultations.wizard.draft"
JOB = "forget_request_drafts"
STEPS = ("thema", "anliegen", "hilfen", "termin", "pruefen")
GO_ON = "weiter"
"""In the place of a step: leads to the one where the draft goes on."""
TITLES = {
    "thema": "Worum geht es?", "anliegen": "Ihr Anliegen", "hilfen": "Passende Hilfen",
    "termin": "Format und Termin", "pruefen": "Prüfen und senden",
}  # fmt: skip


class DraftGone(Exception):  # noqa: N818 - no fault of the program
    """The address is damaged, or the draft is too old."""


class DraftOfAccount(DraftGone):
    """It opens after the login: it belongs to an account, and nobody is signed in."""


def life() -> timedelta:
    """Return how long a draft stays that nobody touches, by the table of processing."""
    return periods.life_of(JOB)


def person_of(request: HttpRequest) -> User | None:
    """Return who is signed in, or None."""
    return request.user if isinstance(request.user, User) and request.user.is_authenticated else None


def token_of(draft: RequestDraft) -> str:
    """Return the part of an address that opens a draft: whoever has it may go on with it."""
    return signing.Signer(salt=SALT).sign(draft.key)


def address_of(draft: RequestDraft, step: str) -> str:
    return reverse("consultation_step", args=[token_of(draft), step])


def find(request: HttpRequest, token: str, *, lock: bool = False) -> RequestDraft:
    """Return the draft of an address; one of an account opens for this account alone.

    Raises:
        DraftGone: There is none (any more) that this person may see.
        DraftOfAccount: Nobody is signed in, and it belongs to somebody.
    """
    try:
        key = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature as error:
        raise DraftGone from error
    rows = RequestDraft.objects.select_for_update(of=("self",)) if lock else RequestDraft.objects.all()
    draft = rows.filter(key=key, changed_at__gt=timezone.now() - life()).first()
    if draft is None:
        raise DraftGone
    person = person_of(request)
    if draft.user_id is not None and person is None:
        raise DraftOfAccount
    if person is not None and draft.user_id not in (None, person.pk):
        raise DraftGone
    return draft


def has_ended(token: str) -> bool:
    """True for an address of ours whose draft is there no more, for nobody."""
    try:
        key = signing.Signer(salt=SALT).unsign(token)
    except signing.BadSignature:
        return False
    return not RequestDraft.objects.filter(key=key).exists()


def begin(*, person: User | None, answers: dict[str, Any]) -> RequestDraft:
    """Start a draft with what is known."""
    return RequestDraft.objects.create(user=person, answers=answers)


def keep(draft: RequestDraft, **answers: Any) -> None:
    """Write down answers beside those that are there."""
    draft.answers = {**draft.answers, **answers}
    draft.save(update_fields=["answers", "changed_at", "user"])


def adopt(draft: RequestDraft, person: User | None) -> None:
    """Give a draft that was begun without account to whoever has signed in meanwhile."""
    if draft.user_id is None and person is not None and draft.case_id is None:
        draft.user = person
        draft.save(update_fields=["user", "changed_at"])


def drop(draft: RequestDraft) -> None:
    """End a draft that is not needed any more; its slot is free at once."""
    if draft.appointment is not None:
        appointments.release(appointment=draft.appointment)
    draft.delete()


def open_drafts(person: User) -> QuerySet[RequestDraft]:
    """Return what a person has begun and not sent."""
    since = timezone.now() - life()
    return RequestDraft.objects.filter(user=person, case=None, changed_at__gt=since).order_by("-changed_at")


def remove_old() -> str:
    """Delete drafts nobody has touched for so long, sent ones too: their case holds what counts."""
    number, _ = RequestDraft.objects.filter(changed_at__lte=timezone.now() - life()).delete()
    return f"{number} Entwürfe gelöscht" if number else ""
