"""Keys of the front matter: each reads a value out of a file, checks it, and moves it between object and file.

A key's neutral value is what the canonical front matter shows: text, number, date, true, list or mapping. An
empty value is left out of the file and resets the attribute when the file is imported.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from portal.core.content_io.contexts import ExportContext, ImportContext, World
from portal.core.content_io.problems import BadContentError, KeyPath, check_length, suggestion
from portal.core.models import Tag
from portal.core.text import printable

UNREADABLE = "?"
EMPTY: tuple[Any, ...] = (None, "", [], {})


def clean_text(value: Any) -> str:
    """Return text as it stands in a file: LF, nothing around it, blanks for characters no feed may hold."""
    return printable(str(value or "")).replace("\r\n", "\n").replace("\r", "\n").strip()


def text_of(raw: Any) -> str:
    if not isinstance(raw, str):
        raise BadContentError("Hier wird ein Text erwartet.")
    return clean_text(raw)


def list_of(raw: Any) -> list[Any]:
    if raw == "":
        return []
    if not isinstance(raw, list):
        raise BadContentError("Hier wird eine Liste erwartet.")
    return raw


def words_of(raw: Any) -> list[str]:
    words = []
    for index, item in enumerate(list_of(raw)):
        if not isinstance(item, str):
            raise BadContentError("In der Liste dürfen nur Texte stehen.", at=(index,))
        if clean_text(item):
            words.append(" ".join(printable(item).split()))
    return words


def date_of(raw: Any) -> date | None:
    text = text_of(raw)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadContentError(f"„{text}“ ist kein Datum der Form JJJJ-MM-TT.") from error


class Key:
    """One key; the plain form holds a line of text in an attribute of the same name."""

    late = False  # filled in the second pass, when every page exists
    makes_objects = False  # filling it writes to the database, so a check leaves it out
    is_text = True  # part of what is compared to see whether something was edited

    def __init__(
        self, name: str, attribute: str = "", *, required: bool = False, default: str | int | bool = ""
    ) -> None:
        self.name = name
        self.attribute = attribute or name
        self.required = required
        self.default: Any = default

    @property
    def fields(self) -> list[str]:
        """Return what `save(update_fields=…)` has to name for this key."""
        return [self.attribute]

    def parse(self, raw: Any) -> Any:
        """Return the neutral value of what stands in the file, or raise `BadContentError`."""
        return self._shown(text_of(raw))

    def _shown(self, text: str) -> Any:
        """The default is left out."""
        return "" if text == self.default else text

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        """Report references that lead nowhere."""
        return ()

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        """Return the slug paths a value names (of a snippet: folder and slug), each with its place."""
        return ()

    def without(self, value: Any, gone: Collection[str]) -> Any:
        """Return the value with the references to `gone` left out."""
        return value

    def read(self, instance: Any, context: ExportContext) -> Any:
        """Return the neutral value an object holds."""
        return self._shown(clean_text(getattr(instance, self.attribute)))

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        """Put the neutral value (or the empty one) into the object."""
        setattr(instance, self.attribute, value or self.default)


class IntegerKey(Key):
    """A whole number; the default is left out."""

    def __init__(self, name: str, attribute: str = "", *, default: int = 0) -> None:
        super().__init__(name, attribute, default=default)

    def parse(self, raw: Any) -> int | None:
        text = text_of(raw)
        if not text.isascii() or not text.isdigit():
            raise BadContentError(f"„{text}“ ist keine ganze Zahl.")
        return None if int(text) == self.default else int(text)

    def read(self, instance: Any, context: ExportContext) -> int | None:
        number = int(getattr(instance, self.attribute))
        return None if number == self.default else number

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, self.default if value is None else value)


class FlagKey(Key):
    """True or false; the default is left out."""

    def __init__(self, name: str, attribute: str = "", *, default: bool = False) -> None:
        super().__init__(name, attribute, default=default)

    def parse(self, raw: Any) -> bool | None:
        text = text_of(raw).lower()
        if text not in {"true", "false"}:
            raise BadContentError("Hier steht true oder false.")
        return self._shown_flag(text == "true")

    def _shown_flag(self, flag: bool) -> bool | None:
        return None if flag == self.default else flag

    def read(self, instance: Any, context: ExportContext) -> bool | None:
        return self._shown_flag(bool(getattr(instance, self.attribute)))

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, self.default if value is None else value)


class DateKey(Key):
    def parse(self, raw: Any) -> date | None:
        return date_of(raw)

    def read(self, instance: Any, context: ExportContext) -> date | None:
        value = getattr(instance, self.attribute)
        return date.fromisoformat(value) if isinstance(value, str) else value

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, value)


class ChoiceKey(Key):
    """One of fixed words; the default, where there is one, is left out."""

    def __init__(
        self, name: str, choices: Any, attribute: str = "", *, default: str = "", required: bool = False
    ) -> None:
        super().__init__(name, attribute, required=required, default=default)
        self.words = [str(value) for value in choices.values]

    def parse(self, raw: Any) -> str:
        word = text_of(raw)
        if word and word not in self.words:
            raise BadContentError(f"„{word}“ ist hier nicht erlaubt.{suggestion(word, self.words)}")
        return "" if word == self.default else word

    def read(self, instance: Any, context: ExportContext) -> str:
        word = str(getattr(instance, self.attribute) or "")
        return "" if word == self.default else word

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, value or self.default)


class ChoicesKey(Key):
    """Several of fixed words, in the order of the choices."""

    def __init__(self, name: str, choices: Any, attribute: str = "") -> None:
        super().__init__(name, attribute)
        self.words = [str(value) for value in choices.values]

    def parse(self, raw: Any) -> list[str]:
        words = words_of(raw)
        for index, word in enumerate(words):
            if word not in self.words:
                raise BadContentError(
                    f"„{word}“ ist hier nicht erlaubt.{suggestion(word, self.words)}", at=(index,)
                )
        return [word for word in self.words if word in words]

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        chosen = getattr(instance, self.attribute) or []
        return [word for word in self.words if word in chosen]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, list(value or []))


class WordsKey(Key):
    """A list of words, stored as a list or as text parted by `separator`."""

    def __init__(self, name: str, attribute: str = "", *, separator: str | None = None) -> None:
        super().__init__(name, attribute)
        self.separator = separator

    def parse(self, raw: Any) -> list[str]:
        words = words_of(raw)
        for index, word in enumerate(words):
            if self.separator and self.separator.strip() and self.separator.strip() in word:
                raise BadContentError(f"„{word}“ enthält ein Trennzeichen.", at=(index,))
        return words

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        value = getattr(instance, self.attribute) or []
        if isinstance(value, str):
            value = value.split("\n" if self.separator == "\n" else ",")
        return [" ".join(str(word).split()) for word in value if str(word).strip()]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        words = list(value or [])
        setattr(instance, self.attribute, words if self.separator is None else self.separator.join(words))


class TagsKey(Key):
    """Tags of a page, sorted, because their order means nothing."""

    late = True
    column = Tag._meta.get_field("name")

    @property
    def fields(self) -> list[str]:
        return ["tagged_items"]

    def parse(self, raw: Any) -> list[str]:
        words = words_of(raw)
        for index, word in enumerate(words):
            check_length(word, self.column, at=(index,))
        return sorted(set(words), key=lambda word: (word.casefold(), word))

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        tags = {tag.name for tag in instance.tags.all()}
        return sorted(tags, key=lambda word: (word.casefold(), word))

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        instance.tags.set(value or [])


class PageKey(Key):
    """A reference to one page by slug path."""

    late = True

    def __init__(self, name: str, attribute: str = "", *, types: Collection[str] = ()) -> None:
        super().__init__(name, attribute)
        self.types = types

    def parse(self, raw: Any) -> str:
        return text_of(raw).strip("/")

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        return missing_page(value, world, self.types)

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        return [((), value)] if value else []

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return "" if value in gone else value

    def read(self, instance: Any, context: ExportContext) -> str:
        return context.path_of(getattr(instance, f"{self.attribute}_id"))

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, f"{self.attribute}_id", context.page_id(value) if value else None)


class PagesKey(Key):
    """A set of references to pages, sorted by slug path."""

    late = True

    def __init__(self, name: str, attribute: str = "", *, types: Collection[str] = ()) -> None:
        super().__init__(name, attribute)
        self.types = types

    def parse(self, raw: Any) -> list[str]:
        return sorted({word.strip("/") for word in words_of(raw)})

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        for path in value:
            yield from missing_page(path, world, self.types)

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        return [((), path) for path in value or []]

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return [path for path in value or [] if path not in gone]

    def read(self, instance: Any, context: ExportContext) -> list[str]:
        paths = {context.path_of(page.pk) for page in getattr(instance, self.attribute).all()}
        return sorted(paths - {""})

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        model = instance._meta.get_field(self.attribute).related_model
        ids = [context.page_id(path) for path in value or []]
        getattr(instance, self.attribute).set(model.objects.filter(pk__in=ids) if ids else [])


class FileKey(Key):
    """A document by its path under `dateien/`."""

    makes_objects = True

    def parse(self, raw: Any) -> str:
        return text_of(raw)

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        if value:
            yield from missing_file(value, world)

    def read(self, instance: Any, context: ExportContext) -> str:
        document = getattr(instance, self.attribute)
        return context.file_name(document) if document is not None else ""

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        setattr(instance, self.attribute, context.document(value) if value else None)


def missing_page(path: str, world: World, types: Collection[str] = ()) -> Iterable[BadContentError]:
    """Report a slug path that leads to no page, or to one of another type."""
    found = world.type_of(path)
    if not found:
        yield BadContentError(f"Die Seite „{path}“ gibt es nicht.{suggestion(path, world.paths())[:200]}")
    elif types and found not in {*types, UNREADABLE}:
        yield BadContentError(f"„{path}“ ist vom Typ {found}; erlaubt ist hier: {', '.join(types)}.")


def missing_file(name: str, world: World, *, image: bool = False) -> Iterable[BadContentError]:
    """Report a file that is not there or may not be read."""
    try:
        world.require_file(name, image=image)
    except BadContentError as error:
        yield error
