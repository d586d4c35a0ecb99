"""What of the knowledge base is findable: pages, terms, acts, provisions, files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.utils.text import Truncator
from wagtail.models import Collection, CollectionViewRestriction

from knowledge.citations import anchor_of, section_keys
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import (
    Act,
    ArticlePage,
    DecisionHelpPage,
    GlossaryTerm,
    LawSection,
    LegalReference,
    Provision,
    TemplatePage,
    TopicPage,
)
from portal.core.compiled import ask
from portal.core.visibility import Visibility, current_restriction_levels, level_of_path
from search.documents import Change, Kind, SearchDocument
from search.eligibility import collection_levels
from search.pages import PageContext, PageSource, local_date

ARTICLE = Kind("article", "Artikel", "Artikel", 10)
TEMPLATE = Kind("template", "Vorlage", "Vorlagen", 30)
DECISION = Kind("decision", "Entscheidungshilfe", "Entscheidungshilfen", 15)
TOPIC = Kind("topic", "Thema", "Themen", 40, "Themen")
TERM = Kind("term", "Begriff", "Glossar", 50, "Begriffe")
ACT = Kind("act", "Rechtsvorschrift", "Rechtsvorschriften", 60, "Recht")
PROVISION = Kind("provision", "Vorschrift", "Vorschriften", 70, "Recht")

LONGEST_LABEL = 90


def provision_ref(act_slug: str, key: str) -> str:
    """Return the search's name of a provision; an empty key means the act as a whole."""
    return f"{act_slug}/{key}" if key else act_slug


class TrustedSource(PageSource):
    """Articles, questions, templates: short answer, body, audience, citations, review date."""

    topic_model = TopicPage
    plain_fields = ("title", "short_answer")
    related: tuple[str, ...] = ("topics",)

    def further_topics(self, page: Any) -> Iterable[Any]:
        return sorted(page.topics.all(), key=lambda topic: str(topic.path))

    def prepare(self, pages: Sequence[Any], context: PageContext) -> None:
        cited: dict[int, list[tuple[str, str]]] = {}
        rows = LegalReference.objects.filter(page__in=[page.pk for page in pages], act__live=True)
        for page_id, slug, key in rows.values_list("page_id", "act__slug", "key").distinct():
            cited.setdefault(page_id, []).append((slug, key))
        context.extra["cited"] = cited

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        cited = context.extra["cited"].get(page.pk, [])
        return {
            "summary": page.short_answer,
            "body": page.rendered.get("text", ""),
            "audience": tuple(page.audience or ()),
            "keywords": page.search_words,
            "acts": tuple(sorted({slug for slug, _ in cited})),
            "cites": tuple(sorted({provision_ref(slug, key) for slug, key in cited})),
            "reviewed": local_date(page.reviewed_at),
            "suggest": (page.title,),
        }

    def affected(self, change: Change) -> Iterator[int]:
        yield from super().affected(change)
        if change.model == "knowledge.act":
            pages = self.model._default_manager.filter(legal_references__act=change.pk)
            yield from pages.values_list("pk", flat=True).distinct()


class ArticleSource(TrustedSource):
    name = "article"
    kind = ARTICLE
    model = ArticlePage
    related = ("topics", "field_reports__municipality")

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        reports = page.field_reports.all()
        reported = [words for report in reports for words in (report.municipality.name, report.product)]
        keys = ", ".join(
            filter(None, [page.get_kind_display(), page.leika_keys, page.ozg_keys, page.search_words, *reported])
        )
        return super().fields(page, context) | {"badge": page.get_kind_display(), "keywords": keys}


class DecisionSource(TrustedSource):
    """A decision help is found by its questions and results, and leads to its start."""

    name = "decision"
    kind = DECISION
    model = DecisionHelpPage


