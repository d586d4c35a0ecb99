"""Who has changed an object since it was last published: read from its revisions, counting real changes only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from wagtail.models import Revision

from portal.core.models import Publication
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
    """Leave out keys of child objects and a browser's line ends: neither is a change of the text."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\\r\\n", "\\n")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items() if name not in {"pk", "page"}}
    return value


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


def last_published(keys: Iterable[Key]) -> dict[Key, int]:
    """Return the revision readers last saw of each object, also of one that is offline now."""
    found: dict[Key, int] = {}
    for base_type, ids in _ids_by_type(keys).items():
        rows = Publication.objects.filter(revision__base_content_type=base_type, object_id__in=ids)
        for object_id, revision_id in rows.order_by("published_at", "pk").values_list("object_id", "revision_id"):
            found[Key(base_type, object_id)] = revision_id
        model: Any = ContentType.objects.get_for_id(base_type).model_class()
        live = model._base_manager.filter(pk__in=ids).exclude(live_revision=None)
        for pk, revision_id in live.values_list("pk", "live_revision_id"):
            found[Key(base_type, str(pk))] = revision_id
    return found


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


def authors(reviewed: Iterable[tuple[Any, int | None]]) -> dict[int, set[int]]:
    """Return whose changes a review of each revision confirms, for pairs of (revision, submitter), by revision id.

    Without any change by a person (import, or an unchanged page that goes online again) whoever submitted counts
    as the author, because publishing always takes two. Six queries, whatever the number of revisions.
    """
    pairs = list(reviewed)
    keys = {Key.of_revision(revision): revision for revision, _ in pairs}
    published = last_published(keys)
    wanted = Q(pk__in=[])
    for base_type, ids in _ids_by_type(keys).items():
        wanted |= Q(base_content_type=base_type, object_id__in=ids)
    history: dict[Key, list[Any]] = {}
    for row in Revision.objects.filter(wanted).defer("content").order_by("created_at", "pk"):
        history.setdefault(Key.of_revision(row), []).append(row)
    chosen = {}
    for revision, _ in pairs:
        key = Key.of_revision(revision)
        chosen[revision.pk] = _since(history.get(key, []), published.get(key), upto=revision)
    needed = {row.pk for rows in chosen.values() for row in rows} | set(published.values())
    full = {row.pk: row for row in Revision.objects.filter(pk__in=needed)}
    result = {}
    for revision, submitter in pairs:
        base = full.get(published.get(Key.of_revision(revision), 0))
        found = authors_of([full[row.pk] for row in chosen[revision.pk]], base)
        if not found - {SYSTEM} and submitter:
            found.add(submitter)
        result[revision.pk] = found
    return result


def _since(rows: list[Any], base_id: int | None, *, upto: Any) -> list[Any]:
    """Return the rows after the last published one, up to the reviewed one."""
    place = {row.pk: (row.created_at, row.pk) for row in rows}
    start = place.get(base_id) if base_id else None
    end = (upto.created_at, upto.pk)
    return [row for row in rows if (start is None or place[row.pk] > start) and place[row.pk] <= end]
