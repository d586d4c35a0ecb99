"""The report "Seiten ohne Besuche"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.models import Page

from knowledge.reading.report_views import ContentReportView
from knowledge.reading.reports import kind_of_page, page_kinds
from knowledge.upkeep.reports import day
from knowledge.visits.queries import DAYS, counted_since, pages_without_visits


class PageFilterSet(WagtailFilterSet):
    content_type = django_filters.ChoiceFilter(label="Art", choices=page_kinds)
    title = django_filters.CharFilter(label="Titel enthält", field_name="title", lookup_expr="icontains")

    class Meta:
        model = Page
        fields = ["content_type"]


def page_title_column() -> TitleColumn:
    return TitleColumn(
        "title", label="Seite", sort_key="title",
        get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
    )  # fmt: skip


class NoVisitsReportView(ContentReportView):
    """Pages nobody has opened in 90 days, the oldest first."""

    model = Page
    page_title = "Seiten ohne Besuche"
    header_icon = "view"
    index_url_name = "knowledge_no_visits"
    index_results_url_name = "knowledge_no_visits_results"
    filterset_class = PageFilterSet
    export_filename = "seiten-ohne-besuche"
    no_results_message = "Jede Seite wurde in den letzten 90 Tagen aufgerufen."
    default_ordering = "first_published_at"
    columns = [
        page_title_column(),
        Column("kind_name", label="Art", accessor=kind_of_page),
        Column(
            "published", label="Veröffentlicht", accessor=lambda page: day(page.first_published_at),
            sort_key="first_published_at",
        ),
        Column("last", label="Letzter Besuch", accessor=lambda page: day(page.last_visit), sort_key="last_visit"),
    ]  # fmt: skip
    list_export = ["title", "kind_name", "first_published_at", "last_visit", "url_path"]
    export_headings = {
        "title": "Seite",
        "kind_name": "Art",
        "first_published_at": "Veröffentlicht",
        "last_visit": "Letzter Besuch",
        "url_path": "Pfad",
    }

    def get_note(self) -> str:
        since = counted_since()
        rule = (
            f"Seiten, die älter als {DAYS} Tage sind und in den letzten {DAYS} Tagen nicht aufgerufen wurden. "
            "Nicht gezählt werden Beschäftigte der Kompetenzstelle und Programme."
        )
        if since is None:
            return f"{rule} Bisher wurde noch kein Aufruf gezählt: Die Liste sagt noch nichts aus."
        if since > timezone.localdate() - timedelta(days=DAYS):
            return f"{rule} Gezählt wird erst seit dem {day(since)}: Die Liste ist noch nicht aussagekräftig."
        return rule

    def get_base_queryset(self) -> QuerySet[Page]:
        return pages_without_visits()

    def order_queryset(self, queryset: QuerySet[Page]) -> QuerySet[Page]:
        name, backwards = str(self.ordering).lstrip("-"), str(self.ordering).startswith("-")
        field = F(name)
        return queryset.order_by(
            field.desc(nulls_last=True) if backwards else field.asc(nulls_first=True), "title", "pk"
        )

    def decorate(self, rows: list[Any]) -> list[Any]:
        for page in rows:
            page.kind_name = kind_of_page(page)
        return rows
