"""Addresses of the portal that are keys: whoever reads one opens what it leads to, so no stored text keeps any.

A key is known by its signature, in whatever address it stands: gateways put ours into addresses of their own.
"""

from __future__ import annotations

import re

HIDDEN = "[Link entfernt]"
# Mail programs break long lines, mark them when they quote, and calendars fold them.
_BREAK = r"(?:[ \t]*\r?\n[> \t]*)?"
_COLON = rf"(?::|%(?:25)*3A){_BREAK}"
_SIGNS = rf"(?:[\w-]{_BREAK}){{42}}[\w-]"
_SIGNATURE = rf"{_SIGNS}(?![\w-])"
_PLAIN = r"[^\s<>\"'()\[\]]"
_BEFORE = rf"{_PLAIN}{{1,200}}?"
# What follows in the same address, without the punctuation of the sentence it stands in.
_AFTER = rf"(?:{_PLAIN}*[^\s<>\"'()\[\].,;:!?])?"
_SIGNED = rf"{_BEFORE}{_COLON}(?:[a-z0-9]{_BREAK}){{6}}{_COLON}{_SIGNATURE}"  # django.core.signing.dumps
_DRAFT = rf"(?:{_BEFORE}/)?(?:[\w-]{_BREAK}){{32}}{_COLON}{_SIGNATURE}"  # Signer.sign of `models.request.new_key`
_SLASH = rf"(?:/|%(?:25)*2F){_BREAK}"
_FEED = rf"{_BEFORE}{_SLASH}beratung{_SLASH}kalender{_SLASH}{_SIGNS}"
# An account's first or forgotten password: person, time and hash of `PasswordResetTokenGenerator`.
_HASH = rf"(?:[0-9a-f]{_BREAK}){{31}}[0-9a-f]"
_HEX = rf"{_HASH}(?![\w-])"
_PASSWORD = rf"{_BEFORE}{_SLASH}neu{_SLASH}[0-9a-z]{{1,13}}-{_BREAK}(?:[0-9a-z]{_BREAK}){{6,7}}-{_BREAK}{_HEX}"
# Proofpoint's gateway (v2) writes "-3A" for ":", "_" for "/", "-2D" for "-" and "-5F" for "_", in capitals.
_CODED = r"(?:[a-z0-9]|(?-i:-2D|-5F))"
_CODED_COLON = rf"(?-i:-3A){_BREAK}"
_CODED_SIGNS = rf"(?:{_CODED}{_BREAK}){{42}}{_CODED}(?![a-z0-9])"
_WRITTEN = (
    rf"{_CODED_COLON}(?:[a-z0-9]{_BREAK}){{6}}{_CODED_COLON}{_CODED_SIGNS}",
    rf"(?:{_CODED}{_BREAK}){{32}}{_CODED_COLON}{_CODED_SIGNS}",
    rf"_beratung_kalender_{_BREAK}{_CODED_SIGNS}",
    rf"_neu_{_BREAK}[0-9a-z]{{1,13}}(?-i:-2D){_BREAK}(?:[0-9a-z]{_BREAK}){{6,7}}(?-i:-2D){_BREAK}{_HASH}",
)
_REWRITTEN = rf"{_BEFORE}(?:{'|'.join(_WRITTEN)})"
PATTERN = re.compile(rf"(?:{_SIGNED}|{_DRAFT}|{_FEED}|{_PASSWORD}|{_REWRITTEN}){_AFTER}", re.ASCII | re.IGNORECASE)

# What every key has in it and few other texts have; it begins with a sign of its own, so that looking is quick.
_ANCHOR = re.compile(
    rf"{_COLON}{_SIGNATURE}|{_SLASH}beratung{_SLASH}kalender{_SLASH}|{_SLASH}neu{_SLASH}[0-9a-z]{{1,13}}-"
    rf"|{_CODED_COLON}{_CODED_SIGNS}|_beratung_kalender_|_neu_[0-9a-z]{{1,13}}(?-i:-2D)",
    re.ASCII | re.IGNORECASE,
)
_AROUND_BEFORE, _AROUND_AFTER = 600, 400
MOST_BREAKS = 4
MOST = 150_000
"""Characters around keys that are looked through; a text with more of them is no letter, and hidden as a whole."""


def _places(text: str) -> list[tuple[int, int]]:
    """Return where keys can be, as ranges that do not overlap, in order."""
    found: list[tuple[int, int]] = []
    for hit in _ANCHOR.finditer(text):
        start, end = max(0, hit.start() - _AROUND_BEFORE), hit.end() + _AROUND_AFTER
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _hidden(found: re.Match[str]) -> str:
    """Return the mark, or what was found: words below each other on many lines are a list and no broken key."""
    return HIDDEN if found[0].count("\n") <= MOST_BREAKS else found[0]


def without_keys(text: str) -> str:
    """Return a text with a mark for each address that is a key."""
    places, pieces, done = _places(text), list[str](), 0
    if sum(end - start for start, end in places) > MOST:
        return HIDDEN
    for start, end in places:
        pieces += [text[done:start], PATTERN.sub(_hidden, text[start:end])]
        done = end
    return "".join([*pieces, text[done:]])