class TemplateSource(TrustedSource):
    """A template carries the text of its file, so that the file is found under its page, if its readers may."""

    name = "template"
    kind = TEMPLATE
    model = TemplatePage

    def queryset(self) -> QuerySet[Any]:
        return super().queryset().select_related("file__collection")

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        texts = tuple(str(text) for text in page.file.page_texts) if self._file_is_open(page, context) else ()
        keywords = " · ".join(filter(None, [TEMPLATE.label, page.file and page.file.title, page.search_words]))
        return super().fields(page, context) | {"page_texts": texts, "keywords": keywords}

    def affected(self, change: Change) -> Iterator[int]:
        yield from super().affected(change)
        if change.model == "core.portaldocument":
            yield from TemplatePage.objects.filter(file=change.pk).values_list("pk", flat=True)
        elif change.model in {"wagtailcore.collection", "wagtailcore.collectionviewrestriction"}:
            path = Collection.objects.filter(pk=change.pk).values_list("path", flat=True).first()
            if path:
                pages = TemplatePage.objects.filter(file__collection__path__startswith=path)
                yield from pages.values_list("pk", flat=True)

    def file_pages(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, list[str]]]:
        """Leave out files of restricted collections, whoever asks: for whom they are, only `load` works out."""
        here = ExpressionWrapper(OuterRef("file__collection__path"), output_field=CharField())
        closed = CollectionViewRestriction.objects.annotate(here=here).filter(
            here__startswith=F("collection__path")
        )
        rows = self.queryset().filter(~Exists(closed), pk__in=ids, file__isnull=False).order_by()
        return rows.values_list(Value(self.name, output_field=CharField()), "pk", "file__page_texts")

    def _file_is_open(self, page: Any, context: PageContext) -> bool:
        """Tell whether everybody who may read the page may have its file, as far as the file's collection says."""
        if not page.file:
            return False
        if "collections" not in context.extra:
            context.extra["collections"] = collection_levels()
        needed = level_of_path(page.file.collection.path, context.extra["collections"])
        return context.level(page.path).covers(needed)


class TopicSource(PageSource):
    name = "topic"
    kind = TOPIC
    model = TopicPage
    topic_model = TopicPage
    plain_fields = ("title", "summary")

    def fields(self, page: Any, context: PageContext) -> dict[str, Any]:
        return {"summary": page.summary, "suggest": (page.title,)}


def _live_topics() -> QuerySet[Any]:
    return TopicPage.objects.filter(live=True).order_by("path").values_list("pk", "path", "title")


class TopicTitles:
    """Titles of topics for filters and results."""

    def titles(self, ids: Iterable[int], level: Visibility) -> dict[int, str]:
        wanted, restrictions = set(ids), current_restriction_levels()
        return {
            pk: title
            for pk, path, title in ask("topic-titles", _live_topics)
            if pk in wanted and level.covers(level_of_path(path, restrictions))
        }

    def resolve(self, slug: str, level: Visibility) -> int | None:
        """Of several topics with a slug the one nearest to the start page counts, unless the path says which."""
        rows = TopicPage.objects.filter(slug=slug.rpartition("/")[2], live=True).order_by("depth", "path")
        restrictions = current_restriction_levels()
        for pk, path, url_path in rows.values_list("pk", "path", "url_path"):
            if url_path.endswith(f"/{slug}/") and level.covers(level_of_path(path, restrictions)):
                return pk
        return None


class SnippetSource:
    """What terms, acts and provisions share: they are public while they (or their act) are live."""

    name: str
    kind: Kind
    # What documents name beside the row: few objects that many rows share, so that each is made once.
    related: tuple[str, ...] = ()

    def queryset(self) -> QuerySet[Any]:
        raise NotImplementedError

    def document(self, row: Any) -> SearchDocument:
        raise NotImplementedError

    def plain_condition(self, word: str) -> Q:
        raise NotImplementedError

    def ids(self) -> Iterable[int]:
        return self.queryset().order_by("pk").values_list("pk", flat=True).iterator()

    def load(self, ids: Sequence[int]) -> list[SearchDocument]:
        rows = self.queryset().filter(pk__in=ids).select_related(None).prefetch_related(*self.related)
        return [self.document(row) for row in rows.order_by("pk")]

    def affected(self, change: Change) -> Iterator[int]:
        if change.model == self.queryset().model._meta.label_lower:
            yield change.pk

    def eligible(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, str, str]]:
        text = CharField()
        rows = self.queryset().filter(pk__in=ids).select_related(None).order_by()
        return rows.values_list(
            Value(self.name, output_field=text), "pk", Value("", output_field=text), Value("", output_field=text)
        )

    def match_plainly(self, words: Sequence[str], limit: int) -> list[int]:
        condition = Q()
        for word in words:
            condition &= self.plain_condition(word)
        return list(self.queryset().filter(condition).values_list("pk", flat=True)[:limit])


