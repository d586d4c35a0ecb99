"""A StreamField body to blocks of the Markdown form and back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from html import escape, unescape
from typing import Any

from django.core.exceptions import ValidationError

from knowledge.content_io.blocks import BLOCK_ID, Block
from knowledge.content_io.directives import parse_body, write_body
from knowledge.content_io.scan import one_line, trim
from portal.core.blocks import BodyBlock
from portal.core.content_io import BadContentError, ExportContext, ImportContext, World, may_lack
from portal.core.content_io.keys import missing_file, missing_page

_NAMESPACE = uuid.UUID("6f1f2f0e-6b1c-5a53-9d0a-5b0f6c1f7a10")
_LINK = re.compile(r"<a\b[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_BODY = BodyBlock()


def derived_id(*place: object) -> str:
    """Return the id of a block that has not been given one: it depends on path and position only."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(str(part) for part in place)))


def _foreign(block_id: Any, derived: str) -> str:
    text = str(block_id or "")
    return text if text != derived and BLOCK_ID.match(text) else ""


def _links(html: str, change: Callable[[dict[str, str]], dict[str, str] | None]) -> str:
    """Rewrite the attributes of each link; where `change` gives None, the link leads nowhere."""

    def one(match: re.Match[str]) -> str:
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match[0])}
        changed = change(attributes) if "linktype" in attributes else attributes
        if changed == attributes:
            return match[0]
        return "<a" + "".join(f' {name}="{escape(value)}"' for name, value in (changed or {}).items()) + ">"

    return _LINK.sub(one, html)


def _named(block: Block) -> list[str]:
    """Return the slug paths of the pages a block refers to."""
    if block.kind == "question":
        return [block.value]
    found = _LINK.findall(block.value) if block.kind == "text" else []
    links = ({name: unescape(value) for name, value in _ATTRIBUTE.findall(link)} for link in found)
    return [link["path"] for link in links if link.get("linktype") == "page" and "path" in link]


def _unlinked(html: str, gone: Collection[str]) -> str:
    def change(attributes: dict[str, str]) -> dict[str, str] | None:
        return None if attributes["linktype"] == "page" and attributes.get("path") in gone else attributes

    return _links(html, change)


class StreamBody:
    """The body of pages: attribute `body`."""

    def parse(self, text: str, *, line: int, errors: list[BadContentError]) -> list[Block]:
        return parse_body(text, line=line, errors=errors)

    def text(self, value: list[Block] | None) -> str:
        return write_body(value or [])

    def check(self, value: list[Block], world: World) -> Iterable[BadContentError]:
        for block in value:
            for error in _check_block(block, world):
                yield BadContentError(error.message, line=error.line or block.line)

    def references(self, value: list[Block] | None) -> Iterable[tuple[int, str]]:
        return [(block.line, path) for block in value or [] for path in _named(block)]

    def without(self, value: list[Block] | None, gone: Collection[str]) -> list[Block]:
        """Leave out the questions that are gone; of a link that leads there, its words stay."""
        kept = [block for block in value or [] if not (block.kind == "question" and block.value in gone)]
        return [
            replace(block, value=_unlinked(block.value, gone)) if block.kind == "text" else block for block in kept
        ]

    def read(self, instance: Any, path: str, context: ExportContext) -> list[Block]:
        blocks: list[Block] = []
        for raw in instance.body.raw_data:
            reader = _READERS.get(raw["type"])
            derived = derived_id(path, len(blocks) + 1)
            value = reader(raw["value"], raw.get("id") or derived, context) if reader else None
            if value is not None:
                block_id = _foreign(raw.get("id"), derived) if context.ids else ""
                blocks.append(Block(raw["type"], value, block_id))
        return blocks

    def assign(self, instance: Any, value: list[Block], path: str, context: ImportContext) -> None:
        raw = []
        for position, block in enumerate(value or [], start=1):
            block_id = block.id or derived_id(path, position)
            raw.append(
                {
                    "type": block.kind,
                    "value": _BUILDERS[block.kind](block.value, block_id, context),
                    "id": block_id,
                }
            )
        stream = instance._meta.get_field("body").stream_block
        instance.body = stream.to_python(raw)


