"""Columns of the desk: cells as plain strings, since fifty rows of templates are half of what a page costs."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import date
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from wagtail.admin.ui.tables import Column, StatusTagColumn

from consultations import deputies
from consultations.models import Case

DAY = "d.m.Y"


class CellColumn(Column):
    """A column whose cell is the escaped text, or the safe HTML, that `cell` returns."""

    cell_class = ""

    def cell(self, case: Case) -> str:
        """Return what stands in the cell of a case."""
        return str(self.get_value(case) or "")

    def render_cell_html(self, instance: Case, parent_context: dict[str, Any]) -> str:
        classes = format_html(' class="{}"', self.cell_class) if self.cell_class else ""
        return format_html("<td{}>{}</td>", classes, self.cell(instance))


class LeadColumn(CellColumn):
    """Who leads the case; while they are away, until when and who stands in."""

    def cell(self, case: Case) -> str:
        if case.lead is None:
            return "niemand"
        away = deputies.words_of(case.lead)
        return format_html("{}<br><small>{}</small>", case.lead, away) if away else str(case.lead)


class DueColumn(CellColumn):
    """The day the centre owes a word; what is late is said in words."""

    def cell(self, case: Case) -> str:
        day = case.answer_due
        if day is None:
            return ""
        late = mark_safe('<br><strong class="kp-admin-overdue">überfällig</strong>')
        return format_html("{}{}", date(day, DAY), late if day < timezone.localdate() else "")


class CaseNumberColumn(CellColumn):
    """The number in one piece, and the day the case came in."""

    cell_class = "kp-admin-number"

    def cell(self, case: Case) -> str:
        arrived = date(timezone.localtime(case.created_at), DAY)
        return format_html("{}<br><small>{}</small>", case.reference, arrived)


class TownColumn(CellColumn):
    """The municipality and, beneath it, the topic: one column less, so that the table fits a usual screen."""

    def cell(self, case: Case) -> str:
        topic = format_html("<br><small>{}</small>", case.topic.title) if case.topic is not None else ""
        return format_html("{}{}", case.municipality.name, topic)


class StateColumn(StatusTagColumn):
    """The state as Wagtail shows one, rendered once for each state of a table and not for each row."""

    def render_cell_html(self, instance: Case, parent_context: dict[str, Any]) -> str:
        known: dict[str, str] = parent_context["table"].__dict__.setdefault("_rendered_states", {})
        if instance.state not in known:
            known[instance.state] = super().render_cell_html(instance, parent_context)
        return known[instance.state]
