"""Decision helps in the content format: the tree stands in the front matter, each node with its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from knowledge.content_io.blocks import BLOCK_ID
from knowledge.content_io.body import derived_id
from knowledge.content_io.keys import LegalBasisKey
from knowledge.decisions.blocks import MAX_LINE, MAX_SHORT
from knowledge.decisions.tree import RESULT, STEP, Tree, node_of, text_of
from portal.core.blocks import markdown_error
from portal.core.content_io import (
    BadContentError,
    ExportContext,
    ImportContext,
    Key,
    World,
    clean_text,
    lacking,
    may_lack,
    suggestion,
)
from portal.core.content_io.keys import list_of, missing_page, words_of
from portal.core.content_io.problems import KeyPath

_STEP = ("key", "question", "help", "answers", "id")
_RESULT = ("key", "result", "why", "legal_basis", "sources", "todo", "articles", "advice", "id")
_ANSWER = ("label", "next", "id")
_SOURCE = ("title", "url", "id")
_BASIS = LegalBasisKey("legal_basis")
_TYPES = ("article", "question")
# Where a fault of a field stands in the file.
_PLACES = {"statement": "result"}


def _mapping(raw: Any, names: tuple[str, ...], at: KeyPath, what: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BadContentError(f"{what} besteht aus Zeilen der Form „schlüssel: Wert“.", at=at)
    for name in raw:
        if name not in names:
            message = f"„{name}“ ist hier nicht bekannt.{suggestion(name, [n for n in names if n != 'id'])}"
            raise BadContentError(message, at=(*at, name))
    return raw


def _line(raw: dict[str, Any], name: str, limit: int, at: KeyPath, *, required: bool = False) -> str:
    text = raw.get(name, "")
    if not isinstance(text, str):
        raise BadContentError("Hier wird ein Text erwartet.", at=(*at, name))
    text = text_of(clean_text(text))
    if required and not text:
        lacking(f"„{name}“ fehlt oder ist leer.", at=(*at, name))
    if len(text) > limit:
        raise BadContentError(f"„{name}“ ist länger als {limit} Zeichen.", at=(*at, name))
    return text


def _markdown(raw: dict[str, Any], name: str, at: KeyPath) -> str:
    text = raw.get(name, "")
    if not isinstance(text, str):
        raise BadContentError("Hier wird ein Text erwartet.", at=(*at, name))
    if message := markdown_error(text):
        raise BadContentError(message, at=(*at, name))
    return clean_text(text)


def _within(at: KeyPath, read: Any, raw: Any) -> Any:
    """Read a value by a function that knows nothing of where it stands."""
    try:
        return read(raw)
    except BadContentError as error:
        raise BadContentError(error.message, at=(*at, *error.at)) from error


def _id(raw: dict[str, Any], at: KeyPath) -> str:
    text = str(raw.get("id") or "")
    if text and not BLOCK_ID.match(text):
        raise BadContentError("„id“ ist keine Kennung eines Blocks. Lassen Sie die Zeile weg.", at=(*at, "id"))
    return text


def _left_out(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value not in ("", [])}


def _parse_answer(raw: Any, at: KeyPath) -> dict[str, Any]:
    raw = _mapping(raw, _ANSWER, at, "Eine Antwort")
    return _left_out(
        {
            "label": _line(raw, "label", MAX_SHORT, at, required=True),
            "next": _line(raw, "next", MAX_LINE, at),
            "id": _id(raw, at),
        }
    )


def _parse_source(raw: Any, at: KeyPath) -> dict[str, Any]:
    raw = _mapping(raw, _SOURCE, at, "Eine Quelle")
    url = _line(raw, "url", 500, at)
    try:
        if url:
            URLValidator(("http", "https"))(url)
    except ValidationError as error:
        message = f"„{url[:80]}“ ist keine Adresse der Form https://…"
        raise BadContentError(message, at=(*at, "url")) from error
    return _left_out({"title": _line(raw, "title", MAX_LINE, at, required=True), "url": url, "id": _id(raw, at)})


def _parse_step(raw: dict[str, Any], at: KeyPath) -> dict[str, Any]:
    answers = _within((*at, "answers"), list_of, raw.get("answers", []))
    return {
        "key": _line(raw, "key", MAX_LINE, at, required=True),
        "question": _line(raw, "question", MAX_LINE, at, required=True),
        "help": _markdown(raw, "help", at),
        "answers": [_parse_answer(item, (*at, "answers", place)) for place, item in enumerate(answers)],
        "id": _id(raw, at),
    }


def _lines(raw: dict[str, Any], name: str, limit: int, at: KeyPath) -> list[str]:
    words: list[str] = _within((*at, name), words_of, raw.get(name, []))
    if sum(len(word) + 1 for word in words) > limit:
        raise BadContentError(f"„{name}“ ist zusammen länger als {limit} Zeichen.", at=(*at, name))
    return words


def _parse_result(raw: dict[str, Any], at: KeyPath) -> dict[str, Any]:
    sources = _within((*at, "sources"), list_of, raw.get("sources", []))
    return {
        "key": _line(raw, "key", MAX_LINE, at, required=True),
        "result": _line(raw, "result", MAX_LINE, at, required=True),
        "why": _markdown(raw, "why", at),
        "legal_basis": _lines(raw, "legal_basis", 2000, at),
        "sources": [_parse_source(item, (*at, "sources", place)) for place, item in enumerate(sources)],
        "todo": _lines(raw, "todo", 4000, at),
        "articles": [word.strip("/") for word in _lines(raw, "articles", 4000, at)],
        "advice": _line(raw, "advice", MAX_SHORT, at),
        "id": _id(raw, at),
    }


def stored(node: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return kind and value of a node as the tree reads them."""
    if "result" in node:
        basis = "\n".join(node.get("legal_basis") or [])
        return RESULT, {**node, "statement": node["result"], "legal_basis": basis}
    return STEP, node


