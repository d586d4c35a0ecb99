"""From body to HTML: one renderer per page, run when the page is saved.

`source` is a hash of what was rendered. A draft or preview whose body differs from it is rendered on the fly by
`current_rendered`, so that nobody ever reads an outdated body. Other pages stand in it as numbers only, which
`knowledge.embedded` fills in for the reader.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import mark_safe
from wagtail.rich_text import expand_db_html

from knowledge.attachments import file_context, image_context
from knowledge.citations import Citation
from knowledge.embedded import question_place, with_places
from knowledge.finishing import CALLOUTS, PageTree
from knowledge.markdown import PageMarkdown, plain_text, sanitise
from portal.core.text import german_slug

RENDER_VERSION = 5
_MAX_ID = 50
_NODES = ("step", "result")  # the blocks of a decision help


@dataclass
class RenderedBody:
    """What a body becomes: HTML, table of contents, plain text, and the provisions it cites."""

    html: str = ""
    toc: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    source: str = ""
    citations: list[Citation] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        cited = [[found.act.pk, found.key, found.ref, *filter(None, [found.until])] for found in self.citations]
        return {"html": self.html, "toc": self.toc, "text": self.text, "source": self.source, "citations": cited}


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items() if not (key == "id" and "type" in value)}
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    return value


def source_hash(page: Any) -> str:
    """Return a hash of a page's body; ids of blocks do not count."""
    raw = _without_ids(page.body.get_prep_value() if page.body else [])
    text = json.dumps([RENDER_VERSION, raw], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class _Body:
    """Renders the blocks of one page in order."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.markdown = PageMarkdown()
        self.seen_heading = False
        self.count = 0
        self._render: dict[str, Callable[[Any], str]] = {
            "markdown": self._markdown,
            "text": self._rich_text,
            "callout": self._callout,
            "steps": self._steps,
            "accordion": self._accordion,
            "checklist": self._checklist,
            "table": self._table,
            "quote": self._quote,
            "image": self._image,
            "file": self._file,
            "question": self._question,
            "step": self._step,
            "result": self._result,
        }
        nodes = (child for child in page.body or [] if child.block_type in _NODES)
        self._nodes = {child.value["key"]: child for child in nodes if child.value["key"]}

    def render(self) -> str:
        parts = []
        for child in self.page.body or []:
            self.count += 1
            part = self._render[child.block_type](child.value)
            self.seen_heading = self.seen_heading or "<h1" in part or "<h2" in part
            parts.append(part)
        return "\n".join(parts)

    def _template(self, name: str, **context: Any) -> str:
        return render_to_string(f"knowledge/blocks/{name}.html", context)

    def _md(self, source: Any) -> str:
        return mark_safe(self.markdown.render(str(source or "")))

    def _section(self, title: Any) -> dict[str, Any]:
        """Return the heading levels of a block with a title: below the section it stands in, if any."""
        level = 3 if self.seen_heading else 2
        return {"title": title, "level": level, "item_level": level + 1 if title else level}

    def _markdown(self, value: Any) -> str:
        return self._md(value)

    def _rich_text(self, value: Any) -> str:
        return sanitise(expand_db_html(with_places(getattr(value, "source", str(value)))))

    def _callout(self, value: Any) -> str:
        variant, icon, label = CALLOUTS.get(value["kind"], CALLOUTS["hinweis"])
        return self._template(
            "callout", variant=variant, icon=icon, kind=value["kind"], title=value["title"] or label,
            html=self._md(value["text"]),
        )  # fmt: skip

    def _items(self, value: Any) -> list[dict[str, Any]]:
        return [{"title": item["title"], "html": self._md(item["text"])} for item in value["items"]]

    def _steps(self, value: Any) -> str:
        return self._template("steps", items=self._items(value), **self._section(value["title"]))

    def _accordion(self, value: Any) -> str:
        items = self._items(value)
        for number, item in enumerate(items, start=1):
            item["id"] = f"{german_slug(item['title'], max_length=_MAX_ID) or 'abschnitt'}-{self.count}-{number}"
        return self._template("accordion", items=items, **self._section(value["title"]))

    def _checklist(self, value: Any) -> str:
        return self._template("checklist", items=list(value["items"]), **self._section(value["title"]))

    def _table(self, value: Any) -> str:
        table = value["table"]
        if not table or not table.columns:
            return ""
        headings = [str(column["heading"]) for column in table.columns]
        return self._template(
            "table",
            id=f"tabelle-{self.count}",
            caption=value["caption"],
            headings=headings if any(headings) else [],
            rows=[[mark_safe(self._inline(cell.value)) for cell in row] for row in table.rows],
            first_column=value["first_column_is_header"],
        )

    def _inline(self, value: Any) -> str:
        """Render one table cell; a single paragraph loses its tags."""
        rendered = self.markdown.render(str(value or "")).strip()
        inner = rendered.removeprefix("<p>").removesuffix("</p>")
        return inner if "<p>" not in inner else rendered

    def _quote(self, value: Any) -> str:
        return self._template("quote", html=self._md(value["text"]), source=value["source"], url=value["url"])

    def _image(self, value: Any) -> str:
        context = image_context(value)
        return self._template("image", **context) if context else ""

    def _file(self, value: Any) -> str:
        context = file_context(value)
        return self._template("file", **context) if context else ""

    def _question(self, value: Any) -> str:
        """Leave a place for a question: who reads decides whether it may be named (knowledge.embedded)."""
        return question_place(value.pk) if value is not None else ""

    def _step(self, value: Any) -> str:
        """A question of a decision help, with where each of its answers leads."""
        answers = [
            {"label": answer["label"], "key": answer["next"], "target": self._node_title(answer["next"])}
            for answer in value["answers"]
        ]
        return self._template(
            "step", key=value["key"], title=value["question"], html=self._md(value["help"]), answers=answers
        )

    def _node_title(self, key: str) -> str:
        child = self._nodes.get(key)
        if child is None:
            return ""
        is_step = child.block_type == "step"
        return f"Frage „{child.value['question']}“" if is_step else f"Ergebnis „{child.value['statement']}“"

    def _result(self, value: Any) -> str:
        """A result of a decision help with its ground."""
        return self._template(
            "result",
            key=value["key"],
            title=value["statement"],
            html=self._md(value["why"]),
            basis=[line.strip() for line in str(value["legal_basis"] or "").splitlines() if line.strip()],
            sources=list(value["sources"]),
            todo=[
                mark_safe(self._inline(line))
                for line in str(value["todo"] or "").splitlines() if line.strip()
            ],
        )  # fmt: skip


def finished_text(source: str) -> str:
    """Return Markdown as HTML with linked citations, for a text that stands outside a body."""
    tree = PageTree(PageMarkdown().render(source))
    tree.finish()
    return tree.html()


def render_page(page: Any) -> RenderedBody:
    """Render the body of a page; input too deeply nested for the parsers becomes plain text, never an error."""
    source = source_hash(page)
    raw = _Body(page).render()
    try:
        tree = PageTree(raw)
        tree.finish()
        html = tree.html()
    except RecursionError:
        text = plain_text(raw)
        return RenderedBody(html=f'<p class="kern-body">{escape(text)}</p>', text=text, source=source)
    return RenderedBody(html=html, toc=tree.toc, text=plain_text(html), source=source, citations=tree.citations)
