"""From body to HTML: one renderer per page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class RenderedBody:
    """What a body becomes: HTML, table of contents, plain text."""

    html: str = ""
    toc: list[dict[str, Any]] = field(default_factory=list)
    text: str = ""
    source: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"html": self.html, "toc": self.toc, "text": self.text, "source": self.source}


def render_page(page: Any) -> RenderedBody:
    return RenderedBody()
