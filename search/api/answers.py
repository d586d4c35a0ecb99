"""What is answered: plain data of a search, and its JSON Schema beside it."""

from __future__ import annotations

from html import unescape
from typing import Any

from django.urls import reverse
from django.utils.html import strip_tags

from portal.core.seo import absolute
from search.finding import LAST_PAGE, PAGE_SIZE, Found, Result
from search.narrowing import FACETS, Filters, Shown, address, changed

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
MAYBE_URL = {"type": ["string", "null"], "format": "uri"}
MAYBE_DATE = {"type": ["string", "null"], "format": "date"}
NUMBER = {"type": "integer", "minimum": 0}
FLAG = {"type": "boolean"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


SCHEMAS: dict[str, Any] = {
    "Result": _object(
        id=TEXT, title=TEXT, url={"type": "string", "format": "uri"}, kind=TEXT, kind_label=TEXT, excerpt=TEXT,
        topic=MAYBE_TEXT, file_page={"type": ["integer", "null"], "minimum": 1}, changed=MAYBE_DATE,
        reviewed=MAYBE_DATE,
    ),
    "FacetValue": _object(value=TEXT, label=TEXT, count=NUMBER, active=FLAG),
    "Facet": _object(parameter=TEXT, label=TEXT, values=_list(_ref("FacetValue"))),
    "SearchAnswer": _object(
        query=TEXT, corrected=MAYBE_TEXT, correction_followed=FLAG, phrase_relaxed=FLAG, degraded=FLAG,
        total=NUMBER, page={"type": "integer", "minimum": 1}, pages=NUMBER,
        results=_list(_ref("Result"), maxItems=PAGE_SIZE), facets=_list(_ref("Facet")),
        links=_object(page={"type": "string", "format": "uri"}, next=MAYBE_URL, previous=MAYBE_URL),
    ),
    "Suggestion": _object(label=TEXT, url={"type": "string", "format": "uri"}, group=TEXT),
    "SuggestAnswer": _object(suggestions=_list(_ref("Suggestion"), maxItems=8)),
    "Problem": _object(type=TEXT, title=TEXT, status={"type": "integer"}, detail=TEXT),
}  # fmt: skip


def search_answer(found: Found, filters: Filters, page: int) -> dict[str, Any]:
    """Return the answer to a search; excerpts are plain text, addresses are whole."""
    state = {"q": [found.typed.text], **filters.state}
    pages = -(-min(found.total, LAST_PAGE * PAGE_SIZE) // PAGE_SIZE)
    page = max(1, min(page, pages))
    shown = Shown(found, filters, state)
    return {
        "query": found.typed.text,
        "corrected": found.meant or None,
        "correction_followed": found.followed,
        "phrase_relaxed": found.relaxed,
        "degraded": found.degraded,
        "total": found.total,
        "page": page,
        "pages": pages,
        "results": [_result(item) for item in found.results],
        "facets": [
            {
                "parameter": FACETS[facet.name][0],
                "label": facet.heading,
                "values": [
                    {"value": item.value, "label": item.label, "count": item.count, "active": item.active}
                    for item in facet.choices
                ],
            }
            for facet in shown.facets()
        ],
        "links": {
            "page": absolute(changed(state)),
            "next": _page_url(state, page + 1) if page < pages else None,
            "previous": _page_url(state, page - 1) if page > 1 else None,
        },
    }


def _page_url(state: dict[str, list[str]], number: int) -> str:
    return absolute(changed({**state, "seite": [str(number)]}).replace(address({}), reverse("api_search"), 1))


def _result(item: Result) -> dict[str, Any]:
    return {
        "id": item.key,
        "title": item.title,
        "url": absolute(item.url),
        "kind": item.kind.code,
        "kind_label": item.badge or item.kind.label,
        "excerpt": " ".join(unescape(strip_tags(item.snippet_html)).split()),
        "topic": item.topic or None,
        "file_page": item.page or None,
        "changed": item.changed.isoformat() if item.changed else None,
        "reviewed": item.reviewed.isoformat() if item.reviewed else None,
    }


def suggest_answer(rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"suggestions": [{**row, "url": absolute(row["url"])} for row in rows]}
