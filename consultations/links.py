"""Absolute addresses of a case, for the centre and for the municipality by whoever shows it; of a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse

from consultations.desk import rights
from consultations.models import Case, GroupSession

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


def for_centre(case: Case, reader: Any = None) -> str:
    """Return where whoever reads this works on a case: the desk; without a reader the desk as well.

    The admin is closed to advisers from outside who have no role in it: they have a page of their own.
    """
    outside = reader is not None and rights.is_external(reader) and not reader.has_perm(rights.VIEW)
    name = "consultations_outside_case" if outside else "consultations_case"
    return f"{settings.BASE_URL}{reverse(name, args=[case.pk])}"


def of_session(session: GroupSession, reader: Any = None) -> str:
    """Return where whoever reads this finds a group session: the desk, from outside the page of open dates."""
    if reader is not None and rights.is_external(reader):
        return f"{settings.BASE_URL}{reverse('consultation_sessions')}"
    return f"{settings.BASE_URL}{reverse('consultations_group', args=[session.pk])}"
