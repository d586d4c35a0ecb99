"""The checks of the knowledge base, one module each; their order is that of the report within a line."""

from __future__ import annotations

from knowledge.content_check.checks import (
    abbreviations,
    binding,
    certainty,
    citations,
    duplicates,
    facts,
    kinds,
    links,
    next_steps,
    open_questions,
    pictures,
    readability,
    reading,
    roles,
    sources,
    summaries,
    time_words,
)
from knowledge.content_check.registry import register

_CHECKS = (
    reading, citations, binding, summaries, facts, links, sources, time_words, abbreviations, certainty,
    open_questions, duplicates, readability, pictures, kinds, next_steps, roles,
)  # fmt: skip


def register_all() -> None:
    """Make the checks of this app known."""
    for module in _CHECKS:
        register(module.NAME, module.TITLE, module.run)
