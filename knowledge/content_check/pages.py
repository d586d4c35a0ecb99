"""What readers see on one page: each question and each result of a decision help is a page of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from knowledge.content_check.attached import Attached
from knowledge.content_check.content import Subject
from knowledge.content_check.passages import Passage
from portal.core.content_io.problems import KeyPath

NODES = "nodes"  # the key of a decision help under which its questions and results stand


@dataclass
class SeenPage:
    """The passages on one page, and the legal basis named there, each entry with its line."""

    passages: list[Passage] = field(default_factory=list)
    legal_basis: list[tuple[int, str]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """Everything that is said on the page."""
        return [passage.plain for passage in self.passages] + [basis for _, basis in self.legal_basis]


def pages_of(subject: Subject | Attached) -> Iterator[SeenPage]:
    """Yield the pages a file makes, in the order of reading; the first question stands on the start page."""
    if isinstance(subject, Attached):
        yield SeenPage(subject.passages)
        return
    start, nodes = SeenPage(), dict[str | int, SeenPage]()

    def page_at(at: KeyPath) -> SeenPage:
        stands_on_start = at[:1] != (NODES,) or at[1:2] in {(), (0,)}
        return start if stands_on_start else nodes.setdefault(at[1], SeenPage())

    for passage in subject.passages:
        page_at(passage.at).passages.append(passage)
    for at, basis in subject.places_of("legal_basis"):
        page_at(at).legal_basis.append((subject.line_of(*at), basis))
    yield start
    yield from nodes.values()
