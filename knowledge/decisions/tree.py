"""A decision help as a tree of questions and results: what it is made of, and what may be wrong with it.

Nothing here knows pages, forms or files: the form of the admin, the review and the import ask the same rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from portal.core.content_io.problems import suggestion
from portal.core.text import german_slug

STEP, RESULT = "step", "result"
MAX_KEY = 40
MAX_LABEL = 1000
MAX_NODES = 80
MAX_WAYS = 60
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Answer:
    """One answer to a question, and the key of the node it leads to."""

    label: str
    next: str

    @cached_property
    def slug(self) -> str:
        """What stands for the answer in an address: a reworded answer is another one, and no old link means it."""
        return german_slug(self.label, max_length=MAX_KEY)

    @cached_property
    def words(self) -> str:
        """The answer without signs and capitals."""
        return german_slug(self.label, max_length=MAX_LABEL)


@dataclass(frozen=True)
class Node:
    """A question (`step`) or a result; `title` is the question or the statement."""

    kind: str
    key: str
    title: str
    answers: tuple[Answer, ...] = ()
    has_ground: bool = False
    """A result names a provision or a source."""
    value: Any = None
    """The block the node was read from."""

    @property
    def is_result(self) -> bool:
        return self.kind == RESULT

    def answer(self, slug: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.slug == slug), None) if slug else None


@dataclass(frozen=True)
class Fault:
    """What is wrong at one place; `lacking`: it is only unfinished, which a draft may be.

    `node` counts from 0 and is -1 for the tree as a whole, `answer` is -1 where the node itself is meant.
    """

    node: int
    field: str
    message: str
    lacking: bool = True
    answer: int = -1


@dataclass(frozen=True)
class Tree:
    """The nodes in their order; the first question is the start."""

    nodes: tuple[Node, ...]

    @cached_property
    def by_key(self) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for node in self.nodes:
            if node.key:  # one just begun has none: no answer leads there
                found.setdefault(node.key, node)
        return found

    @property
    def start(self) -> Node | None:
        return self.nodes[0] if self.nodes else None

    def get(self, key: str) -> Node | None:
        return self.by_key.get(key)

    @cached_property
    def faults(self) -> list[Fault]:
        """Everything that keeps the tree from going live."""
        found = [*self._whole(), *self._keys(), *self._answers(), *self._grounds()]
        loops = list(self._loops())
        return [*found, *loops, *([] if loops else self._unreachable())]

    def _whole(self) -> Iterator[Fault]:
        if not self.nodes:
            yield Fault(-1, "", "Legen Sie mindestens eine Frage und ein Ergebnis an.")
        elif self.nodes[0].is_result:
            yield Fault(0, "key", "Am Anfang steht eine Frage. Ziehen Sie die erste Frage nach oben.")
        if len(self.nodes) > MAX_NODES:
            message = f"Es sind {len(self.nodes)} Fragen und Ergebnisse; erlaubt sind {MAX_NODES}."
            yield Fault(-1, "", message, lacking=False)

    def _keys(self) -> Iterator[Fault]:
        first: dict[str, int] = {}
        for place, node in enumerate(self.nodes):
            if not node.key:
                yield Fault(place, "key", "Geben Sie ein Kürzel an, zum Beispiel „bundesrecht“.")
            elif not _KEY.fullmatch(node.key) or len(node.key) > MAX_KEY:
                message = (
                    f"„{node.key[:MAX_KEY]}“ ist kein Kürzel: Erlaubt sind kleine Buchstaben ohne Umlaute, "
                    f"Ziffern und Bindestriche, höchstens {MAX_KEY} Zeichen."
                )
                yield Fault(place, "key", message, lacking=False)
            elif node.key in first:
                message = f"Das Kürzel „{node.key}“ steht zweimal da, zuerst an Stelle {first[node.key] + 1}."
                yield Fault(place, "key", message, lacking=False)
            first.setdefault(node.key, place)

    def _answers(self) -> Iterator[Fault]:
        known = [node.key for node in self.nodes if node.key]
        for place, node in enumerate(self.nodes):
            if node.is_result:
                continue
            if len(node.answers) < 2:
                yield Fault(place, "answers", f"Die Frage „{node.key}“ braucht mindestens zwei Antworten.")
            seen: Counter[str] = Counter()
            for number, answer in enumerate(node.answers):
                yield from self._answer(place, node, number, known, seen)
                seen[answer.slug] += 1

    @staticmethod
    def _answer(place: int, node: Node, number: int, known: list[str], seen: Counter[str]) -> Iterator[Fault]:
        answer = node.answers[number]
        if not answer.slug:
            yield Fault(place, "label", "Schreiben Sie die Antwort aus.", answer=number)
        elif seen[answer.slug]:
            message = f"Die Antwort „{answer.label}“ gibt es bei dieser Frage schon."
            if answer.words not in {other.words for other in node.answers[:number]}:
                message = (
                    f"Die Antwort „{answer.label}“ beginnt wie eine andere dieser Frage. Antworten einer Frage "
                    f"müssen sich in den ersten {MAX_KEY} Zeichen unterscheiden: So stehen sie in der Adresse."
                )
            yield Fault(place, "label", message, lacking=False, answer=number)
        if not answer.next:
            message = (
                f"Sackgasse: Die Antwort „{answer.label}“ der Frage „{node.key}“ führt nirgendwohin. Nennen Sie "
                "das Kürzel, zu dem es weitergeht."
            )
            yield Fault(place, "next", message, answer=number)
        elif answer.next not in known:
            message = (
                f"Sackgasse: Die Antwort „{answer.label}“ der Frage „{node.key}“ führt zu „{answer.next}“; eine "
                f"Frage oder ein Ergebnis mit diesem Kürzel gibt es nicht.{suggestion(answer.next, known)[:200]}"
            )
            yield Fault(place, "next", message, lacking=False, answer=number)

    def _grounds(self) -> Iterator[Fault]:
        for place, node in enumerate(self.nodes):
            if node.is_result and not node.has_ground:
                message = (
                    f"Das Ergebnis „{node.key}“ nennt keine Rechtsgrundlage und keine Quelle. Geben Sie "
                    "mindestens eine an."
                )
                yield Fault(place, "legal_basis", message)

    def _loops(self) -> Iterator[Fault]:
        """Walk in depth; an answer that leads to a question above its own closes a circle."""
        places = {node.key: place for place, node in reversed(list(enumerate(self.nodes)))}
        done: set[str] = set()
        for root in self.nodes:
            if root.key in done:
                continue
            stack: list[tuple[Node, int]] = [(root, 0)]
            while stack:
                node, number = stack.pop()
                if number >= len(node.answers):
                    done.add(node.key)
                    continue
                stack.append((node, number + 1))
                target = self.get(node.answers[number].next)
                if target is None or target.key in done:
                    continue
                above = [other.key for other, _ in stack]
                if target.key in above:
                    circle = " → ".join([*above[above.index(target.key) :], target.key])
                    message = f"Die Fragen führen im Kreis: {circle}. Jeder Weg muss bei einem Ergebnis enden."
                    yield Fault(places[node.key], "next", message, lacking=False, answer=number)
                else:
                    stack.append((target, 0))

    def _unreachable(self) -> Iterator[Fault]:
        reached: set[str] = set()
        waiting = [self.nodes[0].key] if self.nodes else []
        while waiting:
            key = waiting.pop()
            if key not in reached:
                reached.add(key)
                node = self.get(key)
                waiting += [answer.next for answer in node.answers] if node else []
        for place, node in enumerate(self.nodes):
            if node.key and node.key not in reached:
                kind = "Das Ergebnis" if node.is_result else "Die Frage"
                message = f"{kind} „{node.key}“ erreicht niemand: Keine Antwort führt dorthin."
                yield Fault(place, "key", message)

    def ways(self) -> list[tuple[list[str], Node | None]]:
        """Return the ways as they are walked: the answers in words, and where they end; at most `MAX_WAYS`."""
        found: list[tuple[list[str], Node | None]] = []
        waiting: list[tuple[list[str], Node | None, frozenset[str]]] = [([], self.start, frozenset())]
        while waiting and len(found) < MAX_WAYS:
            said, node, above = waiting.pop()
            if node is None or node.is_result or not node.answers or node.key in above:
                found.append((said, node if node is not None and node.is_result else None))
                continue
            waiting += [
                ([*said, answer.label], self.get(answer.next), above | {node.key})
                for answer in reversed(node.answers)
            ]
        return found if self.nodes else []


def text_of(value: Any) -> str:
    """Return a text of one line."""
    return " ".join(str(value or "").split())


def _items(value: Any) -> list[Any]:
    """Return the values of a list block, as blocks or as a revision stores them."""
    return [item["value"] if isinstance(item, dict) and "value" in item else item for item in value or []]


def node_of(kind: str, value: Any) -> Node:
    """Read a block, or the same as it is stored."""
    key = text_of(value.get("key"))
    if kind == RESULT:
        grounds = [text_of(value.get("legal_basis"))]
        grounds += [text_of(item.get("title")) for item in _items(value.get("sources"))]
        return Node(RESULT, key, text_of(value.get("statement")), has_ground=any(grounds), value=value)
    answers = tuple(
        Answer(text_of(item.get("label")), text_of(item.get("next"))) for item in _items(value.get("answers"))
    )
    return Node(STEP, key, text_of(value.get("question")), answers, value=value)


def tree_of(body: Sequence[Any]) -> Tree:
    """Read the stream of a page."""
    return Tree(tuple(node_of(child.block_type, child.value) for child in body or ()))
