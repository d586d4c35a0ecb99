"""Where German sentences end: one rule for short answers, readability, reports and excerpts."""

from __future__ import annotations

import re

_ABBREVIATIONS = {
    "abb", "abs", "abschn", "abt", "allg", "anm", "art", "aufl", "az", "beschl", "betr", "bsp", "bspw", "buchst",
    "bzgl", "bzw", "ca", "co", "dipl", "dr", "einschl", "engl", "etc", "evtl", "ff", "gem", "ggf", "ggfs", "hess",
    "hrsg", "hs", "inkl", "insb", "jh", "kap", "lfd", "lit", "max", "min", "mio", "mrd", "mind", "nr", "nrn",
    "prof", "rd", "rn", "rs", "sog", "st", "std", "str", "stv", "tel", "tsd", "uabs", "urt", "usw", "verf", "vgl",
    "vors", "vorl", "zz", "zzgl",
}  # fmt: skip
# "z.B", "i.V.m", "3.5": letters or numbers with full stops between them.
_DOTTED = re.compile(r"(?:\w{1,2}\.)+\w{1,2}")
# Behind these a number is no ordinal: "nach Art. 6. Danach" are two sentences.
_COUNTED = {"§", "§§", "abs.", "absatz", "anlage", "art.", "artikel", "nr.", "nummer", "satz", "seite", "kapitel"}
_END = re.compile(r"(?<![.!?…])[.!?…]++[“”\"»)\]]*+(?=\s|$)")
_OPENING = ' \t\n\r\u00a0\u202f(„"»‚['
_LONGEST = 30  # no abbreviation is longer


def _ends_none(text: str, start: int, end: int) -> bool:
    """Return whether the full stop at a position belongs to an abbreviation, an ordinal number or a date."""
    following = text[end : end + 20].lstrip(_OPENING)[:1]
    if not following or text[start] != ".":
        return False
    words = text[max(0, start - _LONGEST) : start].split()
    word = words[-1].lstrip(_OPENING).casefold() if words and not text[start - 1].isspace() else ""
    if following.islower() or word in _ABBREVIATIONS or _DOTTED.fullmatch(word):
        return True
    counted = len(words) > 1 and words[-2].lstrip(_OPENING).casefold() in _COUNTED
    return not (word.isdigit() and counted) and (len(word) == 1 or (word.isdigit() and len(word) == 2))


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text as written; "z.B.", "§ 9 Abs. 1", "e. V." and "19. August" end none.

    A full stop before a lower-case letter ends none either. Line breaks do not matter. Linear in the text.
    """
    sentences, done = [], 0
    for found in _END.finditer(text):
        if not _ends_none(text, found.start(), found.end()):
            sentences.append(text[done : found.end()].strip())
            done = found.end()
    return [sentence for sentence in [*sentences, text[done:].strip()] if sentence]
