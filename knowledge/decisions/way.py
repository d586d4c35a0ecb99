"""The way through a decision help as it stands in the address: `?weg=frage.antwort~frage.antwort`.

Every answer stands with its question, so that answers hold as long as question and answer do, whatever else has
changed. Nothing about a way is stored anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from knowledge.decisions.tree import MAX_KEY, MAX_NODES, Answer, Node, Tree

WAY, LATER, AGAIN, ANSWER, SENT = "weg", "spaeter", "frage", "antwort", "weiter"
"""The parameters: answers so far, answers kept for questions this way does not meet, question to be shown again,
answer just chosen, "Weiter" was pressed."""
PARAMETERS = frozenset({WAY, LATER, AGAIN, ANSWER, SENT})
MAX_LENGTH = MAX_NODES * 2 * (MAX_KEY + 1)


@dataclass(frozen=True)
class Stop:
    """A question that has been answered."""

    question: Node
    answer: Answer


@dataclass(frozen=True)
class Walk:
    """Where a way leads: the answers that hold, and the node shown next."""

    stops: tuple[Stop, ...]
    node: Node | None
    rest: tuple[tuple[str, str], ...] = ()
    """Answers that still exist, but to questions this way does not meet (yet)."""
    is_outdated: bool = False
    """The address holds what does not hold any more, or never did."""

    @property
    def way(self) -> str:
        """The answers that lead here."""
        return written((stop.question.key, stop.answer.slug) for stop in self.stops)

    @property
    def later(self) -> str:
        """The answers kept for later."""
        return written(self.rest)

    @property
    def everything(self) -> str:
        """The same with the answers kept for later."""
        return written([*((stop.question.key, stop.answer.slug) for stop in self.stops), *self.rest])


def written(pairs: Iterable[tuple[str, str]]) -> str:
    """Return answers as they stand in an address."""
    return "~".join(f"{question}.{answer}" for question, answer in pairs)


def read(raw: str) -> tuple[dict[str, str], bool]:
    """Return the answers an address names by question, and whether all of it could be read."""
    if not raw:
        return {}, True
    answers: dict[str, str] = {}
    whole = len(raw) <= MAX_LENGTH
    for part in raw[:MAX_LENGTH].split("~"):
        question, dot, answer = part.partition(".")
        if dot and question and answer and question not in answers:
            answers[question] = answer
        else:
            whole = False
    return answers, whole


def walk(tree: Tree, raw: str, later: str = "") -> Walk:
    """Follow the answers of an address from the start as far as they hold; those kept for later come second."""
    named, whole = read(raw)
    answers = read(later)[0] | named
    stops: list[Stop] = []
    node = tree.start
    met: set[str] = set()
    while node is not None and not node.is_result and node.key not in met:
        answer = node.answer(answers.get(node.key, ""))
        following = tree.get(answer.next) if answer else None
        if answer is None or following is None:
            break
        met.add(node.key)
        stops.append(Stop(node, answer))
        node = following
    rest = tuple(
        (question, slug)
        for question, slug in answers.items()
        if question not in met and (known := tree.get(question)) is not None and known.answer(slug) is not None
    )
    outdated = not whole or bool(named.keys() - met)
    return Walk(tuple(stops), node, rest, outdated)


def again(walked: Walk, key: str) -> Walk:
    """Return the walk stopped at a question that has been answered, to answer it anew; else the walk itself."""
    for place, stop in enumerate(walked.stops):
        if stop.question.key == key:
            return Walk(walked.stops[:place], stop.question)
    return walked


def answered(tree: Tree, raw: str, key: str, slug: str) -> Walk | None:
    """Return the walk after a question was answered; None where that is no answer to it.

    Later answers stay; the walk keeps those whose questions it does not meet as its rest, for the way back.
    """
    node = tree.get(key)
    if node is None or node.answer(slug) is None:
        return None
    answers, _ = read(raw)
    answers[key] = slug
    return walk(tree, written(answers.items()))


def address(url: str, way: str, **more: Any) -> str:
    """Return the address of a step."""
    query = urlencode({name: value for name, value in {WAY: way, **more}.items() if value})
    return f"{url}?{query}" if query else url
