"""Kinds of content that can leave and enter the portal as Markdown; each app registers its own.

`finished` is sent after an import (sender: the function; kwargs: `changed`, the number of objects written), so
that the search can rebuild its index without being known here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from django.core.exceptions import FieldDoesNotExist
from django.dispatch import Signal
from django.http import HttpRequest
from wagtail.models import Page, RevisionMixin

from portal.core.content_io import frontmatter
from portal.core.content_io.contexts import ExportContext, ImportContext, World
from portal.core.content_io.keys import EMPTY, Key, clean_text
from portal.core.content_io.problems import BadContentError, KeyPath, may_lack, reading, suggestion

finished = Signal()
INDEX = "index"
DRAFT = "draft"
NO_DRAFTS = "Der Typ {kind} hat keine Entwürfe: Was eingelesen wird, gilt sofort."


class Body(Protocol):
    """What stands below the front matter. The neutral value compares equal when nothing has changed."""

    def parse(self, text: str, *, line: int, errors: list[BadContentError]) -> Any: ...
    def check(self, value: Any, world: World) -> Iterable[BadContentError]: ...
    def references(self, value: Any) -> Iterable[tuple[int, str]]: ...
    def without(self, value: Any, gone: Collection[str]) -> Any: ...
    def read(self, instance: Any, path: str, context: ExportContext) -> Any: ...
    def assign(self, instance: Any, value: Any, path: str, context: ImportContext) -> None: ...
    def text(self, value: Any) -> str: ...


class _NamesNothing:
    """A body that refers to no page: of `references` each would be a line of the file and a slug path."""

    def references(self, value: Any) -> Iterable[tuple[int, str]]:
        return ()

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return value


class PlainBody(_NamesNothing):
    """A body that is one text attribute."""

    def __init__(self, attribute: str, *, required: bool = False) -> None:
        self.attribute = attribute
        self.required = required

    def parse(self, text: str, *, line: int, errors: list[BadContentError]) -> str:
        if self.required and not clean_text(text) and not may_lack():
            errors.append(BadContentError("Unter dem Kopf fehlt der Text.", line=line))
        return clean_text(text)

    def check(self, value: str, world: World) -> Iterable[BadContentError]:
        return ()

    def read(self, instance: Any, path: str, context: ExportContext) -> str:
        return clean_text(getattr(instance, self.attribute))

    def assign(self, instance: Any, value: str, path: str, context: ImportContext) -> None:
        setattr(instance, self.attribute, value)

    def text(self, value: str) -> str:
        return value


class NoBody(_NamesNothing):
    """Below the front matter nothing may stand."""

    def parse(self, text: str, *, line: int, errors: list[BadContentError]) -> None:
        if clean_text(text):
            errors.append(BadContentError("Bei diesem Typ steht unter dem Kopf kein Text.", line=line))

    def check(self, value: None, world: World) -> Iterable[BadContentError]:
        return ()

    def read(self, instance: Any, path: str, context: ExportContext) -> None:
        return None

    def assign(self, instance: Any, value: None, path: str, context: ImportContext) -> None:
        pass

    def text(self, value: None) -> str:
        return ""


@dataclass(frozen=True)
class Kind:
    """One kind: its name in the front matter, its model, its keys in their canonical order, its body.

    `folder` is where files of a snippet stand; `container` pages are always written as `<path>/index.md`;
    `order` decides what is imported first, because rendering a page needs acts and terms; `name_key` is the key
    whose value names the object; `has_address` says whether readers have a page of it; all objects of a kind with
    a `sheet` stand in that one TOML file, below `sheet_note`.
    """

    name: str
    model: type[Any]
    keys: tuple[Key, ...]
    body: Body = field(default_factory=NoBody)
    folder: str = ""
    container: bool = False
    order: int = 50
    name_key: str = "title"
    has_address: bool = True
    sheet: str = ""
    sheet_note: str = ""

    @property
    def is_page(self) -> bool:
        return issubclass(self.model, Page)

    @property
    def has_revisions(self) -> bool:
        return issubclass(self.model, RevisionMixin)

    def names(self, meta: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        """Return the names no two objects may share: key, name, and the form in which names are compared."""
        return ()

    def find(self, slug: str) -> Any:
        """Return the snippet with this slug, or None."""
        return self.model.objects.filter(slug=slug).first()

    def make(self, slug: str) -> Any:
        """Return a new, unsaved snippet or page."""
        return self.model(slug=slug)

    def faults(self, path: str, meta: dict[str, Any], world: World) -> Iterable[BadContentError]:
        """Report what no key alone can see, as values that contradict each other; keys have been checked."""
        return ()

    def successor_of(self, instance: Any) -> Any:
        """Return the page readers are led to instead of this one, or None."""
        return None

    def notes(self, instance: Any, request: HttpRequest) -> Iterable[str]:
        """Return what a page shows its readers and no file holds, as lines: comments of the Markdown form."""
        return ()

    def slug_of(self, instance: Any) -> str:
        return str(instance.slug)

    def all(self) -> Iterable[Any]:
        """Return all snippets, drafts included."""
        return self.model.objects.order_by("slug")

    def key(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)


@dataclass(frozen=True)
class Document:
    """One object as it stands in a file: neutral values, ready to be written or compared.

    `draft`: it may be unfinished and does not go live, whatever an import does with the rest. This belongs to the
    file, not to the object, so it is written but not compared.
    """

    kind: Kind
    path: str
    meta: dict[str, Any]
    body: Any = None
    draft: bool = False

    @property
    def name(self) -> str:
        return str(self.meta.get(self.kind.name_key, ""))

    def text(self) -> str:
        """Return the canonical file; of an object in a file of many, what is compared of it."""
        return self._text

    def written(self) -> str:
        """Return the file as it is written."""
        return self._dumped({DRAFT: True}) if self.draft else self._text

    @cached_property
    def _text(self) -> str:
        return self._dumped({})

    def _dumped(self, particulars: dict[str, Any]) -> str:
        head: dict[str, Any] = {"type": self.kind.name, **particulars}
        for key in self.kind.keys:
            value = self.meta.get(key.name)
            if key.is_text and value not in EMPTY:
                head[key.name] = value
        return frontmatter.dump(head, self.kind.body.text(self.body))


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; called in `AppConfig.ready`."""
    KINDS[kind.name] = kind


