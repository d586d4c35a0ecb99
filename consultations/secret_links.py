"""Addresses of the portal that are keys: whoever reads one opens what it leads to, so no stored text keeps any.

A key is known by its signature, in whatever address it stands: gateways put ours into addresses of their own.
"""

from __future__ import annotations

import re

HIDDEN = "[Link entfernt]"
# Mail programs break long lines, mark them when they quote, and calendars fold them.
_BREAK = r"(?:[ \t]*\r?\n[> \t]*)?"
_COLON = rf"(?::|%(?:25)*3A){_BREAK}"
_SIGNATURE = rf"(?:[\w-]{_BREAK}){{42}}[\w-](?![\w-])"
_PLAIN = r"[^\s<>\"'()\[\]]"
_BEFORE = rf"{_PLAIN}{{1,200}}?"
# What follows in the same address, without the punctuation of the sentence it stands in.
_AFTER = rf"(?:{_PLAIN}*[^\s<>\"'()\[\].,;:!?])?"
_SIGNED = rf"{_BEFORE}{_COLON}(?:[a-z0-9]{_BREAK}){{6}}{_COLON}{_SIGNATURE}"  # django.core.signing.dumps
_DRAFT = rf"(?:{_BEFORE}/)?(?:[\w-]{_BREAK}){{32}}{_COLON}{_SIGNATURE}"  # Signer.sign of `models.request.new_key`
_FEED = rf"{_BEFORE}/beratung/kalender/{_BREAK}[\w-]{{20,}}"
PATTERN = re.compile(rf"(?:{_SIGNED}|{_DRAFT}|{_FEED}){_AFTER}", re.ASCII | re.IGNORECASE)


def without_keys(text: str) -> str:
    """Return a text with a mark for each address that is a key."""
    return PATTERN.sub(HIDDEN, text)
