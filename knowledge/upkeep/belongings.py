"""The pages a leaving person answers for, as owner or deputy, published or not."""

from __future__ import annotations

from django.db.models import F, Q

from knowledge.facts.queries import upkept_models
from portal.accounts import belongings
from portal.accounts.belongings import Belonging
from portal.accounts.models import User


def _count(person: User) -> int:
    """Count each page once, whatever its kind."""
    mine = Q(responsible_person=person) | Q(deputy=person)
    return sum(model.objects.filter(mine).count() for model in upkept_models())


def _hand_over(person: User, successor: User | None) -> int:
    """Give the pages to the successor; nobody becomes owner and deputy of the same page.

    Drafts name the old person still: `Upkept.with_content_json` puts the page's owner in their place.
    """
    count = _count(person)
    for model in upkept_models():
        model.objects.filter(responsible_person=person).update(responsible_person=successor)
        model.objects.filter(deputy=person).update(deputy=successor)
        model.objects.filter(deputy=F("responsible_person")).update(deputy=None)
    return count


def register() -> None:
    """Called when the app is ready."""
    belongings.register(
        Belonging("pages", "Seiten (verantwortlich oder Vertretung)", _count, _hand_over, order=10)
    )
