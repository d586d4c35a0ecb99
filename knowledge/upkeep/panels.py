"""Reviews on the admin's start page: the figures, and the pages this person should look at first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from wagtail.admin.ui.components import Component

from knowledge.upkeep.confirming import may_confirm
from knowledge.upkeep.due import SOON_DAYS, Situation
from knowledge.upkeep.queries import owners_of, pages_by_situation, upkeep_pages, with_owners
from knowledge.upkeep.reports import confirm_context, day, decorate
from portal.core.dashboard import Countings, Figure, Numbers

SHOWN = 8
_LABELS = {
    Situation.OVERDUE: ("Seite mit überfälliger Prüfung", "Seiten mit überfälliger Prüfung"),
    Situation.SOON: ("Seite bald zu prüfen", "Seiten bald zu prüfen"),
    Situation.NEVER: ("Seite nie geprüft", "Seiten nie geprüft"),
    Situation.OWNERLESS: ("Seite ohne verantwortliche Person", "Seiten ohne verantwortliche Person"),
}


def report_url(situation: str = "", **more: Any) -> str:
    """Return the address of the report, filtered."""
    query = {"situation": situation, **more} if situation else more
    return f"{reverse('knowledge_reviews')}?{urlencode(query)}" if query else reverse("knowledge_reviews")


def countings(user: Any) -> Countings:
    return pages_by_situation()


def figures(numbers: Numbers) -> Iterable[Figure]:
    """Return how many pages are in which situation, each with the way to them."""
    for situation, count in numbers.items():
        if count:
            one, many = _LABELS[Situation(situation)]
            urgent = situation == Situation.OVERDUE
            yield Figure(count, one if count == 1 else many, report_url(situation), urgent=urgent)


class ReviewsPanel(Component):
    """The pages a person has to review first: their own, and for the Fachprüfung the most urgent of all."""

    name = "portal_reviews"
    order = 60

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def _pages(self) -> list[Any]:
        user = self.request.user
        mine = Q(owner_pk=user.pk) | Q(deputy_pk=user.pk)
        pages = upkeep_pages().filter(review_due__lte=timezone.localdate() + timedelta(days=SOON_DAYS))
        if not may_confirm(user):
            pages = pages.filter(mine)
        pages = pages.annotate(is_mine=ExpressionWrapper(mine, output_field=BooleanField()))
        shown = list(with_owners(pages).order_by("-is_mine", "review_due", "title")[:SHOWN])
        return decorate(shown, user, owners_of(shown))

    def render_html(self, parent_context: Any = None) -> SafeString:
        rows = [
            {
                **confirm_context(page, self.request, shown=page.confirmable),
                "edit_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
                "due": day(page.review_due),
                "situation": page.situation,
                "owner": page.owner_name,
            }
            for page in self._pages()
        ]
        if not rows:
            return SafeString("")
        return render_to_string("knowledge/upkeep/panel.html", {"rows": rows, "report": report_url()})
