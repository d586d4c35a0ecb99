"""Addresses of the portal that are keys: whoever reads one opens what it leads to, so no stored text keeps any.

A key is known by its signature, in whatever address it stands: gateways put ours into addresses of their own. What
is looked for is its core, which begins with a sign of its own; the address around it is found from there, so that
no text takes more time than its length.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator

HIDDEN = "[Link entfernt]"
LONGEST = 600
"""Characters of an address before the core of a key."""
MOST_BREAKS = 4
"""Words below each other on more lines are a list, and no key a mail program has broken."""

# Mail programs break long lines, mark them when they quote, and calendars fold them.
_BREAK = r"(?:[ \t]*\r?\n[> \t]*)?"


def _word(text: str) -> str:
    """Return a pattern for a word that may be broken anywhere, with what follows a break."""
    return "".join(f"{re.escape(sign)}{_BREAK}" for sign in text)


def _times(sign: str, least: int, most: int | None = None) -> str:
    """Return a pattern for so many signs, broken anywhere but after the last one."""
    number = f"{least - 1}" if most is None else f"{least - 1},{most - 1}"
    return rf"(?:{sign}{_BREAK}){{{number}}}{sign}"


_SIGN, _END = r"[\w-]", r"(?![\w-])"
_COLON = rf"(?::|%(?:25)*3A){_BREAK}"
_SLASH = rf"(?:/|%(?:25)*2F){_BREAK}"
_SIGNATURE = f"{_times(_SIGN, 43)}{_END}"
_STAMP = rf"{_times('[a-z0-9]', 6)}{_BREAK}"
_HASH = _times("[0-9a-f]", 32)
# Proofpoint's gateway (v2) writes "-3A" for ":", "_" for "/", "-2D" for "-" and "-5F" for "_", in capitals.
_CODED_COLON, _CODED_DASH = (f"(?-i:{_word(code)})" for code in ("-3A", "-2D"))
_CODED_SIGN = rf"(?:[a-z0-9]|{_CODED_DASH}|(?-i:{_word('-5F')}))"
_CODED_SIGNATURE = rf"{_times(_CODED_SIGN, 43)}(?![a-z0-9])"


def _password(slash: str, dash: str) -> str:
    """An account's first or forgotten password: person, time and hash of `PasswordResetTokenGenerator`."""
    person, time = _times("[0-9a-z]", 1, 13), _times("[0-9a-z]", 6, 7)
    return rf"{slash}{_word('neu')}{slash}{person}{_BREAK}{dash}{_BREAK}{time}{_BREAK}{dash}{_BREAK}{_HASH}"


def _feed(slash: str, key: str) -> str:
    return rf"{slash}{_word('beratung')}{slash}{_word('kalender')}{slash}{key}"


_CORE = re.compile(
    "|".join([
        rf"{_COLON}{_STAMP}{_COLON}{_SIGNATURE}",  # django.core.signing.dumps
        rf"(?P<draft>{_COLON}{_SIGNATURE})",  # Signer.sign of `models.request.new_key`, which stands before it
        _feed(_SLASH, _SIGNATURE),
        _password(_SLASH, "-") + _END,
        rf"{_CODED_COLON}{_STAMP}{_CODED_COLON}{_CODED_SIGNATURE}",
        rf"(?P<coded>{_CODED_COLON}{_CODED_SIGNATURE})",
        _feed(f"_{_BREAK}", _CODED_SIGNATURE),
        _password(f"_{_BREAK}", _CODED_DASH),
        rf"[?&;]u={_BREAK}(?P<base64>aHR0c(?:[\w+/-]{_BREAK}){{40,2000}})",  # "https" as Sophos' gateway writes it
    ]),
    re.ASCII | re.IGNORECASE,
)  # fmt: skip
_KEY = re.compile(rf"{_times(_SIGN, 32)}{_BREAK}\Z", re.ASCII)
_CODED_KEY = re.compile(rf"{_times(_CODED_SIGN, 32)}{_BREAK}\Z", re.ASCII | re.IGNORECASE)
_NO_SIGN = re.compile(r"[^\w+/-]", re.ASCII)
_OUTSIDE = re.compile(r"[\s<>\"'()\[\]]")
_REST = re.compile(r"[^\s<>\"'()\[\]]*")


def _is_key(found: re.Match[str]) -> bool:
    """Look at what the pattern of a core cannot tell."""
    if found[0].count("\n") > MOST_BREAKS:
        return False
    before = found.string[max(0, found.start() - 200) : found.start()]
    if found["draft"]:
        return bool(_KEY.search(before))
    if found["coded"]:
        return bool(_CODED_KEY.search(before))
    return not found["base64"] or _is_wrapped(found["base64"])


def _is_wrapped(code: str) -> bool:
    code = _NO_SIGN.sub("", code).replace("+", "-").replace("/", "_")
    try:
        inner = urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode("latin-1")
    except (binascii.Error, ValueError):
        return False
    return any(_is_key(found) for found in _CORE.finditer(inner) if not found["base64"])


def places(text: str) -> Iterator[tuple[int, int]]:
    """Return where addresses that are keys stand, in order; none overlaps another."""
    done = 0
    for found in _CORE.finditer(text):
        if found.start() < done or not _is_key(found):
            continue
        start = _begin(text, done, found)
        rest = _REST.match(text, found.end())
        assert rest is not None  # noqa: S101 - it may be empty
        done = found.end() + len(rest[0].rstrip(".,;:!?"))  # without the punctuation of the sentence it stands in
        yield start, done


def _begin(text: str, done: int, found: re.Match[str]) -> int:
    """Return where the address of a core begins: after the last sign that stands in none."""
    least = found.start()
    if found["draft"] or found["coded"]:  # whose key may be broken
        key = (_KEY if found["draft"] else _CODED_KEY).search(text[max(done, least - 200) : least])
        least = max(done, least - 200) + key.start() if key else least
    window = text[max(done, least - LONGEST) : least]
    return least - len(_OUTSIDE.split(window)[-1])


def without_keys(text: str) -> str:
    """Return a text with a mark for each address that is a key."""
    pieces, done = list[str](), 0
    for start, end in places(text):
        pieces += [text[done:start], HIDDEN]
        done = end
    return "".join([*pieces, text[done:]])
