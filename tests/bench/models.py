from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from wagtail.fields import RichTextField
from wagtail.models import Page


class BarePage(Page):
    """A page as Wagtail's tutorial makes it: title and rich text, no cache, no extras."""

    body = RichTextField(blank=True)
    template = "bench/bare.html"

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> TemplateResponse:
        response = super().serve(request, *args, **kwargs)
        response["Cache-Control"] = "private"
        return response
