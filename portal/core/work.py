"""Work items: what somebody of the centre has to look at, opened and closed by whoever finds or ends it.

The only way to write them: each change and its event are stored in one transaction. Answers by mail are in
`work_answers`, what lists and reports read in `work_figures`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.core.models import WorkEvent, WorkItem, WorkReport
from portal.core.models.work import DEFAULT_TEAM, may_own

Event = WorkEvent.Kind
SAME_WITHIN = timedelta(minutes=10)
"""The same words about the same thing within this time are a form sent twice."""


@dataclass(frozen=True)
class WorkKind:
    """A kind of work: its German name and the team that looks after it unless somebody moves an item."""

    name: str
    label: str
    team: str


_kinds: dict[str, WorkKind] = {}


class OwnerError(ValueError):
    """Somebody who does not belong to the centre cannot own an item."""


def register_kind(kind: str, label: str, team: str = DEFAULT_TEAM) -> None:
    """Give a kind of work its German name and its team (the name of a role group)."""
    _kinds[kind] = WorkKind(kind, label, team)


_entries: dict[str, Callable[[str], Any]] = {}


def register_entry(kind: str, find: Callable[[str], Any]) -> None:
    """Say what items of a kind are about where that is no page: `find` gets the `dedupe_key`; None: it is gone."""
    _entries[kind] = find


def entry_of(item: WorkItem) -> Any:
    """Return what an item is about where that is no page; None where it is one, or gone, or nothing."""
    find = _entries.get(item.kind) if item.page_id is None and item.dedupe_key else None
    return find(item.dedupe_key) if find else None


def kinds() -> list[tuple[str, str]]:
    """Return the known kinds with their names, for filters."""
    return sorted(((kind.name, kind.label) for kind in _kinds.values()), key=lambda item: item[1])


def kind_label(kind: str) -> str:
    return _kinds[kind].label if kind in _kinds else kind


def team_of_kind(kind: str) -> str:
    return _kinds[kind].team if kind in _kinds else DEFAULT_TEAM


def record(item: WorkItem, kind: str, actor: Any = None, old: Any = "", new: Any = "", text: str = "") -> None:
    """Store one step of an item's history; for the services of work items alone."""
    WorkEvent.objects.create(item=item, kind=kind, actor=actor, old=str(old or ""), new=str(new or ""), text=text)


@transaction.atomic
def open_item(  # noqa: PLR0913 - the one door of all apps; everything but kind and title has a default
    *, kind: str, title: str, dedupe_key: str = "", page: Any = None, owner: Any = None, note: str = "",
    source: str = "", due_on: date | None = None, team: str = "", actor: Any = None,
) -> WorkItem:  # fmt: skip
    """Open a work item, or bring the open one of the same cause up to date; what a person set stays.

    The owner is only set where there is none, an earlier due date wins, title and note of a person stay (what is
    new goes into the history then). Somebody who has left or does not belong to the centre becomes no owner: the
    item is then listed as ownerless.
    """
    owner = owner if may_own(owner) else None
    item = find_open(kind=kind, dedupe_key=dedupe_key)
    if item is None:
        fields = {
            "title": title[:255], "note": note, "source": source[:255], "page": page, "owner": owner,
            "due_on": due_on, "team": team or team_of_kind(kind),
        }  # fmt: skip
        try:
            with transaction.atomic():
                item = WorkItem.objects.create(kind=kind, dedupe_key=dedupe_key, **fields)
        except IntegrityError:  # another process has opened it just now
            item = find_open(kind=kind, dedupe_key=dedupe_key)
            if item is None:
                raise
        else:
            record(item, Event.CREATED, actor, new=owner.pk if owner else "", text=note)
            return item
    item.page = page or item.page
    item.source = source[:255] or item.source
    changes = {
        "title": _title(item, title[:255]), "note": _note(item, note, actor), "owner": item.owner or owner,
        "due_on": min(filter(None, (item.due_on, due_on)), default=None), "team": item.team,
    }  # fmt: skip
    _apply(item, actor, changes)
    return item


def _title(item: WorkItem, title: str) -> str:
    """Return the title an open item gets by the new one of its cause: its own when a person has given it."""
    last = item.events.filter(kind=Event.TITLE).order_by("pk").last()
    return item.title if not title or (last is not None and last.actor_id is not None) else title


