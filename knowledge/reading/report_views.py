"""What the reports on content have in common: who may read them, one look at the rows, the way to a page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.reports import ReportView

READ = "knowledge.read_content_reports"


class ContentReportView(ReportView):
    """A report with filters, pages and export; `note` says above the rows what has to be known of them."""

    results_template_name = "knowledge/reading/report_results.html"
    note = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(READ):
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_filtered_queryset(self) -> QuerySet[Any]:
        """Return the rows filtered once; the report's own method would filter them a second time."""
        return self.get_queryset()

    def get_note(self) -> str:
        return self.note

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(*args, **kwargs), "note": "" if self.is_export else self.get_note()}

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        return self.decorate(list(object_list))

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Add to the rows of one page (or of the whole export) what no query of theirs gives."""
        return rows

    @cached_property
    def show_export_buttons(self) -> bool:
        return True


class ReportItem(MenuItem):
    """The entry of such a report in the menu "Berichte"."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(READ))


def report_urls(folder: str, view: type[ContentReportView]) -> list[URLPattern]:
    """Return the two addresses of a report, below "berichte/"."""
    return [
        path(f"berichte/{folder}/", view.as_view(), name=view.index_url_name),
        path(
            f"berichte/{folder}/ergebnisse/",
            view.as_view(results_only=True),
            name=view.index_results_url_name,
        ),
    ]
