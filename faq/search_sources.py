"""Questions are findable; a retired one is not, its address leads to its successor."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from faq.models import QuestionPage
from knowledge.retired import retired
from knowledge.search_sources import TrustedSource
from search.documents import Kind

QUESTION = Kind("question", "Frage", "Fragen und Antworten", 20, "Fragen")


class QuestionSource(TrustedSource):
    name = "question"
    kind = QUESTION
    model = QuestionPage

    def queryset(self) -> QuerySet[Any]:
        return super().queryset().exclude(retired(""))
