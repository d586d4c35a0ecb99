"""Which pages use a term."""

from __future__ import annotations

from django.http import HttpRequest

from knowledge.models import GlossaryTerm
from knowledge.readable import PageRow


def pages_using(term: GlossaryTerm, request: HttpRequest) -> list[PageRow]:
    return []
