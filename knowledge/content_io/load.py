"""Read a whole folder and say everything that is wrong with it, before anything is written."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextField

from knowledge.content_io.files import FOLDER, SourceFiles
from knowledge.content_io.tree import PageTree, StoredContent, is_content_file, parent_path, path_of_file
from knowledge.models import ImportRecord
from portal.core.addresses import TAKEN, answered_elsewhere
from portal.core.content_io import (
    KINDS,
    BadContentError,
    Document,
    Kind,
    Parsed,
    PlainBody,
    Problem,
    check_length,
    document_of,
    dump_sheet,
    may_lack,
    parse_document,
    parse_sheet,
    reading,
)
from portal.core.content_io.keys import EMPTY, UNREADABLE
from portal.core.content_io.kinds import INDEX
from portal.core.text import printable

MAX_BYTES = 1_000_000
EMPTY_CODES = frozenset({"blank", "null", "required"})
_SLUG = re.compile(r"[-a-zA-Z0-9_]+$")


class Loaded:
    """All files of a folder, read; also the world against which references are checked."""

    def __init__(self, root: Path, tree: PageTree) -> None:
        self.root = root.resolve()
        self.tree = tree
        self.files = SourceFiles(root)
        self.parsed: dict[str, Parsed] = {}  # by slug path
        self.problems: list[Problem] = []
        self.cache: dict[str, Any] = {}
        self.faulty: set[str] = set()  # slug paths of what was read and has faults; known once it is checked
        self._broken: set[str] = set()  # slug paths of files that cannot be read at all

    # -- the world ---------------------------------------------------------------------------------------

    @property
    def broken(self) -> Collection[str]:
        return self._broken

    def type_of(self, path: str) -> str:
        if path in self.broken:
            return UNREADABLE
        parsed = self.parsed.get(path)
        if parsed is not None and parsed.document is not None:
            return parsed.document.kind.name if parsed.document.kind.is_page else ""
        return self.tree.types.get(path, "")

    def require_file(self, name: str, *, image: bool = False) -> None:
        self.files.require(name, image=image)

    def paths(self) -> Collection[str]:
        coming = {path for path, parsed in self.parsed.items() if parsed.document and parsed.document.kind.is_page}
        return sorted(coming | set(self.tree.ids))

    def canonical(self) -> dict[str, str]:
        """Return all files that were read, in the one form an export writes."""
        sheets = {kind.sheet: dump_sheet(kind, self.documents(kind.name)) for kind in KINDS.values() if kind.sheet}
        return {
            parsed.file: sheets.get(parsed.file) or parsed.document.written()
            for parsed in self.parsed.values()
            if parsed.document is not None
        }

    def documents(self, kind: str) -> Collection[Document]:
        return [doc for doc in self.all_documents() if doc.kind.name == kind]

    def all_documents(self) -> Iterator[Document]:
        for parsed in self.parsed.values():
            if parsed.document is not None:
                yield parsed.document

    # -- reading -----------------------------------------------------------------------------------------

    def fail(self, file: str, message: str, line: int = 1) -> None:
        self.problems.append(Problem(file, line, message))

    def read(self, only: str = "") -> None:
        """Read all files; with `only`, those whose slug path is it or stands below it."""
        for name in _content_files(self.root, self):
            path = path_of_file(name)
            if only and path != only and not path.startswith(f"{only}/"):
                continue
            if path in self.parsed:
                self.fail(name, f"Denselben Pfad hat schon die Datei {self.parsed[path].file}.")
                continue
            text = self._text(name)
            if text is None:
                self._broken.add(path)
                continue
            parsed = parse_document(name, path, text)
            self.parsed[path] = parsed
            if parsed.document is None:
                self._broken.add(path)
            for error in parsed.errors:
                self.fail(name, error.message, error.line or parsed.line_of(error.at))
        for kind in KINDS.values():
            if kind.sheet and (self.root / kind.sheet).is_file():
                self._read_sheet(kind, only)

    def _read_sheet(self, kind: Kind, only: str) -> None:
        """Read the one file of a kind; where it cannot be read, its folder counts as broken."""
        if only and only.split("/", maxsplit=1)[0] != kind.folder:
            return
        text = self._text(kind.sheet)
        try:
            rows = [] if text is None else parse_sheet(kind, kind.sheet, text)
        except BadContentError as error:
            text = None
            self.fail(kind.sheet, error.message, error.line or 1)
        if text is None:
            self._broken.add(kind.folder)
            return
        for parsed in rows:
            path = parsed.document.path if parsed.document else ""
            for fault in parsed.errors:
                self.fail(kind.sheet, fault.message, fault.line or parsed.line_of(fault.at))
            if path in self.parsed:
                first = self.parsed[path].line_of((kind.name_key,))
                message = f"{parsed.part} steht zweimal da, zuerst in Zeile {first}."
                self.fail(kind.sheet, message, parsed.line_of((kind.name_key,)))
            elif not only or only in (kind.folder, path):
                self.parsed[path] = parsed

    def _text(self, name: str) -> str | None:
        path = self.root / name
        if not path.resolve().is_relative_to(self.root):
            self.fail(name, "Die Datei ist ein Verweis aus dem Ordner hinaus.")
            return None
        size = path.stat().st_size
        if size > MAX_BYTES:
            shown = f"{size / 1_000_000:.1f}".replace(".", ",")
            self.fail(name, f"Die Datei ist mit {shown} MB zu groß; höchstens 1 MB.")
            return None
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            self.fail(name, "Die Datei ist nicht in UTF-8 geschrieben. Speichern Sie sie als UTF-8.", line)
            return None
        if "\0" in text:
            self.fail(name, "Die Datei enthält ein Nullzeichen.", text[: text.index("\0")].count("\n") + 1)
            return None
        return printable(text)

    # -- checking ----------------------------------------------------------------------------------------

    def check(self) -> None:
        """Check places, references, names and fields; every fault becomes a problem."""
        for path, parsed in self.parsed.items():
            if parsed.document is None:
                continue
            with reading(draft=parsed.document.draft):
                found = list(_faults(path, parsed.document, self, {error.at[:1] for error in parsed.errors}))
            for error in found:
                self.fail(parsed.file, error.message, error.line or parsed.line_of(error.at))
                self.faulty.add(path)
            if parsed.errors:
                self.faulty.add(path)
        self._check_names()
        self.problems.sort()

    def faults_of(self, path: str, document: Document) -> list[BadContentError]:
        """Return what is wrong with another form of a document that has been read without fault."""
        with reading(draft=document.draft):
            return list(_faults(path, document, self, set()))

    def _check_names(self) -> None:
        """No two objects share a name, in the folder or with what the portal holds besides."""
        seen = self._taken()
        for path, parsed in self.parsed.items():
            if parsed.document is None:
                continue
            kind = parsed.document.kind
            for key, name, folded in kind.names(parsed.document.meta):
                other = seen.setdefault((kind.name, folded), path) if folded else path
                if other != path:
                    self.fail(parsed.file, f"„{name}“ gehört schon zu {other}.", parsed.line_of((key,)))

    def _taken(self) -> dict[tuple[str, str], str]:
        stored = StoredContent(self.tree)
        taken: dict[tuple[str, str], str] = {}
        for kind in KINDS.values():
            if kind.is_page or not any(True for _ in kind.names({})):
                continue
            for instance in kind.all():
                path = f"{kind.folder}/{kind.slug_of(instance)}"
                if path not in self.parsed:
                    meta = document_of(instance, kind, path, stored).meta
                    taken.update({(kind.name, folded): path for _, _, folded in kind.names(meta)})
        return taken


def _content_files(root: Path, loaded: Loaded) -> Iterable[str]:
    """Return the names of all content files in a stable order, pages above before pages below."""
    names = []
    for folder, folders, files in os.walk(root):
        for name in list(folders):
            link = Path(folder) / name
            if link.is_symlink() and not link.resolve().is_relative_to(root):
                loaded.fail(link.relative_to(root).as_posix(), "Der Ordner ist ein Verweis aus dem Ordner hinaus.")
        here = Path(folder).relative_to(root)
        names += [(here / name).as_posix() for name in files if is_content_file([*here.parts, name])]
    return sorted(names, key=lambda name: (path_of_file(name).count("/"), name))


def _faults(path: str, document: Document, loaded: Loaded, broken: set[Any]) -> Iterable[BadContentError]:
    kind = document.kind
    yield from _place_faults(path, document, loaded)
    for key in kind.keys:
        value = document.meta.get(key.name)
        if value in EMPTY:
            continue
        for error in key.check(value, loaded):
            yield BadContentError(error.message, at=(key.name, *error.at))
    # What could not be read is not missing: that has been said at the key itself.
    yield from (error for error in kind.faults(path, document.meta, loaded) if error.at[:1] not in broken)
    yield from kind.body.check(document.body, loaded)
    yield from _field_faults(document, broken)


def _place_faults(path: str, document: Document, loaded: Loaded) -> Iterable[BadContentError]:
    kind = document.kind
    if kind.sheet:
        return  # its place is the file; the identifier is checked as a value
    for part in path.split("/"):
        if not _SLUG.match(part):
            message = f"„{part}“ ist keine Adresse: erlaubt sind Kleinbuchstaben a–z, Ziffern und Bindestriche."
            yield BadContentError(message)
    yield from _length_faults(path, kind)
    if not kind.is_page:
        if path.rpartition("/")[0] != kind.folder:
            yield BadContentError(f"Der Typ {kind.name} steht im Ordner „{kind.folder}/“.", at=("type",))
        return
    if path.split("/", maxsplit=1)[0] in {FOLDER, *(other.folder for other in KINDS.values() if other.folder)}:
        yield BadContentError(f"In diesem Ordner stehen keine Seiten vom Typ {kind.name}.", at=("type",))
        return
    if path != INDEX and answered_elsewhere(f"/{path}/"):
        yield BadContentError(TAKEN.format(address=f"/{path}/"))
        return
    yield from _parent_faults(path, document, loaded)


def _length_faults(path: str, kind: Kind) -> Iterable[BadContentError]:
    """Yield what is too long about the place of a file: its own name, and the whole path as it is recorded."""
    columns = {field.name: field for field in kind.model._meta.concrete_fields}
    checks = [(path.rpartition("/")[2], columns.get("slug"), "Die Adresse (der Name der Datei)")]
    checks += [(path, ImportRecord._meta.get_field("path"), "Der Pfad der Datei")]
    for text, column, what in checks:
        try:
            if column is not None:
                check_length(text, column, what=what)
        except BadContentError as error:
            yield error


def _parent_faults(path: str, document: Document, loaded: Loaded) -> Iterable[BadContentError]:
    kind = document.kind
    existing = loaded.tree.types.get(path)
    if existing and existing != kind.name:
        yield BadContentError(f"An dieser Adresse gibt es schon eine Seite vom Typ {existing}.", at=("type",))
        return
    allowed = [model.md_type for model in kind.model.allowed_parent_page_models() if hasattr(model, "md_type")]
    if path == INDEX:
        if allowed:
            yield BadContentError("Im Stammordner steht nur die Startseite (type: home).", at=("type",))
        return
    above = parent_path(path)
    parent = loaded.type_of(above)
    if not parent:
        yield BadContentError(f"Die Seite darüber („{above}“) gibt es nicht.")
    elif parent not in [*allowed, UNREADABLE]:
        message = f"Eine Seite vom Typ {kind.name} steht nur unter: {', '.join(allowed) or 'keiner anderen'}."
        yield BadContentError(message, at=("type",))


class _Nothing:
    """Import context for checks: nothing may be looked up."""


def _field_faults(document: Document, broken: set[Any]) -> Iterable[BadContentError]:
    """Check the values against the model's fields (lengths, addresses, choices)."""
    instance = document.kind.make("pruefung")
    keys = [key for key in document.kind.keys if not (key.late or key.makes_objects or (key.name,) in broken)]
    names = {key.attribute: key.name for key in keys}
    for key in keys:
        key.assign(instance, document.meta.get(key.name), _NOTHING)
    yield from _text_faults(instance, names)
    fields = {field.name for field in instance._meta.concrete_fields}
    try:
        instance.clean_fields(exclude=fields - set(names))
    except ValidationError as error:
        for attribute, faults in error.error_dict.items():
            at = (names.get(attribute, attribute),)
            # What may not be missing in a draft either was told by the key itself.
            told = [fault for fault in faults if not (may_lack() and fault.code in EMPTY_CODES)]
            for message in (message for fault in told for message in fault.messages):
                yield BadContentError(f"„{at[0]}“: {message}", at=at)
    yield from _body_faults(document)


def _body_faults(document: Document) -> Iterable[BadContentError]:
    """Check a text that is one attribute of the object against its field."""
    if isinstance(document.kind.body, PlainBody) and (document.body or not may_lack()):
        try:
            document.kind.model._meta.get_field(document.kind.body.attribute).run_validators(document.body)
        except ValidationError as error:
            yield from (BadContentError(f"Der Text unter dem Kopf: {message}") for message in error.messages)


def _text_faults(instance: Any, names: dict[str, str]) -> Iterable[BadContentError]:
    """Check the lengths of long texts, which Django leaves to forms."""
    for field in instance._meta.concrete_fields:
        value = getattr(instance, field.attname)
        if field.name in names and isinstance(field, TextField) and isinstance(value, str):
            name = names[field.name]
            try:
                check_length(value, field, what=f"„{name}“", at=(name,))
            except BadContentError as error:
                yield error


_NOTHING: Any = _Nothing()