# -- out of the database -----------------------------------------------------------------------------------


def _read_text(value: Any, block_id: str, context: ExportContext) -> str:
    return trim(str(value or ""))


def _read_html(value: Any, block_id: str, context: ExportContext) -> str:
    def change(attributes: dict[str, str]) -> dict[str, str] | None:
        kind, pk = attributes["linktype"], attributes.get("id", "")
        if kind == "page" and pk.isdigit():
            path = context.path_of(int(pk))
            return {"linktype": "page", "path": path} if path else None
        if kind == "document" and pk.isdigit():
            document = context.document(int(pk))
            return {"linktype": "document", "datei": context.file_name(document)} if document else None
        return attributes

    return trim(_links(str(value or ""), change))


def _read_struct(*names: str) -> Callable[[Any, str, ExportContext], dict[str, Any]]:
    def read(value: Any, block_id: str, context: ExportContext) -> dict[str, Any]:
        return {
            name: trim(value.get(name) or "") if name == "text" else one_line(value.get(name)) for name in names
        }

    return read


def _read_list(*names: str) -> Callable[[Any, str, ExportContext], dict[str, Any]]:
    def read(value: Any, block_id: str, context: ExportContext) -> dict[str, Any]:
        items = []
        for position, item in enumerate(value.get("items") or [], start=1):
            content = item.get("value", {}) if item.get("type") == "item" else item
            entry = {
                name: trim(content.get(name) or "") if name == "text" else one_line(content.get(name))
                for name in names
            }
            entry["id"] = _foreign(item.get("id"), derived_id(block_id, position)) if context.ids else ""
            items.append(entry)
        return {"title": one_line(value.get("title")), "items": items}

    return read


def _read_table(value: Any, block_id: str, context: ExportContext) -> dict[str, Any]:
    table = value.get("table") or {}
    return {
        "caption": one_line(value.get("caption")),
        "first_column_is_header": bool(value.get("first_column_is_header")),
        "head": [one_line(column.get("heading")) for column in table.get("columns") or []],
        "rows": [[one_line(cell) for cell in row["values"]] for row in table.get("rows") or [] if row["values"]],
    }


def _read_image(value: Any, block_id: str, context: ExportContext) -> dict[str, str] | None:
    image = context.image(value.get("image"))
    if image is None:
        return None
    return {
        "datei": context.file_name(image),
        "alternativtext": one_line(value.get("alt") or image.description),
        "bildunterschrift": one_line(value.get("caption")),
        "lizenz": one_line(image.licence),
        "urheber": one_line(image.credit),
    }


def _read_file(value: Any, block_id: str, context: ExportContext) -> dict[str, str] | None:
    document = context.document(value.get("document"))
    if document is None:
        return None
    title = one_line(value.get("title") or document.title)
    return {"datei": context.file_name(document), "titel": title, "lizenz": one_line(document.licence)}


def _read_question(value: Any, block_id: str, context: ExportContext) -> str | None:
    return context.path_of(value) or None


_READERS: dict[str, Callable[[Any, str, ExportContext], Any]] = {
    "markdown": _read_text,
    "text": _read_html,
    "callout": _read_struct("kind", "title", "text"),
    "steps": _read_list("title", "text"),
    "accordion": _read_list("title", "text"),
    "checklist": _read_list("text", "role", "reason"),
    "table": _read_table,
    "image": _read_image,
    "file": _read_file,
    "quote": _read_struct("text", "source", "url"),
    "question": _read_question,
}


# -- into the database -------------------------------------------------------------------------------------


def _build_same(value: Any, block_id: str, context: ImportContext) -> Any:
    return value


def _build_html(value: str, block_id: str, context: ImportContext) -> str:
    def change(attributes: dict[str, str]) -> dict[str, str] | None:
        kind = attributes["linktype"]
        if kind == "page" and "path" in attributes:
            return {"linktype": "page", "id": str(context.page_id(attributes["path"]))}
        if kind == "document" and "datei" in attributes:
            return {"linktype": "document", "id": str(context.document(attributes["datei"]).pk)}
        return attributes

    return _links(value, change)


