"""Marks found words in titles and snippets; everything else is escaped, so that the result is safe HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.analysis import (
    HYPHENS,
    LONGEST_WORD,
    forms,
    joined_words,
    places_of_words,
    raw_forms,
    raw_words,
    stop_words,
)
from search.compounds import root
from search.engines.base import Hit, SearchQuery

SNIPPET = 260
LEAD_IN = 60
SHORTEST_INNER = 5
# A long text is read from its beginning first, and as a whole only where that does not answer all that was asked.
FIRST_PIECE = 1000
LONG = 2000
# Pages of one file that are read word by word.
MOST_READ = 8
APOSTROPHES = "'’"


@dataclass(frozen=True)
class Snippet:
    """An excerpt as safe HTML; `page` is the page of a file in which it stands, 0 where that is no page.

    `answers` counts what of the query it holds: with 0 it is the beginning of the text.
    """

    html: SafeString
    page: int = 0
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A word to mark: where it stands (in characters), and what of the query it answers."""

    start: int
    end: int
    answer: str


def _places(word: str, text: str) -> Iterator[int]:
    """Yield where a word of letters stands as `raw_words` finds it: whole, no part of one with an apostrophe."""
    end = -1
    while (start := text.find(word, end + 1)) >= 0:
        end = start + len(word)
        before, behind = text[max(0, start - 2) : start], text[end : end + 2]
        if not (_goes_on(before[::-1]) or _goes_on(behind)):
            yield start


def _goes_on(beside: str) -> bool:
    """Whether a word goes on with the characters beside it."""
    if beside[:1] in APOSTROPHES:
        beside = beside[1:]
    return beside[:1].isalnum()


class Answers(dict[str, tuple[str, str, str]]):
    """By a word as written: its exact form, its stem, and what of the query it answers ("" for nothing).

    A text says most of its words many times; each is looked at once. `said` holds those that answer, `in_names`
    the stems of those that names of several words have.
    """

    def __init__(self, highlighter: Highlighter) -> None:
        super().__init__()
        self._highlighter, self._name_stems = highlighter, highlighter.name_stems
        self.said: dict[str, str] = {}
        self.in_names: dict[str, str] = {}

    def __missing__(self, raw: str) -> tuple[str, str, str]:
        exact, stem = forms(raw) if raw.isalpha() else raw_forms(raw)
        answer = self._highlighter.answer(exact, stem) if exact else ""
        if answer:
            self.said[raw] = answer
        if stem in self._name_stems:
            self.in_names[raw] = stem
        self[raw] = found = (exact, stem, answer)
        return found

    def among(self, words: set[str]) -> dict[str, str]:
        """Return those words that answer by themselves, with what they answer."""
        for raw in words.difference(self):
            self[raw]
        return {raw: self.said[raw] for raw in words.intersection(self.said)}

    def stems_among(self, words: set[str]) -> set[str]:
        """Return the stems of names that are among words which `among` has seen."""
        return {self.in_names[raw] for raw in words.intersection(self.in_names)}


