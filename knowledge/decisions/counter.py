"""Counts shown results in the memory of a process, as visits are: a number per page, result and month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from knowledge.visits.counter import VisitCounter


def _store(counts: Mapping[Any, int]) -> None:
    from knowledge.decisions import services

    services.add(counts)


results = VisitCounter(_store)


def count_result(page_id: int, result: str) -> None:
    """Count that a result was shown this month; costs no query."""
    results.note((page_id, result, timezone.localdate().replace(day=1)))
