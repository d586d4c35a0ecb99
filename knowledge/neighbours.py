"""The pages around a page: ancestors, topics, next step, templates, and what is related, in one query.

Related are first those an editor chose, then those that cite the same law, bear the same tags, or stand next to
it in the tree. The number of candidates is bounded, so that it costs the same at 50 and at 10,000 articles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from wagtail.models import Page

from knowledge.attachments import file_facts
from knowledge.decisions.queries import helps_naming
from knowledge.embedded import numbers_in
from knowledge.models import ArticlePage, LegalReference
from knowledge.queries import Reader, ancestor_paths, card, crumb, with_cards
from portal.core.models import PageTag

MAX_RELATED = 6
_MAX_CANDIDATES = 40
_MAX_ROWS = 80
_SIBLINGS = 10
_LAW, _TAG, _TOPIC = 3, 2, 1
_KINDS = (
    Q(articlepage__isnull=False)
    | Q(questionpage__isnull=False)
    | Q(templatepage__isnull=False)
    | Q(decisionhelppage__isnull=False)
)


@dataclass
class Neighbours:
    """The pages a trusted page shows around itself, as plain lists."""

    breadcrumbs: list[dict[str, str]] = field(default_factory=list)
    topics: list[dict[str, str]] = field(default_factory=list)
    related: list[dict[str, Any]] = field(default_factory=list)
    templates: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    next_step_url: str = ""
    named: dict[int, tuple[str, str]] | None = None
    """Title and address of the pages the body names, as far as the reader may see them; None: not looked for."""


def _draft_ids(page: Any, relation: str, attribute: str) -> list[int] | None:
    """Return ids out of an unsaved revision (preview); None when the database says it."""
    objects = getattr(page, "_cluster_related_objects", {}).get(relation)
    return None if objects is None else [getattr(item, attribute) for item in objects]


def _near_siblings(page: Any) -> Q:
    """Return the condition for the nearest siblings: a range of tree paths."""
    parent, own = page.path[: -Page.steplen], Page._str2int(page.path[-Page.steplen :])
    low, high = (
        Page._get_path(parent, page.depth, number) for number in (max(1, own - _SIBLINGS), own + _SIBLINGS)
    )
    return Q(path__gte=low, path__lte=high, depth=page.depth)


def _count(rows: QuerySet[Any], name: str) -> Coalesce:
    counted = rows.filter(**{name: OuterRef("pk")}).order_by().values(name).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _documents_in(page: Any) -> list[int]:
    """Return the documents whose file blocks stand in the body of an article."""
    blocks = page.body.raw_data if isinstance(page, ArticlePage) and page.body else []
    return [pk for block in blocks if block["type"] == "file" and (pk := block["value"]["document"])]


class _Query:
    """Builds the one query and sorts its rows."""

    def __init__(self, page: Any, reader: Reader) -> None:
        self.page = page
        self.reader = reader
        self.curated_ids = _draft_ids(page, "curated_related", "target_id")
        self.topic_ids = _draft_ids(page, "topics", "pk")
        self.documents = _documents_in(page)
        self.named = numbers_in(page.current_rendered()["html"])

    def _chosen(self) -> tuple[Q, dict[str, Any]]:
        """Return the condition for pages that must be there, and what marks them."""
        chosen = self.page.curated_related.model.objects.filter(page=self.page.pk)
        wanted = Q(path__in=ancestor_paths(self.page.path))
        wanted |= Q(pk__in=chosen.values("target") if self.curated_ids is None else self.curated_ids)
        order = chosen.filter(target=OuterRef("pk")).values("sort_order")[:1]
        marks: dict[str, Any] = {"curated_order": Subquery(order, output_field=IntegerField())}
        if hasattr(self.page, "topics"):
            model = type(self.page)
            through = model.topics.through.objects.filter(**{str(model._meta.model_name): self.page.pk})
            wanted |= Q(pk__in=through.values("topicpage") if self.topic_ids is None else self.topic_ids)
            marks["further_topic"] = Exists(through.filter(topicpage=OuterRef("pk")))
        if getattr(self.page, "next_step_page_id", None):
            wanted |= Q(pk=self.page.next_step_page_id)
        if self.page.pk is not None:
            helps = helps_naming(self.page)
            wanted |= Q(pk__in=helps)
            marks["names_page"] = Case(When(pk__in=helps, then=Value(1)), default=Value(0))
        if self.documents:
            wanted |= Q(templatepage__file__in=self.documents)
        if self.named:
            wanted |= Q(pk__in=self.named)
        return wanted, marks

    def _candidates(self) -> tuple[Q, Any]:
        """Return the condition for pages that might be related, and their score."""
        own = LegalReference.objects.filter(page=self.page.pk, key__gt="")
        law = LegalReference.objects.filter(act__in=own.values("act"), key__in=own.values("key"))
        tags = PageTag.objects.filter(tag__in=PageTag.objects.filter(content_object=self.page.pk).values("tag"))
        siblings = _near_siblings(self.page)
        near = (
            Q(pk__in=law.values("page")[:_MAX_CANDIDATES])
            | Q(pk__in=tags.values("content_object")[:_MAX_CANDIDATES])
            | siblings
        )
        score = (
            _LAW * _count(law, "page")
            + _TAG * _count(tags, "content_object")
            + Case(When(siblings, then=Value(_TOPIC)), default=Value(0), output_field=IntegerField())
        )
        return near & _KINDS & Q(live=True) & ~Q(pk=self.page.pk), score

    def rows(self) -> list[Any]:
        wanted, marks = self._chosen()
        near, score = self._candidates()
        first = Case(When(wanted, then=Value(1)), default=Value(0), output_field=IntegerField())
        pages = with_cards(Page.objects.filter(wanted | near)).annotate(chosen=first, score=score, **marks)
        pages = pages.select_related("content_type", "templatepage__file")
        return list(
            pages.order_by("-chosen", "-score", F("last_published_at").desc(nulls_last=True), "pk")[
                : _MAX_ROWS + len(self.named)
            ]
        )

    def _curated(self, rows: dict[int, Any]) -> list[Any]:
        if self.curated_ids is not None:
            found = [rows[pk] for pk in self.curated_ids if pk in rows]
        else:
            found = [row for row in rows.values() if row.curated_order is not None]
            found.sort(key=lambda row: row.curated_order)
        return [row for row in found if not row.is_retired and row.pk != self.page.pk]

    def _named(self, readable: dict[int, Any]) -> dict[int, tuple[str, str]]:
        found = [readable[pk] for pk in self.named if pk in readable]
        return {row.pk: (row.title, url) for row in found if (url := row.get_url(self.reader.request))}

    def _topics(self, rows: dict[int, Any], ancestors: list[Any]) -> list[Any]:
        def is_further(row: Any) -> bool:
            return row.pk in self.topic_ids if self.topic_ids is not None else getattr(row, "further_topic", False)

        parents = [row for row in ancestors if row.path == self.page.path[: -Page.steplen]]
        further = sorted((row for row in rows.values() if is_further(row)), key=lambda row: row.title.casefold())
        found = [*parents, *(row for row in further if row not in parents)]
        return [row for row in found if row.content_type.model == "topicpage"]

    def _templates(self, readable: Iterable[Any], curated: list[Any]) -> list[dict[str, Any]]:
        """Return the templates an article offers: those chosen as related, and those whose file stands in it."""
        if not isinstance(self.page, ArticlePage):
            return []
        found = [
            (row, row.templatepage.file)
            for row in readable
            if getattr(row, "templatepage", None) and row.templatepage.file
        ]
        return [
            {**file_facts(file), "url": row.get_url(self.reader.request) or "", "title": row.title}
            for row, file in sorted(found, key=lambda item: item[0].title)
            if row in curated or file.pk in self.documents
        ]

    def run(self) -> Neighbours:
        rows = self.rows()
        readable = {row.pk: row for row in rows if row.live and self.reader.may_read(row.path)}
        request = self.reader.request
        above = (row for row in rows if row.live and self.page.path.startswith(row.path))
        ancestors = sorted(above, key=lambda row: row.path)
        curated = self._curated(readable)
        decisions = [row for row in readable.values() if getattr(row, "names_page", 0) and row.pk != self.page.pk]
        further = [
            row
            for row in readable.values()
            if row.score and not row.is_retired and row not in (*curated, *ancestors, *decisions)
        ]
        further.sort(key=lambda row: -row.score)  # what must be there for another reason comes first otherwise
        related = [*curated, *further[: max(0, MAX_RELATED - len(curated))]]
        step = readable.get(getattr(self.page, "next_step_page_id", None) or 0)
        return Neighbours(
            breadcrumbs=[crumb(row, request) for row in ancestors if row.depth < self.page.depth],
            topics=[
                {"title": row.title, "url": row.get_url(request) or ""}
                for row in self._topics(readable, ancestors)
            ],
            related=[card(row, request) for row in related],
            templates=self._templates(readable.values(), curated),
            decisions=[card(row, request) for row in sorted(decisions, key=lambda row: row.title)],
            next_step_url=(step.get_url(request) or "") if step else "",
            named=self._named(readable),
        )


def neighbours(page: Any, reader: Reader) -> Neighbours:
    """Read the pages around a page; one query."""
    return _Query(page, reader).run()
