"""Security headers: a strict policy for readers, one for the admin that lets Wagtail and its preview work."""

from __future__ import annotations

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

ADMIN_PREFIX = "/cms/"


def is_admin_request(request: HttpRequest) -> bool:
    """True for the admin and for Wagtail's preview, which is shown in a frame of the admin."""
    return (
        request.path_info.startswith(ADMIN_PREFIX)
        or bool(getattr(request, "is_dummy", False))
        or bool(getattr(request, "is_preview", False))
    )


class PortalCSPMiddleware(CSPMiddleware):
    """django-csp with two policies (docs/operations.md), plus the headers Django has no setting for."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if report_only:
            return parts
        if parts.config is None:
            parts.config = dict(settings.CSP_ADMIN if is_admin_request(request) else settings.CSP_PUBLIC)
        if settings.SECURE_SSL_REDIRECT:
            parts.config = {**parts.config, "upgrade-insecure-requests": True}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        response = super().process_response(request, response)
        framing = "SAMEORIGIN" if is_admin_request(request) else "DENY"
        response.headers.setdefault("X-Frame-Options", framing)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response
