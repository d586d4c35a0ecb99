"""Signed links to a case for people without account: for this purpose only, valid until its generation rises."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from consultations.models import Case, Concern
from portal.core.signed_links import made_before

SALT = "consultations.requester.case"


class LinkBroken(Exception):  # noqa: N818 - no fault of the program
    """The link was never made by this portal, or for something else."""


class LinkReplaced(Exception):  # noqa: N818 - no fault of the program
    """The link was right once and has been replaced, or its case is gone."""


def make(concern: Concern) -> str:
    """Return the part of an address that opens a case without login."""
    return signing.dumps([concern.case_id, concern.link_generation], salt=SALT)


def case_of(token: str) -> Case:
    """Return the case of a link.

    Raises:
        LinkBroken: The token is not ours.
        LinkReplaced: It is of an earlier generation, or of a case that is gone.
    """
    pk, generation = _read(token)
    rows = Case.objects.select_related("concern", "municipality", "requester", "topic", "format", "lead__user")
    case = rows.filter(pk=pk, concern__link_generation=generation).first()
    if case is None or made_before(token, case.created_at):
        raise LinkReplaced
    return case


def _read(token: str) -> tuple[int, int]:
    """Return the number of the case and the generation a link says.

    Raises:
        LinkBroken: The token is not ours.
    """
    try:
        value: Any = signing.loads(token, salt=SALT)
        pk, generation = (int(part) for part in value)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkBroken from error
    return pk, generation


def holds(token: str) -> bool:
    """True for a link that opens its case."""
    try:
        case_of(token)
    except (LinkBroken, LinkReplaced):
        return False
    return True


def replaced_case_of(token: str) -> Case | None:
    """Return the case of a link that held until the last change of generation; None for every other.

    It opens nothing: it only shows that whoever sends it has had the case.
    """
    try:
        pk, generation = _read(token)
    except LinkBroken:
        return None
    case = Case.objects.filter(pk=pk, concern__link_generation=generation + 1).first()
    return None if case is None or made_before(token, case.created_at) else case


def reference_for(case: Case) -> str:
    """Return how the requester opens the case: by its number with an account, by a signed link without."""
    concern = getattr(case, "concern", None)
    return case.reference if case.requester_id is not None or concern is None else make(concern)


def url(case: Case, name: str = "consultation_case") -> str:
    """Return the whole address of a case's page for its requester, as mails need it."""
    return settings.BASE_URL + reverse(name, args=[reference_for(case)])
