"""What the base adds to Wagtail: who may have a file, and the screens of the running portal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from wagtail import hooks
from wagtail.wagtail_hooks import require_wagtail_login

from portal.core.context import level_of_request
from portal.core.documents import level_of_document


@hooks.register("before_serve_document")
def check_document_level(document: Any, request: HttpRequest) -> HttpResponse | None:
    """Serve a file only to those who may read a page that links it."""
    if level_of_request(request).covers(level_of_document(document)):
        return None
    if not request.user.is_authenticated:
        response: HttpResponse = require_wagtail_login(next=request.get_full_path())
        return response
    raise PermissionDenied
