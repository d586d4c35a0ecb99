"""The desk: queues with their numbers, filters, search; one row a case."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms.search import SearchForm
from wagtail.admin.menu import MenuItem, SubmenuMenuItem, admin_menu
from wagtail.admin.ui.tables import TitleColumn
from wagtail.admin.views.generic.base import BaseListingView

from consultations import case_words, deputies
from consultations.desk import queues, rights
from consultations.desk.columns import CaseNumberColumn, DueColumn, LeadColumn, StateColumn, TownColumn
from consultations.desk.queues import Queue
from consultations.models import Case, Format
from consultations.screens import incoming_mails
from consultations.states import CaseState
from knowledge.models import TopicPage
from portal.accounts.models import District

TITLE = "Beratung"
MENU = "beratung"  # its name in the admin's menu
PLAIN = "einfach"
"""Word of the address that shows menu, search and filters as plain links and fields: Wagtail's need scripts."""


def topics(request: Any) -> QuerySet[TopicPage]:
    """Return the topics to choose from, of each what a list needs."""
    return TopicPage.objects.filter(live=True).only("title", "path").order_by("title")


class CaseFilterSet(WagtailFilterSet):
    ansicht = django_filters.ChoiceFilter(label="Ansicht", choices=Queue.choices, method="filter_queue")
    state = django_filters.ChoiceFilter(label="Zustand", choices=CaseState.choices)
    topic = django_filters.ModelChoiceFilter(label="Thema", queryset=topics, method="filter_topic")
    format = django_filters.ModelChoiceFilter(label="Format", queryset=Format.objects.all())
    district = django_filters.ModelChoiceFilter(
        label="Landkreis", queryset=District.objects.all(), field_name="municipality__district"
    )

    class Meta:
        model = Case
        fields = ["ansicht", "state", "topic", "format", "district"]

    def filter_queue(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        """The view has done it, since the queue decides about the order as well."""
        return rows

    def filter_topic(self, rows: QuerySet[Case], name: str, value: TopicPage) -> QuerySet[Case]:
        """A topic stands for those below it."""
        below = TopicPage.objects.filter(path__startswith=value.path).order_by().values("pk")
        return rows.filter(topic__in=below)


def _places(request: HttpRequest) -> list[MenuItem]:
    """Return what the menu „Beratung“ has for a person."""
    shown = admin_menu.menu_items_for_request(request)
    found = [item for item in shown if item.name == MENU and isinstance(item, SubmenuMenuItem)]
    return [item for menu in found for item in menu.menu.menu_items_for_request(request)]


def _address(case: Case) -> str:
    return reverse("consultations_case", args=[case.pk])


class DeskView(BaseListingView):
    """All cases the person may see, by queue."""

    model = Case
    template_name = "consultations/desk/board.html"
    results_template_name = "wagtailadmin/generic/listing_results.html"
    page_title = TITLE
    header_icon = "group"
    index_url_name = "consultations_desk"
    index_results_url_name = "consultations_desk_results"
    filterset_class = CaseFilterSet
    is_searchable = True
    paginate_by = 50
    verbose_name_plural = "Vorgänge"
    columns = [
        TitleColumn("subject", label="Anliegen", get_url=_address),
        CaseNumberColumn("reference", label="Nummer, Eingang"),
        TownColumn("municipality", label="Kommune, Thema"),
        LeadColumn("lead", label="Zuständig"),
        DueColumn("answer_due", label="Antwort fällig"),
        StateColumn("state", label="Zustand", accessor="get_state_display", primary=lambda case: case.is_open),
    ]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        rights.demand(request.user, rights.VIEW)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def queue(self) -> str:
        """The queue that is shown. Who chooses none sees what is open, who searches everything."""
        asked = self.request.GET.get("ansicht", "")
        if asked in Queue.values:
            return asked
        return Queue.ALL if self.request.GET.get("q") or self.request.GET.get("state") else Queue.TEAM

    def get_search_form(self) -> SearchForm:
        return SearchForm(self.request.GET) if self.search_kwarg in self.request.GET else SearchForm()

    def get_base_queryset(self) -> QuerySet[Case]:
        # Not joined: sorting thousands of rows with all of their pages and people costs more than four queries.
        # Of a page its title alone: the rest of one is dozens of columns.
        topic = Prefetch("topic", TopicPage.objects.only("title"))
        rows = rights.scope(self.request.user).prefetch_related(
            "municipality", topic, "lead__user", deputies.with_absence()
        )
        rows = rows.filter(queues.condition(self.queue, self.request.user))
        return queues.ordered(rows, self.queue)

    def search_queryset(self, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return case_words.search(queryset, self.search_query) if self.is_searching else queryset

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if not self.results_only:
            numbers = queues.counts(self.request.user)
            address = reverse(self.index_url_name)
            context["counts"] = [
                {"count": numbers.get(queue), "label": queue.label, "url": f"{address}?ansicht={queue.value}",
                 "current": self.queue == queue}
                for queue in Queue
            ]  # fmt: skip
            user = self.request.user
            context["may_add"] = user.has_perm(rights.ADD) and not rights.is_external(user)
            context["may_read_towns"] = rights.reads_notes(user)
            context["arrived"] = incoming_mails.number_for(user)
            if PLAIN in self.request.GET:
                context |= self._plain(context["filters"])
        return context

    def _plain(self, filters: WagtailFilterSet) -> dict[str, Any]:
        """Return search and filters as one form, and the menu, for who has no scripts."""
        form = filters.get_form_class()(self.request.GET, auto_id="plain_%s")
        form.fields = {"q": forms.CharField(label="Suche", required=False), **form.fields}
        return {"plain_form": form, "places": _places(self.request)}
