"""One signal for "what readers see has changed", sent inside the transaction that changes it.

`search` writes its change rows on it, the page cache raises its generation after commit. Wagtail's own
events that change visibility without saving our models (unpublish, move, slug, privacy) end here too.
"""

from __future__ import annotations

from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import Signal, receiver
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction, Site
from wagtail.signals import page_slug_changed, page_unpublished, post_page_move

# kwargs: instance (model instance), subtree (bool: all descendants are affected as well), deleted (bool)
content_changed = Signal()

# kwargs: publication (core.Publication). Sent inside the transaction that publishes a version.
version_published = Signal()


def announce(instance: Any, *, subtree: bool = False, deleted: bool = False) -> None:
    """Tell all listeners that something readers may see has changed; call it inside the transaction."""
    content_changed.send(sender=type(instance), instance=instance, subtree=subtree, deleted=deleted)


@receiver(page_unpublished)
@receiver(page_slug_changed)
def _page_changed(instance: Page, **kwargs: Any) -> None:
    announce(instance, subtree=True)


@receiver(post_page_move)
def _page_moved(instance: Page, **kwargs: Any) -> None:
    announce(instance, subtree=True)


def _announce_with_aliases(page: Page) -> None:
    """Announce a page and what shows it elsewhere: an alias asks of its readers what its source asks."""
    waiting, known = [page], {page.pk}
    while waiting:
        current = waiting.pop()
        announce(current, subtree=True)
        found = [alias for alias in current.aliases.all() if alias.pk not in known]
        known.update(alias.pk for alias in found)
        waiting += found


@receiver([post_save, pre_delete], sender=PageViewRestriction)
def _restriction_changed(instance: PageViewRestriction, **kwargs: Any) -> None:
    _announce_with_aliases(instance.page)


@receiver(m2m_changed, sender=PageViewRestriction.groups.through)
def _restriction_groups_changed(instance: Any, action: str, reverse: bool, **kwargs: Any) -> None:
    if not reverse and action.startswith("post_"):
        _announce_with_aliases(instance.page)


@receiver([post_save, post_delete], sender=CollectionViewRestriction)
def _collection_restriction_changed(instance: CollectionViewRestriction, **kwargs: Any) -> None:
    announce(instance.collection, subtree=True)


@receiver([post_save, post_delete], sender=Collection)
def _collection_changed(instance: Collection, **kwargs: Any) -> None:
    announce(instance, subtree=True)


@receiver(pre_delete, sender="core.PortalDocument")
@receiver(pre_delete, sender="core.PortalImage")
def _file_deleted(instance: Any, **kwargs: Any) -> None:
    """Announce a file that goes, also where many are deleted at once, which asks no model's `delete`."""
    announce(instance, deleted=True)


@receiver([post_save, post_delete], sender=Site)
def _site_changed(instance: Site, **kwargs: Any) -> None:
    announce(instance)


@receiver(content_changed)
def _close_work_on_deleted_pages(instance: Any, deleted: bool, **kwargs: Any) -> None:
    from portal.core.work import close_for_pages

    if deleted and isinstance(instance, Page):
        close_for_pages(path=instance.path)


__all__ = ["announce", "content_changed", "version_published"]
