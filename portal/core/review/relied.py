"""Which pages readers have, or a second person has confirmed: nobody of the Redaktion alone moves or opens those.

A section that is offline keeps for what is live below it its title, address and audience: a draft of it stands in
a revision until it is released, as that of a live page does. So does what a page tells readers while it is offline
(`BasePage.said_offline`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.models import Page, Revision, WorkflowState

FRAMING = ("title", "slug", "visibility")
"""What a page lends to those below it: their breadcrumbs, their address, their audience."""

PENDING = Q(approved_go_live_at__isnull=False) | Q(
    task_states__workflow_state__status=WorkflowState.STATUS_IN_PROGRESS
)
"""The condition for revisions that are released for a time to come, or under review."""

Named = Callable[[], Iterable[QuerySet[Any, Any]]]
_named: list[Named] = []


def register(named: Named) -> None:
    """Let what is no page rely on pages whose readers are its own; `named` returns queries of their ids."""
    _named.append(named)


def _lends() -> Q:
    """Return the condition for pages whose readers are those of something live, scheduled or reviewed."""
    found = Q(pk__in=[])
    for named in _named:
        for ids in named():
            found |= Q(pk__in=ids)
    return found


def relied_on(pages: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the pages that are live, scheduled or under review, or lend something such their readers."""
    kind = ContentType.objects.get_for_model(Page)
    own = {"base_content_type": kind, "object_id": Cast(OuterRef("pk"), CharField())}
    scheduled = Revision.objects.filter(approved_go_live_at__isnull=False, **own)
    reviewed = WorkflowState.objects.filter(status=WorkflowState.STATUS_IN_PROGRESS, **own)
    return pages.filter(Q(live=True) | Exists(scheduled) | Exists(reviewed) | _lends())


def _frames(page: Any) -> bool:
    """True where something is read below the page, or with its readers."""
    own = Page.objects.filter(_lends(), pk=page.pk)
    return relied_on(page.get_descendants()).exists() or own.exists()


def _stored(page: Any) -> dict[str, Any]:
    """Return what the row says where a draft says something else that readers would see of a page offline."""
    if page.pk is None or page.live:
        return {}
    said = page.said_offline()
    row = type(page).objects.filter(pk=page.pk, live=False).values(*FRAMING, *said).first() or {}
    other = {name: value for name, value in row.items() if value != getattr(page, name)}
    if other.keys() <= set(said) or _frames(page):
        return other
    return {name: other[name] for name in said if name in other}


@contextmanager
def as_stored(page: Any) -> Iterator[None]:
    """Save a page that is offline without changing what readers see of it; the object keeps its draft."""
    stored = _stored(page)
    draft = {name: getattr(page, name) for name in stored}
    for name, value in stored.items():
        setattr(page, name, value)
    try:
        yield
    finally:
        for name, value in draft.items():
            setattr(page, name, value)
