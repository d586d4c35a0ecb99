"""Absolute addresses of a case: for the centre, and for the municipality by whoever shows it there."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse

from consultations.models import Case, Participant

CaseLink = Callable[[Case], str]
_for_municipality: list[CaseLink] = []


def register_for_municipality(build: CaseLink) -> None:
    """Name the function that returns where the municipality follows a case; the last one counts."""
    _for_municipality.append(build)


def for_municipality(case: Case) -> str:
    """Return where the municipality follows a case: its own area, unless a page for it is registered."""
    if _for_municipality:
        return _for_municipality[-1](case)
    return f"{settings.BASE_URL}{reverse('account_start')}"


def for_centre(case: Case) -> str:
    """Return the case page of the desk."""
    return f"{settings.BASE_URL}{reverse('consultations_case', args=[case.pk])}"


ParticipantLink = Callable[[Participant], str]
_for_participants: list[ParticipantLink] = []


def register_for_participant(build: ParticipantLink) -> None:
    """Name the function that returns where a participant answers an invitation; the last one counts."""
    _for_participants.append(build)


def for_participant(participant: Participant) -> str:
    """Return where a participant answers; empty as long as nothing is registered for it."""
    return _for_participants[-1](participant) if _for_participants else ""
