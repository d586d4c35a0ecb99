"""Files as results: only those a live page links, at the level of the most open of these pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast
from wagtail.models import Collection, Page, ReferenceIndex

from knowledge.models import InternalLink, TemplatePage
from portal.core.models import PortalDocument
from portal.core.visibility import Visibility, level_of_path, restriction_levels, strictest
from search.documents import Change, Kind, SearchDocument
from search.eligibility import collection_levels
from search.pages import local_date

DOWNLOAD = Kind("download", "Datei", "Dateien", 80)
NOT_TEXT = {".mp4", ".vtt", ".zip", ".ics"}


class DownloadSource:
    """Documents linked by live pages. What only a template offers is found as that template."""

    name = "download"
    kind = DOWNLOAD

    def _links(self, ids: Iterable[int]) -> QuerySet[Any]:
        """Return reference rows from pages to documents, without a template's own file."""
        page_type = ContentType.objects.get_for_model(Page)
        template_type = ContentType.objects.get_for_model(TemplatePage)
        return ReferenceIndex.objects.filter(
            to_content_type=ContentType.objects.get_for_model(PortalDocument),
            to_object_id__in=[str(pk) for pk in ids],
            base_content_type=page_type,
        ).exclude(content_type=template_type, model_path="file")

    def ids(self) -> Iterable[int]:
        return PortalDocument.objects.order_by("pk").values_list("pk", flat=True).iterator()

    def load(self, ids: Sequence[int]) -> list[SearchDocument]:
        linked = self._linking_pages(ids)
        pages = dict(
            Page.objects.filter(pk__in={page for rows in linked.values() for page in rows}, live=True).values_list(
                "pk", "path"
            )
        )
        restrictions, collections = restriction_levels(), collection_levels()
        documents = PortalDocument.objects.filter(pk__in=linked).select_related("collection").order_by("pk")
        result = []
        for document in documents:
            live = [page for page in linked[document.pk] if page in pages]
            if not live or PurePath(document.file.name).suffix.lower() in NOT_TEXT:
                continue
            level = min((level_of_path(pages[page], restrictions) for page in live), key=lambda item: item.rank)
            level = strictest(level, level_of_path(document.collection.path, collections))
            result.append(self._document(document, level, live))
        return result

    def _linking_pages(self, ids: Iterable[int]) -> dict[int, list[int]]:
        linked: dict[int, list[int]] = {}
        chosen = self._links(ids).order_by("object_id").values_list("to_object_id", "object_id").distinct()
        named = self._named(ids).order_by("page_id").values_list("document", "page_id").distinct()
        for target, page in (*chosen, *named):
            pages = linked.setdefault(int(target), [])
            if int(page) not in pages:
                pages.append(int(page))
        return linked

    def _named(self, ids: Iterable[int]) -> QuerySet[Any]:
        """Return rows of pages whose text names the address of a document."""
        return InternalLink.objects.filter(document__in=list(ids), page__isnull=False)

    def _document(self, row: PortalDocument, level: Visibility, pages: list[int]) -> SearchDocument:
        suffix = PurePath(row.file.name).suffix.lstrip(".").upper()
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=row.title,
            url=row.url,
            level=level,
            page_texts=tuple(str(text) for text in row.page_texts),
            linked_from=tuple(sorted(pages)),
            suggest=(row.title,),
            changed=local_date(row.created_at),
            badge=f"Datei ({suffix})" if suffix else "Datei",
        )

    def affected(self, change: Change) -> Iterator[int]:
        if change.model == "core.portaldocument":
            yield change.pk
        elif change.model == "wagtailcore.page":
            yield from self._of_pages(change)
        elif change.model in {"wagtailcore.collection", "wagtailcore.collectionviewrestriction"}:
            path = Collection.objects.filter(pk=change.pk).values_list("path", flat=True).first()
            if path:
                documents = PortalDocument.objects.filter(collection__path__startswith=path)
                yield from documents.values_list("pk", flat=True)

    def _of_pages(self, change: Change) -> Iterator[int]:
        """Yield the documents a page links now; Wagtail's own update of its index may come later than this."""
        pages = Page.objects.filter(pk=change.pk)
        page = pages.first()
        if page is None:
            return
        if change.subtree:
            pages = Page.objects.filter(path__startswith=page.path)
        else:
            specific = page.specific
            if ReferenceIndex.model_is_indexable(type(specific)):
                ReferenceIndex.create_or_update_for_object(specific)
        rows = ReferenceIndex.objects.filter(
            base_content_type=ContentType.objects.get_for_model(Page),
            object_id__in=[str(pk) for pk in pages.values_list("pk", flat=True)],
            to_content_type=ContentType.objects.get_for_model(PortalDocument),
        )
        for target in rows.values_list("to_object_id", flat=True).distinct():
            yield int(target)
        named = InternalLink.objects.filter(page__in=pages, document__isnull=False)
        yield from (int(target or 0) for target in named.order_by().values_list("document", flat=True).distinct())

    def eligible(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, str, str]]:
        live = Page.objects.filter(pk=Cast(OuterRef("object_id"), IntegerField()), live=True)
        document = PortalDocument.objects.filter(pk=Cast(OuterRef("to_object_id"), IntegerField()))
        name = Value(self.name, output_field=CharField())
        chosen = (
            self._links(ids)
            .annotate(
                document_pk=Cast("to_object_id", IntegerField()),
                page_path=Subquery(live.values("path")[:1]),
                collection_path=Subquery(document.values("collection__path")[:1]),
            )
            .filter(page_path__isnull=False, collection_path__isnull=False)
            .order_by()
            .values_list(name, "document_pk", "page_path", "collection_path")
        )
        collection = PortalDocument.objects.filter(pk=OuterRef("document")).values("collection__path")[:1]
        named = self._named(ids).filter(page__live=True).annotate(collection_path=Subquery(collection)).order_by()
        named = named.filter(collection_path__isnull=False)
        return chosen.union(named.values_list(name, "document", "page__path", "collection_path"), all=True)

    def file_pages(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, list[str]]]:
        name = Value(self.name, output_field=CharField())
        return PortalDocument.objects.filter(pk__in=ids).order_by().values_list(name, "pk", "page_texts")

    def match_plainly(self, words: Sequence[str], limit: int) -> list[int]:
        condition = Q()
        for word in words:
            condition &= Q(title__icontains=word)
        return list(PortalDocument.objects.filter(condition).values_list("pk", flat=True)[:limit])