def _note(item: WorkItem, note: str, actor: Any) -> str:
    """Return the note an open item gets by the new one of its cause.

    What is no news changes nothing, whatever stands there now. News is not put over the words of a person, unless
    it holds them; it stands in the history then.
    """
    known = open_notes(kind=item.kind, pk=item.pk).get(item.dedupe_key)
    if not note or note == known:
        return item.note
    written = item.events.filter(kind=Event.NOTE, text=item.note).exclude(actor=None)
    if item.note and item.note not in note and written.exists():
        record(item, Event.NOTE, actor, text=note)
        return item.note
    return note


def open_notes(*, kind: str, **filters: Any) -> dict[str, str]:
    """Return by key which note the open items of a kind got from their cause last, whatever people made of it."""
    said = WorkEvent.objects.filter(item=OuterRef("pk"), kind__in=[Event.CREATED, Event.NOTE], actor=None)
    last = said.exclude(text="").order_by("-pk").values("text")[:1]
    rows = WorkItem.objects.filter(kind=kind, state=WorkItem.State.OPEN, **filters)
    # Items of a version that kept no note of the beginning have none of these events.
    return dict(rows.values_list("dedupe_key", Coalesce(Subquery(last), "note")))


def find_open(*, kind: str, dedupe_key: str) -> WorkItem | None:
    """Return the open item of a cause, locked until the transaction ends."""
    if not dedupe_key:
        return None
    rows = WorkItem.objects.select_for_update(of=("self",)).select_related("owner")
    return rows.filter(kind=kind, dedupe_key=dedupe_key, state=WorkItem.State.OPEN).first()


@transaction.atomic
def open_review(
    *, kind: str, dedupe_key: str, title: str, page: Any, note: str, source: str, days: int, owner: Any = None
) -> WorkItem:
    """Ask the person responsible for a page to look at it within some days; what is no page names its `owner`.

    The open item of the same cause gets the note added to its own: one item names all that has changed since.
    """
    item = find_open(kind=kind, dedupe_key=dedupe_key)
    before = item.note if item else ""
    return open_item(
        kind=kind,
        dedupe_key=dedupe_key,
        title=title,
        note=before if note in before else f"{before}\n{note}".strip(),
        page=page,
        owner=owner or getattr(page, "responsible_person", None),
        source=source,
        due_on=timezone.localdate() + timedelta(days=days),
    )


def locked(item: WorkItem) -> WorkItem:
    """Return the item as it is stored now, locked until the transaction ends."""
    return WorkItem.objects.select_for_update(of=("self",)).select_related("owner").get(pk=item.pk)


def _apply(item: WorkItem, actor: Any, changes: dict[str, Any]) -> None:
    """Set title, note, owner, due day and team, with an event for each that differs; saves the item."""
    owner, due, team = changes["owner"], changes["due_on"], changes["team"]
    if owner != item.owner:
        record(item, Event.ASSIGNED, actor, old=item.owner_id, new=owner.pk if owner else "")
    if due != item.due_on:
        record(item, Event.DUE, actor, old=item.due_on, new=due)
    if team != item.team:
        record(item, Event.TEAM, actor, old=item.team, new=team)
    if changes["title"] != item.title:
        record(item, Event.TITLE, actor, text=item.title)
    if changes["note"] != item.note:
        record(item, Event.NOTE, actor, text=changes["note"])
    for name, value in changes.items():
        setattr(item, name, value)
    item.save()


@transaction.atomic
def change_item(*, item: WorkItem, actor: Any, changes: dict[str, Any]) -> WorkItem:
    """Change what a person may change: title, note, owner, due_on, team; missing keys stay as they are.

    Raises:
        OwnerError: the new owner does not belong to the centre.
    """
    current = locked(item)
    wanted = {name: changes.get(name, getattr(current, name)) for name in EDITABLE}
    owner = wanted["owner"]
    if owner is not None and owner != current.owner and not may_own(owner):
        raise OwnerError("Nur Personen der Kompetenzstelle können zuständig sein.")
    _apply(current, actor, wanted)
    return current


