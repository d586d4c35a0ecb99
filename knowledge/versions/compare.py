"""The difference between two published versions: field by field, block by block, word by word."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from knowledge.models import Act, Deadline, GlossaryTerm
from knowledge.versions.matching import moved, paired
from knowledge.versions.reading import BlockReader, RawBlock, name_of
from knowledge.versions.references import REFERENCES, keys_of, names_of, page_names
from knowledge.versions.rows import COLUMNS, german_date, row_texts, row_values
from knowledge.versions.words import Budget, Line, Op, Row, collapsed, line_rows, one_sided

# The fields readers see, in their order on the page; what a page type does not have is passed over.
FIELDS = (
    "title", "role", "phrase", "kind", "summary", "first_pages", "intro", "needed_pages", "short_answer",
    "field_reports", "video", "captions", "body", "shows_particulars",
    "file", "file_version", "version_date", "change_note", "licence",
    "next_step_label", "next_step_page", "audience", "search_words", "applies_to_bodies", "applies_to_sizes",
    "legal_basis", "no_legal_basis", "sources", "content_as_of", "topics", "curated_related", "tagged_items",
    "successor", "responsible_unit", "contact_email",
)  # fmt: skip
FIELDS_OF: dict[type[Any], tuple[str, ...]] = {
    Act: (
        "abbreviation", "title", "aliases", "level", "binds", "counterpart", "summary", "state_date", "source_url",
        "eli", "provisions",
    ),
    GlossaryTerm: ("term", "expansion", "meaning", "synonyms", "related"),
    Deadline: (
        "title", "text", "kind", "status", "day", "day_note", "binds", "topic", "legal_basis", "source",
        "source_url", "state_date", "articles",
    ),
}  # fmt: skip
TITLES = {
    "sources": "Quellen", "body": "Inhalt", "no_legal_basis": "Ohne Rechtsgrundlage",
    "curated_related": "Verwandte Seiten", "first_pages": "Die ersten drei Seiten", "tagged_items": "Schlagwörter",
    "next_step_page": "Seite des nächsten Schritts", "provisions": "Vorschriften", "articles": "Seiten dazu",
    "field_reports": "Angaben zum Praxisbericht", "needed_pages": "Oft gebrauchte Seiten",
}  # fmt: skip
DATES = frozenset({"content_as_of", "version_date", "state_date", "day"})
FILES = {
    "file": "Die Datei wurde ausgetauscht.", "video": "Das Video wurde ausgetauscht.",
    "captions": "Die Untertitel wurden ausgetauscht.",
}  # fmt: skip
MARKDOWN = frozenset({(Act, "summary"), (GlossaryTerm, "meaning"), (Deadline, "text")})

PartState = Literal["changed", "added", "removed", "moved", "marks", "long", "same"]
STATES: dict[str, str] = {
    "changed": "geändert", "added": "neu", "removed": "entfernt", "moved": "verschoben",
    "marks": "Verweise oder Darstellung geändert", "long": "geändert, zu lang für einen Vergleich",
    "same": "unverändert",
}  # fmt: skip


@dataclass(frozen=True)
class RowGroup:
    """Rows that belong together on the page: of a table, of a list, or single lines."""

    kind: str  # table, list, lines
    rows: tuple[Row, ...]

    @property
    def columns(self) -> int:
        return max(len(row.cells) for row in self.rows) or 1


@dataclass(frozen=True)
class Part:
    """A block of the body, or the whole of a field; one that did not change only says what it is."""

    state: PartState
    label: str = ""
    name: str = ""
    moved: bool = False
    rows: tuple[Row, ...] = ()

    @property
    def said(self) -> str:
        """The state in words; a block may have moved and changed."""
        return f"{STATES[self.state]}, verschoben" if self.moved and self.state != "moved" else STATES[self.state]

    @property
    def groups(self) -> list[RowGroup]:
        kinds = {"head": "table", "row": "table", "item": "list"}
        found: list[tuple[str, list[Row]]] = []
        for row in self.rows:
            kind = kinds.get(row.kind, "lines")
            follows = bool(found) and found[-1][0] == kind
            if follows and not (row.kind == "head" and found[-1][1][-1].kind != "head"):
                found[-1][1].append(row)
            else:  # a head behind rows is that of another table
                found.append((kind, [row]))
        return [RowGroup(kind, tuple(rows)) for kind, rows in found]


@dataclass(frozen=True)
class FieldChange:
    """A field that differs."""

    label: str
    parts: tuple[Part, ...]


@dataclass
class Comparison:
    """Everything that differs between two versions, and the names of the fields that do not."""

    changes: list[FieldChange] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


def raw_blocks(content: Mapping[str, Any]) -> list[RawBlock]:
    """Return the blocks of a revision's body; a body that cannot be read has none."""
    value = content.get("body") or "[]"
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return []
    blocks = (
        [item for item in found if isinstance(item, dict) and "type" in item] if isinstance(found, list) else []
    )
    return [RawBlock(str(item["type"]), item.get("value"), str(item.get("id") or "")) for item in blocks]


def _texts(value: Any) -> list[str]:
    """Return the lines of a stored value that is no list of choices."""
    if value is None or value == "" or value is False:
        return []
    if value is True:
        return ["Ja"]
    return [line for line in str(value).splitlines() if line.strip()]


