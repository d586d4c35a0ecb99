"""Plain functions that make content for tests: German, with umlauts, through the same saves as the portal."""

from tests.factories.content import (
    article,
    home,
    markdown,
    question,
    role_page,
    standard_page,
    template,
    topic,
    topic_index,
)
from tests.factories.deadlines import deadline
from tests.factories.decisions import decision, decision_index
from tests.factories.facts import fact
from tests.factories.law import act, law_text
from tests.factories.people import member, staff
from tests.factories.terms import term

__all__ = [
    "act",
    "article",
    "deadline",
    "decision",
    "decision_index",
    "fact",
    "home",
    "law_text",
    "markdown",
    "member",
    "question",
    "role_page",
    "staff",
    "standard_page",
    "template",
    "term",
    "topic",
    "topic_index",
]
