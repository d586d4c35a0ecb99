"""What advice does with personal data (Art. 13 and 14 GDPR), as a public page and as Markdown."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consultations.opening import when_open
from consultations.privacy import record
from consultations.privacy.table import table
from portal.core.context import surroundings
from portal.core.markdown_answers import markdown_answer, offer_markdown

TITLE = "Datenschutz in der Beratung"
LEAD = "Was wir mit Ihren Angaben machen, wenn Sie Beratung anfragen, auf welcher Grundlage und wie lange."


@when_open
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the notices."""
    context = {
        **record.context(table(), surroundings(request).operator, public=True), "title": TITLE, "lead": LEAD,
        "breadcrumbs": [{"title": "Startseite", "url": "/"}], "meta": {"title": TITLE, "description": LEAD},
    }  # fmt: skip
    return offer_markdown(render(request, "consultations/privacy/notices.html", context), request.path)


@when_open
@never_cache
@require_safe
def markdown(request: HttpRequest) -> HttpResponse:
    """The same as Markdown."""
    lines = [LEAD, "", *record.markdown(table(), surroundings(request).operator)]
    return markdown_answer(TITLE, reverse("consultation_privacy"), lines)
