"""Citations of law in German texts: "§ 9 Abs. 1 OZG", "Art. 6 Abs. 1 VO (EU) 2018/1724", "idnrg §2".

A citation names a provision by a key: "9" is § 9, "9/1" is § 9 Abs. 1, "art-6/1" is Art. 6 Abs. 1, "anlage-2"
and "anhang-ii" are annexes, "" is the act as a whole. Sentences and numbers stay in the wording (`ref`) only.
"§ 9 f." records 9 and 10; "§ 9 ff." records 9 alone, with "ff." in the wording: where it ends nobody can say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge import citation_grammar as grammar
from knowledge.acts import ActIndex, ActInfo, act_index
from knowledge.citation_reader import MAX_EXPANDED, Item, Reader
from search.analysis import analyse, stop_words

# A bare number of these behind an act is a year, though some acts have as many sections.
FIRST_YEAR, LAST_YEAR = 1900, 2100


@dataclass(frozen=True)
class Citation:
    """One provision named in a text; `start` and `end` enclose the words that name it.

    The first of a range carries the key of its last in `until`: "§§ 3 bis 5" is "3" until "5".
    """

    act: ActInfo
    key: str
    ref: str
    start: int
    end: int
    until: str = ""

    @property
    def anchor(self) -> str:
        return anchor_of(self.key)

    @property
    def url(self) -> str:
        return f"{self.act.url}#{self.anchor}" if self.key else self.act.url

    @property
    def label(self) -> str:
        return f"{self.ref} {self.act.abbreviation}".strip()


def anchor_of(key: str) -> str:
    """Return the anchor of a provision: "9/1" is "p-9-abs-1", "art-6" stays."""
    anchor = key.replace("/", "-abs-")
    return f"p-{anchor}" if anchor[:1].isdigit() else anchor


def section_key(key: str) -> str:
    """Return the key of the § that holds a provision: "9/1" belongs to "9"."""
    return key.split("/", maxsplit=1)[0]


def _visible(text: str) -> tuple[str, list[int]]:
    """Return a text without soft hyphens and the like, and where its characters stood (empty: as before)."""
    if not grammar.HIDDEN.search(text):
        return text, []
    places = [place for place, letter in enumerate(text) if not grammar.HIDDEN.match(letter)]
    return "".join(text[place] for place in places), places


def _placed(citations: list[Citation], places: list[int]) -> list[Citation]:
    if not places:
        return citations
    return [
        replace(item, start=places[item.start], end=places[item.end - 1] + 1 if item.end else 0)
        for item in citations
    ]


def _cite(items: list[Item], act: ActInfo, end: int | None = None, start: int | None = None) -> list[Citation]:
    citations = []
    for number, item in enumerate(items):
        item_end = end if end is not None and number == len(items) - 1 else item.end
        item_start = start if start is not None and number == 0 else item.start
        untils = [item.until, *("" for _ in item.keys)]
        citations += [
            Citation(act, key, item.ref, item_start, item_end, until)
            for key, until in zip(item.keys, untils, strict=False)
        ]
    return citations


def _act_after(text: str, position: int, index: ActIndex) -> tuple[ActInfo, int] | None:
    """Return the act named right behind a provision, also as "des Ersten Buchs Sozialgesetzbuch (SGB I)"."""
    joint = grammar.JOINT.match(text, position)
    named = index.match(text, joint.end() if joint else position)
    if named is None and (long := grammar.LONG_NAME.match(text, position)):
        named = index.match(text, long.end())
        if named and "(" in long.group() and text[named[1] : named[1] + 1] == ")":
            named = named[0], named[1] + 1
    return named


def _groups(text: str, index: ActIndex) -> Iterator[tuple[int, Reader, tuple[ActInfo, int] | None]]:
    """Yield where each group of provisions begins, what was read, and the act behind it; no word is read twice."""
    done, expanded = 0, 0
    for candidate in grammar.CANDIDATE.finditer(text):
        if candidate.start() < done:
            continue
        reader = Reader(text, candidate.start(), expand=expanded < MAX_EXPANDED)
        if not reader.read():
            continue
        named = _act_after(text, reader.position, index)
        expanded += sum(len(item.keys) for item in reader.items) if named else 0
        done = named[1] if named else reader.position
        yield candidate.start(), reader, named


def find_citations(text: str, index: ActIndex | None = None) -> list[Citation]:
    """Return the citations of a text in order; several may share one span ("§§ 3 bis 5 OZG")."""
    index = index or act_index()
    visible, places = _visible(text)
    citations: list[Citation] = []
    for _, reader, named in _groups(visible, index):
        if named:
            citations += _cite(reader.items, named[0], end=named[1])
    return _placed(citations, places)


def unknown_acts(text: str, index: ActIndex | None = None) -> list[str]:
    """Return citations that end in what looks like an act nobody has entered: "§ 1 XYZG"."""
    visible, _ = _visible(text)
    found = []
    for start, reader, named in _groups(visible, index or act_index()):
        name = None if named else grammar.UNKNOWN_ACT.match(visible, reader.position)
        if name:
            found.append(" ".join(visible[start : name.end()].split()))
    return found


def provision_key(ref: str) -> str:
    """Return the key of a provision written without its act: "§ 9 Abs. 1" is "9/1"; empty where it names none."""
    keys = provision_keys(ref)
    return keys[0] if keys else ""


def provision_keys(ref: str) -> list[str]:
    """Return the keys of the provisions written without their act: "§§ 10 bis 12" are three."""
    reader = Reader(_visible(ref)[0], 0)
    return [key for item in reader.items for key in item.keys] if reader.read() else []


def section_keys(key: str, number: str) -> list[str]:
    """Return the keys of all §§ that a section of a law text holds: its own, and each of "§§ 10 bis 12"."""
    return list(dict.fromkeys(filter(None, [key, *map(section_key, provision_keys(number))])))


def parse_basis(line: str, index: ActIndex | None = None) -> list[Citation]:
    """Return what one line of a page's legal basis cites; an act alone is cited as a whole."""
    index = index or act_index()
    citations = find_citations(line, index)
    if citations:
        return citations
    act = index.find(line)
    return [Citation(act, "", "", 0, len(line))] if act else []


