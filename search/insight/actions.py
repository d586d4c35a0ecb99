"""What people do about a search: each action is a work item, and its end is what the numbers are compared by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from portal.core import work
from portal.core.models import WorkItem
from search.steering.models import SteeringRule
from search.steering.rules import normal


@dataclass(frozen=True)
class Action:
    """Something to do about a search; `rule` is the kind of rule that does it, if one does."""

    code: str
    label: str
    work: str
    title: str
    rule: str = ""


KINDS = {
    action.code: action
    for action in (
        Action("artikel", "Artikel schreiben", "search_article", "Artikel schreiben zur Suche „{text}“"),
        Action("frage", "Frage schreiben", "search_question", "Frage schreiben zur Suche „{text}“"),
        Action("gleich", "Gleiches Wort", "search_synonym", "Gleiche Wörter prüfen zur Suche „{text}“", "equal"),
        Action("oben", "Treffer nach oben", "search_pin", "Treffer nach oben bei der Suche „{text}“", "pin"),
        Action("egal", "Nichts tun", "search_ignored", "Nichts zu tun bei der Suche „{text}“"),
    )
}
BY_WORK = {action.work: action for action in KINDS.values()}


@transaction.atomic
def begin(*, action: Action, text: str, same: str, note: str, actor: Any) -> WorkItem:
    """Open the work item of an action on a search; to do nothing is decided at once."""
    item = work.open_item(
        kind=action.work, title=action.title.format(text=text), dedupe_key=same, note=note, actor=actor,
        source=f"Suche auswerten: {text}",
    )  # fmt: skip
    if action.code == "egal":
        work.set_state(item=item, state=WorkItem.State.DISMISSED, actor=actor)
    return item


def end_by_rule(*, rule: SteeringRule, actor: Any) -> None:
    """End the open items that a saved rule has done: those of its words and searches."""
    does = SteeringRule.Kind.EQUAL if rule.kind == SteeringRule.Kind.ONE_WAY else rule.kind
    kinds = [action.work for action in KINDS.values() if action.rule == does]
    for word in rule.word_list:
        for kind in kinds:
            work.close_item(kind=kind, dedupe_key=normal(word)[:200], actor=actor)


def latest(searches: Iterable[str]) -> dict[str, WorkItem]:
    """Return the latest item of each search, given in its normal form; one query."""
    rows = WorkItem.objects.filter(kind__in=BY_WORK, dedupe_key__in=list(searches)).select_related("owner")
    return {item.dedupe_key: item for item in rows.order_by("pk")}
