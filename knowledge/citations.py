"""Citations of law in German texts: "§ 9 Abs. 1 OZG", "Art. 6 Abs. 1 VO (EU) 2018/1724", "idnrg §2".

A citation names a provision by a key: "9" is § 9, "9/1" is § 9 Abs. 1, "art-6/1" is Art. 6 Abs. 1, "anlage-2"
and "anhang-ii" are annexes, "" is the act as a whole. Sentences and numbers stay in the wording (`ref`) only.
"§ 9 f." records 9 and 10; "§ 9 ff." records 9 alone, with "ff." in the wording: where it ends nobody can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.acts import ActIndex, ActInfo, act_index

_SPACE = r"[ \t\n\u00a0\u202f]"
_S = rf"{_SPACE}*"
_DASH = "[-–—]"
_NUMBER = r"\d{1,4}(?:[a-z](?![a-zäöüß]))?"
_ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
_SIGN = re.compile(
    rf"(?:(?P<par>§{{1,2}}|\bParagra(?:f|ph)(?:en|s)?\b)|(?P<art>\bArt(?:ikeln?|ikels)?\b\.?))(?={_S}\d)",
    re.IGNORECASE,
)
_ANNEX = re.compile(
    rf"\b(?P<kind>Anlage|Anhang)(?:{_SPACE}+(?P<number>[A-H]?\d{{1,2}}[a-z]?|[IVX]{{1,5}}|[A-H])(?![\wäöüß]))?",
    re.IGNORECASE,
)
_BEGINNING = re.compile(rf"{_SIGN.pattern}|\b(?:Anlage|Anhang)\b", re.IGNORECASE)
_FIRST = re.compile(rf"{_S}(?P<number>{_NUMBER})", re.IGNORECASE)
_LETTER = re.compile(r"(?P<number>[b-z])(?![\wäöüß])")
_PARAGRAPH = re.compile(
    rf"{_S}(?:Abs(?:\.|atz|atzes|ätze)?|para)(?![a-zäöü]){_S}(?P<number>{_NUMBER})", re.IGNORECASE
)
# "§ 3 a OZG" is § 3a; "§ 3 a) OZG" would be a letter of a list.
_APART = re.compile(rf"{_SPACE}{{1,2}}(?P<letter>[a-z])(?![\w.)äöüß])")
# "§ 9 (1)" and "§ 9 I" name a paragraph as "Abs. 1" does; "Buch I" stands behind an act, never behind a number.
_BRACKETED = re.compile(rf"{_S}\((?P<number>{_NUMBER})\)", re.IGNORECASE)
_ROMAN_PARAGRAPH = re.compile(rf"{_SPACE}{{1,2}}(?P<number>[IVX]{{1,5}})(?![\w.])")
# "§ 9 f." and "§ 9 ff.": the one or the ones that follow, how many the text does not say.
_FOLLOWING = re.compile(rf"{_S}(?P<mark>ff?)(?![\w])\.?")
_DETAIL = re.compile(
    rf"{_S}(?:Unterabsatz|UAbs\.?|Satz|Sätze|S\.|Nr\.|Nrn\.|Nummern?|Halbsatz|Hs\.|Buchst\.|Buchstabe|lit\.|Alt\.)"
    rf"{_S}(?:\d{{1,3}}[a-z]?|[a-z]{{1,2}}\b)(?:{_S}(?:{_DASH}|bis|und|oder|,){_S}(?:\d{{1,3}}[a-z]?|[a-z])(?![\wäöü]|{_S}Abs))*",
    re.IGNORECASE,
)
_WITH = rf"i\.{_S}V\.{_S}m\.|iVm\b|in{_SPACE}+Verbindung{_SPACE}+mit"
_SEPARATOR = re.compile(
    rf"{_S}(?:,{_S}(?:und|oder|sowie|{_WITH})?|und|oder|sowie|u\.|&|{_WITH}){_S}", re.IGNORECASE
)
_RANGE = re.compile(rf"{_S}(?:bis|{_DASH}){_S}", re.IGNORECASE)
_JOINT = re.compile(rf"{_S}(?:(?:des|der|dem|den|im|aus|zum|zur|vom){_SPACE}+)?", re.IGNORECASE)
_LONG_NAME = re.compile(rf"{_SPACE}+(?:des|der|dem)(?:{_SPACE}+[\w-]+){{1,9}}?{_S}[(,]{_S}")
_UNKNOWN_ACT = re.compile(
    rf"{_S}(?:(?:des|der){_SPACE}+)?(?P<name>[A-ZÄÖÜ][\wÄÖÜäöüß-]*(?:G|V|VO|O|B)\b(?:{_SPACE}[IVX]+\b)?)"
)
# "§§ 433 bis 853 BGB" is the longest anybody writes; what a text may make of ranges is bounded as a whole.
_MAX_RANGE = 500
_MAX_EXPANDED = 5000
_DIGITS, _LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Citation:
    """One provision named in a text; `start` and `end` enclose the words that name it."""

    act: ActInfo
    key: str
    ref: str
    start: int
    end: int

    @property
    def anchor(self) -> str:
        return anchor_of(self.key)

    @property
    def url(self) -> str:
        return f"{self.act.url}#{self.anchor}" if self.key else self.act.url

    @property
    def label(self) -> str:
        return f"{self.ref} {self.act.abbreviation}".strip()


@dataclass
class _Item:
    keys: list[str]
    ref: str
    start: int
    end: int


def anchor_of(key: str) -> str:
    """Return the anchor of a provision: "9/1" is "p-9-abs-1", "art-6" stays."""
    anchor = key.replace("/", "-abs-")
    return f"p-{anchor}" if anchor[:1].isdigit() else anchor


def section_key(key: str) -> str:
    """Return the key of the § that holds a provision: "9/1" belongs to "9"."""
    return key.split("/", maxsplit=1)[0]


class _Reader:
    """Reads one group of provisions ("§§ 3, 4 und 6 Abs. 1") from a position on."""

    def __init__(self, text: str, position: int, *, expand: bool = True) -> None:
        self.text = text
        self.longest = _MAX_RANGE if expand else 0
        self.left = _MAX_EXPANDED  # what the ranges of one group may add
        self.start = self.position = position
        self.items: list[_Item] = []

    def read(self) -> bool:
        sign = _SIGN.match(self.text, self.position)
        if not sign:
            return self._read_annex()
        prefix = "art-" if sign["art"] else ""
        word = "Art." if sign["art"] else "§"
        several = bool(sign["art"]) or sign["par"] == "§§" or sign["par"].casefold().endswith("en")
        self.position = sign.end()
        self._read_provision(prefix, word, self.start)
        while self._read_next(prefix, word, several):
            pass
        return True

    def _read_annex(self) -> bool:
        annex = _ANNEX.match(self.text, self.position)
        if not annex:
            return False
        number = annex["number"] or ""
        kind = annex["kind"].casefold()
        self.items.append(
            _Item(
                [f"{kind}-{number.casefold()}" if number else kind],
                f"{kind.capitalize()} {number.upper()}".strip(),
                annex.start(),
                annex.end(),
            )
        )
        self.position = annex.end()
        return True

    def _read_provision(self, prefix: str, word: str, start: int) -> bool:
        number = _FIRST.match(self.text, self.position)
        if not number:
            return False
        name = number["number"].lower()
        self.position = number.end()
        if name.isdigit() and (apart := _APART.match(self.text, self.position)) and apart["letter"] != "f":
            name += apart["letter"]
            self.position = apart.end()
        key, ref = f"{prefix}{name}", f"{word} {name}"
        if paragraph := self._paragraph():
            key, ref = f"{key}/{paragraph}", f"{ref} Abs. {paragraph}"
        ref += self._details()
        keys = [key]
        if following := _FOLLOWING.match(self.text, self.position):
            keys += self._following(prefix, name, paragraph, following["mark"])
            ref = f"{ref} {following['mark']}."
            self.position = following.end()
        self.items.append(_Item(keys, ref, start, self.position))
        return True

    def _paragraph(self) -> str:
        """Read the paragraph behind a number: "Abs. 1", "(1)" or "I"; empty where none stands there."""
        for pattern in (_PARAGRAPH, _BRACKETED):
            if found := pattern.match(self.text, self.position):
                self.position = found.end()
                return found["number"].lower()
        roman = _ROMAN_PARAGRAPH.match(self.text, self.position)
        if roman and roman["number"].lower() in _ROMAN:
            self.position = roman.end()
            return str(_ROMAN.index(roman["number"].lower()))
        return ""

    def _following(self, prefix: str, name: str, paragraph: str, mark: str) -> list[str]:
        """Return what "f." adds: the next number. "ff." adds nothing, since nobody can say where it ends."""
        number = paragraph or name
        if mark == "ff" or not number.isdigit() or not self.longest:
            return []
        following = str(int(number) + 1)
        return [f"{prefix}{name}/{following}" if paragraph else f"{prefix}{following}"]

    def _details(self) -> str:
        wording = ""
        while detail := _DETAIL.match(self.text, self.position):
            wording += " " + " ".join(detail.group().split())
            self.position = detail.end()
        return wording

    def _read_next(self, prefix: str, word: str, several: bool) -> bool:
        if self._read_range(prefix, word):
            return True
        separator = _SEPARATOR.match(self.text, self.position)
        if not separator:
            return False
        before = self.position
        self.position = separator.end()
        last = self.items[-1]
        sign = _SIGN.match(self.text, self.position)
        if sign and bool(sign["art"]) == bool(prefix):
            self.position = sign.end()
            return self._read_provision(prefix, word, sign.start())
        if self._next_paragraph(last) or (several and self._plain_number(prefix, word)):
            return True
        self.position = before
        return False

    def _plain_number(self, prefix: str, word: str) -> bool:
        number = _FIRST.match(self.text, self.position)
        return bool(number) and self._read_provision(prefix, word, number.start("number") if number else 0)

    def _next_paragraph(self, last: _Item) -> bool:
        """Read the 3 of "§ 5 Abs. 1, 3" or of "§ 5 Abs. 1 und Abs. 3"."""
        if "/" not in last.keys[-1]:
            return False
        found = _PARAGRAPH.match(self.text, self.position)
        if not found and " Satz" not in last.ref and " Nr" not in last.ref:
            found = _FIRST.match(self.text, self.position)
            if found and _PARAGRAPH.match(self.text, found.end()):
                return False
        if not found:
            return False
        base = section_key(last.keys[-1])
        number = found["number"].lower()
        start = self.position + len(found.group()) - len(found.group().lstrip())
        self.position = found.end()
        ref = f"{last.ref.split(' Abs. ')[0]} Abs. {number}{self._details()}"
        self.items.append(_Item([f"{base}/{number}"], ref, start, self.position))
        return True

    def _read_range(self, prefix: str, word: str) -> bool:
        """Read the "bis 5" of "§§ 3 bis 5" into the item before it."""
        joint = _RANGE.match(self.text, self.position)
        until = (_FIRST.match(self.text, joint.end()) or _LETTER.match(self.text, joint.end())) if joint else None
        if not until:
            return False
        last = self.items[-1]
        base, _, paragraph = last.keys[-1].partition("/")
        low = paragraph or base.removeprefix(prefix)
        numbers = _between(low, until["number"].lower(), min(self.longest, self.left))
        self.left -= len(numbers)
        last.keys += [f"{base}/{number}" if paragraph else f"{prefix}{number}" for number in numbers]
        several = f"§{last.ref}" if last.ref.startswith("§ ") and not paragraph else last.ref
        last.ref = f"{several} bis {until['number'].lower()}"
        last.end = self.position = until.end()
        return True


def _between(low: str, high: str, longest: int = _MAX_RANGE) -> list[str]:
    """Return the numbers after `low` up to `high`: "3a" to "3c" has the letters between, "3" to "5" the numbers.

    Which letters other numbers have (§ 3a, § 3b before § 4) only the act knows.
    """
    if not high[:1].isdigit():
        high = f"{low.rstrip(_LETTERS)}{high}"
    first, last = int(low.rstrip(_LETTERS)), int(high.rstrip(_LETTERS))
    letter, end = low.lstrip(_DIGITS) or "`", high.lstrip(_DIGITS)  # "`" stands before "a"
    numbers = [str(number) for number in range(first + 1, min(last, first + longest) + 1)]
    if end and first == last:
        numbers += [f"{last}{chr(code)}" for code in range(ord(letter) + 1, ord(end) + 1)]
    elif end:
        numbers += [f"{last}{chr(code)}" for code in range(ord("a"), ord(end) + 1)]
    return numbers if high in numbers else [*numbers, high]


def _candidates(text: str) -> Iterator[int]:
    position = 0
    while found := _BEGINNING.search(text, position):
        yield found.start()
        position = found.end()


def _cite(items: list[_Item], act: ActInfo, end: int | None = None, start: int | None = None) -> list[Citation]:
    citations = []
    for number, item in enumerate(items):
        item_end = end if end is not None and number == len(items) - 1 else item.end
        item_start = start if start is not None and number == 0 else item.start
        citations += [Citation(act, key, item.ref, item_start, item_end) for key in item.keys]
    return citations


def _act_after(text: str, position: int, index: ActIndex) -> tuple[ActInfo, int] | None:
    """Return the act named right behind a provision, also as "des Ersten Buchs Sozialgesetzbuch (SGB I)"."""
    joint = _JOINT.match(text, position)
    named = index.match(text, joint.end() if joint else position)
    if named is None and (long := _LONG_NAME.match(text, position)):
        named = index.match(text, long.end())
        if named and "(" in long.group() and text[named[1] : named[1] + 1] == ")":
            named = named[0], named[1] + 1
    return named


def find_citations(text: str, index: ActIndex | None = None) -> list[Citation]:
    """Return the citations of a text in order; several may share one span ("§§ 3 bis 5 OZG")."""
    index = index or act_index()
    citations: list[Citation] = []
    done = 0
    for position in _candidates(text):
        if position < done:
            continue
        reader = _Reader(text, position, expand=len(citations) < _MAX_EXPANDED)
        if not reader.read():
            continue
        named = _act_after(text, reader.position, index)
        if named:
            citations += _cite(reader.items, named[0], end=named[1])
            done = named[1]
        else:
            done = reader.position
    return citations


def unknown_acts(text: str, index: ActIndex | None = None) -> list[str]:
    """Return citations that end in what looks like an act nobody has entered: "§ 1 XYZG"."""
    index = index or act_index()
    found = []
    for position in _candidates(text):
        reader = _Reader(text, position)
        if not reader.read() or not text[position].startswith(("§", "A", "a", "P", "p")):
            continue
        name = _UNKNOWN_ACT.match(text, reader.position)
        if name and not _act_after(text, reader.position, index):
            found.append(" ".join(text[position : name.end()].split()))
    return found


def provision_key(ref: str) -> str:
    """Return the key of a provision written without its act: "§ 9 Abs. 1" is "9/1"; empty where it names none."""
    reader = _Reader(ref, 0)
    return reader.items[0].keys[0] if reader.read() else ""


def parse_basis(line: str, index: ActIndex | None = None) -> list[Citation]:
    """Return what one line of a page's legal basis cites; an act alone is cited as a whole."""
    index = index or act_index()
    citations = find_citations(line, index)
    if citations:
        return citations
    act = index.find(line)
    return [Citation(act, "", "", 0, len(line))] if act else []


def basis_is_known(line: str, index: ActIndex | None = None) -> bool:
    """True for a line of a legal basis that names an act and none nobody has entered: one rule for all ways in."""
    return bool(parse_basis(line, index)) and not unknown_acts(line, index)


def search_citations(text: str, index: ActIndex | None = None) -> list[Citation]:
    """Return citations as people type them into a search box: also "idnrg §2", "ozg 9", "§9ozg"."""
    index = index or act_index()
    citations = find_citations(text, index)
    if citations:
        return citations
    for start in [0, *(found.end() for found in re.finditer(r"\s", text))]:
        named = index.match(text, start)
        if not named:
            continue
        joint = _JOINT.match(text, named[1])
        position = joint.end() if joint else named[1]
        reader = _Reader(text, position)
        if reader.read():
            citations += _cite(reader.items, named[0], start=start)
        elif bare := re.compile(rf"{_NUMBER}(?![\d.])", re.IGNORECASE).match(text, position):
            key = bare.group().lower()
            prefix, word = ("art-", "Art.") if named[0].level == "eu" else ("", "§")
            citations.append(Citation(named[0], f"{prefix}{key}", f"{word} {key}", start, bare.end()))
        if citations:
            return citations
    return []