def unknown_citations(line: str, index: ActIndex | None = None) -> list[str]:
    """Return what a line of a legal basis seems to cite (§, Art., Anlage, Anhang) without naming a known act."""
    index = index or act_index()
    visible, _ = _visible(line)
    citations = parse_basis(visible, index)
    found: list[str] = []
    done = 0
    for claim in grammar.CLAIM.finditer(visible):
        start = claim.start()
        if start < done or any(item.start <= start < item.end for item in citations):
            continue
        reader = Reader(visible, start)
        name = grammar.NAME.match(visible, reader.position if reader.read() else claim.end())
        done = name.end() if name else claim.end()
        found.append(" ".join(visible[start:done].split()))
    return found


def basis_is_known(line: str, index: ActIndex | None = None) -> bool:
    """True for a line of a legal basis that names an act, and one for all it cites: one rule for all ways in."""
    return bool(parse_basis(line, index)) and not unknown_citations(line, index)


def names_act(line: str, index: ActIndex | None = None) -> bool:
    """True where a known act is named anywhere, though nothing may be cited of it."""
    index, visible = index or act_index(), _visible(line)[0]
    return any(index.match(visible, word.start()) for word in re.finditer(r"\b\w", visible))


def search_citations(text: str, index: ActIndex | None = None) -> list[Citation]:
    """Return citations as people type them into a search box: also "idnrg §2", "ozg 9", "§9ozg"."""
    index = index or act_index()
    visible, places = _visible(text)
    return _placed(find_citations(visible, index) or _reversed(visible, index), places)


def _reversed(text: str, index: ActIndex) -> list[Citation]:
    """Return the provisions behind the first act that has any: "idnrg §2", "ozg 9"."""
    for start in [0, *(found.end() for found in re.finditer(r"\s", text))]:
        named = index.match(text, start)
        if not named:
            continue
        joint = grammar.JOINT.match(text, named[1])
        position = joint.end() if joint else named[1]
        reader = Reader(text, position)
        if reader.read():
            return _cite(reader.items, named[0], start=start)
        if bare := _bare(text, named[0], named[1]):
            return _cite(bare, named[0], start=start)
    return []


def _bare(text: str, act: ActInfo, position: int) -> list[Item]:
    """Return the provisions that numbers behind an act are: "ozg 9", "dsgvo 28 abs 3", "ozg 9 was gilt".

    In "OZG 575 Leistungen" and "DSGVO 72 Stunden" a number counts something: a topic follows. "OZG 2022" is a
    year, "DSGVO 72 h" a time.
    """
    reader = Reader(text, position)
    if not reader.read_bare(article=act.level == "eu"):
        return []
    rest = analyse(text[reader.position :]).exact
    if not stop_words().issuperset(rest) or text[reader.position : reader.position + 1].isalnum():
        return []
    return [] if any(_counts(item) for item in reader.items) else reader.items


def _counts(item: Item) -> bool:
    """True for a year, and for hours."""
    return item.name.endswith("h") or (item.name.isdigit() and FIRST_YEAR <= int(item.name) <= LAST_YEAR)