def _field_lines(model: Any, name: str, value: Any) -> list[Line]:
    """Return a field as the page shows it."""
    if (model, name) in MARKDOWN:
        return BlockReader().lines(RawBlock("markdown", value or "", ""))
    if name in DATES:
        texts = _texts(german_date(value) if value else value)
    elif name in COLUMNS:
        texts = row_texts(name, value)
    elif name in REFERENCES:
        texts = names_of(name, value)
    else:
        known = model._meta.get_field(name)
        if hasattr(known, "labels"):
            texts = known.labels(json.loads(value) if isinstance(value, str) else value)
        else:
            texts = _texts(dict(known.flatchoices).get(value, value) if known.choices else value)
    kind = "item" if len(texts) > 1 or isinstance(value, list) else "text"
    return [Line(kind, (text,)) for text in texts]


def _field_part(model: Any, name: str, old: Any, new: Any, budget: Budget) -> Part:
    if name in FILES:
        return Part("changed", rows=(one_sided(Line("text", (FILES[name],)), "same"),))
    rows = line_rows(_field_lines(model, name, old), _field_lines(model, name, new), budget)
    return Part("changed", rows=tuple(collapsed(rows)))


class _Body:
    """Compares two bodies; lines are read for what differs only."""

    def __init__(self, old: list[RawBlock], new: list[RawBlock], budget: Budget) -> None:
        self.old, self.new, self.budget = old, new, budget
        named = (keys_of("question", block.value) for block in (*old, *new) if block.kind == "question")
        self.names = page_names(key for keys in named for key in keys)
        self.reader = BlockReader(self.names)
        self.pairs = paired(old, new)
        self.moved = moved(self.pairs)

    def parts(self) -> Iterator[Part]:
        gone: dict[int, list[int]] = {}
        anchor, kept = -1, {old: new for new, old in self.pairs.items() if new not in self.moved}
        matched = set(self.pairs.values())
        for place in range(len(self.old)):
            anchor = kept.get(place, anchor)
            if place not in matched:
                gone.setdefault(anchor, []).append(place)
        yield from (self._alone(self.old[place], "removed", "del") for place in gone.get(-1, []))
        for place, block in enumerate(self.new):
            if place in self.pairs:
                yield self._both(self.old[self.pairs[place]], block, moved=place in self.moved)
            else:
                yield self._alone(block, "added", "ins")
            yield from (self._alone(self.old[other], "removed", "del") for other in gone.get(place, []))

    def _alone(self, block: RawBlock, state: PartState, op: Op) -> Part:
        if not self.budget.take_characters(block.cost):
            return Part("long", block.label, f"{self.reader.name(block)} ({STATES[state]})")
        lines = self.reader.lines(block)
        return Part(state, block.label, name_of(lines), rows=tuple(one_sided(line, op) for line in lines))

    def _both(self, old: RawBlock, new: RawBlock, *, moved: bool) -> Part:
        if old.value == new.value:
            return Part("moved" if moved else "same", new.label, self.reader.name(new), moved=moved)
        if not self.budget.take_characters(old.cost + new.cost):
            return Part("long", new.label, self.reader.name(new), moved=moved)
        before, after = self.reader.lines(old), self.reader.lines(new)
        if before == after:
            with_links = BlockReader(self.names, links=True)
            linked, now = with_links.lines(old), with_links.lines(new)
            rows = collapsed(line_rows(linked, now, self.budget)) if linked != now else []
            return Part("marks", new.label, name_of(after), moved=moved, rows=tuple(rows))
        rows = collapsed(line_rows(before, after, self.budget))
        return Part("changed", new.label, name_of(after), moved=moved, rows=tuple(rows))


def _differs(name: str, old: Any, new: Any) -> bool:
    if name in REFERENCES:
        return keys_of(name, old) != keys_of(name, new)
    if name in COLUMNS:  # keys of child rows are no change of the text
        return row_values(name, old) != row_values(name, new)
    if isinstance(old, str) and isinstance(new, str):
        return old.split() != new.split()
    return bool((old or None) != (new or None))


def _label(model: Any, name: str) -> str:
    return TITLES.get(name) or str(model._meta.get_field(name).verbose_name)


def _present(model: Any, contents: Iterable[Mapping[str, Any]]) -> list[str]:
    names = {item.name for item in model._meta.get_fields()} | {
        "sources",
        "curated_related",
        "tagged_items",
        "field_reports",
    }
    return [
        name
        for name in FIELDS_OF.get(model, FIELDS)
        if name in names and any(name in content for content in contents)
    ]


def compare(model: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Compare two stored revisions (their JSON) of a page type, of acts, terms or deadlines."""
    result, budget = Comparison(), Budget()
    for name in _present(model, (old, new)):
        label = _label(model, name)
        if name == "body":
            parts = list(_Body(raw_blocks(old), raw_blocks(new), budget).parts())
            if all(part.state == "same" for part in parts):
                result.same.append(label)
            else:
                result.changes.append(FieldChange(label, tuple(parts)))
        elif _differs(name, old.get(name), new.get(name)):
            part = _field_part(model, name, old.get(name), new.get(name), budget)
            result.changes.append(FieldChange(label, (part,)))
        elif old.get(name):
            result.same.append(label)
    return result
