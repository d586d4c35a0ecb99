"""How content a municipality was: once for each case, by a link without login, changed within 14 days.

The link is bound to the generation of the case's links, as that to the case itself (`requester.tokens`), and to
the person it is made for while they may act in the case: whoever has had the case before, or has left the
municipality, reads no rating of who has it now.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from consultations import asking
from consultations.models import Case, Rating
from consultations.refusals import NotPossible
from consultations.states import CaseState
from portal.accounts.models import User
from portal.core import audit
from portal.core.signed_links import made_before
from portal.core.text import printable

SALT = "consultations.rating"
CHANGEABLE = timedelta(days=14)
ASKED_WITHIN = timedelta(days=180)
"""So long after its end a case can be rated for the first time; later nobody remembers it."""


class LinkBroken(Exception):  # noqa: N818 - no fault of the program
    """The link was never made by this portal, or for something else, or its case is gone."""


class LinkReplaced(LinkBroken):
    """The link was right once; the case has changed hands since, or its person has left the municipality."""


def _generation(case: Case) -> int:
    concern = getattr(case, "concern", None)
    return concern.link_generation if concern is not None else 0


def token_for(case: Case, person: User | None = None) -> str:
    """Return the token for a person with an account; without one for whoever asked, with or without account."""
    holder = person.pk if person is not None else case.requester_id
    return signing.dumps([case.pk, _generation(case), holder or 0], salt=SALT)


def _read(token: str) -> tuple[int, int, int]:
    """Return number, generation and account (0: whoever asked) a token names; older ones name less."""
    value: Any = signing.loads(token, salt=SALT)
    pk, generation, person = [*(value if isinstance(value, list) else [value]), 0, 0][:3]
    return int(pk), int(generation), int(person)


def _stands(case: Case, person: int) -> bool:
    """True while the person (id of the account, 0: whoever asked) may act in the case."""
    from consultations.requester import cases

    if person in (0, case.requester_id):
        return case.requester is None or (case.requester.is_active and asking.counts(case))
    account = User.objects.filter(pk=person, is_active=True).first()
    if account is None or not cases.visible_to(account).filter(pk=case.pk).exists():
        return False
    return cases.may_change(case, account)


def url(case: Case) -> str:
    """Return the whole address at which a case is rated, as mails need it."""
    return settings.BASE_URL + reverse("consultation_rating", args=[token_for(case)])


def case_of(token: str) -> Case:
    """Return the case of a link.

    Raises:
        LinkBroken: The token is not ours, or the case is gone.
        LinkReplaced: It is of an earlier generation, or its person has no part in the case any more.
    """
    try:
        pk, generation, person = _read(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkBroken from error
    case = Case.objects.select_related("rating", "concern", "requester").filter(pk=pk).first()
    if case is None or made_before(token, case.created_at):
        raise LinkBroken
    if generation != _generation(case) or not _stands(case, person):
        raise LinkReplaced
    return case


def refusal(case: Case, now: datetime | None = None) -> str:
    """Return in a German sentence why a case cannot be rated now; empty when it can."""
    moment = now or timezone.now()
    rating: Rating | None = getattr(case, "rating", None)
    if rating is not None and rating.at + CHANGEABLE < moment:
        return "Ihre Bewertung liegt vor. Ändern konnten Sie sie 14 Tage lang."
    if rating is None and (case.state != CaseState.CLOSED or case.ended_at is None):
        return "Bewerten können Sie die Beratung, sobald der Vorgang abgeschlossen ist."
    if rating is None and case.ended_at is not None and case.ended_at + ASKED_WITHIN < moment:
        return "Die Beratung ist länger als ein halbes Jahr her. Eine Bewertung ist nicht mehr möglich."
    return ""


@transaction.atomic
def rate(
    *, case: Case, stars: int, solved: bool, text: str = "", by: Any = None, now: datetime | None = None
) -> Rating:
    """Keep a rating of 1 to 5, or change it.

    Raises:
        NotPossible: The case is not closed, or it is too late.
        ValidationError: No number from 1 to 5, or the text is too long.
    """
    row = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    problem = refusal(row, now)
    if problem:
        raise NotPossible(problem)
    rating: Rating = getattr(row, "rating", None) or Rating(case=row)
    rating.stars, rating.solved, rating.text = stars, solved, printable(text).strip()
    rating.full_clean(validate_unique=False)
    rating.save()
    audit.record("case.rating", actor=by, subject=row, case=row.pk)
    return rating


def shown_to(case: Case, user: Any) -> Rating | None:
    """Return the rating of a case for who advised in it, and for nobody else: it is a figure about them.

    None as well where figures about single people are switched off; one query.
    """
    if not settings.STAFF_FIGURES:
        return None
    advised = Q(lead__user=user.pk) | Q(further__user=user.pk)
    rows = Rating.objects.filter(case=case, case__in=Case.objects.filter(advised, pk=case.pk).values("pk"))
    return rows.first()
