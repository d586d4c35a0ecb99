"""What is checked: every file as the import reads it, with its passages, its acts, terms and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from knowledge.act_names import names_of
from knowledge.acts import ActIndex
from knowledge.content_check.attached import Attached, attached_files
from knowledge.content_check.passages import Passage, Place, passages_of
from knowledge.content_check.provisions import KnownProvisions
from knowledge.content_check.registry import Finding, Severity
from knowledge.content_io.keys import FACT_FOLDER, acts_of
from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import StoredContent
from knowledge.glossary import TermIndex, index_of_terms
from knowledge.models import GlossaryTerm
from portal.core.content_io import KINDS, Document, Parsed, document_of
from portal.core.content_io.problems import KeyPath

# Where a kind says up to when what it says was checked.
STATE_KEYS = ("content_as_of", "version_date", "state")


def names_in(head: dict[str, Any]) -> list[str]:
    """Return all names of the act whose head this is."""
    return names_of(head.get("abbreviation") or "", head.get("title") or "", head.get("aliases") or [])


@dataclass
class Subject:
    """One file, or one object of a file of many."""

    parsed: Parsed
    document: Document

    @property
    def file(self) -> str:
        return self.parsed.file

    @property
    def path(self) -> str:
        return self.document.path

    @property
    def kind(self) -> str:
        return self.document.kind.name

    @property
    def meta(self) -> dict[str, Any]:
        return self.document.meta

    @property
    def is_fact(self) -> bool:
        """Facts are the editors' own sheet: readers never see them."""
        return self.document.kind.folder == FACT_FOLDER

    @property
    def state(self) -> date | None:
        """The day up to which the content was checked, as it says itself."""
        return next((value for name in STATE_KEYS if isinstance(value := self.meta.get(name), date)), None)

    @cached_property
    def passages(self) -> list[Passage]:
        return passages_of(self.parsed)

    @property
    def body(self) -> list[Passage]:
        return [passage for passage in self.passages if passage.place is not Place.HEAD]

    def has_key(self, name: str) -> bool:
        """True when the kind knows a key, whether this file names it or not."""
        return self.document.kind.key(name) is not None

    def places_of(self, name: str) -> Iterator[tuple[KeyPath, Any]]:
        """Yield the items of every list with a name in the head, however deep, each with where it stands."""
        return _lists_of(self.meta, name, ())

    def lists_of(self, name: str) -> Iterator[tuple[int, Any]]:
        """Yield the items of every list with a name in the head, however deep, each with its line."""
        return ((self.parsed.line_of(at), item) for at, item in self.places_of(name))

    def line_of(self, *at: str | int) -> int:
        place: KeyPath = at
        return self.parsed.line_of(place)

    def error(self, check: str, line: int, message: str) -> Finding:
        return Finding(self.file, line, check, message, Severity.ERROR)

    def warning(self, check: str, line: int, message: str) -> Finding:
        return Finding(self.file, line, check, message, Severity.WARNING)


class Content:
    """All that is checked together, and the world in which its references count.

    A file that says itself that it is an unfinished draft is for no reader yet and left out.
    """

    def __init__(self, loaded: Loaded, *, rules: Path, laws: Path | None = None) -> None:
        self.loaded = loaded
        self.rules = rules
        self.laws = laws
        self._slugs: dict[str, set[str]] = {}
        self.subjects = [
            Subject(parsed, parsed.document)
            for parsed in loaded.parsed.values()
            if parsed.document is not None and not parsed.document.draft
        ]

    @property
    def for_readers(self) -> Iterator[Subject]:
        """What readers see: everything but the sheet of facts."""
        return (subject for subject in self.subjects if not subject.is_fact)

    @property
    def facts(self) -> Iterator[Subject]:
        return (subject for subject in self.subjects if subject.is_fact)

    @property
    def with_words(self) -> Iterator[Subject | Attached]:
        """Everything in which something may be said: files of content and the files beside them."""
        return chain(self.subjects, self.attached)

    @cached_property
    def attached(self) -> list[Attached]:
        """The files beside the pages that hold words."""
        return list(attached_files(self.loaded.root))

    @cached_property
    def acts(self) -> ActIndex:
        """The acts by all their names, those of the portal included."""
        return acts_of(self.loaded)

    @cached_property
    def act_heads(self) -> dict[str, dict[str, Any]]:
        """The head of each act by slug: whom it binds, what holds instead, which provisions are summed up."""
        return {document.path.rpartition("/")[2]: document.meta for document in self._with_stored("act")}

    @cached_property
    def terms(self) -> list[GlossaryTerm]:
        """The terms of the glossary, as unsaved objects."""
        return [_term_of(document) for document in self._with_stored("term")]

    @cached_property
    def term_index(self) -> TermIndex:
        """The terms that a text explains at their first use."""
        return index_of_terms(term for term in self.terms if term.explain)

    @cached_property
    def provisions(self) -> KnownProvisions:
        return KnownProvisions.load(self.acts, self.laws)

    def slugs(self, name: str) -> set[str]:
        """The slugs of a kind of snippets: those of the files and what the portal has published besides."""
        if name not in self._slugs:
            kind = KINDS[name]
            coming = {document.path.rpartition("/")[2] for document in self.loaded.documents(name)}
            stored = {kind.slug_of(row) for row in kind.all() if getattr(row, "live", True)}
            self._slugs[name] = coming | stored
        return self._slugs[name]

    def _with_stored(self, name: str) -> Iterable[Document]:
        """Return the documents of a kind of snippets, completed by what the portal has published besides."""
        kind = KINDS[name]
        coming = {document.path: document for document in self.loaded.documents(name) if not document.draft}
        stored = StoredContent(self.loaded.tree)
        for instance in kind.all():
            path = f"{kind.folder}/{kind.slug_of(instance)}"
            if path not in coming and getattr(instance, "live", True):
                coming[path] = document_of(instance, kind, path, stored)
        return coming.values()


def _lists_of(value: Any, name: str, at: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == name and isinstance(inner, list):
                yield from (((*at, key, index), item) for index, item in enumerate(inner))
            else:
                yield from _lists_of(inner, name, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _lists_of(inner, name, (*at, index))


def _term_of(document: Document) -> GlossaryTerm:
    meta = document.meta
    return GlossaryTerm(
        slug=document.path.rpartition("/")[2],
        term=meta.get("term") or "",
        expansion=meta.get("expansion") or "",
        synonyms="\n".join(meta.get("synonyms") or []),
        explain=meta.get("explain") is not False,
        meaning=document.kind.body.text(document.body),
    )
