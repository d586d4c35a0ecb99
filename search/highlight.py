"""Marks found words in titles and snippets; everything else is escaped, so that the result is safe HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.analysis import Token, joined_words, raw_forms, raw_words, stop_words, tokens
from search.compounds import root
from search.engines.base import Hit, SearchQuery

SNIPPET = 260
LEAD_IN = 60
SHORTEST_INNER = 5
# Pages of one file that are read word by word.
MOST_READ = 8


@dataclass(frozen=True)
class Snippet:
    """An excerpt as safe HTML; `page` is the page of a file in which it stands, 0 where that is no page.

    `answers` counts what of the query it holds: with 0 it is the beginning of the text.
    """

    html: SafeString
    page: int = 0
    answers: int = 0


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
        self._joined = {spelling for word in words for spelling in word.joined}
        self._joined |= {word for phrase in query.phrases for word in phrase if word not in stops}
        self._roots = {root(stem) for stem in self._stems}
        self._inner = tuple(stem for stem in self._roots if len(stem) >= SHORTEST_INNER)

    def _answers(self, token: Token) -> str:
        """Return what of the query a word answers ("" for nothing)."""
        if token.stem in self._stems:
            return token.stem
        if token.exact in self._joined or (token.joined and token.joined in self._joined):
            return token.exact
        own = root(token.stem)
        if own in self._roots:
            return own
        return next((inner for inner in self._inner if inner in token.exact), "")

    def _matches(self, text: str) -> list[tuple[Token, str]]:
        """Return the words to mark and what they answer; names of several words only where they stand in a row."""
        found = list(tokens(text))
        answers = [self._answers(token) for token in found]
        for place, token in enumerate(found):
            for row in self._rows.get(token.stem, ()):
                if tuple(item.stem for item in found[place : place + len(row)]) == row:
                    for inside in range(place, place + len(row)):
                        answers[inside] = answers[inside] or " ".join(row)
        return [(token, answer) for token, answer in zip(found, answers, strict=True) if answer]

    def mark(self, text: str) -> SafeString:
        """Return a whole text with marks."""
        return self._render(text, [token for token, _ in self._matches(text)], 0, len(text))

    def snippet(self, hit: Hit) -> Snippet:
        """Return the summary, or the best place of the running text where that answers more of the query."""
        summary_marks = self._matches(hit.summary)
        text_marks = self._matches(hit.text)
        first, found = self._best_place(text_marks)
        said = len({answer for _, answer in summary_marks})
        if hit.summary and said >= found:
            return Snippet(self._cut(hit.summary, [token for token, _ in summary_marks], 0, SNIPPET), answers=said)
        # A file of one page, or of a kind without pages, has no number worth telling.
        page = hit.text.count("\f", 0, first) if found and hit.text.count("\f") > 1 else 0
        return Snippet(self._around(hit.text, text_marks, first), page, found)

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
            marks = self._matches(text)
            first, found = self._best_place(marks)
            if found > (best.answers if best else 0):
                best = Snippet(self._around(text, marks, first), number if len(pages) > 1 else 0, found)
        return best

    def _promise(self, text: str) -> int:
        """Return how many different answers a text may have at most, by its words without their places."""
        raws = raw_words(text)
        forms = {raw: raw_forms(raw) for raw in set(raws)}
        answers = {self._answers(Token(raw, exact, stem, 0, 0)) for raw, (exact, stem) in forms.items() if exact}
        stems = {stem for _, stem in forms.values()}
        rows = sum(stems.issuperset(row) for rows in self._rows.values() for row in rows)
        return len(answers - {""}) + rows + len(self._joined.intersection(joined_words(raws)))

    def _around(self, text: str, marks: Sequence[tuple[Token, str]], first: int) -> SafeString:
        """Return the excerpt around the mark at a place."""
        start = max(0, first - LEAD_IN)
        if start:
            start = text.find(" ", start, first) + 1 or first
        return self._cut(text, [token for token, _ in marks], start, start + SNIPPET)

    def _best_place(self, marks: Sequence[tuple[Token, str]]) -> tuple[int, int]:
        """Return where the excerpt with most different answers starts, and their number."""
        best, place, first = 0, 0, 0
        for last, (token, _) in enumerate(marks):
            while token.end - marks[first][0].start > SNIPPET - LEAD_IN:
                first += 1
            found = len({answer for _, answer in marks[first : last + 1]})
            if found > best:
                best, place = found, marks[first][0].start
        return place, best

    def _cut(self, text: str, marks: Sequence[Token], start: int, end: int) -> SafeString:
        if end < len(text):
            end = max(text.rfind(" ", start, end), start + 1)
        inside = [token for token in marks if start <= token.start and token.end <= end]
        html = self._render(text, inside, start, min(end, len(text)))
        before, after = ("… " if start else ""), (" …" if end < len(text) else "")
        return mark_safe(before + html + after)

    def _render(self, text: str, marks: Sequence[Token], start: int, end: int) -> SafeString:
        pieces: list[str] = []
        place = start
        for token in marks:
            pieces.append(escape(text[place : token.start]))
            pieces.append(f"<mark>{escape(text[token.start : token.end])}</mark>")
            place = token.end
        pieces.append(escape(text[place:end]))
        return mark_safe("".join(pieces).replace("\f", " ").replace("</mark> <mark>", " "))
