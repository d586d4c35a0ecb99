"""What somebody has typed into a form that was not taken: shown once more to be copied, by the page that says so.

Browsers do not bring typed text back to pages that must not be stored, which all pages behind the login are.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from portal.core import origin

_SECRET = ("passw", "csrf", "token", "secret", "code")
"""Parts of the names of fields that are never shown."""
LONGEST = 200_000
"""Characters shown at most; nobody types more between two savings."""


def text_of(request: HttpRequest) -> str:
    """Return the texts of a sent form in its order, an empty line between them; nothing a foreign page has sent.

    A text is what has letters and more than one word; what editors of formatted text send (ContentState) counts by
    its blocks.
    """
    if request.method != "POST" or not origin.is_own(request):
        return ""
    try:
        fields = list(request.POST.lists())
    except (UnreadablePostError, SuspiciousOperation, BadRequest, MultiPartParserError):  # broken, or too much
        return ""
    found: dict[str, None] = {}
    for name, values in fields:
        if any(part in name.lower() for part in _SECRET):
            continue
        for value in values:
            text = _readable(value).strip()
            if len(text.split()) > 1 and any(char.isalpha() for char in text):
                found[text] = None
    return "\n\n".join(found)[:LONGEST]


def _readable(value: str) -> str:
    """Return a value as it was typed: of ContentState the text of its blocks, of other JSON nothing."""
    if not value.lstrip().startswith(("{", "[")):
        return value
    try:
        content: Any = json.loads(value)
    except (ValueError, RecursionError):
        return value
    blocks = content.get("blocks") if isinstance(content, dict) else None
    if not isinstance(blocks, list):
        return ""
    return "\n".join(str(block.get("text", "")) for block in blocks if isinstance(block, dict))
