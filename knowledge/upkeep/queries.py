"""Which pages are due, overdue, never reviewed or without owner: as many queries for ten as for ten thousand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Field,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils import timezone
from wagtail.models import Page

from knowledge.facts.queries import trusted_models, upkept_models
from knowledge.retired import retired
from knowledge.upkeep.due import SOON_DAYS, WEEK_DAYS, DuePage, Situation, stage_on
from portal.accounts.models import User
from portal.accounts.queries import active_staff

# What each kind of page keeps in a table of its own, under one name for all kinds.
_COLUMNS: dict[str, tuple[str, type[Field[Any, Any]]]] = {
    "review_due": ("next_review_on", DateField),
    "review_done": ("reviewed_at", DateTimeField),
    "review_person": ("reviewed_by_id", BigIntegerField),
    "owner_pk": ("responsible_person_id", BigIntegerField),
    "deputy_pk": ("deputy_id", BigIntegerField),
    "unit": ("responsible_unit", CharField),
    "interval": ("review_interval_days", IntegerField),
}
_OF_TRUSTED = {"unit"}


def upkeep_pages() -> QuerySet[Page]:
    """Return the live pages to be kept true, with the columns above; no aliases, no retired questions.

    `has_owner`: somebody who works for the centre answers for it, which an account without a role there does not.
    """
    models, trusted = upkept_models(), trusted_models()
    kinds = ContentType.objects.get_for_models(*models).values()
    columns = {
        name: Coalesce(
            *(F(f"{model._meta.model_name}__{field}") for model in (trusted if name in _OF_TRUSTED else models)),
            output_field=kind(),
        )
        for name, (field, kind) in _COLUMNS.items()
    }
    pages = Page.objects.filter(live=True, alias_of=None, content_type__in=list(kinds))
    present = Q(owner_pk__isnull=False, owner_pk__in=active_staff().order_by().values("pk"))
    has_owner = ExpressionWrapper(present, output_field=BooleanField())
    return pages.exclude(retired()).annotate(**columns).annotate(has_owner=has_owner)


def in_situation(situation: str, *, today: date) -> Q:
    """Return the condition of a situation on `upkeep_pages`; who has left the centre owns no page."""
    if situation == Situation.OVERDUE:
        return Q(review_due__lt=today)
    if situation == Situation.SOON:
        soon = Q(review_due=today)  # as `stage_on`: what comes before half of the interval is not soon
        for days in (WEEK_DAYS, SOON_DAYS):
            soon |= Q(review_due__range=(today, today + timedelta(days=days)), interval__gte=days * 2)
        return soon
    if situation == Situation.NEVER:
        return Q(review_done__isnull=True)
    return Q(has_owner=False)


_NAMES = ("first_name", "last_name", "email", "is_active")


def with_owners(pages: QuerySet[Page]) -> QuerySet[Page]:
    """Add what is needed to name the owners, for lists that must not ask for them by themselves."""
    owners = User.objects.filter(pk=OuterRef("owner_pk")).order_by()
    return pages.annotate(**{f"owner_{name}": Subquery(owners.values(name)[:1]) for name in _NAMES})


def owners_of(pages: Iterable[Any]) -> dict[int, User]:
    """Return the owners of pages of `with_owners`, without asking the database."""
    return {
        page.owner_pk: User(pk=page.owner_pk, **{name: getattr(page, f"owner_{name}") for name in _NAMES})
        for page in pages
        if page.owner_email is not None
    }


def pages_by_situation() -> dict[str, QuerySet[Page]]:
    """Return the pages in each situation."""
    today = timezone.localdate()
    return {kind.value: upkeep_pages().filter(in_situation(kind, today=today)) for kind in Situation}


def due_pages(today: date) -> list[DuePage]:
    """Return all pages somebody has to be told of, within the next 30 days or overdue, the most urgent first.

    One query.
    """
    rows = upkeep_pages().filter(review_due__lte=today + timedelta(days=SOON_DAYS))
    fields = ("pk", "title", "review_due", "owner_pk", "deputy_pk", "interval")
    found = (
        DuePage(pk, title, due, (owner, deputy), interval)
        for pk, title, due, owner, deputy, interval in rows.order_by("review_due", "title").values_list(*fields)
    )
    return [page for page in found if stage_on(page, today) is not None]


def expiring_pages(today: date) -> list[DuePage]:
    """Return the pages that go offline by themselves within a week; `due_on` is the local day. One query."""
    until = timezone.make_aware(datetime.combine(today + timedelta(days=WEEK_DAYS + 1), time.min))
    rows = upkeep_pages().filter(expire_at__lt=until).order_by("expire_at", "title")
    fields = ("pk", "title", "expire_at", "owner_pk", "deputy_pk")
    return [
        DuePage(pk, title, timezone.localdate(at), (owner, deputy))
        for pk, title, at, owner, deputy in rows.values_list(*fields)
    ]