class TermSource(SnippetSource):
    name = "term"
    kind = TERM

    def queryset(self) -> QuerySet[Any]:
        return GlossaryTerm.objects.filter(live=True)

    def document(self, row: Any) -> SearchDocument:
        label = f"{row.term} ({row.expansion})" if row.expansion else row.term
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=label,
            url=f"/glossar/{row.slug}/",
            keywords=" · ".join(row.synonym_list),
            summary=plain_text(render_markdown(row.meaning)),
            suggest=(row.term, row.expansion, *row.synonym_list),
            suggest_label=label,
            changed=local_date(row.last_published_at),
            version=row.live_revision_id or 0,
            badge=self.kind.label,
        )

    def plain_condition(self, word: str) -> Q:
        return Q(term__icontains=word) | Q(expansion__icontains=word) | Q(synonyms__icontains=word)


class ActSource(SnippetSource):
    name = "act"
    kind = ACT

    def queryset(self) -> QuerySet[Any]:
        return Act.objects.filter(live=True)

    def document(self, row: Any) -> SearchDocument:
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=f"{row.abbreviation} – {row.title}",
            url=f"/recht/{row.slug}/",
            keywords=" · ".join(row.alias_list),
            summary=plain_text(render_markdown(row.summary)),
            acts=(row.slug,),
            defines=(row.slug,),
            suggest=(row.abbreviation, row.title, *row.alias_list),
            suggest_label=Truncator(f"{row.abbreviation} – {row.title}").chars(LONGEST_LABEL),
            changed=row.state_date,
            version=row.live_revision_id or 0,
            badge=self.kind.label,
        )

    def plain_condition(self, word: str) -> Q:
        return Q(abbreviation__icontains=word) | Q(title__icontains=word) | Q(aliases__icontains=word)


class ProvisionSource(SnippetSource):
    """Cited provisions with their summaries, on the page of their act."""

    name = "provision"
    kind = PROVISION
    related = ("act",)

    def queryset(self) -> QuerySet[Any]:
        return Provision.objects.filter(act__live=True).select_related("act")

    def document(self, row: Any) -> SearchDocument:
        ref = provision_ref(row.act.slug, row.key)
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=f"{row.ref} {row.act.abbreviation}",
            url=f"/recht/{row.act.slug}/#{anchor_of(row.key)}",
            keywords=row.act.title,
            summary=plain_text(render_markdown(row.summary)),
            acts=(row.act.slug,),
            defines=(ref,),
            changed=row.act.state_date,
            badge=self.kind.label,
        )

    def affected(self, change: Change) -> Iterator[int]:
        yield from super().affected(change)
        if change.model == "knowledge.act":
            yield from Provision.objects.filter(act=change.pk).values_list("pk", flat=True)

    def plain_condition(self, word: str) -> Q:
        return Q(ref__icontains=word) | Q(summary__icontains=word) | Q(act__abbreviation__iexact=word)


class SectionSource(SnippetSource):
    """Sections of imported law texts, on the page with the wording."""

    name = "section"
    kind = PROVISION
    related = ("law_text__act",)

    def queryset(self) -> QuerySet[Any]:
        return LawSection.objects.filter(law_text__act__live=True).select_related("law_text__act")

    def document(self, row: Any) -> SearchDocument:
        act = row.law_text.act
        heading = f" – {row.heading}" if row.heading else ""
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=f"{row.number} {act.abbreviation}{heading}",
            url=f"/recht/{act.slug}/wortlaut/#{row.anchor}",
            keywords=act.title,
            body=row.text,
            acts=(act.slug,),
            defines=tuple(provision_ref(act.slug, key) for key in section_keys(row.key, row.number)),
            changed=row.law_text.state_date,
            badge="Gesetzestext",
        )

    def affected(self, change: Change) -> Iterator[int]:
        yield from super().affected(change)
        if change.model == "knowledge.act":
            yield from LawSection.objects.filter(law_text__act=change.pk).values_list("pk", flat=True)

    def plain_condition(self, word: str) -> Q:
        return Q(heading__icontains=word) | Q(number__iexact=word)
