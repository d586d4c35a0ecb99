"""The report "Seiten ohne Fragen": topics and articles no question belongs to."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.models import Page, ReferenceIndex

from faq.models import QuestionPage
from knowledge.models import ArticlePage, RelatedPage, TopicPage
from knowledge.reading.report_views import ContentReportView
from knowledge.reading.reports import kind_of_page
from knowledge.retired import retired
from knowledge.upkeep.reports import day, kind_name
from knowledge.visits.reports import page_title_column


def pages_without_questions() -> QuerySet[Page]:
    """Return live topics without a valid question in them, and live articles none is linked with; one query."""
    types = ContentType.objects.get_for_models(Page, TopicPage, ArticlePage)
    valid = QuestionPage.objects.filter(live=True).exclude(retired(""))
    in_topic = Exists(valid.filter(path__startswith=OuterRef("path"))) | Exists(
        valid.filter(topics=OuterRef("pk"))
    )
    ids = valid.order_by().values("pk")
    related = RelatedPage.objects.filter(page=OuterRef("pk"), target__in=ids)
    back = RelatedPage.objects.filter(target=OuterRef("pk"), page__in=ids)
    texts = valid.order_by().annotate(text=Cast("pk", CharField())).values("text")
    in_text = ReferenceIndex.objects.filter(
        base_content_type=types[Page], object_id=Cast(OuterRef("pk"), CharField()), to_object_id__in=texts,
        to_content_type=types[Page],
    )  # fmt: skip
    topics = Q(content_type=types[TopicPage]) & ~in_topic
    articles = Q(content_type=types[ArticlePage]) & ~Exists(related) & ~Exists(back) & ~Exists(in_text)
    return Page.objects.filter(topics | articles, live=True, alias_of=None)


def _kinds() -> list[tuple[int, str]]:
    found = ContentType.objects.get_for_models(TopicPage, ArticlePage).values()
    return sorted(((item.pk, kind_name(item)) for item in found), key=lambda item: item[1])


class NoQuestionsFilterSet(WagtailFilterSet):
    content_type = django_filters.ChoiceFilter(label="Art", choices=_kinds)
    title = django_filters.CharFilter(label="Titel enthält", field_name="title", lookup_expr="icontains")

    class Meta:
        model = Page
        fields = ["content_type"]


class NoQuestionsReportView(ContentReportView):
    """Where a question may be missing."""

    model = Page
    page_title = "Seiten ohne Fragen"
    header_icon = "help"
    index_url_name = "faq_no_questions"
    index_results_url_name = "faq_no_questions_results"
    filterset_class = NoQuestionsFilterSet
    export_filename = "seiten-ohne-fragen"
    no_results_message = "Zu jedem Thema und Artikel gibt es eine Frage."
    default_ordering = "title"
    note = (
        "Themen, in denen keine gültige Frage steht, und Artikel, mit denen keine verbunden ist: weder als "
        "verwandte Seite noch im Text."
    )
    columns = [
        page_title_column(),
        Column("kind_name", label="Art", accessor=kind_of_page),
        Column("published", label="Veröffentlicht", accessor=lambda page: day(page.first_published_at)),
    ]
    list_export = ["title", "kind_name", "first_published_at", "url_path"]
    export_headings = {
        "title": "Seite",
        "kind_name": "Art",
        "first_published_at": "Veröffentlicht",
        "url_path": "Pfad",
    }

    def get_base_queryset(self) -> QuerySet[Page]:
        return pages_without_questions()

    def order_queryset(self, queryset: QuerySet[Page]) -> QuerySet[Page]:
        return queryset.order_by("-title" if str(self.ordering) == "-title" else "title", "pk")

    def decorate(self, rows: list[Any]) -> list[Any]:
        for page in rows:
            page.kind_name = kind_of_page(page)
        return rows
