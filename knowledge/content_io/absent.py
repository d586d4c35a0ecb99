"""What the portal has no longer, although files still name it: found before anything is written.

An import does not make again what was deleted, renamed or moved in the portal. A reference to it is left out and
reported; what cannot do without it is not taken at all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from knowledge.content_io.load import Loaded
from knowledge.content_io.tree import parent_path
from portal.core.content_io import Document, Problem
from portal.core.content_io.keys import EMPTY

ABSENT = "„{path}“ gibt es im Portal nicht oder nicht mehr unter dieser Adresse."
LEFT_OUT = f"{ABSENT} Der Verweis darauf bleibt weg."
NOT_TAKEN = f"{ABSENT} Ohne den Verweis fehlt hier etwas: {{reason}} Die Datei wird nicht eingelesen."
NO_PARENT = f"Die Seite darüber: {ABSENT} Die Datei wird nicht eingelesen."
EMPTY_KEY = "Der Schlüssel „{name}“ wäre leer."


class Absent:
    """What a folder holds or names but its import does not make; all by slug path.

    `present`: the paths whose objects exist; `removed`: those of the folder that are not made again.
    """

    def __init__(self, loaded: Loaded, *, present: Collection[str], removed: Collection[str]) -> None:
        self.loaded = loaded
        self.present = present
        self.removed = set(removed)
        self.refused: dict[str, Problem] = {}  # files not taken, each with its first reason
        self.documents: dict[str, Document] = {}  # documents without the references that lead nowhere
        self.left_out: dict[str, list[Problem]] = {}

    @property
    def gone(self) -> set[str]:
        return self.removed | (set(self.refused) - set(self.present))

    def settle(self) -> None:
        """Find all of it: what is not taken takes what needs it along."""
        gone, known = self.gone, -1
        while gone and len(self.refused) != known:
            known = len(self.refused)
            for path, parsed in self.loaded.parsed.items():
                if parsed.document is not None and path not in self.removed and path not in self.refused:
                    self._look_at(path, parsed.document, gone)
            gone = self.gone

    def _look_at(self, path: str, document: Document, gone: set[str]) -> None:
        above = parent_path(path)
        if document.kind.is_page and path not in self.present and above in gone:
            self.refused[path] = Problem(self.loaded.parsed[path].file, 1, NO_PARENT.format(path=above))
            return
        found = self._references(path, document, gone)
        if not found:
            return
        kind = document.kind
        meta = {key.name: key.without(document.meta.get(key.name), gone) for key in kind.keys}
        short = replace(document, meta={**document.meta, **meta}, body=kind.body.without(document.body, gone))
        if reason := self._lack(path, document, short):
            line, name = found[0]
            message = NOT_TAKEN.format(path=name, reason=reason)
            self.refused[path] = Problem(self.loaded.parsed[path].file, line, message)
            return
        self.documents[path] = short
        file = self.loaded.parsed[path].file
        self.left_out[path] = [Problem(file, line, LEFT_OUT.format(path=name)) for line, name in found]

    def _references(self, path: str, document: Document, gone: set[str]) -> list[tuple[int, str]]:
        """Return the references to what is gone: line of the file and slug path."""
        parsed = self.loaded.parsed[path]
        in_head = [
            (parsed.line_of((key.name, *at)), name)
            for key in document.kind.keys
            for at, name in key.references(document.meta.get(key.name))
        ]
        in_body = document.kind.body.references(document.body)
        return sorted({place for place in (*in_head, *in_body) if place[1] in gone})

    def _lack(self, path: str, document: Document, short: Document) -> str:
        """Return why the document is none without its references; empty where it is."""
        for key in document.kind.keys:
            emptied = short.meta.get(key.name) in EMPTY and document.meta.get(key.name) not in EMPTY
            if key.required and emptied:
                return EMPTY_KEY.format(name=key.name)
        return next((error.message for error in self.loaded.faults_of(path, short)), "")

    def restored(self, stored: Document) -> Document:
        """Return a stored document with the references its file still names and the portal lost by a deletion.

        So it was imported, if nobody has edited it since; nobody edits a page by deleting another one.
        """
        path = stored.path
        if path not in self.documents:
            return stored
        full, short = self.loaded.parsed[path].document, self.documents[path]
        meta = {
            name: full.meta.get(name) if full and _same(value, short.meta.get(name)) else value
            for name, value in stored.meta.items()
        }
        body = full.body if full and stored.body == short.body else stored.body
        return replace(stored, meta=meta, body=body)


def _same(one: object, other: object) -> bool:
    return one == other or (one in EMPTY and other in EMPTY)
