"""The kind `question`, registered in `FaqConfig.ready`."""

from __future__ import annotations

from typing import Any

from faq.models import QuestionPage
from faq.queries import last_successor
from knowledge.content_io.body import StreamBody
from knowledge.content_io.keys import ShortAnswerKey
from knowledge.content_io.kinds import (
    audience_key,
    evidence_keys,
    owner_keys,
    page_keys,
    related_key,
    review_key,
    topics_key,
)
from portal.core.content_io import IntegerKey, Kind, PageKey, register


class QuestionKind(Kind):
    def successor_of(self, instance: Any) -> Any:
        return last_successor(instance)


QUESTION = QuestionKind(
    "question",
    QuestionPage,
    (
        *page_keys(),
        ShortAnswerKey("short_answer", required=True),
        topics_key(),
        audience_key(),
        *evidence_keys(),
        *owner_keys(),
        related_key(),
        review_key(),
        IntegerKey("order", "sort_order", default=100),
        PageKey("successor", types=("question",)),
    ),
    StreamBody(),
    order=40,
)


def register_kinds() -> None:
    register(QUESTION)