class Highlighter:
    """Knows which words answer a query: the same stem or root, joined spellings, compounds around a word."""

    def __init__(self, query: SearchQuery) -> None:
        stops = stop_words()
        words = [word for group in query.groups for word in group.words]
        names = [name for group in query.groups for name in (group.name, *group.alternatives) if name]
        self._stems = {word.stem for word in words if word.exact not in stops or len(words) == 1}
        self._stems |= {name[0] for name in names if len(name) == 1}
        self._rows: dict[str, list[tuple[str, ...]]] = {}
        for name in names:
            if len(name) > 1:
                self._rows.setdefault(name[0], []).append(name)
        self._names = [row for rows in self._rows.values() for row in rows]
        self.name_stems = frozenset(stem for name in self._names for stem in name)
        self._joined = {spelling for word in words for spelling in word.joined}
        self._joined |= {word for phrase in query.phrases for word in phrase if word not in stops}
        self._roots = {root(stem) for stem in self._stems}
        self._inner = tuple(stem for stem in self._roots if len(stem) >= SHORTEST_INNER)
        self._answers = Answers(self)
        self._asked = sum(max(1, len(group.words)) for group in query.groups) + sum(map(len, query.phrases))

    def answer(self, exact: str, stem: str) -> str:
        """Return what of the query a word answers by itself ("" for nothing)."""
        if stem in self._stems:
            return stem
        if exact in self._joined:
            return exact
        own = root(stem)
        if own in self._roots:
            return own
        for inner in self._inner:
            if inner in exact:
                return inner
        return ""

    def marks(self, text: str) -> list[Mark]:
        """Return the words to mark; names of several words only where they stand in a row.

        Which words of a text answer is soon known; where words stand takes longer, and is looked up for those.
        """
        raws = raw_words(text)
        words = set(raws)
        answers = self._answers.among(words)
        has_names = self._may_have_names(words) and self._has_names(raws)
        if has_names or self._joins(raws) or not all(map(str.isalpha, answers)):
            return self._word_by_word(text)
        found = [
            Mark(start, start + len(raw), answer)
            for raw, answer in answers.items()
            for start in _places(raw, text)
        ]
        return sorted(found, key=lambda mark: mark.start)

    def _may_have_names(self, words: set[str]) -> int:
        """Return how many names of several words a text of these words may have."""
        if not self._names:
            return 0
        return sum(map(self._answers.stems_among(words).issuperset, self._names))

    def _has_names(self, raws: list[str]) -> bool:
        """Whether names of several words stand in a row in a text of these words, which `among` has seen."""
        in_names = self._answers.in_names
        stems = [in_names.get(raw, "") for raw in raws if raw not in HYPHENS]
        starts = (place for place, stem in enumerate(stems) if stem in self._rows)
        return any(tuple(stems[at : at + len(row)]) == row for at in starts for row in self._rows[stems[at]])

    def _joins(self, raws: list[str]) -> set[str]:
        """Return the spellings of the query that words of a text have when their hyphens are left out."""
        return self._joined.intersection(joined_words(raws)) if self._joined else set()

    def _word_by_word(self, text: str) -> list[Mark]:
        words: list[tuple[int, int, str, str]] = []
        chain, joining = "", False  # what hyphens have joined so far, and whether the last one joins
        for raw, start, end in places_of_words(text):
            if raw in HYPHENS:
                joining = True
                continue
            exact, stem, answer = self._answers[raw]
            chain = chain + exact if joining and chain else exact
            if joining and chain[:LONGEST_WORD] in self._joined and stem not in self._stems:
                answer = exact
            joining = False
            words.append((start, end, stem, answer))
        for place, row in (self._in_rows(words) if self._rows else {}).items():
            start, end, stem, answer = words[place]
            words[place] = (start, end, stem, answer or row)
        return [Mark(start, end, answer) for start, end, _, answer in words if answer]

    def _in_rows(self, words: Sequence[tuple[int, int, str, str]]) -> dict[int, str]:
        """Return by their places the words that stand in a row as a name of several words has them."""
        found: dict[int, str] = {}
        for place, (_, _, stem, _) in enumerate(words):
            for row in self._rows.get(stem, ()):
                if tuple(item[2] for item in words[place : place + len(row)]) == row:
                    for inside in range(place, place + len(row)):
                        found.setdefault(inside, " ".join(row))
        return found

    def mark(self, text: str) -> SafeString:
        """Return a whole text with marks."""
        return self._render(text, self.marks(text), 0, len(text))

    def snippet(self, hit: Hit) -> Snippet:
        """Return the summary, or the best place of the running text where that answers more of the query."""
        summary_marks = self.marks(hit.summary)
        said = len({mark.answer for mark in summary_marks})
        marks, first, found = self._best_marks("" if said >= self._asked else hit.text)
        if hit.summary and said >= found:
            return Snippet(self._cut(hit.summary, summary_marks, 0, SNIPPET), answers=said)
        # A file of one page, or of a kind without pages, has no number worth telling.
        page = hit.text.count("\f", 0, first) if found and hit.text.count("\f") > 1 else 0
        return Snippet(self._around(hit.text, marks, first), page, found)

    def page_snippet(self, pages: Sequence[str]) -> Snippet | None:
        """Return the excerpt of the page of a file that answers most of the query; None where none answers any.

        To read a page with all places takes several times as long as to look for its words; so the most promising
        pages are read first, and no more than can be better than the best one.
        """
        promises = [(self._promise(text), number) for number, text in enumerate(pages, start=1)]
        best: Snippet | None = None
        for promise, number in sorted(promises, key=lambda item: (-item[0], item[1]))[:MOST_READ]:
            if promise <= (best.answers if best else 0):
                break
            text = pages[number - 1]
            marks = self.marks(text)
            first, found = self._best_place(marks)
            if found > (best.answers if best else 0):
                best = Snippet(self._around(text, marks, first), number if len(pages) > 1 else 0, found)
        return best

    def _promise(self, text: str) -> int:
        """Return how many different answers a text may have at most, by its words without their places."""
        raws = raw_words(text)
        words = set(raws)
        answers = set(self._answers.among(words).values())
        return len(answers) + self._may_have_names(words) + len(self._joins(raws))

    def _around(self, text: str, marks: Sequence[Mark], first: int) -> SafeString:
        """Return the excerpt around the mark at a place."""
        start = max(0, first - LEAD_IN)
        if start:
            start = text.find(" ", start, first) + 1 or first
        return self._cut(text, marks, start, start + SNIPPET)

    def _best_marks(self, text: str) -> tuple[list[Mark], int, int]:
        """Return the words to mark in as much of a text as it takes, start and answers of the best excerpt."""
        if len(text) > LONG:
            end = text.rfind(" ", 0, FIRST_PIECE) + 1 or FIRST_PIECE
            marks = self.marks(text[:end])
            first, found = self._best_place(marks)
            if found >= self._asked and first + SNIPPET < end:
                return marks, first, found
        marks = self.marks(text)
        return marks, *self._best_place(marks)

    def _best_place(self, marks: Sequence[Mark]) -> tuple[int, int]:
        """Return where the excerpt with most different answers starts, and their number."""
        best, place, first = 0, 0, 0
        for last, mark in enumerate(marks):
            while mark.end - marks[first].start > SNIPPET - LEAD_IN:
                first += 1
            found = len({item.answer for item in marks[first : last + 1]})
            if found > best:
                best, place = found, marks[first].start
        return place, best

    def _cut(self, text: str, marks: Sequence[Mark], start: int, end: int) -> SafeString:
        if end < len(text):
            end = max(text.rfind(" ", start, end), start + 1)
        inside = [token for token in marks if start <= token.start and token.end <= end]
        html = self._render(text, inside, start, min(end, len(text)))
        before, after = ("… " if start else ""), (" …" if end < len(text) else "")
        return mark_safe(before + html + after)

    def _render(self, text: str, marks: Sequence[Mark], start: int, end: int) -> SafeString:
        pieces: list[str] = []
        place = start
        for token in marks:
            pieces.append(escape(text[place : token.start]))
            pieces.append(f"<mark>{escape(text[token.start : token.end])}</mark>")
            place = token.end
        pieces.append(escape(text[place:end]))
        return mark_safe("".join(pieces).replace("\f", " ").replace("</mark> <mark>", " "))
