"""Marks found words in titles and snippets; everything else is escaped, so that the result is safe HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from search.analysis import Token, stop_words, tokens
from search.compounds import root
from search.engines.base import Hit, SearchQuery

SNIPPET = 260
LEAD_IN = 60
SHORTEST_INNER = 5


@dataclass(frozen=True)
class Snippet:
    """An excerpt as safe HTML; `page` is the page of a file in which it stands, 0 where there are no pages."""

    html: SafeString
    page: int = 0


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
        if hit.summary and len({answer for _, answer in summary_marks}) >= found:
            return Snippet(self._cut(hit.summary, [token for token, _ in summary_marks], 0, SNIPPET))
        start = max(0, first - LEAD_IN)
        if start:
            start = hit.text.find(" ", start, first) + 1 or first
        page = hit.text.count("\f", 0, first) + 1 if "\f" in hit.text else 0
        return Snippet(self._cut(hit.text, [token for token, _ in text_marks], start, start + SNIPPET), page)

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
