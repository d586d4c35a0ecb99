"""Two reports: pictures on live pages without text alternative, pictures of the library without description."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn

from knowledge.models import PicturePlace
from knowledge.pictures.places import pictures_without_description, places_without_text
from knowledge.reading.report_views import ContentReportView
from knowledge.reading.reports import kind_of_page, page_kinds
from knowledge.upkeep.reports import day
from portal.core.models import PortalImage


def picture_name(place: PicturePlace) -> str:
    return str(place.image) if place.image_id else place.source


def said_at(place: PicturePlace) -> str:
    """Return what is read out at a place: its own text, or that of the picture."""
    return place.alt or (place.image.description if place.image else "")


def finding(text: str) -> str:
    """Return in words what is wrong with a text alternative."""
    return f"Nur ein Dateiname: {text}" if text.strip() else "Kein Alternativtext"


class PicturePlaceFilterSet(WagtailFilterSet):
    kind = django_filters.ChoiceFilter(label="Art", choices=page_kinds, field_name="page__content_type")
    title = django_filters.CharFilter(
        label="Titel der Seite enthält", field_name="page__title", lookup_expr="icontains"
    )

    class Meta:
        model = PicturePlace
        fields = ["kind"]


class MissingTextReportView(ContentReportView):
    """Places on live pages, by page."""

    model = PicturePlace
    page_title = "Bilder ohne Alternativtext"
    header_icon = "image"
    index_url_name = "knowledge_pictures"
    index_results_url_name = "knowledge_pictures_results"
    filterset_class = PicturePlaceFilterSet
    export_filename = "bilder-ohne-alternativtext"
    no_results_message = "Alle Bilder auf veröffentlichten Seiten haben einen Alternativtext."
    note = (
        "Hier stehen Bilder auf veröffentlichten Seiten, zu denen ein Vorleseprogramm nichts sagen kann: Weder an "
        "der Stelle noch am Bild selbst steht ein Alternativtext, oder er ist nur ein Dateiname."
    )
    columns = [
        TitleColumn(
            "title", label="Seite", accessor="page.title",
            get_url=lambda place: reverse("wagtailadmin_pages:edit", args=[place.page_id]),
        ),
        Column("kind_name", label="Art", accessor=lambda place: kind_of_page(place.page)),
        Column("label", label="Stelle"),
        Column("picture", label="Bild", accessor=picture_name),
        Column("finding", label="Befund", accessor=lambda place: finding(said_at(place))),
    ]  # fmt: skip
    list_export = ["page.title", "kind_name", "label", "picture", "finding", "page.url_path"]
    export_headings = {
        "page.title": "Seite",
        "kind_name": "Art",
        "label": "Stelle",
        "picture": "Bild",
        "finding": "Befund",
        "page.url_path": "Pfad",
    }

    def get_base_queryset(self) -> QuerySet[PicturePlace]:
        return places_without_text()

    def order_queryset(self, queryset: QuerySet[PicturePlace]) -> QuerySet[PicturePlace]:
        return queryset

    def decorate(self, rows: list[Any]) -> list[Any]:
        for place in rows:
            place.kind_name, place.picture = kind_of_page(place.page), picture_name(place)
            place.finding = finding(said_at(place))
        return rows


class PictureFilterSet(WagtailFilterSet):
    used = django_filters.ChoiceFilter(
        label="Verwendung", method="filter_used",
        choices=[("ja", "Auf veröffentlichten Seiten"), ("nein", "Auf keiner veröffentlichten Seite")],
    )  # fmt: skip
    title = django_filters.CharFilter(label="Titel enthält", field_name="title", lookup_expr="icontains")

    class Meta:
        model = PortalImage
        fields = ["used"]

    def filter_used(self, rows: QuerySet[PortalImage], name: str, value: str) -> QuerySet[PortalImage]:
        return rows.filter(Q(used__gt=0) if value == "ja" else Q(used=0))


class UndescribedReportView(ContentReportView):
    """Pictures of the library, those most used first."""

    model = PortalImage
    page_title = "Bilder ohne Beschreibung"
    header_icon = "image"
    index_url_name = "knowledge_undescribed"
    index_results_url_name = "knowledge_undescribed_results"
    filterset_class = PictureFilterSet
    export_filename = "bilder-ohne-beschreibung"
    no_results_message = "Alle Bilder der Mediathek haben eine Beschreibung."
    note = "Der Alternativtext am Bild gilt überall, wo an der Stelle selbst keiner steht."
    columns = [
        TitleColumn(
            "title", label="Bild", get_url=lambda image: reverse("wagtailimages:edit", args=[image.pk])
        ),
        Column("finding", label="Befund", accessor=lambda image: finding(image.description)),
        Column("used", label="Stellen auf veröffentlichten Seiten"),
        Column("created", label="Hochgeladen", accessor=lambda image: day(image.created_at)),
    ]  # fmt: skip
    list_export = ["title", "finding", "used", "created_at"]
    export_headings = {
        "title": "Bild",
        "finding": "Befund",
        "used": "Stellen auf veröffentlichten Seiten",
        "created_at": "Hochgeladen",
    }

    def get_base_queryset(self) -> QuerySet[PortalImage]:
        return pictures_without_description()

    def order_queryset(self, queryset: QuerySet[PortalImage]) -> QuerySet[PortalImage]:
        return queryset

    def decorate(self, rows: list[Any]) -> list[Any]:
        for image in rows:
            image.finding = finding(image.description)
        return rows