def kind_of(instance: Any) -> Kind | None:
    """Return the kind of a (specific) page or snippet."""
    return next((kind for kind in KINDS.values() if type(instance) is kind.model), None)


def document_of(instance: Any, kind: Kind, path: str, context: ExportContext) -> Document:
    """Read an object into its neutral form."""
    meta = {key.name: key.read(instance, context) for key in kind.keys}
    if kind.sheet:
        meta[kind.name_key] = path.rpartition("/")[2]  # a draft may give it another one, which it has not got yet
    return Document(kind, path, meta, kind.body.read(instance, path, context))


@dataclass
class Parsed:
    """A file that was read: its document, where each value stands, and what is wrong with it."""

    file: str
    document: Document | None
    front: frontmatter.FrontMatter
    errors: list[BadContentError]
    part: str = ""  # the name of the object in a file of many

    @property
    def label(self) -> str:
        """Return what reports call it."""
        return f"{self.file} ({self.part})" if self.part else self.file

    def line_of(self, at: KeyPath) -> int:
        return self.front.line_of(at)


def parse_document(file: str, path: str, text: str) -> Parsed:
    """Read one file as far as it can be read; all faults of its own are collected."""
    try:
        front = frontmatter.parse(text)
    except BadContentError as error:
        return Parsed(file, None, frontmatter.FrontMatter(), [error])
    name = front.data.get("type", "")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        message = "Der Schlüssel „type“ fehlt." if not name else f"Den Typ „{name}“ gibt es nicht."
        unknown = BadContentError(f"{message}{suggestion(str(name), sorted(KINDS))}", at=("type",))
        return Parsed(file, None, front, [unknown])
    if kind.sheet:
        elsewhere = BadContentError(f"Der Typ {kind.name} steht in der Datei {kind.sheet}.", at=("type",))
        return Parsed(file, None, front, [elsewhere])
    errors: list[BadContentError] = []
    draft = is_draft(kind, front, errors)
    with reading(draft=draft):
        meta = meta_of(kind, front, errors)
        body = kind.body.parse(front.body, line=front.body_line, errors=errors)
    return Parsed(file, Document(kind, path, meta, body, draft), front, errors)


def is_draft(kind: Kind, front: frontmatter.FrontMatter, errors: list[BadContentError]) -> bool:
    """Tell whether a head says that its object is an unfinished draft; what is wrong with that: `errors`."""
    word = front.data.get(DRAFT, "false")
    if word not in ("true", "false"):
        errors.append(BadContentError("Hier steht true oder false.", at=(DRAFT,)))
    if word == "true" and not kind.has_revisions:
        errors.append(BadContentError(NO_DRAFTS.format(kind=kind.name), at=(DRAFT,)))
    return bool(word == "true" and kind.has_revisions)


def _may_wait(kind: Kind, key: Key) -> bool:
    """Tell whether a draft may lack a value: as in the form, not where no row could be stored without it."""
    if key.name == kind.name_key and kind.sheet:
        return False
    try:
        column = kind.model._meta.get_field(key.attribute)
    except FieldDoesNotExist:
        return True
    return not getattr(column, "required_on_save", False) and (column.null or column.empty_strings_allowed)


def meta_of(kind: Kind, front: frontmatter.FrontMatter, errors: list[BadContentError]) -> dict[str, Any]:
    """Return the neutral values of a head; what is wrong with it goes to `errors`."""
    names = [*(key.name for key in kind.keys), *([DRAFT] if kind.has_revisions else [])]
    errors.extend(
        BadContentError(
            f"Den Schlüssel „{name}“ kennt der Typ {kind.name} nicht.{suggestion(name, names)}", at=(name,)
        )
        for name in front.data
        if name not in {"type", DRAFT, *names}
    )
    meta: dict[str, Any] = {}
    for key in kind.keys:
        try:
            value = key.parse(front.data[key.name]) if key.name in front.data else None
        except BadContentError as error:
            errors.append(BadContentError(error.message, line=error.line, at=(key.name, *error.at)))
            continue
        if key.required and value in EMPTY and not (may_lack() and _may_wait(kind, key)):
            errors.append(BadContentError(f"Der Schlüssel „{key.name}“ fehlt oder ist leer.", at=(key.name,)))
        meta[key.name] = value
    return meta
