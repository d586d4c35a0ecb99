"""What somebody has written in an answer, and the quoted mail below it.

Careful on purpose: only a quotation that goes to the end is cut off, one whose every line is marked or that holds
what our own mails hold. Whoever writes between quoted lines, or below them, keeps the whole text. What is cut off
is kept as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SAID = re.compile(
    r"(?:Am\s.{4,200}\s(?:schrieb|hat)\b.{0,200}:|On\s.{4,200}\swrote:|.{1,200}\sschrieb am\s.{4,200}:)",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"-{2,}\s*(?:Ursprüngliche (?:Nachricht|Mail|E-Mail)|Original-?nachricht|Original Message)\s*-{2,}|_{10,}",
    re.IGNORECASE,
)
_FROM = re.compile(r"\*?(?:Von|From):\*?\s", re.IGNORECASE)
_FURTHER = re.compile(r"\*?(?:Gesendet|Sent|Datum|Date|An|To|Betreff|Subject):\*?\s", re.IGNORECASE)
_FORWARDED = re.compile(r"Weitergeleitete|Forwarded|WG:|Fwd?:", re.IGNORECASE)
WRAPPED = 3
HEAD_LINES = 6


def _is_head(lines: Sequence[str], at: int) -> bool:
    """True where the head of a quoted mail stands: "Von:" with at least two further lines of a head."""
    if not _FROM.match(lines[at].strip()):
        return False
    return sum(1 for line in lines[at + 1 : at + HEAD_LINES] if _FURTHER.match(line.strip())) > 1


def _begins(lines: Sequence[str], at: int) -> int:
    """Return how many lines announce a quotation here; 0 for none."""
    line = lines[at].strip()
    if _LINE.fullmatch(line) or _is_head(lines, at):
        return 1
    if re.match(r"(?:Am|On)\s", line, re.IGNORECASE) or "schrieb" in line:
        for number in range(1, WRAPPED + 1):  # programs break the line
            if _SAID.fullmatch(" ".join(part.strip() for part in lines[at : at + number])):
                return number
    return 1 if line.startswith(">") else 0


def _is_quotation(below: Sequence[str], announced: int, ours: Iterable[str]) -> bool:
    rest = [line for line in below[announced:] if line.strip()]
    marked = [line for line in rest if line.lstrip().startswith(">")]
    if marked:
        return len(marked) == len(rest)
    text = "\n".join(below)
    return not _FORWARDED.search(below[0]) and any(word in text for word in ours if word)


def split(text: str, ours: Iterable[str]) -> tuple[str, str]:
    """Return what is new and what is quoted; together they are the text. `ours`: words our own mails hold.

    Where nothing new would be left, the whole text is new.
    """
    lines, words = text.split("\n"), list(ours)
    for at in range(len(lines)):
        announced = _begins(lines, at)
        if not announced:
            continue
        new = "\n".join(lines[:at]).strip()
        if new and _is_quotation(lines[at:], announced, words):
            return new, "\n".join(lines[at:]).strip()
        if lines[at].lstrip().startswith(">"):
            break  # somebody answers in between
    return text.strip(), ""
