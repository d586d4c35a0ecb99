"""The report "Aufgaben nach Team": how much is open, and how long things take; about nobody but oneself."""

from __future__ import annotations

from typing import Any

from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, Table
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin

from portal.core.models import WorkItem
from portal.core.work_figures import TeamFigures, report

WITHHELD = "nicht gezeigt"


def days(value: float | None) -> str:
    """Return a number of days in German: "3,5 Tage"."""
    if value is None:
        return "–"
    number = f"{value:.1f}".replace(".", ",").removesuffix(",0")
    return f"{number} {'Tag' if number == '1' else 'Tage'}"


def _count(value: int | None) -> str:
    return WITHHELD if value is None else str(value)


def _median(number: int | None, value: float | None) -> str:
    return WITHHELD if number != 0 and value is None else days(value)


def _columns(label: str) -> list[Column]:
    return [
        Column("team", label=label),
        Column("open", label="Offen", accessor=lambda row: _count(row.figures.open)),
        Column("overdue", label="Überfällig", accessor=lambda row: _count(row.figures.overdue)),
        Column("ownerless", label="Ohne Zuständige", accessor=lambda row: _count(row.figures.ownerless)),
        Column(
            "age",
            label="Alter der offenen (Median)",
            accessor=lambda row: _median(row.figures.open, row.figures.open_days),
        ),
        Column("closed", label="Beendet in 90 Tagen", accessor=lambda row: _count(row.figures.closed)),
        Column(
            "time",
            label="Zeit bis zum Ende (Median)",
            accessor=lambda row: _median(row.figures.closed, row.figures.closing_days),
        ),
    ]


class WorkReportView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """Counts and medians by team."""

    model = WorkItem
    page_title = "Aufgaben nach Team"
    header_icon = "tasks"
    template_name = "core/screens/work_report.html"
    any_permission_required = ["view"]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = report(self.request.user)
        return {
            **super().get_context_data(**kwargs),
            "teams": _table(
                "Team",
                [
                    *found.teams,
                    TeamFigures("Alle Teams" if found.complete else "Alle gezeigten Teams", found.everything),
                ],
            ),
            "own": _table("Person", [TeamFigures("Ich", found.own)]),
            "withheld": found.everything.withheld or any(row.figures.withheld for row in found.teams),
        }


def _table(label: str, rows: list[TeamFigures]) -> Table:
    return Table(_columns(label), rows, caption="Aufgaben nach Team" if label == "Team" else "Meine Aufgaben")
