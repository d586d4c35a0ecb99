"""What decision helps give to registries: the rule of the review, the daily job, the parameters of addresses."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from knowledge.decisions.services import forget_old
from knowledge.decisions.way import AGAIN, MAX_LENGTH, WAY
from knowledge.models import DecisionHelpPage
from portal.core import schedule
from portal.core.pagecache import register_query
from portal.core.review import validation as review


def tree_errors(page: Any) -> Iterable[tuple[str, str]]:
    """Yield what keeps a tree from going live, in words that name question and answer."""
    for message in dict.fromkeys(fault.message for fault in page.tree.faults):
        yield "body", message


def register() -> None:
    """Called when the app is ready."""
    review.register(DecisionHelpPage, tree_errors)
    schedule.register(
        "forget_results", timedelta(days=1), forget_old, title="Alte Zahlen der Entscheidungshilfen löschen",
        offset=timedelta(hours=1, minutes=25), slow=True,
    )  # fmt: skip
    register_query(WAY, rf"[-a-z0-9.~]{{1,{MAX_LENGTH}}}", claimed=True)
    register_query(AGAIN, r"[-a-z0-9]{1,40}", claimed=True)
