"""The document source that page types share; an app subclasses it and names its fields.

It knows Wagtail's tree, not what the pages contain: level by view restrictions, topics by the ancestors that
are pages of the topic model, tags, dates, address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.utils import timezone
from wagtail.models import Page, Site

from portal.core.models import PageTag
from portal.core.visibility import Visibility, level_of_path, restriction_levels
from search.documents import Change, Kind, SearchDocument


@dataclass
class PageContext:
    """What a batch of pages needs besides its rows, read once for the batch."""

    restrictions: list[tuple[str, Visibility]] = field(default_factory=list)
    tags: dict[int, list[str]] = field(default_factory=dict)
    topics_by_path: dict[str, tuple[int, str]] = field(default_factory=dict)
    roots: list[tuple[str, str]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def level(self, path: str) -> Visibility:
        return level_of_path(path, self.restrictions)

    def topics_of(self, path: str) -> list[tuple[int, str]]:
        """Return (id, title) of the topics at and above a tree path, widest first."""
        steps = range(Page.steplen, len(path) + 1, Page.steplen)
        return [self.topics_by_path[path[:end]] for end in steps if path[:end] in self.topics_by_path]

    def url(self, url_path: str) -> str:
        """Return the address of a page below the site's root, without a query per page."""
        for root_path, prefix in self.roots:
            if url_path.startswith(root_path):
                return prefix + url_path[len(root_path) :]
        return url_path


def local_date(value: datetime | None) -> Any:
    return timezone.localtime(value).date() if value else None


class PageSource:
    """Findable pages of one model. Subclasses set name, kind, model and fill `fields`."""

    name: str
    kind: Kind
    model: type[Page]
    topic_model: type[Page] | None = None
    plain_fields: tuple[str, ...] = ("title",)
    related: tuple[str, ...] = ()

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        """Return the document's fields that depend on the page type."""
        raise NotImplementedError

    def further_topics(self, page: Any) -> Iterable[Any]:
        """Return the pages of further topics (prefetched)."""
        return []

    def prepare(self, pages: Sequence[Any], context: PageContext) -> None:
        """Read what a batch needs in addition, into `context.extra`."""

    # -- DocumentSource -----------------------------------------------------------------------------

    def queryset(self) -> QuerySet[Any]:
        """Return what may be found at all; one rule for index, fallback and re-check."""
        return self.model._default_manager.filter(live=True)

    def ids(self) -> Iterable[int]:
        return self.queryset().order_by("pk").values_list("pk", flat=True).iterator()

    def load(self, ids: Sequence[int]) -> list[SearchDocument]:
        pages = list(self.queryset().filter(pk__in=ids).prefetch_related(*self.related).order_by("pk"))
        if not pages:
            return []
        context = self._context(pages)
        self.prepare(pages, context)
        return [self._document(page, context) for page in pages]

    def affected(self, change: Change) -> Iterator[int]:
        if change.model != "wagtailcore.page":
            return
        yield change.pk
        if change.subtree or self._is_topic(change.pk):
            yield from self._descendants(change.pk)
        if self._is_topic(change.pk) and any(f.name == "topics" for f in self.model._meta.many_to_many):
            path = Page.objects.filter(pk=change.pk).values_list("path", flat=True).first()
            further = self.model._default_manager.filter(topics__path__startswith=path)
            yield from further.order_by().values_list("pk", flat=True).distinct()

    def eligible(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, str, str]]:
        return (
            self.queryset()
            .filter(pk__in=ids)
            .order_by()
            .values_list(
                Value(self.name, output_field=CharField()), "pk", "path", Value("", output_field=CharField())
            )
        )

    def match_plainly(self, words: Sequence[str], limit: int) -> list[int]:
        condition = Q()
        for word in words:
            either = Q()
            for name in self.plain_fields:
                either |= Q(**{f"{name}__icontains": word})
            condition &= either
        return list(self.queryset().filter(condition).order_by("title").values_list("pk", flat=True)[:limit])

    # -- inside -------------------------------------------------------------------------------------

    def _is_topic(self, pk: int) -> bool:
        return self.topic_model is not None and self.topic_model._default_manager.filter(pk=pk).exists()

    def _descendants(self, pk: int) -> Iterator[int]:
        path = Page.objects.filter(pk=pk).values_list("path", flat=True).first()
        if path is not None:
            yield from self.model._default_manager.filter(path__startswith=path).values_list("pk", flat=True)

    def _context(self, pages: Sequence[Any]) -> PageContext:
        context = PageContext(restrictions=restriction_levels(), roots=site_roots())
        # In a fixed order: what is compared with the database later must come out the same.
        rows = PageTag.objects.filter(content_object__in=[page.pk for page in pages]).select_related("tag")
        for row in rows.order_by("pk"):
            context.tags.setdefault(row.content_object_id, []).append(row.tag.name)
        if self.topic_model is not None:
            topics = self.topic_model._default_manager.filter(live=True).values_list("pk", "path", "title")
            context.topics_by_path = {path: (pk, title) for pk, path, title in topics}
        return context

    def _document(self, page: Any, context: PageContext) -> SearchDocument:
        primary = context.topics_of(page.path)
        level = context.level(page.path)
        topics, titles = [*primary], [title for _, title in primary]
        for topic in self.further_topics(page):
            above = context.topics_of(topic.path)
            topics.extend(above)
            # Who may read the page finds it by no words of a topic that is closed to him.
            titles += [title for _, title in above] if level.covers(context.level(topic.path)) else []
        tags = tuple(context.tags.get(page.pk, ()))
        values: dict[str, Any] = {
            "topics": tuple(sorted({pk for pk, _ in topics})),
            "primary_topic": primary[-1][0] if primary else (topics[-1][0] if topics else None),
            "tags": tags,
            "changed": local_date(page.last_published_at or page.latest_revision_created_at),
            "version": page.live_revision_id or 0,
            "badge": self.kind.label,
        }
        values.update(self.fields(page, context))
        topic_titles = dict.fromkeys(titles)
        values["keywords"] = " · ".join(filter(None, [values.get("keywords", ""), *tags, *topic_titles]))
        return SearchDocument(
            key=f"{self.name}:{page.pk}",
            kind=self.kind.code,
            title=values.pop("title", page.title),
            url=context.url(page.url_path),
            level=level,
            **values,
        )


def site_roots() -> list[tuple[str, str]]:
    """Return (url_path of the root page, address prefix) of all sites, longest first; Wagtail caches them."""
    roots = [(str(root.root_path), "/") for root in Site.get_site_root_paths()]
    return sorted(roots, key=lambda item: -len(item[0]))
