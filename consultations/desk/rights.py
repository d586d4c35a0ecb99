"""Who sees and works which cases in the admin. External advisers, whatever their roles: those given to them.

The centre's advisers see the cases of the whole team, coordinators give them out as well; Leitung reads figures.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from consultations.models import Adviser, Case
from portal.core.review.people import groups_of
from portal.core.visibility import EXTERNAL_ADVISER_GROUP

VIEW, WORK, ADD, ASSIGN, FIGURES = (
    f"consultations.{name}"
    for name in ("view_case", "change_case", "add_case", "assign_case", "read_case_figures")
)


def adviser_of(user: Any) -> Adviser | None:
    """Return what makes a person an adviser, read once for each user object."""
    if not hasattr(user, "_consultations_adviser"):
        user._consultations_adviser = Adviser.objects.filter(user=user.pk).first() if user.pk else None
    found: Adviser | None = user._consultations_adviser
    return found


def is_from_outside(user: Any) -> bool:
    """True for an adviser from outside by membership of an advising body; costs no query, for menus."""
    return not user.is_superuser and EXTERNAL_ADVISER_GROUP in groups_of(user)


def is_external(user: Any) -> bool:
    """True for who is an adviser from outside: marked so, or by membership of an advising body."""
    if user.is_superuser:
        return False
    adviser = adviser_of(user)
    return (adviser is not None and adviser.external) or is_from_outside(user)


def scope(user: Any) -> QuerySet[Case]:
    """Return the cases a person may see."""
    if not user.is_active:
        return Case.objects.none()
    if is_external(user):
        adviser = adviser_of(user)
        if adviser is None or not adviser.active:
            return Case.objects.none()
        if not is_from_outside(user) and not user.has_perm(VIEW):  # the mark has ended, and no role is left
            return Case.objects.none()
        return Case.objects.filter(Q(lead=adviser) | Q(pk__in=adviser.further_cases.values("pk")))
    return Case.objects.all() if user.has_perm(VIEW) else Case.objects.none()


def may_assign(user: Any) -> bool:
    return bool(user.has_perm(ASSIGN)) and not is_external(user)


def reads_notes(user: Any) -> bool:
    """True for people of the centre: internal notes and files are not for external advisers."""
    return not is_external(user)


def demand(user: Any, *permissions: str) -> None:
    """Refuse who lacks one of the rights, and everybody while advice is closed.

    Raises:
        Http404: Advice is closed.
        PermissionDenied: A right is missing.
    """
    if not settings.CONSULTATIONS_OPEN:
        raise Http404
    if not all(user.has_perm(name) for name in permissions):
        raise PermissionDenied


def guarded(*permissions: str, inside: bool = True) -> Callable[[Any], Any]:
    """Decorate a view of the desk: open, and the rights are there; `inside`: not for external advisers."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            demand(request.user, *permissions)
            if inside and is_external(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return wrap


def case_for(user: Any, pk: int) -> Case:
    """Return a case a person may see, with what its page shows of it.

    Raises:
        Http404: There is none, or it is not theirs: nobody learns which.
    """
    rows = scope(user).select_related(
        "municipality__district", "requester", "topic", "format", "lead__user", "contact", "keeping"
    )
    case = rows.filter(pk=pk).first()
    if case is None:
        raise Http404
    return case