def tree_in(nodes: Iterable[dict[str, Any]]) -> Tree:
    """Read the tree of a file."""
    return Tree(tuple(node_of(*stored(node)) for node in nodes))


class NodesKey(Key):
    """The tree: questions (`question`) and results (`result`), the first question is the start."""

    makes_objects = True  # filling it looks pages up

    def __init__(self) -> None:
        super().__init__("nodes", "body", required=True)

    def parse(self, raw: Any) -> list[dict[str, Any]]:
        nodes = []
        for place, item in enumerate(list_of(raw)):
            is_result = isinstance(item, dict) and "result" in item
            names = _RESULT if is_result or (isinstance(item, dict) and "why" in item) else _STEP
            found = _mapping(item, names, (place,), "Eine Frage oder ein Ergebnis")
            parse = _parse_result if names is _RESULT else _parse_step
            nodes.append(_ordered(parse(found, (place,))))
        return nodes

    def check(self, value: Any, world: World) -> Iterable[BadContentError]:
        for fault in tree_in(value).faults:
            if fault.lacking and may_lack():
                continue
            place: KeyPath = () if fault.node < 0 else (fault.node,)
            if fault.answer >= 0:
                place = (*place, "answers", fault.answer, fault.field)
            elif fault.field:
                place = (*place, _PLACES.get(fault.field, fault.field))
            yield BadContentError(fault.message, at=place)
        for place_of_node, node in enumerate(value):
            for error in _BASIS.check(node.get("legal_basis", []), world):
                yield BadContentError(error.message, at=(place_of_node, "legal_basis", *error.at))
            for number, path in enumerate(node.get("articles", [])):
                for error in missing_page(path, world, _TYPES):
                    yield BadContentError(error.message, at=(place_of_node, "articles", number))

    def references(self, value: Any) -> Iterable[tuple[KeyPath, str]]:
        for place, node in enumerate(value or []):
            for number, path in enumerate(node.get("articles", [])):
                yield (place, "articles", number), path

    def without(self, value: Any, gone: Collection[str]) -> Any:
        return [
            _ordered({**node, "articles": [path for path in node["articles"] if path not in gone]})
            if node.get("articles")
            else node
            for node in value or []
        ]

    def read(self, instance: Any, context: ExportContext) -> list[dict[str, Any]]:
        nodes = [raw for raw in instance.body.raw_data if raw["type"] in (STEP, RESULT)]
        return [_read(raw, place, context) for place, raw in enumerate(nodes)]

    def assign(self, instance: Any, value: Any, context: ImportContext) -> None:
        stream = instance._meta.get_field(self.attribute).stream_block
        instance.body = stream.to_python([_raw(node, place, context) for place, node in enumerate(value or [])])

    def completed(self, new: Any, full: Any, shown: Any) -> Any:
        """Put articles back that are not published, which the file could not name: node by node."""
        stored_by, shown_by = ({_name(node): node for node in nodes or []} for nodes in (full, shown))
        return [
            _with_hidden(node, stored_by.get(_name(node)), shown_by.get(_name(node), {})) for node in new or []
        ]


def _name(node: dict[str, Any]) -> str:
    """Return what a node is known by: its key, or its id while a draft has given it none."""
    return str(node.get("key") or f"#{node.get('id', '')}")


