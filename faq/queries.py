"""Reads of questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from faq.models import QuestionPage
from knowledge import validation
from knowledge.queries import Reader
from knowledge.retired import STEPS, retired
from knowledge.trust import trust_line
from portal.core.models import Significance
from portal.core.review.corrections import notices_of

REPLACED_IS_MAJOR = (
    "Wer diese Frage abonniert hat, muss von der neuen erfahren: Wählen Sie „Wesentliche Änderung“ und sagen Sie, "
    "was an ihre Stelle tritt."
)


def last_successor(question: QuestionPage) -> QuestionPage | None:
    """Return the live question that replaces a retired one, or None; as many replacements as in lists count."""
    seen = {question.pk}
    current, found = question, None
    while current.successor_id and current.successor_id not in seen and len(seen) <= STEPS:
        seen.add(current.successor_id)
        current = QuestionPage.objects.get(pk=current.successor_id)
        found = current if current.live else found
    return found


def predecessors(question: QuestionPage) -> list[QuestionPage]:
    """Return the questions that lead to one, over as many replacements as lists look at."""
    leading = Q()
    for steps in range(1, STEPS + 1):
        leading |= Q(**{"__".join(["successor"] * steps): question})
    return list(QuestionPage.objects.filter(leading).exclude(pk=question.pk))


def questions_of_topic(topic: Any, reader: Reader) -> list[dict[str, Any]]:
    """Return the questions of a topic for its accordion, without retired ones, each with an anchor; one query."""
    further = QuestionPage.topics.through.objects.filter(topicpage=topic.pk).values("questionpage")
    pages = QuestionPage.objects.filter(
        Q(path__startswith=topic.path, depth=topic.depth + 1) | Q(pk__in=further)
    ).exclude(retired(""))
    rows = reader.filter(pages).order_by("sort_order", "title").defer("facts", "rendered", "legal_basis")
    anchors = _anchors(rows, topic)
    return [
        {
            "anchor": anchors[row.pk],
            "question": row.title,
            "short_answer": row.short_answer,
            "url": row.get_url(reader.request) or "",
            "has_more": bool(row.body.raw_data),
            "notices": notices_of(row),
            "trust": trust_line(row),
        }
        for row in rows
    ]


def _anchors(rows: Iterable[Any], topic: Any) -> dict[int, str]:
    """Return one anchor for each question: by its slug, which is a second time followed by its number.

    Questions of the topic itself come first, so that another topic's question never takes away their address.
    """
    found: dict[int, str] = {}
    used: set[str] = set()
    for row in sorted(rows, key=lambda row: (not row.path.startswith(topic.path), row.pk)):
        anchor = f"frage-{row.slug}"
        while anchor in used:
            anchor = f"{anchor}-{row.pk}"
        used.add(anchor)
        found[row.pk] = anchor
    return found


def successor_errors(question: Any) -> Iterable[tuple[str, str]]:
    """Yield why a question must not go live with its successor (a rule of the review)."""
    if question.successor is not None:
        yield "successor", validation.successor_error(question, question.successor)
        if question.change_significance == Significance.MINOR and _is_new(question):
            yield "change_significance", REPLACED_IS_MAJOR


def _is_new(question: Any) -> bool:
    """True when readers of a live question are led to another one than before."""
    row = QuestionPage.objects.filter(pk=question.pk, live=True).values_list("successor", flat=True)
    return any(before != question.successor_id for before in row)
