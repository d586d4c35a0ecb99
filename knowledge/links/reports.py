"""The report "Defekte Links": by page and sentence, with what can be done about each."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn

from knowledge.links.queries import Verdict, places, reported
from knowledge.models import LinkPlace
from knowledge.reading.report_views import ContentReportView
from knowledge.upkeep.reports import day

REPORTED, BROKEN, UNCLEAR, WATCHED, ACCEPTED, ALL = "gemeldet", "defekt", "unklar", "beobachtet", "ok", "alle"
SITUATIONS = [
    (REPORTED, "Gemeldet"),
    (BROKEN, "Gemeldet: defekt"),
    (UNCLEAR, "Gemeldet: unklar"),
    (WATCHED, "Beobachtet: noch nicht gemeldet"),
    (ACCEPTED, "Als in Ordnung vermerkt"),
    (ALL, "Alle Links"),
]


def in_situation(situation: str, today: date) -> Q:
    """Return the condition of a filter on places."""
    told = reported(today, "link__")
    conditions = {
        BROKEN: told & Q(link__verdict=Verdict.BROKEN),
        UNCLEAR: told & Q(link__verdict=Verdict.UNCLEAR),
        WATCHED: Q(link__failures__gt=0) & ~told & ~Q(link__accepted_until__gte=today),
        ACCEPTED: Q(link__accepted_until__gte=today),
        ALL: Q(),
    }
    return conditions.get(situation, told)


class LinkFilterSet(WagtailFilterSet):
    situation = django_filters.ChoiceFilter(label="Lage", choices=SITUATIONS, method="filter_situation")
    title = django_filters.CharFilter(label="Titel enthält", method="filter_title")
    address = django_filters.CharFilter(label="Adresse enthält", field_name="link__url", lookup_expr="icontains")

    class Meta:
        model = LinkPlace
        fields = ["situation"]

    def filter_situation(self, rows: QuerySet[LinkPlace], name: str, value: str) -> QuerySet[LinkPlace]:
        return rows.filter(in_situation(value, timezone.localdate()))

    def filter_title(self, rows: QuerySet[LinkPlace], name: str, value: str) -> QuerySet[LinkPlace]:
        return rows.filter(
            Q(page__title__icontains=value)
            | Q(act__abbreviation__icontains=value)
            | Q(term__term__icontains=value)
            | Q(deadline__title__icontains=value)
        )


def edit_url(place: LinkPlace) -> str:
    """Return where the text around a link is changed."""
    if place.page_id:
        return reverse("wagtailadmin_pages:edit", args=[place.page_id])
    subject = place.subject
    return reverse(f"wagtailsnippets_knowledge_{subject._meta.model_name}:edit", args=[subject.pk])


def finding(place: LinkPlace) -> str:
    """Return in words what was found, and since when."""
    link = place.link
    if link.is_accepted(timezone.localdate()):
        return f"{link.problem} In Ordnung bis {day(link.accepted_until)}."
    if not link.failures:
        if not link.last_checked:
            return "Noch nicht geprüft."
        return link.problem or "Antwortet."
    days = "seit heute" if link.failures == 1 else f"bei {link.failures} Prüfungen in Folge"
    return f"{link.problem} Fehler {days}, zuerst am {day(link.first_failed_at)}."


def situation(place: LinkPlace) -> str:
    today = timezone.localdate()
    if place.link.is_accepted(today):
        return "in Ordnung"
    return "beobachtet" if place.link.failures and not place.told else place.link.get_verdict_display()  # type: ignore[attr-defined]


class SentenceColumn(Column):
    """Where the link stands and the sentence around it, with its address."""

    cell_template_name = "knowledge/links/sentence_cell.html"


class LinkActionsColumn(Column):
    """Ask again, or take the link to be fine; for those who may."""

    cell_template_name = "knowledge/links/actions_cell.html"

    def get_cell_context_data(self, instance: LinkPlace, parent_context: dict[str, Any]) -> dict[str, Any]:
        request = parent_context["request"]
        return {
            **super().get_cell_context_data(instance, parent_context),
            "shown": request.user.has_perm("knowledge.change_externallink") and instance.link.failures,
            "csrf_token": get_token(request),
            "next": request.get_full_path(),
        }


class LinkReportView(ContentReportView):
    """Places of links, by page."""

    model = LinkPlace
    page_title = "Defekte Links"
    header_icon = "link"
    index_url_name = "knowledge_links"
    index_results_url_name = "knowledge_links_results"
    filterset_class = LinkFilterSet
    export_filename = "links"
    no_results_message = "Kein Link passt zu dieser Auswahl."
    note = (
        "Gemeldet wird ein Link erst, wenn er an mehreren Tagen in Folge nicht funktioniert hat. "
        "„Unklar“ heißt: Der Server weist Prüfprogramme ab oder antwortet nicht; sehen Sie selbst nach."
    )
    columns = [
        TitleColumn("subject", label="Seite", accessor=lambda place: str(place.subject), get_url=edit_url),
        SentenceColumn("sentence", label="Satz und Adresse"),
        StatusTagColumn("situation", label="Lage", accessor=situation, primary=lambda row: row.told),
        Column("finding", label="Befund", accessor=finding),
        LinkActionsColumn("actions", label="Aktion"),
    ]
    list_export = ["title", "label", "sentence", "link.url", "situation", "finding", "link.last_checked"]
    export_headings = {
        "title": "Seite",
        "label": "Stelle",
        "sentence": "Satz",
        "link.url": "Adresse",
        "situation": "Lage",
        "finding": "Befund",
        "link.last_checked": "Zuletzt geprüft",
    }

    def get_base_queryset(self) -> QuerySet[LinkPlace]:
        """Return what is reported, unless something else is asked for."""
        asked = self.request.GET.get("situation") in dict(SITUATIONS)
        return places() if asked else places().filter(in_situation(REPORTED, timezone.localdate()))

    def order_queryset(self, queryset: QuerySet[LinkPlace]) -> QuerySet[LinkPlace]:
        return queryset

    def decorate(self, rows: list[Any]) -> list[Any]:
        for place in rows:
            place.told = place.link.reported_at is not None and place.link.failures > 0
            place.title = str(place.subject)
            place.situation, place.finding = situation(place), finding(place)
        return rows
