"""Which answers are visits: pages opened by readers, whether built anew or out of the page cache."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from knowledge.decisions.counter import count_result
from knowledge.visits.counter import counter
from portal.core.readers import is_reader


class VisitMiddleware:
    """Stands before the page cache, so that it sees the answers the cache gives; costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        page_id = getattr(request, "served_page_id", None)
        if page_id is None or request.method != "GET" or getattr(request, "is_dummy", False):
            return response
        shown = response.status_code == 304 or (
            response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
        )
        if shown and is_reader(request):
            self._count(page_id, getattr(request, "served_part", ""))
        return response

    @staticmethod
    def _count(page_id: int, part: str) -> None:
        """A result of a decision help is counted instead of the page: how often it was opened is known already."""
        if part:
            count_result(page_id, part)
        else:
            counter.count(page_id)