@transaction.atomic
def follow_owner(*, item: WorkItem, owner: Any) -> None:
    """Give an item to whom its cause belongs now; an owner a person has chosen stays."""
    current, wanted = locked(item), owner if may_own(owner) else None
    chosen = current.events.filter(kind=Event.ASSIGNED).exclude(actor=None)
    if current.owner != wanted and not chosen.exists():
        change_item(item=current, actor=None, changes={"owner": wanted})


EDITABLE = ("title", "note", "owner", "due_on", "team")


@transaction.atomic
def add_note(*, item: WorkItem, actor: Any, text: str) -> None:
    """Add a remark to the history; the item's own note stays."""
    if text.strip():
        record(item, Event.NOTE, actor, text=text.strip())


@transaction.atomic
def has_just_reported(*, item: WorkItem, text: str, reply_to: str) -> bool:
    """True when the same words from the same address have just come in; locks the item, so that a race ends here.

    Without words nothing is the same: two people may give one reason.
    """
    if not text:
        return False
    recent = locked(item).reports.filter(created_at__gt=timezone.now() - SAME_WITHIN)
    return recent.filter(text=text, reply_to=reply_to).exists()


@transaction.atomic
def add_report(*, item: WorkItem, text: str = "", reason: str = "", reply_to: str = "") -> WorkReport:
    """Add what one person has told us to an open item, and count it."""
    current = locked(item)
    report = WorkReport.objects.create(item=current, text=text, reason=reason[:80], reply_to=reply_to)
    current.bundled += 1
    current.save(update_fields=["bundled"])
    record(current, Event.REPORTED, new=report.pk)
    item.bundled = current.bundled
    return report


@transaction.atomic
def close_item(
    *, kind: str, dedupe_key: str, state: WorkItem.State = WorkItem.State.DONE, actor: Any = None
) -> int:
    """Close the open items of a cause that is gone; returns how many there were."""
    rows = WorkItem.objects.select_for_update().filter(kind=kind, dedupe_key=dedupe_key, state=WorkItem.State.OPEN)
    items = list(rows)
    for item in items:
        _set(item, state, actor, "")
    return len(items)


@transaction.atomic
def forget(*, kinds: Collection[str], dedupe_keys: Collection[str]) -> int:
    """End the open items of causes that are deleted for good, and forget all words about them.

    Title, note and history lose what was written, by people too; kind, owner and days stay. Returns how many
    items there were.
    """
    rows = WorkItem.objects.select_for_update().filter(kind__in=kinds, dedupe_key__in=dedupe_keys)
    items = list(rows.order_by("pk"))
    for item in items:
        if item.is_open:
            _set(item, WorkItem.State.DISMISSED, None, "")
        item.title, item.note = kind_label(item.kind), ""
        item.save(update_fields=["title", "note"])
    WorkEvent.objects.filter(item__in=items).exclude(text="").update(text="")
    return len(items)


@transaction.atomic
def set_state(*, item: WorkItem, state: WorkItem.State, actor: Any = None, text: str = "") -> None:
    """Close or reopen one item; a person has decided.

    Raises:
        IntegrityError: another item of the same cause is open already.
    """
    current = locked(item)
    if current.state != state:
        _set(current, state, actor, text)
    item.state, item.closed_at = current.state, current.closed_at


def _set(item: WorkItem, state: WorkItem.State, actor: Any, text: str) -> None:
    old, item.state = item.state, state
    item.closed_at = None if state == WorkItem.State.OPEN else timezone.now()
    item.save(update_fields=["state", "closed_at"])
    kind = Event.REOPENED if state == WorkItem.State.OPEN else Event.CLOSED
    record(item, kind, actor, old=old, new=state, text=text)


@transaction.atomic
def close_for_pages(*, path: str) -> int:
    """End the open items of pages that are about to be deleted, unless a person waits for an answer."""
    rows = WorkItem.objects.select_for_update(of=("self",)).filter(
        page__path__startswith=path, state=WorkItem.State.OPEN, bundled=0
    )
    items = list(rows)
    for item in items:
        _set(item, WorkItem.State.DISMISSED, None, "Die Seite wurde gelöscht.")
    return len(items)
