"""Tags in versions nobody has published yet: a revision names tags by number, and a merged one is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet, TextField
from django.db.models.functions import Cast
from wagtail.models import Page, Revision

_FIELD = "tagged_items"


def retag_revisions(*, replaced: Mapping[int, int]) -> int:
    """Let revisions that may still be published name the tags that took the place of others; returns how many.

    Those are of each page the one readers see, which the next draft starts from and is compared with, and all
    younger ones: drafts, submitted and scheduled ones. Call it inside the transaction, before the tags go.
    """
    changed = 0
    for revision in _naming(replaced):
        items = _retagged(revision.content[_FIELD], replaced)
        if items != revision.content[_FIELD]:
            # Nothing else of the revision changes, the time it was saved least of all.
            Revision.objects.filter(pk=revision.pk).update(content={**revision.content, _FIELD: items})
            changed += 1
    return changed


def _naming(tags: Mapping[int, int]) -> Iterator[Revision]:
    oldest = _oldest_kept(tags)
    named = Q(pk__in=[])
    for tag in tags:
        named |= Q(text__contains=f'"tag": {tag}')
    rows: QuerySet[Any] = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=Page.objects.filter(_may_change(tags)).annotate(text=Cast("pk", CharField())).values("text"),
    )
    found = rows.annotate(text=Cast("content", TextField())).filter(named).order_by("pk")
    for pk, page in list(found.values_list("pk", "object_id")):
        if pk >= oldest.get(int(page), 0):
            yield Revision.objects.get(pk=pk)


def _may_change(tags: Mapping[int, int]) -> Q:
    """Return the condition for pages that have one of the tags, or a version beside what readers see."""
    return Q(tagged_items__tag__in=list(tags)) | Q(has_unpublished_changes=True) | Q(live=False)


def _oldest_kept(tags: Mapping[int, int]) -> dict[int, int]:
    rows = Page.objects.filter(_may_change(tags), live=True, live_revision__isnull=False)
    return dict(rows.values_list("pk", "live_revision_id"))


def _retagged(items: list[dict[str, Any]], replaced: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return the tags of a revision with others in place of some, each once."""
    found: dict[int, dict[str, Any]] = {}
    for item in items:
        tag = replaced.get(item["tag"], item["tag"])
        found.setdefault(tag, {**item, "tag": tag})
    return list(found.values())
