"""What the search knows of a findable thing, independent of the app it comes from and of the engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property

from portal.core.visibility import Visibility


@dataclass(frozen=True)
class Kind:
    """A kind of findable thing as readers see it; `code` stands in addresses (`?art=`)."""

    code: str
    label: str
    plural: str
    order: int = 50
    suggest_group: str = "Seiten"


@dataclass(frozen=True)
class SearchDocument:
    """One findable thing at the moment it was read from the database.

    `key` is "<source>:<primary key>". `topics` holds the ids of its topics and of all their ancestors, so that
    a filter on a topic finds what lies beneath. `defines` and `cites` are provisions as "<act slug>/9/1"
    (§ 9 Abs. 1), the act as a whole as "<act slug>". `page_texts` is the text of a file, page by page.
    `linked_from` names the page ids that make a file findable. `suggest` are the phrases it is suggested for
    while typing, with `suggest_label` as the text shown.
    """

    key: str
    kind: str
    title: str
    url: str
    level: Visibility = Visibility.PUBLIC
    question: str = ""
    keywords: str = ""
    summary: str = ""
    body: str = ""
    page_texts: tuple[str, ...] = ()
    topics: tuple[int, ...] = ()
    primary_topic: int | None = None
    tags: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    linked_from: tuple[int, ...] = ()
    suggest: tuple[str, ...] = ()
    suggest_label: str = ""
    badge: str = ""
    changed: date | None = None
    reviewed: date | None = None
    version: int = 0
    weight: float = field(default=1.0)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 over everything the index holds of the document."""
        values = [getattr(self, name) for name in _FIELD_NAMES]
        payload = json.dumps(values, default=str, ensure_ascii=False)
        return hashlib.sha256(payload.encode()).hexdigest()

    @property
    def fields(self) -> dict[str, tuple[str, ...]]:
        """Return the texts by searched field: `all` holds every text once, `title` singles out what names it.

        One field with everything scores better than the best of many: a question's words are spread over them.
        """
        title = (self.title, self.question)
        fields = {"title": title, "all": (*title, self.keywords, self.summary, self.text)}
        return {name: tuple(text for text in texts if text) for name, texts in fields.items()}

    @property
    def text(self) -> str:
        """Return the running text: the body, and behind a form feed each the pages of a file.

        So the form feeds before a word are the number of its page; before the first one stands no page.
        """
        return "\f".join((self.body, *self.page_texts))


@dataclass(frozen=True)
class Change:
    """Something findable has changed: `model` is "<app_label>.<model>", for pages "wagtailcore.page"."""

    model: str
    pk: int
    subtree: bool = False


@dataclass(frozen=True)
class Citation:
    """An act or provision named in a search; `ref` is "<act slug>" or "<act slug>/9/1", start/end its place.

    `alone` says that nothing else was typed.
    """

    ref: str
    label: str
    start: int
    end: int
    alone: bool = False

    @property
    def is_act(self) -> bool:
        """True for an act as a whole."""
        return "/" not in self.ref

    @property
    def act(self) -> str:
        return self.ref.split("/", 1)[0]

    @property
    def ancestors(self) -> list[str]:
        """Return the wider provisions and the act, nearest first: "ozg/9/1" gives "ozg/9", "ozg"."""
        parts = self.ref.split("/")
        return ["/".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]

    def is_among(self, refs: Iterable[str]) -> bool:
        """True where some of what is defined or cited is this, or a part of it: "ozg/9/1" for "ozg/9"."""
        return any(item == self.ref or item.startswith(f"{self.ref}/") for item in refs)


def split_key(key: str) -> tuple[str, int]:
    """Return source name and primary key of a document key."""
    source, _, pk = key.rpartition(":")
    return source, int(pk)


_FIELD_NAMES = tuple(item.name for item in fields(SearchDocument))