def _derived(key: str, place: int) -> str:
    return derived_id("decision", key) if key else derived_id("decision", "", place)


def _with_hidden(node: dict[str, Any], here: dict[str, Any] | None, seen: dict[str, Any]) -> dict[str, Any]:
    """Return a node of a file with the articles of the stored one that an export does not show."""
    if here is None or node == seen:
        return here or node
    named, shown = node.get("articles", []), seen.get("articles", [])
    hidden = [path for path in here.get("articles", []) if path not in shown and path not in named]
    return _ordered({**node, "articles": [*named, *hidden]}) if hidden and "result" in node else node


def _ordered(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node with its keys in their order, empty ones left out but for what says that it is a result."""
    names = _RESULT if "result" in node else _STEP
    found = {name: node.get(name, "") for name in names}
    return {name: value for name, value in found.items() if name == "result" or value not in ("", [])}


# -- out of the database and back ---------------------------------------------------------------------------


def _foreign(block_id: Any, derived: str, context: ExportContext) -> str:
    text = str(block_id or "")
    return text if context.ids and text != derived and BLOCK_ID.match(text) else ""


def _rows(value: Any) -> list[tuple[Any, Any]]:
    """Return value and id of the items of a stored list."""
    return [
        (item["value"], item.get("id")) if isinstance(item, dict) and "value" in item else (item, None)
        for item in value or []
    ]


def _read_rows(value: Any, names: tuple[str, ...], parent: str, context: ExportContext) -> list[dict[str, Any]]:
    return [
        _left_out(
            {
                **{name: text_of(row.get(name)) for name in names if name != "id"},
                "id": _foreign(item_id, derived_id(parent, number), context),
            }
        )
        for number, (row, item_id) in enumerate(_rows(value), start=1)
    ]


def _lines_of(value: Any) -> list[str]:
    return [text_of(line) for line in str(value or "").splitlines() if line.strip()]


def _read(raw: dict[str, Any], place: int, context: ExportContext) -> dict[str, Any]:
    value, key = raw["value"], text_of(raw["value"].get("key"))
    derived = _derived(key, place)
    node: dict[str, Any] = {"key": key, "id": _foreign(raw.get("id"), derived, context)}
    block_id = str(raw.get("id") or derived)
    if raw["type"] == STEP:
        answers = _read_rows(value.get("answers"), _ANSWER, f"{block_id}/answers", context)
        question, text = text_of(value.get("question")), clean_text(value.get("help"))
        return _ordered({**node, "question": question, "help": text, "answers": answers})
    paths = [context.path_of(pk) for pk, _ in _rows(value.get("articles"))]
    return _ordered(
        {
            **node,
            "result": text_of(value.get("statement")),
            "why": clean_text(value.get("why")),
            "legal_basis": _lines_of(value.get("legal_basis")),
            "sources": _read_rows(value.get("sources"), _SOURCE, f"{block_id}/sources", context),
            "todo": _lines_of(value.get("todo")),
            "articles": [path for path in paths if path],
            "advice": text_of(value.get("advice")),
        }
    )


def _raw_rows(rows: list[dict[str, Any]], names: tuple[str, ...], parent: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "item",
            "value": {name: row.get(name, "") for name in names if name != "id"},
            "id": row.get("id") or derived_id(parent, number),
        }
        for number, row in enumerate(rows, start=1)
    ]


def _raw(node: dict[str, Any], place: int, context: ImportContext) -> dict[str, Any]:
    key = node.get("key", "")
    block_id = node.get("id") or _derived(key, place)
    if "result" not in node:
        answers = _raw_rows(node.get("answers", []), _ANSWER, f"{block_id}/answers")
        value = {
            "key": key,
            "question": node.get("question", ""),
            "help": node.get("help", ""),
            "answers": answers,
        }
        return {"type": STEP, "value": value, "id": block_id}
    articles = [
        {"type": "item", "value": pk, "id": derived_id(block_id, "articles", number)}
        for number, pk in enumerate(map(context.page_id, node.get("articles", [])), start=1)
    ]
    value = {
        "key": key,
        "statement": node["result"],
        "why": node.get("why", ""),
        "legal_basis": "\n".join(node.get("legal_basis", [])),
        "sources": _raw_rows(node.get("sources", []), _SOURCE, f"{block_id}/sources"),
        "todo": "\n".join(node.get("todo", [])),
        "articles": articles,
        "advice": node.get("advice", ""),
    }
    return {"type": RESULT, "value": value, "id": block_id}
