"""The report of reviews, with filters and export, for everybody of the centre."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.models import Page

from knowledge.facts.queries import upkept_models
from knowledge.upkeep.confirming import may_confirm, pages_of_author, version_of
from knowledge.upkeep.due import Situation
from knowledge.upkeep.queries import in_situation, upkeep_pages
from portal.accounts.models import User
from portal.accounts.queries import active_staff


def day(value: Any) -> str:
    """Return a day or moment as German administrations write it."""
    if not value:
        return "–"
    local = value if type(value) is date else timezone.localtime(value)
    return f"{local:%d.%m.%Y}"


def _people(request: Any = None) -> QuerySet[User]:
    return active_staff()


def kind_name(content_type: ContentType) -> str:
    """Return the name the portal uses for a kind of page."""
    return str(getattr(content_type.model_class(), "kind_label", content_type.name))


def _kinds() -> list[tuple[int, str]]:
    found = ContentType.objects.get_for_models(*upkept_models()).values()
    return sorted(((item.pk, kind_name(item)) for item in found), key=lambda item: item[1])


class ReviewFilterSet(WagtailFilterSet):
    situation = django_filters.ChoiceFilter(label="Lage", choices=Situation.choices, method="filter_situation")
    content_type = django_filters.ChoiceFilter(label="Art", choices=_kinds)
    person = django_filters.ModelChoiceFilter(
        label="Verantwortlich oder Vertretung", queryset=_people, method="filter_person"
    )
    unit = django_filters.CharFilter(label="Zuständige Stelle enthält", field_name="unit", lookup_expr="icontains")
    title = django_filters.CharFilter(label="Titel enthält", field_name="title", lookup_expr="icontains")

    class Meta:
        model = Page
        fields = ["situation", "content_type", "person"]

    def filter_situation(self, pages: QuerySet[Page], name: str, value: str) -> QuerySet[Page]:
        return pages.filter(in_situation(value, today=timezone.localdate()))

    def filter_person(self, pages: QuerySet[Page], name: str, value: User) -> QuerySet[Page]:
        return pages.filter(Q(owner_pk=value.pk) | Q(deputy_pk=value.pk))


class ConfirmColumn(Column):
    """One click for those who may; a form, so that looking at the list changes nothing."""

    cell_template_name = "knowledge/upkeep/confirm_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: dict[str, Any]) -> dict[str, Any]:
        request = parent_context["request"]
        return {
            **super().get_cell_context_data(instance, parent_context),
            **confirm_context(instance, request, shown=getattr(instance, "confirmable", False)),
        }


def confirm_context(page: Any, request: HttpRequest, *, shown: bool) -> dict[str, Any]:
    """Return what the button needs, wherever it stands."""
    return {
        "page": page,
        "url": reverse("knowledge_confirm_review", args=[page.pk]),
        "csrf_token": get_token(request),
        "seen": version_of(page),
        "next": request.get_full_path(),
        "shown": shown,
    }


def _people_of(pages: list[Any]) -> dict[int, User]:
    wanted = {pk for page in pages for pk in (page.owner_pk, page.deputy_pk, page.review_person) if pk}
    # All people at once: a list of ten thousand pages must not become ten thousand parameters.
    return User.objects.in_bulk() if len(wanted) > 500 else User.objects.in_bulk(list(wanted))


def decorate(pages: list[Any], user: Any, people: dict[int, User] | None = None) -> list[Any]:
    """Add to pages of `upkeep_pages` who answers for them, their situation, and whether this person may confirm.

    Two queries, whatever their number; one where the people to be named are known.
    """
    people = _people_of(pages) if people is None else people
    today = timezone.localdate()
    mine = pages_of_author(pages, user) if may_confirm(user) and len(pages) <= 100 else set()
    for page in pages:
        page.owner_name, page.deputy_name, page.reviewer_name = (
            _name(people.get(pk)) for pk in (page.owner_pk, page.deputy_pk, page.review_person)
        )
        owner = people.get(page.owner_pk)
        if owner is not None and owner.is_active and not page.has_owner:
            page.owner_name = f"{owner} (ohne Rolle)"
        page.situation = situation_of(page, today=today)
        page.kind_name = kind_name(ContentType.objects.get_for_id(page.content_type_id))
        page.confirmable = may_confirm(user) and page.pk not in mine
    return pages


def _name(person: User | None) -> str:
    if person is None:
        return "–"
    return str(person) if person.is_active else f"{person} (Konto geschlossen)"


def situation_of(page: Any, *, today: date) -> str:
    """Return in words what is wrong with a page of `upkeep_pages`; "in Ordnung" when nothing is."""
    found = []
    if page.review_due is not None:
        left = (page.review_due - today).days
        if left < 0:
            found.append(f"überfällig seit {-left} {'Tag' if left == -1 else 'Tagen'}")
        elif left <= 30:
            found.append("heute fällig" if left == 0 else f"in {left} {'Tag' if left == 1 else 'Tagen'} fällig")
    if page.review_done is None:
        found.append("nie geprüft")
    if not page.has_owner:
        found.append("ohne Verantwortliche")
    return ", ".join(found) or "in Ordnung"


class ReviewReportView(ReportView):
    """All pages with a review, the most urgent first."""

    model = Page
    page_title = "Prüfungen"
    header_icon = "calendar-check"
    index_url_name = "knowledge_reviews"
    index_results_url_name = "knowledge_reviews_results"
    filterset_class = ReviewFilterSet
    context_object_name = "pages"
    export_filename = "pruefungen"
    no_results_message = "Keine Seite passt zu dieser Auswahl."
    default_ordering = "review_due"
    columns = [
        TitleColumn(
            "title", label="Seite", sort_key="title",
            get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk]),
        ),
        Column("kind_name", label="Art"),
        StatusTagColumn("situation", label="Lage", primary=lambda page: page.situation.startswith("überfällig")),
        Column("due", label="Nächste Prüfung", accessor=lambda row: day(row.review_due), sort_key="review_due"),
        Column("done", label="Zuletzt geprüft", accessor=lambda row: day(row.review_done), sort_key="review_done"),
        Column("owner_name", label="Verantwortlich"),
        Column("deputy_name", label="Vertretung"),
        Column("unit", label="Zuständige Stelle", sort_key="unit"),
        ConfirmColumn("confirm", label="Bestätigen"),
    ]  # fmt: skip
    list_export = [
        "title", "kind_name", "situation", "review_due", "review_done", "reviewer_name", "owner_name",
        "deputy_name", "unit", "url_path",
    ]  # fmt: skip
    export_headings = {
        "title": "Seite",
        "kind_name": "Art",
        "situation": "Lage",
        "review_due": "Nächste Prüfung",
        "review_done": "Zuletzt geprüft",
        "reviewer_name": "Geprüft von",
        "owner_name": "Verantwortlich",
        "deputy_name": "Vertretung",
        "unit": "Zuständige Stelle",
        "url_path": "Pfad",
    }

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_base_queryset(self) -> QuerySet[Page]:
        return upkeep_pages()

    def order_queryset(self, queryset: QuerySet[Page]) -> QuerySet[Page]:
        """Order as asked; pages never published before the field existed have no due date and come last."""
        name = self.ordering.lstrip("-") if isinstance(self.ordering, str) else "review_due"
        if name not in {"review_due", "review_done"}:
            return queryset.order_by(self.ordering, "pk")
        field = F(name)
        backwards = str(self.ordering).startswith("-")
        return queryset.order_by(field.desc(nulls_last=True) if backwards else field.asc(nulls_last=True), "title")

    def get_filtered_queryset(self) -> QuerySet[Page]:
        """Return the rows filtered once; the report's own method would filter them a second time."""
        return self.get_queryset()

    def decorate_paginated_queryset(self, object_list: Any) -> list[Any]:
        return decorate(list(object_list), self.request.user)

    @cached_property
    def show_export_buttons(self) -> bool:
        return True
