"""Handing a case over sent twice: it has been done, though the second click comes from who has it no more."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from consultations.mailing.people import fresh, same_address
from consultations.models import Case
from consultations.requester import cases, tokens
from consultations.requester.views import View
from consultations.services import notices, repeated
from portal.accounts.models import User


def seen_still(case: Case, person: User | None, done: str) -> HttpResponseRedirect:
    """Lead back to the case; who does not see it any more, to a page that says so."""
    if person is not None and cases.visible_to(person).filter(pk=case.pk).exists():
        return HttpResponseRedirect(f"{reverse('consultation_case', args=[case.reference])}?fertig={done}")
    return HttpResponseRedirect(reverse("consultation_handed_over"))


def hands_over_once(view: View) -> View:
    """Lead to where the first click led, instead of a refusal or a link that does not hold any more."""

    @wraps(view)
    def wrapped(request: HttpRequest, ref: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = request.user if isinstance(request.user, User) else None
        if request.method == "POST":
            case = _case_of(ref, person)
            if case is not None and was_handed_over(case, person, request.POST):
                return seen_still(case, person, "uebergeben")
        return view(request, ref, *args, **kwargs)

    return wrapped


def _case_of(ref: str, person: User | None) -> Case | None:
    """Return the case of an address as it was before the last change of hands; that it was theirs the log says."""
    if not cases.is_reference(ref):
        return tokens.replaced_case_of(ref)
    return Case.objects.filter(reference=ref).first() if person is not None else None


def was_handed_over(case: Case, person: User | None, typed: QueryDict) -> bool:
    """True when somebody has just handed a case over to whom a form names, who has it now."""
    if not repeated.handed_over(case, by=person):
        return False
    now = fresh(case.pk)
    if now.requester_id is not None and typed.get("colleague") == str(now.requester_id):
        return True
    email = typed.get("email", "")
    return bool(email) and same_address(email, notices.address_of(now))
