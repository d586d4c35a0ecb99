"""The report "Suche auswerten": what is searched for and how it ends, with something to do in each row."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from portal.core.models import WorkItem
from search.insight import queries
from search.insight.actions import BY_WORK, KINDS, begin, latest
from search.insight.chart import Chart, chart
from search.insight.models import SearchDay
from search.steering.targets import titles

READ, ACT = "search.view_searchday", "search.change_searchday"
PER_PAGE = 25
ENGINES = {"embedded": "eingebettet", "elasticsearch": "Elasticsearch", "database": "Datenbank (Ersatz)"}


class _Figures(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """What both screens share: who may, and the period."""

    model = SearchDay
    any_permission_required = ["view"]
    header_icon = "search"

    @property
    def days(self) -> int:
        asked = self.request.GET.get("zeit", "")
        return int(asked) if asked in {str(days) for days in queries.PERIODS} else 28

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "days": self.days, "periods": queries.PERIODS, "period": queries.PERIODS[self.days]}


class SearchesView(_Figures):
    page_title = "Suche auswerten"
    template_name = "search/admin/searches.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today, asked = timezone.localdate(), self.request.GET.get("sicht", "")
        view = asked if asked in queries.VIEWS else "haeufig"
        found = queries.searches(view, today=today, days=self.days)
        page = Paginator(found, PER_PAGE).get_page(self.request.GET.get("p"))
        steps = queries.trend(today=today, days=self.days)
        return {
            **super().get_context_data(**kwargs),
            "view": view,
            "views": queries.VIEWS,
            "page_obj": page,
            "rows": _rows(list(page.object_list)),
            "steps": steps,
            "charts": _charts(steps),
            "actions": KINDS.values() if self.request.user.has_perm(ACT) else (),
        }


def _charts(steps: list[queries.Step]) -> list[Chart]:
    return [
        chart("searches", "Suchen", [step.searches for step in steps]),
        chart("nothing", "Ohne Treffer", [step.nothing for step in steps]),
        chart("unclicked", "Ohne Klick", [step.unclicked for step in steps]),
        chart("slow", "Langsam", [step.slow for step in steps]),
    ]


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each search its last action and what that has changed; two queries for all."""
    items = latest(row["normal"] for row in rows)
    ended = {key: item for key, item in items.items() if item.closed_at is not None}
    days = {key: timezone.localtime(item.closed_at).date() for key, item in ended.items()}
    done = [item for item in ended.values() if item.state == WorkItem.State.DONE]  # the others were not needed
    about = queries.helped(done, days)
    for row in rows:
        item = items.get(row["normal"])
        row["item"], row["helped"] = item, about.get(row["normal"])
        row["action"] = BY_WORK[item.kind].label if item else ""
        row["ignored"] = item is not None and item.kind == KINDS["egal"].work
        row["average"] = round(row["time"] / row["total"])
        row["rank"] = round(row["places"] / row["clicked"], 1) if row["clicked"] else None
        row["engine"] = ENGINES.get(row["engines"], row["engines"])
    return rows


class PagesView(_Figures):
    page_title = "Seiten in der Suche"
    template_name = "search/admin/pages.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        items = super().get_breadcrumbs_items()
        return [*items[:-1], {"url": reverse("search_figures"), "label": SearchesView.page_title}, items[-1]]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        best, worst = (queries.pages(today=today, days=self.days, best=value) for value in (True, False))
        named = titles(row["key"] for row in (*best, *worst))
        for row in (*best, *worst):
            row["title"] = named.get(row["key"], "nicht mehr veröffentlicht")
            row["percent"] = round(100 * row["clicked"] / max(1, row["seen"]))
        return {**super().get_context_data(**kwargs), "best": best, "worst": worst}


@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Begin an action on a search: a work item, and where a rule does it, the form of that rule."""
    if not request.user.has_perm(ACT):
        raise PermissionDenied
    action, same = KINDS.get(request.POST.get("aktion", "")), request.POST.get("suche", "")[:200]
    row = SearchDay.objects.filter(normal=same, count__gt=0).order_by("-day", "-pk").first()
    if action is None or row is None:
        raise Http404
    note = f"Zuletzt {row.hits} Treffer für „{row.text}“ am {row.day:%d.%m.%Y}."
    item = begin(action=action, text=row.text, same=same, note=note, actor=request.user)
    messages.success(request, f"Als Aufgabe vermerkt: {item.title}")
    if action.rule and request.user.has_perm("search.add_steeringrule"):
        asked = urlencode({"art": action.rule, "woerter": row.text})
        return redirect(f"{reverse('search_rules:add')}?{asked}")
    back = urlencode({name: request.POST[name] for name in ("sicht", "zeit") if request.POST.get(name)})
    return redirect(f"{reverse('search_figures')}?{back}")


class FiguresItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(READ))


def figures_urls() -> list[URLPattern]:
    return [
        path("berichte/suche/", SearchesView.as_view(), name="search_figures"),
        path("berichte/suche/seiten/", PagesView.as_view(), name="search_pages"),
        path("berichte/suche/handeln/", act, name="search_act"),
    ]
