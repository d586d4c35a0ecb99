"""The description of the interface (OpenAPI 3.1), made of the same parameters and schemas that answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from portal.core.seo import absolute
from search.api.answers import SCHEMAS
from search.api.parameters import WORDS, Parameter, search_parameters
from search.api.problems import MEDIA_TYPE, TITLES

VERSION = "1.0.0"


def document() -> dict[str, Any]:
    """Return the whole description; server and kinds are those of this installation."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Suche: {settings.SITE_NAME}",
            "version": VERSION,
            "description": (
                "Sucht in allem, was öffentlich ist. Ohne Anmeldung und ohne Cookies; gelesen wird mit GET, auch "
                f"von anderen Seiten aus. Je Anschluss {settings.API_REQUESTS_PER_HOUR} Anfragen in der Stunde."
            ),
        },
        "servers": [{"url": absolute("/api/v1").rstrip("/")}],
        "paths": {
            "/search": {"get": _operation("search", "Suchen", search_parameters(), "SearchAnswer")},
            "/suggest": {"get": _operation("suggest", "Vorschläge beim Tippen", [WORDS], "SuggestAnswer")},
        },
        "components": {"schemas": SCHEMAS},
    }


def _operation(name: str, summary: str, parameters: list[Parameter], answer: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [_parameter(item) for item in parameters],
        "responses": {
            "200": _response("Gefunden, auch wenn nichts gefunden wurde.", "application/json", answer),
            **{str(status): _response(TITLES[status], MEDIA_TYPE, "Problem") for status in (400, 405, 429)},
        },
    }


def _parameter(item: Parameter) -> dict[str, Any]:
    several = {"style": "form", "explode": True} if item.schema["type"] == "array" else {}
    return {
        "name": item.name,
        "in": "query",
        "required": item.required,
        "description": item.description,
        "schema": item.schema,
        **several,
    }


def _response(description: str, media_type: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
