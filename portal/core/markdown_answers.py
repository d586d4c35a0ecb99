"""Answers in Markdown: what each says first, and how an HTML page names its Markdown form."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse

from portal.core.content_io import frontmatter
from portal.core.content_io.kinds import INDEX
from portal.core.seo import absolute
from portal.core.text import escape_markdown

CONTENT_TYPE = "text/markdown; charset=utf-8"


def markdown_url(path: str) -> str:
    """Return the address of the Markdown form for the address of a page; a query stays with it."""
    path, mark, query = path.partition("?")
    return f"{path.rstrip('/') or '/' + INDEX}.md{mark}{query}"


def offer_markdown(response: HttpResponse, path: str) -> HttpResponse:
    """Add the hint that a page is also there as Markdown; for answers in HTML only."""
    if response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html"):
        hint = f'<{markdown_url(path)}>; rel="alternate"; type="text/markdown"'
        known = response.headers.get("Link")
        response.headers["Link"] = f"{known}, {hint}" if known else hint
    return response


def notice_lines(address: str) -> list[str]:
    """Return what every Markdown form says first, as comments of its front matter."""
    return ["# Allgemeine Information, keine Rechtsberatung.", f"# Quelle: {absolute(address)}"]


def markdown_link(title: str, url: str) -> str:
    return f"[{escape_markdown(title)}]({url})"


def markdown_answer(title: str, address: str, lines: Iterable[str]) -> HttpResponse:
    """Answer with a title and lines of Markdown; `address` is that of the HTML page."""
    notice = "\n".join(notice_lines(address))
    body = "\n".join([f"# {escape_markdown(title)}", "", *lines])
    text = frontmatter.dump({"title": title}, body).removeprefix("---\n")
    response = HttpResponse(f"---\n{notice}\n{text}", content_type=CONTENT_TYPE)
    response.headers["Link"] = f'<{address}>; rel="canonical"'
    return response
