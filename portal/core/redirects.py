"""Old addresses of pages lead to new ones, but never to themselves, and no browser keeps where they led."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from wagtail.contrib.redirects.middleware import RedirectMiddleware


class PortalRedirectMiddleware(RedirectMiddleware):
    """Wagtail's redirects without the one in a circle.

    A page that was moved and moved back keeps the redirect from its present address to itself. It shows once the
    page is offline, and browsers keep a permanent redirect.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer = self._redirected(request, response)
        if answer.status_code in (301, 308):
            # What was moved may come back, and what was replaced may count again: browsers ask each time.
            answer.headers.setdefault("Cache-Control", "no-cache")
        return answer

    def _redirected(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer: HttpResponse = super().process_response(request, response)
        location = urlsplit(answer.get("Location", "")) if answer is not response else None
        if location is not None and location.path == request.path and location.netloc in ("", request.get_host()):
            return response
        return answer
