"""The report "Rückmeldungen": which pages help least, for those who can change that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, Table, TitleColumn
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from knowledge.feedback.queries import LONG, MIN_VOTES, POOR_SHARE, SHORT, Votes, open_items, pages_by_share
from knowledge.feedback.services import FEEDBACK_KIND
from portal.core.dashboard import Countings, Figure, Numbers
from portal.core.models import WorkItem

PER_PAGE = 50


def _votes(page: Any, span: str) -> Votes:
    return Votes(getattr(page, f"yes_{span}"), getattr(page, f"no_{span}"))


def _share(votes: Votes) -> str:
    return "–" if votes.share is None else f"{votes.share} %"


def _columns(span: str, days: int) -> list[Column]:
    return [
        Column(f"yes_{span}", label=f"Ja ({days} Tage)"),
        Column(f"no_{span}", label=f"Nein ({days} Tage)"),
        Column(
            f"share_{span}", label=f"Anteil Ja ({days} Tage)", accessor=lambda page: _share(_votes(page, span))
        ),
    ]


class FeedbackReportView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Votes by page, the least helpful first; pages with few votes say nothing and are left out."""

    model = WorkItem
    page_title = "Rückmeldungen"
    header_icon = "comment"
    template_name = "knowledge/feedback/report.html"
    any_permission_required = ["view"]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = Paginator(pages_by_share(), PER_PAGE).get_page(self.request.GET.get("p"))
        pages = list(shown.object_list)
        items = open_items([page.pk for page in pages])
        for page in pages:
            page.open_feedback = items.get(page.pk)
        columns = [
            TitleColumn(
                "title", label="Seite", get_url=lambda page: reverse("wagtailadmin_pages:edit", args=[page.pk])
            ),
            *_columns("short", SHORT),
            *_columns("long", LONG),
            OpenColumn("open", label="Offene Meldungen"),
        ]
        return {
            **super().get_context_data(**kwargs),
            "table": Table(columns, pages, caption="Rückmeldungen nach Seite") if pages else None,
            "page_obj": shown,
            "min_votes": MIN_VOTES,
        }


class OpenColumn(Column):
    """The number of open reports, leading to the work item."""

    cell_template_name = "knowledge/feedback/open_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: dict[str, Any]) -> dict[str, Any]:
        found = instance.open_feedback
        may_change = parent_context["request"].user.has_perm("core.change_workitem")
        name = "work_items:edit" if may_change else "work_items:inspect"
        return {
            **super().get_cell_context_data(instance, parent_context),
            "number": found[1] if found else 0,
            "url": reverse(name, args=[found[0]]) if found else "",
        }


def countings(user: Any) -> Countings:
    """What the dashboard counts: open feedback, and pages that help less than every second reader."""
    return {
        "open": WorkItem.objects.filter(kind=FEEDBACK_KIND, state=WorkItem.State.OPEN),
        "poor": pages_by_share().filter(share__lt=POOR_SHARE),
    }


def figures(numbers: Numbers) -> Iterable[Figure]:
    if numbers["open"]:
        yield Figure(
            numbers["open"],
            "Seiten mit offenen Rückmeldungen",
            f"{reverse('work_items:index')}?state=open&kind={FEEDBACK_KIND}",
            one="Seite mit offenen Rückmeldungen",
        )
    if numbers["poor"]:
        yield Figure(
            numbers["poor"],
            "Seiten, die mehr als der Hälfte nicht helfen",
            reverse("knowledge_feedback"),
            one="Seite, die mehr als der Hälfte nicht hilft",
        )
