"""Who may have a file: whoever may read a live page that links it. A file nobody links is the centre's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from wagtail.models import CollectionViewRestriction, Page, ReferenceIndex

from portal.core.models import PortalDocument
from portal.core.visibility import Visibility, level_of_path, levels_of_restrictions, restriction_levels

LinkSource = Callable[[Sequence[int]], Iterable[tuple[int, Visibility]]]
_sources: list[LinkSource] = []


def register_link_source(source: LinkSource) -> None:
    """Register a function that, given document ids, yields (id, level) for each place that links one."""
    _sources.append(source)


def _linked_by_pages(ids: Sequence[int]) -> Iterable[tuple[int, Visibility]]:
    """The levels of live pages that refer to the documents, by Wagtail's reference index."""
    links = [
        (int(document), int(page))
        for document, page in ReferenceIndex.objects.filter(
            to_content_type=ContentType.objects.get_for_model(PortalDocument),
            to_object_id__in=[str(pk) for pk in ids],
            base_content_type=ContentType.objects.get_for_model(Page),
        ).values_list("to_object_id", "object_id")
    ]
    if not links:
        return
    paths = dict(Page.objects.live().filter(pk__in={page for _, page in links}).values_list("pk", "path"))
    restrictions = restriction_levels()
    for document, page in links:
        if page in paths:
            yield document, level_of_path(paths[page], restrictions)


register_link_source(_linked_by_pages)


def levels_of_collections(ids: Sequence[int]) -> dict[int, Visibility]:
    """Return the level the collection of each document asks; nothing where no collection asks any."""
    restricted = levels_of_restrictions(CollectionViewRestriction.objects.all(), "collection__path")
    if not restricted:
        return {}
    rows = PortalDocument.objects.filter(pk__in=ids).values_list("pk", "collection__path")
    return {pk: level_of_path(path, restricted) for pk, path in rows}


def levels_of_documents(ids: Sequence[int]) -> dict[int, Visibility]:
    """Return the level of each document: the most open of the pages that link it, its collection permitting."""
    levels = dict.fromkeys(ids, Visibility.CENTRE)
    for source in _sources:
        for pk, level in source(ids):
            if level.rank < levels[pk].rank:
                levels[pk] = level
    for pk, level in levels_of_collections(ids).items():
        levels[pk] = max(levels[pk], level, key=lambda item: item.rank)
    return levels


def level_of_document(document: Any) -> Visibility:
    """Return the level a reader needs for one document."""
    return levels_of_documents([document.pk])[document.pk]