def _build_list(value: dict[str, Any], block_id: str, context: ImportContext) -> dict[str, Any]:
    items = []
    for position, item in enumerate(value["items"], start=1):
        content = {name: text for name, text in item.items() if name != "id"}
        items.append({"type": "item", "value": content, "id": item["id"] or derived_id(block_id, position)})
    return {"title": value["title"], "items": items}


def _build_table(value: dict[str, Any], block_id: str, context: ImportContext) -> dict[str, Any]:
    return {
        "caption": value["caption"],
        "first_column_is_header": value["first_column_is_header"],
        "table": {
            "columns": [{"type": "text", "heading": heading} for heading in value["head"]],
            "rows": [{"values": cells} for cells in value["rows"]],
            "caption": "",
        },
    }


def _build_image(value: dict[str, str], block_id: str, context: ImportContext) -> dict[str, Any]:
    alt = value["alternativtext"]
    image = context.image(value["datei"], description=alt, licence=value["lizenz"], credit=value["urheber"])
    override = "" if one_line(image.description) == alt else alt
    return {"image": image.pk, "alt": override, "caption": value["bildunterschrift"]}


def _build_file(value: dict[str, str], block_id: str, context: ImportContext) -> dict[str, Any]:
    document = context.document(value["datei"], licence=value["lizenz"])
    title = value["titel"]
    return {"document": document.pk, "title": "" if title == one_line(document.title) else title}


def _build_question(value: str, block_id: str, context: ImportContext) -> int:
    return context.page_id(value)


_BUILDERS: dict[str, Callable[[Any, str, ImportContext], Any]] = {
    "markdown": _build_same,
    "text": _build_html,
    "callout": _build_same,
    "steps": _build_list,
    "accordion": _build_list,
    "checklist": _build_list,
    "table": _build_table,
    "image": _build_image,
    "file": _build_file,
    "quote": _build_same,
    "question": _build_question,
}


# -- checks ------------------------------------------------------------------------------------------------


def _check_block(block: Block, world: World) -> Iterable[BadContentError]:
    if block.kind == "question":
        yield from missing_page(block.value, world, ("question",))
    elif block.kind in {"image", "file"}:
        yield from missing_file(block.value["datei"], world, image=block.kind == "image")
        yield from _too_long(block)
    elif block.kind == "text":
        yield from _check_links(block.value, world)
    else:
        yield from _check_value(block)


_LIMITS = {"alternativtext": 255, "bildunterschrift": 300, "lizenz": 120, "urheber": 255, "titel": 200}


def _too_long(block: Block) -> Iterable[BadContentError]:
    for name, limit in _LIMITS.items():
        if len(block.value.get(name, "")) > limit:
            yield BadContentError(f"„{name}“ ist länger als {limit} Zeichen.")


def _check_links(html: str, world: World) -> Iterable[BadContentError]:
    for link in _LINK.findall(html):
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(link)}
        if "path" in attributes:
            yield from missing_page(attributes["path"], world)
        elif "datei" in attributes:
            yield from missing_file(attributes["datei"], world)
        elif "id" in attributes:
            yield BadContentError("Verweise in Rich Text nennen Pfad oder Datei, keine Nummer.")


def _check_value(block: Block) -> Iterable[BadContentError]:
    child = _BODY.child_blocks[block.kind]
    raw = _BUILDERS[block.kind](block.value, derived_id("check"), _NO_CONTEXT)
    clean = child.clean_deferred if may_lack() else child.clean
    try:
        clean(child.to_python(raw))
    except ValidationError as error:
        for message in _messages(error):
            yield BadContentError(message)


def _messages(error: ValidationError) -> list[str]:
    """Return all messages of a block's error, however deep they stand."""
    nested: list[ValidationError] = []
    for name in ("block_errors", "cell_errors"):
        children = getattr(error, name, None)
        if isinstance(children, dict):
            children = list(children.values())
        for child in children or []:
            nested += list(child.values()) if isinstance(child, dict) else [child] if child is not None else []
    own = [str(message) for message in getattr(error, "non_block_errors", None) or []]
    if not nested:
        return own or list(error.messages)
    return own + [message for child in nested for message in _messages(child)]


_NO_CONTEXT: Any = None
