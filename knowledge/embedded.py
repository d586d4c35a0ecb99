"""Other pages named in a body: a related question, a link chosen in the editor.

The stored HTML holds their number only. Title and address are filled in when the body is read, for the reader at
hand: what is closed, unpublished or gone is not named, wherever the page or its topics have been moved since.
"""

from __future__ import annotations

import hashlib
import re

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape
from wagtail.models import Page

from knowledge.queries import Reader
from portal.core.generation import cached

_CHOSEN = re.compile(r"<a\b[^>]*\blinktype=\"page\"[^>]*>", re.IGNORECASE)
_ID = re.compile(r"\bid=\"(\d+)\"")
_ADDRESS = "seite-im-portal-"
_QUESTION = re.compile(r"<p\b[^>]*\bdata-question=\"(\d+)\"[^>]*></p>")
_LINK = re.compile(rf"<a\b([^>]*?)\bhref=\"{_ADDRESS}(\d+)\"([^>]*)>(.*?)</a>", re.DOTALL)


def question_place(pk: int) -> str:
    """Return what stands in stored HTML where a question is named."""
    return f'<p class="question-link" data-question="{pk}"></p>'


def with_places(source: str) -> str:
    """Return rich text as stored whose links to pages hold numbers, to be expanded for each reader."""

    def place(found: re.Match[str]) -> str:
        number = _ID.search(found.group())
        return f'<a href="{_ADDRESS}{number[1]}">' if number else "<a>"

    return _CHOSEN.sub(place, source)


def numbers_in(html: str) -> list[int]:
    """Return the numbers of the pages a stored body names."""
    found = {found[1] for found in _QUESTION.finditer(html)} | {found[2] for found in _LINK.finditer(html)}
    return sorted(int(number) for number in found if len(number) < 10)


def _named(numbers: list[int], reader: Reader) -> dict[int, tuple[str, str]]:
    pages = reader.filter(Page.objects.filter(pk__in=numbers))
    return {page.pk: (page.title, url) for page in pages if (url := page.get_url(reader.request))}


def fill(html: str, request: HttpRequest, named: dict[int, tuple[str, str]] | None = None) -> str:
    """Return a body as this reader may see it; one query where it names pages, none as long as it is kept.

    `named` holds title and address of those this reader may see, where they have been read already.
    """
    numbers = numbers_in(html)
    if not numbers:
        return html
    reader = Reader.of(request)
    if named is not None:
        pass
    elif getattr(request, "is_preview", False):
        named = _named(numbers, reader)
    else:
        mark = hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]
        named = cached(f"named:{mark}:{reader.level}:{request.get_host()}", lambda: _named(numbers, reader))

    def question(found: re.Match[str]) -> str:
        page = named.get(int(found[1]))
        context = {"title": page[0], "url": page[1]} if page else {}
        return render_to_string("knowledge/blocks/question.html", context).strip() if page else ""

    def link(found: re.Match[str]) -> str:
        page = named.get(int(found[2]))
        return f'<a{found[1]}href="{escape(page[1])}"{found[3]}>{found[4]}</a>' if page else found[4]

    return _LINK.sub(link, _QUESTION.sub(question, html))
