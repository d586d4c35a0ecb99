"""Which part of a search is the plate of a car or the serial number of an identity card or passport.

They have too few digits in a row for a number of somebody, but lead to a person as well. A plate is "KS-AB 123";
behind "Kennzeichen" also "KS AB 123" and "KSAB123". A serial number has nine or ten letters and digits and no
vowel, so that it never is a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.analysis import normalise, stop_words

Range = tuple[int, int]

SERIAL = re.compile(
    r"(?<![\w-])(?=(?:[a-z]+\d){2}|[a-z]+\d\d)[cfghjklmnprtvwxyz][cfghjklmnprtvwxyz\d]{8,9}(?!\w)", re.IGNORECASE
)
_LEFT_OF_HYPHEN = "(?P<left>[a-zäöü]{1,3})"
_END = r"[eh]?(?!\w|[.,:/]\d)"
PLATE = re.compile(
    rf"(?<![\w-]){_LEFT_OF_HYPHEN}-(?P<right>[a-z]{{1,2}})[\s-]?(?P<number>\d{{1,4}}){_END}", re.IGNORECASE
)
NAMED_PLATE = re.compile(
    r"(?:kennzeichen|nummernschild)[.:]?\s+"
    rf"(?P<plate>{_LEFT_OF_HYPHEN}[\s-]+[a-z]{{1,2}}[\s-]*\d{{1,4}}{_END}|[a-zäöü]{{2,5}}\d{{1,4}}{_END})",
    re.IGNORECASE,
)
# What is written like a plate and is none: "DIN-A 4", "SGB-X 10"; "KI-VO 6", "Wi-Fi 6", "E-ID 2", "Log-in 2".
NO_LEFT = frozenset(["sgb", "bgb", "iso", "din", "it"])
NO_RIGHT = frozenset(
    ["vo", "rl", "id", "fi", "ii", "iv", "vi", "ix", "xi", "up", "in", "on", "to", "of", "it", "ki", "nr"]
)
YEAR = re.compile(r"(?:19|20)\d\d")


def papers(text: str) -> Iterator[Range]:
    """Yield where such numbers begin and end; no two overlap."""
    named = [match.span("plate") for match in NAMED_PLATE.finditer(text) if _is_named_plate(match)]
    yield from named
    found = [match.span() for match in PLATE.finditer(text) if _is_plate(match)]
    found += [match.span() for match in SERIAL.finditer(text)]
    yield from ((start, end) for start, end in found if not any(a < end and start < b for a, b in named))


def _is_named_plate(match: re.Match[str]) -> bool:
    """True unless it goes on a sentence: "Kennzeichen im KW 3"."""
    left = match["left"]
    return left is None or "-" in match["plate"] or normalise(left) not in stop_words()


def _is_plate(match: re.Match[str]) -> bool:
    if YEAR.fullmatch(match["number"]):
        return False
    return match["left"].lower() not in NO_LEFT and match["right"].lower() not in NO_RIGHT
