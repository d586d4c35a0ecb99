"""The fact sheet in Wagtail's admin: list, form, and what keeps a fact in use from being deleted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from knowledge.facts.panels import UsingPagesPanel
from knowledge.facts.queries import use_counts
from knowledge.models import Fact
from portal.core.widgets import let_pastes_be_counted


def counts_of(request: Any) -> Counter[str]:
    """Return the uses of all facts, counted once for filter and list."""
    if not hasattr(request, "_fact_uses"):
        request._fact_uses = use_counts()
    found: Counter[str] = request._fact_uses
    return found


class FactForm(WagtailAdminModelForm):
    """The identifier stands once the fact exists: pages name it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        let_pastes_be_counted(self)
        if self.instance.pk and "identifier" in self.fields:
            self.fields["identifier"].disabled = True


class FactFilterSet(WagtailFilterSet):
    mark = django_filters.ChoiceFilter(label="Gewissheit", choices=Fact.Mark.choices)
    used = django_filters.ChoiceFilter(
        label="Genutzt",
        choices=[("ja", "Seiten oder Einträge stützen sich darauf"), ("nein", "Nichts stützt sich darauf")],
        method="filter_used",
    )

    class Meta:
        model = Fact
        fields = ["mark", "used"]

    def filter_used(self, facts: QuerySet[Fact], name: str, value: str) -> QuerySet[Fact]:
        used = list(counts_of(self.request))
        return facts.filter(identifier__in=used) if value == "ja" else facts.exclude(identifier__in=used)


class FactIndexView(IndexView):
    """The list; how many pages rest on each fact is counted once for all rows."""

    def get_table(self, object_list: Any) -> Any:
        counts = counts_of(self.request)
        for fact in object_list:
            fact.pages = counts[fact.identifier]
        return super().get_table(object_list)


class FactViewSet(SnippetViewSet):
    """What the statements of the pages rest on."""

    model = Fact
    icon = "pick"
    menu_label = "Fakten"
    menu_name = "fakten"
    menu_order = 230
    add_to_admin_menu = True
    copy_view_enabled = False
    index_view_class = FactIndexView
    list_display = [
        "identifier",
        Column("statement", label="Aussage"),
        "mark",
        Column(
            "state_date", label="Stand", accessor=lambda fact: f"{fact.state_date:%d.%m.%Y}", sort_key="state_date"
        ),
        Column("pages", label="Seiten und Einträge"),
    ]
    filterset_class = FactFilterSet
    search_fields = ["identifier", "statement", "source"]
    search_backend_name = None
    ordering = ["identifier"]
    list_per_page = 50
    edit_handler = ObjectList(
        [
            FieldPanel("identifier"),
            FieldPanel("statement"),
            FieldPanel("mark"),
            FieldPanel("source"),
            FieldPanel("url"),
            FieldPanel("state_date"),
            FieldPanel("unused_reason"),
            UsingPagesPanel(),
        ],
        base_form_class=FactForm,
    )


register_snippet(FactViewSet)


@hooks.register("before_delete_snippet")
def keep_facts_in_use(request: HttpRequest, instances: list[Any]) -> HttpResponse | None:
    """Refuse to delete a fact that pages name, and say what to do first."""
    facts = [item for item in instances if isinstance(item, Fact)]
    counts = use_counts() if facts else {}
    used = [fact.identifier for fact in facts if counts.get(fact.identifier)]
    if not used:
        return None
    messages.error(
        request,
        f"Nicht gelöscht: Auf {', '.join(used)} stützen sich noch Seiten oder Einträge. "
        "Nehmen Sie die Kennung dort heraus, dann lässt sich der Fakt löschen.",
    )
    return redirect(reverse("wagtailsnippets_knowledge_fact:list"))
