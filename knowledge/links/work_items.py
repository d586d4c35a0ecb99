"""One work item for each page with reported links: opened when a link is reported, closed when all are fine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from knowledge.links.queries import reported, reported_places
from knowledge.models import ExternalLink, LinkPlace
from knowledge.reading.kinds import KINDS, kind_of
from knowledge.upkeep.queries import upkeep_pages
from portal.accounts.models import User
from portal.core import work
from portal.core.models import WorkEvent, WorkItem

LINKS = "links"
TEAM = "Redaktion"
SOURCE = "Prüfung der Links"
LISTED = 20
CHUNK = 50


def key_of(place: LinkPlace) -> str:
    """Return the key that keeps the reported links of one page or snippet together."""
    return f"{kind_of(place.subject)}:{place.subject.pk}"


def subject_of_key(key: str) -> Any:
    """Return the page or snippet a key names, or None."""
    kind, _, pk = key.partition(":")
    return KINDS[kind].objects.filter(pk=pk).first() if kind in KINDS else None


def note_of(places: Iterable[LinkPlace]) -> str:
    """Return the links with their sentences, as the note of a work item."""
    lines = []
    for place in places:
        line = f"{place.link.url}: {place.link.problem}"
        lines.append(f"{line}\n{place.label}: „{place.sentence}“" if place.sentence else f"{line}\n{place.label}")
    more = len(lines) - LISTED
    return "\n\n".join(lines[:LISTED] + ([f"und {more} weitere"] if more > 0 else []))


def _mark_reported(now: datetime) -> None:
    ExternalLink.objects.filter(reported(timezone.localdate(now)), reported_at=None).update(reported_at=now)


def _grouped() -> dict[str, list[LinkPlace]]:
    found: dict[str, list[LinkPlace]] = {}
    for place in reported_places():
        found.setdefault(key_of(place), []).append(place)
    return found


def _owners(places: dict[str, list[LinkPlace]]) -> dict[str, User]:
    """Return who answers for the pages and deadlines, by key."""
    first = {key: rows[0] for key, rows in places.items()}
    pages = {place.page_id: key for key, place in first.items() if place.page_id}
    rows = upkeep_pages().filter(pk__in=pages).values_list("pk", "owner_pk") if pages else ()
    owner_of = {pages[pk]: owner for pk, owner in rows}
    owner_of |= {
        key: place.deadline.responsible_person_id for key, place in first.items() if place.deadline is not None
    }
    people = User.objects.in_bulk([pk for pk in owner_of.values() if pk])
    return {key: people[pk] for key, pk in owner_of.items() if pk in people}


@transaction.atomic
def _open(rows: list[tuple[str, list[LinkPlace]]], owners: dict[str, User]) -> None:
    for key, places in rows:
        subject: Any = places[0].subject
        count = len({place.link_id for place in places})
        title = f"{'Ein defekter Link' if count == 1 else f'{count} defekte Links'}: {subject}"
        work.open_item(
            kind=LINKS, title=title, dedupe_key=key, page=places[0].page, source=SOURCE, note=note_of(places),
            owner=owners.get(key), team="",
        )  # fmt: skip


def settle(kind: str, pk: int) -> None:
    """Close the item of a page or snippet whose text names no reported link any more."""
    if not reported_places().filter(**{f"{kind}_id": pk}).exists():
        work.close_item(kind=LINKS, dedupe_key=f"{kind}:{pk}")


def _told(keys: Iterable[str]) -> dict[str, list[str]]:
    """Return by key the notes the run has given to the items of pages and snippets."""
    rows = WorkEvent.objects.filter(
        item__kind=LINKS, item__dedupe_key__in=list(keys), actor=None,
        kind__in=[WorkEvent.Kind.CREATED, WorkEvent.Kind.NOTE],
    ).exclude(text="")  # fmt: skip
    found: dict[str, list[str]] = {}
    for key, text in rows.values_list("item__dedupe_key", "text"):
        found.setdefault(key, []).append(text)
    return found


def _names_all(notes: list[str], places: Iterable[LinkPlace]) -> bool:
    """Whether the links were told before; a shortened note, or none, does not say and counts as naming all."""
    if not notes or any(note.endswith(" weitere") for note in notes):
        return True
    lines = [line for note in notes for line in note.split("\n")]
    return all(any(line.startswith(f"{place.link.url}: ") for line in lines) for place in places)


def sync_work_items(now: datetime | None = None) -> int:
    """Bring the work items in line with the reported links; returns how many were opened or closed.

    What a person has closed stays closed until a further link of the page is reported.
    """
    _mark_reported(now or timezone.now())
    groups = _grouped()
    items = WorkItem.objects.filter(kind=LINKS)
    opened = work.open_notes(kind=LINKS)
    closed = dict(
        items.exclude(state=WorkItem.State.OPEN).values("dedupe_key").annotate(last=Max("closed_at"))
        .order_by().values_list("dedupe_key", "last")
    )  # fmt: skip

    told = _told(groups.keys() & closed.keys() - opened.keys())

    def is_news(key: str, places: list[LinkPlace]) -> bool:
        if key in opened:
            return opened[key] != note_of(places)
        if key not in closed or not _names_all(told.get(key, []), places):
            return True
        return any(place.link.reported_at is not None and place.link.reported_at > closed[key] for place in places)

    todo = [(key, places) for key, places in groups.items() if is_news(key, places)]
    owners = _owners(dict(todo))
    for start in range(0, len(todo), CHUNK):
        _open(todo[start : start + CHUNK], owners)
    settled = opened.keys() - groups.keys()
    for key in settled:
        work.close_item(kind=LINKS, dedupe_key=key)
    return sum(key not in opened for key, _ in todo) + len(settled)
