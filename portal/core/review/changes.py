"""Who has changed an object since it was last published: read from its revisions, counting real changes only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, DateTimeField, Exists, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from wagtail.models import Revision

from portal.core.models import Publication
from portal.core.review import people
from portal.core.review.rule import SYSTEM

# What a revision stores besides what people write: tree, state, locks, comments, values made by saving.
VOLATILE = frozenset(
    {
        "pk", "path", "depth", "numchild", "url_path", "live", "has_unpublished_changes", "first_published_at",
        "last_published_at", "live_revision", "latest_revision", "latest_revision_created_at", "expired", "locked",
        "locked_at", "locked_by", "owner", "content_type", "translation_key", "locale", "alias_of", "draft_title",
        "wagtail_admin_comments", "rendered", "reviewed_at", "reviewed_by", "next_review_on", "version_number",
        "is_starter_content",
    }
)  # fmt: skip
CHANGE_FIELDS = ("change_significance", "change_summary")
_BLANK = dict.fromkeys(CHANGE_FIELDS, "")


def substance(content: dict[str, Any], *, published: bool = False) -> dict[str, Any]:
    """Return what of a revision is somebody's work; the note of a published change is over with it."""
    kept = {name: _plain(value) for name, value in content.items() if name not in VOLATILE}
    return {**kept, **_BLANK} if published else {**_BLANK, **kept}


def _plain(value: Any) -> Any:
    """Leave out keys of child objects, a browser's line ends and the order of names in a body: none is a change.

    PostgreSQL keeps the names within JSON in an order of its own, so a body read from the page differs from the
    one a form has sent.
    """
    if isinstance(value, str):
        text = value.replace("\r\n", "\n").replace("\\r\\n", "\\n")
        return _in_order(text) if text.startswith("[{") else text
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name not in {"pk", "page"}}
    return value


def _in_order(text: str) -> str:
    """Write the names within a body in one order; what only looks like a body stays as it is."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except (ValueError, RecursionError):
        return text


@dataclass(frozen=True)
class Written:
    """Whose changes a review confirms, which of them belong to the Fachprüfung now, and who has left."""

    people: frozenset[int]
    experts: frozenset[int]
    absent: frozenset[int]

    @property
    def present(self) -> frozenset[int]:
        return self.people - self.absent


@dataclass(frozen=True)
class Key:
    """An object by the type its revisions are kept under (`Page` for every page) and its primary key as text."""

    base_type: int
    object_id: str

    @classmethod
    def of_revision(cls, revision: Any) -> Key:
        return cls(revision.base_content_type_id, revision.object_id)


def _ids_by_type(keys: Iterable[Key]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for key in keys:
        found.setdefault(key.base_type, []).append(key.object_id)
    return found


@dataclass(frozen=True)
class Base:
    """The revision readers last saw, and when it was saved; None when it is not kept any more."""

    revision: int
    created_at: datetime | None


def last_published(keys: Iterable[Key]) -> dict[Key, int]:
    """Return the revision readers last saw of each object, also of one that is offline now."""
    return {key: base.revision for key, base in _bases(keys).items()}


def _bases(keys: Iterable[Key]) -> dict[Key, Base]:
    """Return what readers last saw of each object: what is live, else the last publication; one query."""
    parts: list[QuerySet[Any, Any]] = []
    for base_type, ids in _ids_by_type(keys).items():
        kind = Value(base_type, output_field=IntegerField())
        rows = Publication.objects.filter(revision__base_content_type=base_type, object_id__in=ids).order_by()
        parts.append(
            rows.values_list(
                _PUBLISHED, kind, "object_id", "revision_id", "revision__created_at", "published_at", "pk"
            )
        )
        model: Any = ContentType.objects.get_for_id(base_type).model_class()
        live = model._base_manager.filter(pk__in=ids).exclude(live_revision=None).order_by()
        key = Cast("pk", CharField())
        parts.append(
            live.values_list(_LIVE, kind, key, "live_revision_id", "live_revision__created_at", _NO_TIME, "pk")
        )
    if not parts:
        return {}
    found: dict[Key, Base] = {}
    united: Any = parts[0].union(*parts[1:], all=True)
    for _, base_type, object_id, revision, created, _, _ in sorted(united, key=_age):
        found[Key(base_type, object_id)] = Base(revision, created)
    return found


_PUBLISHED, _LIVE = (Value(number, output_field=IntegerField()) for number in (0, 1))
_NO_TIME = Cast(Value(None), DateTimeField())


def _age(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Publications in their order, what is live after them."""
    live, *_, published_at, pk = row
    return (live, 0, pk) if live else (live, published_at, pk)


def authors_of(revisions: Iterable[Any], base: Any) -> set[int]:
    """Return the people behind the revisions that changed something; SYSTEM for those without a person."""
    before = substance(base.content, published=True) if base is not None else None
    found = set()
    for row in revisions:
        now = substance(row.content)
        if now != before:
            found.add(row.user_id or SYSTEM)
        before = now
    return found


def authors(reviewed: Iterable[tuple[Any, int | None]]) -> dict[int, Written]:
    """Return whose changes a review of each revision confirms, for pairs of (revision, submitter), by revision id.

    Where nobody present has changed anything (import, somebody who left, an unchanged page that goes online
    again), whoever submitted counts as an author, because publishing always takes two.
    Two queries, whatever the number of revisions, and two for each submitter of what nobody present has written.
    """
    pairs = list(reviewed)
    keys = {Key.of_revision(revision): revision for revision, _ in pairs}
    bases = _bases(keys)
    history = _history(keys, bases)
    standings = people.Standings()
    result = {}
    for revision, submitter in pairs:
        rows = history.get(Key.of_revision(revision), [])
        found = _wrote(revision, rows, bases)
        present = {row.user_id: row.by_expert for row in rows if row.user_id in found and row.by_writer}
        if not present:
            found = found | {submitter or SYSTEM}
            present = standings.of(submitter)
        experts = frozenset(person for person, is_expert in present.items() if is_expert)
        result[revision.pk] = Written(frozenset(found), experts, frozenset(found - present.keys()))
    return result


def _wrote(revision: Any, rows: list[Any], bases: dict[Key, Base]) -> set[int]:
    known = bases.get(Key.of_revision(revision))
    base = next((row for row in rows if known and row.pk == known.revision), None)
    return authors_of(_since(rows, base, upto=revision), base)


def _history(keys: dict[Key, Any], bases: dict[Key, Base]) -> dict[Key, list[Any]]:
    """Return each object's revisions from the last published one on, oldest first; all where that one is gone."""
    wanted = Q(pk__in=[])
    for key in keys:
        start = bases[key].created_at if key in bases else None
        since = Q(created_at__gte=start) if start else Q()
        wanted |= Q(base_content_type=key.base_type, object_id=key.object_id) & since
    found: dict[Key, list[Any]] = {}
    by_expert, by_writer = (Exists(people.accounts(OuterRef("user_id"), expert=only)) for only in (True, False))
    rows = Revision.objects.filter(wanted).annotate(by_expert=by_expert, by_writer=by_writer)
    for row in rows.order_by("created_at", "pk"):
        found.setdefault(Key.of_revision(row), []).append(row)
    return found


def _since(rows: list[Any], base: Any, *, upto: Any) -> list[Any]:
    """Return the rows after the last published one, up to the reviewed one."""
    start = (base.created_at, base.pk) if base is not None else None
    end = (upto.created_at, upto.pk)
    return [
        row for row in rows
        if (start is None or (row.created_at, row.pk) > start) and (row.created_at, row.pk) <= end
    ]  # fmt: skip
