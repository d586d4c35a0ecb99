"""Reading one group of provisions, "§§ 3, 4 und 6 Abs. 1", from its unit to the last detail before the act."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge import citation_grammar as grammar
from knowledge.citation_grammar import ROMAN
from knowledge.provisions import annex_number

# "§§ 433 bis 853 BGB" is the longest anybody writes; what a text may make of ranges is bounded as a whole.
MAX_RANGE = 500
MAX_EXPANDED = 5000
_DIGITS, _LETTERS = "0123456789", "abcdefghijklmnopqrstuvwxyz"
_ANNEX_NUMBER = re.compile(r"(?P<part>[a-h]?)(?P<number>[0-9]+[a-z]?)")


@dataclass(frozen=True)
class Unit:
    """What is counted: "§", "Art.", "Anlage" or "Anhang"; the prefix begins its keys."""

    prefix: str
    word: str
    annex: bool = False


_SECTION, _ARTICLE = Unit("", "§"), Unit("art-", "Art.")
_ANNEXES = {"anlage": Unit("anlage-", "Anlage", annex=True), "anhang": Unit("anhang-", "Anhang", annex=True)}


@dataclass
class Item:
    """One provision of a group, or a range of them; `name` is its number, `until` the key a range ends with."""

    unit: Unit
    name: str
    start: int
    end: int = 0
    ref: str = ""
    paragraph: str = ""
    roman: bool = False
    details: bool = False
    ranged: bool = False
    until: str = ""
    further: list[str] | None = None

    def __post_init__(self) -> None:
        number = annex_number(self.name) if self.unit.annex else self.name
        self.ref = f"{self.unit.word} {number}".strip()

    @property
    def section(self) -> str:
        """Return the key of the §, article or annex."""
        return f"{self.unit.prefix}{self.name.replace(' ', '-')}" if self.name else self.unit.prefix.rstrip("-")

    @property
    def keys(self) -> list[str]:
        own = f"{self.section}/{self.paragraph}" if self.paragraph else self.section
        return [own, *(self.further or ())]


class Reader:
    """Reads one group from a position on; `items` are its provisions, at `position` the act should follow."""

    def __init__(self, text: str, position: int, *, expand: bool = True, annexes: bool = True) -> None:
        self.text = text
        self.longest = MAX_RANGE if expand else 0
        self.left = MAX_EXPANDED  # what the ranges of one group may add
        self.annexes = annexes
        self.position = position
        self.sign: Unit | None = None
        self.items: list[Item] = []

    def read(self) -> bool:
        """Read the group; False where none begins."""
        if not self._read_unit():
            return False
        while self._read_range() or self._read_next():
            pass
        return True

    def read_bare(self, *, article: bool) -> bool:
        """Read a group whose sign was left out, the "9 Abs. 1" of "ozg 9 abs 1"; False where no number begins."""
        self.sign = _ARTICLE if article else _SECTION
        if not self._read_provision(self.sign, self.position):
            return False
        while self._read_range() or self._read_next():
            pass
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match at the position and step over what was found."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def _read_unit(self) -> bool:
        """Read a sign with its number; a group has either § or articles, but annexes may stand among them."""
        start = self.position
        if sign := self._match(grammar.SIGN):
            unit = _ARTICLE if sign["art"] else _SECTION
            if self.sign not in (None, unit):
                self.position = start
                return False
            self.sign = unit
            return self._read_provision(unit, start)
        annex = self._match(grammar.ANNEX) if self.annexes else None
        if not annex:
            return False
        return self._read_provision(_ANNEXES["anlage" if annex["kind"][2] in "lL" else "anhang"], start)

    def _read_provision(self, unit: Unit, start: int) -> bool:
        number = self._match(grammar.ANNEX_NUMBER if unit.annex else grammar.FIRST)
        if not number and not unit.annex:
            return False
        name = " ".join(number["number"].lower().split()) if number else ""
        if not unit.annex and name.isdigit():
            apart = grammar.APART.match(self.text, self.position)
            if apart and apart["letter"] != "f":
                name += apart["letter"]
                self.position = apart.end()
        item = Item(unit, name, start)
        self._read_paragraph(item)
        self._finish(item)
        self.items.append(item)
        return True

    def _finish(self, item: Item) -> None:
        """Read what stands behind number and paragraph: details, "f.", the § an annex belongs to."""
        self._read_details(item)
        if item.unit.annex:
            self._read_belonging(item)
        elif not item.details and not item.ranged and (found := self._match(grammar.FOLLOWING)):
            item.ref = f"{item.ref} {found['mark']}."
            self._add_following(item, found["mark"])
        item.end = self.position

    def _read_paragraph(self, item: Item) -> None:
        """Read the paragraph behind a number: "Abs. 1", "(1)" or "I"; an annex has it in its wording only."""
        start = self.position
        if item.unit.annex:
            while self._match(grammar.PARAGRAPH):
                pass
            item.ref += _words(self.text[start : self.position])
            return
        found = self._match(grammar.PARAGRAPH) or self._match(grammar.BRACKETED)
        if found:
            item.paragraph = found["number"].lower()
        elif (roman := self._match(grammar.ROMAN_PARAGRAPH)) and (number := _roman(roman)):
            item.paragraph, item.roman = number, True
        else:
            self.position = start
            return
        item.ref += f" Abs. {item.paragraph}"

    def _read_details(self, item: Item) -> None:
        start = self.position
        if item.roman:
            if sentence := self._match(grammar.LONE_SENTENCE):
                item.details, start = True, self.position
                item.ref += f" Satz {' '.join(sentence['sentences'].split())}"
        elif not item.paragraph or not self._match(grammar.LONE_LETTER):
            self._match(grammar.LISTED)
        detail = grammar.ROMAN_DETAIL if item.roman else grammar.DETAIL
        while self._match(detail) or self._match(grammar.LISTED):
            pass
        if self.position > start:
            item.details = True
            item.ref += _words(self.text[start : self.position])

    def _read_belonging(self, item: Item) -> None:
        """Step over the "zu § 1" of "Anlage zu § 1 IDNrG": what is cited is the annex."""
        start = self.position
        belonging = grammar.BELONGING.match(self.text, start)
        if not belonging:
            return
        inner = Reader(self.text, belonging.end(), expand=False, annexes=False)
        if not inner.read():
            return
        end = inner.position
        if belonging["bracket"]:
            if self.text[end : end + 1] != ")":
                return
            end += 1
        self.position = end
        item.ref += _words(self.text[start:end])

    def _add_following(self, item: Item, mark: str) -> None:
        """Add what "f." means: the next number. "ff." adds nothing, since nobody can say where it ends."""
        number = item.paragraph or item.name
        if mark == "ff" or not number.isdigit() or not self.longest:
            return
        following = str(int(number) + 1)
        if item.paragraph:
            item.further = [f"{item.section}/{following}"]
        else:
            item.until = f"{item.unit.prefix}{following}"
            item.further = [item.until]

    def _read_next(self) -> bool:
        before = self.position
        if not self._match(grammar.SEPARATOR):
            return False
        separated = self.position
        self._match(grammar.ARTICLE)
        if self._read_unit():
            return True
        self.position = separated
        if self._next_paragraph(self.items[-1]) or self._next_number(self.items[-1].unit):
            return True
        self.position = before
        return False

    def _next_number(self, unit: Unit) -> bool:
        """Read the 10 of "§ 9 und 10" and the II of "Anhang I und II"."""
        pattern = grammar.ANNEX_NUMBER if unit.annex else grammar.FIRST
        number = pattern.match(self.text, self.position)
        if not number or (unit.annex and not self.items[-1].name):
            return False
        return self._read_provision(unit, number.start("number"))

    def _next_paragraph(self, last: Item) -> bool:
        """Read the 3 of "§ 5 Abs. 1, 3", of "§ 5 Abs. 1 und Abs. 3", and the III of "§ 5 I, III"."""
        if not last.paragraph:
            return False
        start, number = self.position, self._another_paragraph(last)
        if not number:
            return False
        item = Item(last.unit, last.name, start, paragraph=number, roman=last.roman)
        item.ref += f" Abs. {number}"
        self._finish(item)
        self.items.append(item)
        return True

    def _another_paragraph(self, last: Item) -> str:
        """Read one more paragraph of the same provision; a number with a paragraph of its own is none."""
        found = self._match(grammar.PARAGRAPH) or self._match(grammar.BRACKETED)
        if found:
            return found["number"].lower()
        if last.roman:
            roman = grammar.NEXT_ROMAN.match(self.text, self.position)
            number = _roman(roman) if roman else ""
            self.position = roman.end() if roman and number else self.position
            return number
        bare = None if last.details else grammar.FIRST.match(self.text, self.position)
        if not bare or any(
            pattern.match(self.text, bare.end()) for pattern in (grammar.PARAGRAPH, grammar.BRACKETED)
        ):
            return ""
        self.position = bare.end()
        return bare["number"].lower()

    def _read_range(self) -> bool:
        """Read the "bis 5" of "§§ 3 bis 5" into the item before it."""
        last, before = self.items[-1], self.position
        if last.ranged or not self._match(grammar.RANGE):
            return False
        if not (self._annexes_until(last) if last.unit.annex else self._until(last)):
            self.position = before
            return False
        last.ranged = True
        self._finish(last)
        return True

    def _until(self, last: Item) -> bool:
        sign = grammar.SIGN.match(self.text, self.position)
        if sign and bool(sign["art"]) == (last.unit is _ARTICLE):
            self.position = sign.end()
        elif sign:
            return False
        elif last.paragraph and (paragraph := self._another_paragraph(last)):
            last.ref += f" bis {paragraph}"
            last.further = [f"{last.section}/{item}" for item in self._between(last.paragraph, paragraph)]
            return True
        number = self._match(grammar.FIRST) or self._match(grammar.LETTER)
        if not number:
            return False
        end = number["number"].lower()
        numbers = self._between(last.name, end)
        if not sign and not last.paragraph and last.unit is _SECTION:
            last.ref = f"§{last.ref}"
        last.until = f"{last.unit.prefix}{numbers[-1]}"
        last.further = [f"{last.unit.prefix}{item}" for item in numbers]
        last.ref += f" bis {last.unit.word + ' ' if sign else ''}{end}"
        if within := self._match(grammar.PARAGRAPH) or self._match(grammar.BRACKETED):
            last.further[-1] += f"/{within['number'].lower()}"
            last.ref += f" Abs. {within['number'].lower()}"
        return True

    def _annexes_until(self, last: Item) -> bool:
        again = grammar.ANNEX.match(self.text, self.position)
        self.position = again.end() if again else self.position
        number = self._match(grammar.ANNEX_NUMBER) if last.name else None
        if not number:
            return False
        end = " ".join(number["number"].lower().split())
        numbers = _annexes_between(last.name, end)[:MAX_RANGE]
        last.further = [f"{last.unit.prefix}{item.replace(' ', '-')}" for item in numbers]
        last.until = last.further[-1]
        last.ref += f" bis {annex_number(end)}"
        return True

    def _between(self, low: str, high: str) -> list[str]:
        numbers = between(low, high, min(self.longest, self.left))
        self.left -= len(numbers)
        return numbers


def _words(text: str) -> str:
    words = " ".join(text.split())
    return f"{'' if words.startswith(',') else ' '}{words}" if words else ""


def _roman(found: re.Match[str]) -> str:
    """Return a Roman number in digits; empty for letters that make none."""
    number = found["number"].lower()
    return f"{ROMAN.index(number)}{found['letter']}" if number in ROMAN else ""


def between(low: str, high: str, longest: int = MAX_RANGE) -> list[str]:
    """Return the numbers after `low` up to `high`: "3a" to "3c" has the letters between, "3" to "5" the numbers.

    Which letters other numbers have (§ 3a, § 3b before § 4) only the text of the act knows (knowledge.ranges).
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


def _annexes_between(low: str, high: str) -> list[str]:
    """Return the annexes after `low` up to `high`: "I" to "III", "1" to "4", "D1" to "D4", "A" to "C"."""
    if low in ROMAN and high in ROMAN:
        return list(ROMAN[ROMAN.index(low) + 1 : ROMAN.index(high) + 1]) or [high]
    if len(low) == len(high) == 1 and low.isalpha() and high.isalpha():
        return [chr(code) for code in range(ord(low) + 1, ord(high) + 1)] or [high]
    first, last = _ANNEX_NUMBER.fullmatch(low), _ANNEX_NUMBER.fullmatch(high)
    if first and last and first["part"] == last["part"]:
        return [f"{first['part']}{number}" for number in between(first["number"], last["number"])]
    return [high]
