"""The kind `question`, registered in `FaqConfig.ready`."""

from __future__ import annotations

from collections.abc import Iterable
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
    search_words_key,
    topics_key,
)
from knowledge.content_io.tree import home_page, path_below
from portal.core.content_io import BadContentError, IntegerKey, Kind, PageKey, World, register


def _successors(world: World) -> dict[str, str]:
    """Return which question replaces which, by slug path: as the files say, else as the portal has it."""
    if "successors" not in world.cache:
        home = home_page().url_path
        rows = QuestionPage.objects.filter(successor__isnull=False).values_list("url_path", "successor__url_path")
        found = {path_below(home, old): path_below(home, new) for old, new in rows}
        found |= {item.path: item.meta.get("successor") or "" for item in world.documents("question")}
        world.cache["successors"] = found
    known: dict[str, str] = world.cache["successors"]
    return known


class QuestionKind(Kind):
    def faults(self, path: str, meta: dict[str, Any], world: World) -> Iterable[BadContentError]:
        """Report a question that leads back to itself: readers would be sent round in a circle."""
        replaced_by, seen = _successors(world), {path}
        following = replaced_by.get(path, "")
        while following and following not in seen:
            seen.add(following)
            following = replaced_by.get(following, "")
        if following == path:
            message = "Die Fragen ersetzen einander im Kreis. Nennen Sie eine Frage, die selbst gültig ist."
            yield BadContentError(message, at=("successor",))

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
        search_words_key(),
        *evidence_keys(),
        *owner_keys(),
        related_key(),
        IntegerKey("order", "sort_order", default=100),
        PageKey("successor", types=("question",)),
    ),
    StreamBody(),
    order=40,
)


def register_kinds() -> None:
    register(QUESTION)
