"""The report "Lesbarkeit": the hardest pages first, from the grades stored when they were published."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet
from django.urls import reverse
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.models import Page

from knowledge.models import PageReadability
from knowledge.readability import BANDS, HARD_FROM, HARDEST_BAND, band_of
from knowledge.reading.kinds import content_models
from knowledge.reading.report_views import ContentReportView
from knowledge.upkeep.reports import day, kind_name

_LIMITS = {
    name: (low, high)
    for (name, high), low in zip(
        [(name, limit) for limit, name in BANDS] + [(HARDEST_BAND, 1000.0)],
        [-1000.0, *(limit for limit, _ in BANDS)],
        strict=True,
    )
}


def german(number: float) -> str:
    """Return a number with one decimal as German writes it."""
    return f"{number:.1f}".replace(".", ",")


def page_kinds() -> list[tuple[int, str]]:
    """Return the kinds of pages with their names, for filters."""
    models = [model for model in content_models() if issubclass(model, Page)]
    found = ContentType.objects.get_for_models(*models).values()
    return sorted(((item.pk, kind_name(item)) for item in found), key=lambda item: item[1])


def kind_of_page(page: Any) -> str:
    """Return the name of a page's kind; content types are kept in memory."""
    return kind_name(ContentType.objects.get_for_id(page.content_type_id))


class ReadabilityFilterSet(WagtailFilterSet):
    band = django_filters.ChoiceFilter(
        label="Lesbarkeit", choices=[(name, name) for name in _LIMITS], method="filter_band"
    )
    kind = django_filters.ChoiceFilter(label="Art", choices=page_kinds, field_name="page__content_type")
    title = django_filters.CharFilter(label="Titel enthält", field_name="page__title", lookup_expr="icontains")

    class Meta:
        model = PageReadability
        fields = ["band", "kind"]

    def filter_band(self, rows: QuerySet[PageReadability], name: str, value: str) -> QuerySet[PageReadability]:
        low, high = _LIMITS[value]
        return rows.filter(grade__gt=low, grade__lte=high)


class ReadabilityReportView(ContentReportView):
    """All measured pages, the hardest first."""

    model = PageReadability
    page_title = "Lesbarkeit"
    header_icon = "glasses"
    index_url_name = "knowledge_readability"
    index_results_url_name = "knowledge_readability_results"
    filterset_class = ReadabilityFilterSet
    export_filename = "lesbarkeit"
    no_results_message = "Keine Seite passt zu dieser Auswahl."
    default_ordering = "-grade"
    note = (
        "Erste Wiener Sachtextformel: Die Stufe entspricht etwa dem Schuljahr, das zum Verstehen nötig ist "
        "(4 sehr leicht, 15 sehr schwer). Rechtsangaben, Abkürzungen und Begriffe des Glossars zählen nicht. "
        "Gemessen wird beim Veröffentlichen."
    )
    columns = [
        TitleColumn(
            "title", label="Seite", accessor="page.title", sort_key="page__title",
            get_url=lambda row: reverse("wagtailadmin_pages:edit", args=[row.page_id]),
        ),
        Column("kind_name", label="Art", accessor=lambda row: kind_of_page(row.page)),
        Column("grade", label="Stufe", accessor=lambda row: german(row.grade), sort_key="grade"),
        StatusTagColumn(
            "band", label="Lesbarkeit", accessor=lambda row: band_of(row.grade),
            primary=lambda row: row.grade > HARD_FROM,
        ),
        Column("words", label="Wörter", sort_key="words"),
        Column("length", label="Wörter je Satz", accessor=lambda row: german(row.words / max(1, row.sentences))),
        Column("measured", label="Gemessen", accessor=lambda row: day(row.measured_at)),
    ]  # fmt: skip
    list_export = [
        "page.title",
        "kind_name",
        "grade",
        "band",
        "words",
        "sentences",
        "page.url_path",
        "measured_at",
    ]
    export_headings = {
        "page.title": "Seite",
        "kind_name": "Art",
        "grade": "Stufe",
        "band": "Lesbarkeit",
        "words": "Wörter",
        "sentences": "Sätze",
        "page.url_path": "Pfad",
        "measured_at": "Gemessen",
    }

    def get_base_queryset(self) -> QuerySet[PageReadability]:
        return PageReadability.objects.filter(page__live=True).select_related("page")

    def order_queryset(self, queryset: QuerySet[PageReadability]) -> QuerySet[PageReadability]:
        ordering = str(self.ordering)
        field = F(ordering.lstrip("-"))
        return queryset.order_by(field.desc() if ordering.startswith("-") else field.asc(), "pk")

    def decorate(self, rows: list[Any]) -> list[Any]:
        for row in rows:
            row.kind_name, row.band = kind_of_page(row.page), band_of(row.grade)
        return rows
