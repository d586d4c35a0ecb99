"""The tags of a page: a word is one tag, however it is spelled and whatever the database folds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from modelcluster.contrib.taggit import ClusterTaggableManager, _ClusterTaggableManager

from portal.core.text import german_slug

_WHOLE = 300  # longer than any slug of a name of 100 characters


def find_tag(tags: Any, name: str) -> Any | None:
    """Return the tag with this name, or one whose name differs only in what a slug leaves out, or None.

    `tags` is a manager or a query.
    SQLite folds ASCII letters only: to it "Öffentlichkeit" and "öffentlichkeit" are two.
    """
    same = tags.filter(name__iexact=name).order_by("pk").first()
    if same is not None:
        return same
    whole = german_slug(name, max_length=_WHOLE)
    if not whole:
        return None
    # An address may be numbered: another tag has kept the plain one over a renaming.
    near = tags.filter(slug__regex=rf"^{re.escape(german_slug(name))}([-_][0-9]+)?$").order_by("pk")
    return next((tag for tag in near if german_slug(tag.name, max_length=_WHOLE) == whole), None)


class _TagsOfPage(_ClusterTaggableManager):
    def _to_tag_model_instances(self, tags: Iterable[Any], tag_kwargs: Any) -> list[Any]:
        """Return the tags for words, existing ones where there are some, each once."""
        model = self.through.tag_model()
        found: dict[Any, Any] = {}
        for named in tags:
            tag = named
            if isinstance(named, str):
                tag = find_tag(model.objects, named) or model.objects.get_or_create(name=named)[0]
            found.setdefault(tag.pk, tag)
        return list(found.values())


class TagsField(ClusterTaggableManager):
    """Django-taggit's field with our own way of finding a tag."""

    def __get__(self, instance: Any, model: Any) -> Any:
        return _TagsOfPage(through=self.through, model=model, instance=instance, prefetch_cache_name=self.name)

    def deconstruct(self) -> Any:
        """Leave migrations as they are: what differs is not in the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "modelcluster.contrib.taggit.ClusterTaggableManager", args, kwargs
