"""An abbreviation is spelled out where it is first used, or the page explains it by the glossary.

It counts as explained where
- its long form stands in the same passage or before it, or beside it in brackets;
- the text explains the term (the first eight terms of a page become buttons, docs/glossary-feature.md): that is on
  the same page, also for a short answer, which has no buttons itself;
- it is part of a citation, which links to the act with its full title;
- the page is about it: its own entry in the glossary or among the acts.

Each question and each result of a decision help is a page of its own, and so is each file to download: what
another page has explained does not count there. Nor do citations in a file, which lead nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.citations import Citation, find_citations
from knowledge.content_check.attached import DRAWING, Attached
from knowledge.content_check.content import Content, Subject, names_in
from knowledge.content_check.pages import pages_of
from knowledge.content_check.passages import Passage, Place
from knowledge.content_check.registry import Finding
from knowledge.content_check.word_forms import inflected
from knowledge.glossary import MAX_TERMS
from knowledge.models import GlossaryTerm

NAME = "abkuerzungen"
TITLE = "Abkürzungen sind beim ersten Vorkommen erklärt"
_TOKEN = re.compile(r"(?<![\w§@./-])([A-Za-zÄÖÜäöü]{2,12})(?![\w@])")
# Every administration knows these, or they are no abbreviations of words but names.
COMMON = {
    "AA", "API", "BAföG", "BGBl", "CC", "CSV", "DIN", "EG", "EN", "EU", "FAQ", "GmbH", "HTML", "HTTPS", "ID",
    "IP", "ISO", "IT", "KB", "MB", "NFC", "PC", "PDF", "PIN", "QR", "RSS", "SMS", "SPEC", "SVG", "URL", "USB",
    "UTF", "VO", "WLAN", "XML", "ZIP",
}  # fmt: skip
_ROMAN = re.compile(r"[IVX]+")
# "XPassAusweis", "JavaScript": names that are written with a capital inside.
_NAME = re.compile(r"[a-zäöüß]{4}")
_LONGEST = 6  # "DIGITAL" is a word in capitals
_LONGEST_NAME = 20
# "EGovG des Bundes", "XÖV-Standard": an abbreviation with words behind it, not a name of its own.
_LOOSE = re.compile(r" (?:des|der|von)\b|-(?:Standard|Gesetz|Verordnung|Prinzip|Verfahren|Leistung|Dienst)\b")
_WORD = re.compile(r"\w{5,}")
_KINDS = ("term", "act")


def run(content: Content) -> Iterator[Finding]:
    names = _Names(content)
    for subject in content.for_readers:
        own, explained = _own_names(subject), _explained(subject, content)
        for page in pages_of(subject):
            yield from _unexplained(subject, page.passages, content, names, own | explained)
    for file in content.attached:
        if file.kind != DRAWING:  # a drawing stands within the text of a page; the first line is a title
            yield from _unexplained(file, file.passages[1:], content, names, set())


def _unexplained(
    subject: Subject | Attached, passages: list[Passage], content: Content, names: _Names, known: set[str]
) -> Iterator[Finding]:
    seen = set(known)
    before = ""
    for passage in passages:
        if passage.is_title or passage.key == "search_description":
            continue
        cited = find_citations(passage.plain, content.acts) if isinstance(subject, Subject) else []
        for name in _abbreviations(passage, cited, names):
            if name in seen:
                continue
            seen.add(name)
            long_forms = names.long_forms(name)
            if not _spelled_out(name, before, passage.plain, long_forms):
                yield subject.warning(NAME, passage.line_of(name), _message(name, long_forms))
        before += f" {passage.plain}"


def _message(name: str, long_forms: list[str]) -> str:
    example = f"„{long_forms[0]} ({name})“" if long_forms else f"„Langform ({name})“"
    return f"„{name}“ ist beim ersten Vorkommen nicht erklärt. Schreiben Sie {example}."


def _is_abbreviation(token: str) -> bool:
    capitals = sum(char.isupper() for char in token)
    if capitals < 2 or {token, token.removesuffix("s")} & COMMON or _ROMAN.fullmatch(token):
        return False
    return len(token) <= _LONGEST if token.isupper() else not _NAME.search(token)


def _abbreviations(passage: Passage, cited: list[Citation], names: _Names) -> Iterator[str]:
    """Yield the abbreviations of a passage in order, without those of a citation."""
    text = passage.plain
    spans = [(found.start, found.end) for found in cited]
    position = 0
    for found in _TOKEN.finditer(text):
        token = found[1]
        if found.start() < position or not _is_abbreviation(token):
            continue
        whole = names.whole(text, found.start(), token)
        position = found.start() + len(whole)
        if names.long_forms(token) and names.has_no_form(whole):
            whole = token  # "LeiKa-Schlüssel" has no long form of its own, "LeiKa" has
        if whole not in names.no_abbreviations and not any(start <= found.start() < end for start, end in spans):
            yield whole[:-1] if whole.endswith("s") and whole[:-1].isupper() else whole


class _Names:
    """What the glossary and the acts say about short names."""

    def __init__(self, content: Content) -> None:
        self.unexpanded: set[str] = set()  # terms without a long form: "FIT-Connect", "LeiKa-Schlüssel"
        self.no_abbreviations: set[str] = set()  # these, and whatever is a long form itself
        self._forms: dict[str, list[str]] = {}
        self._wholes: dict[str, list[str]] = {}  # "SGB" begins "SGB I" and "SGB X"
        for term in content.terms:
            self._add_term(term)
        for head in content.act_heads.values():
            names = names_in(head)
            self.no_abbreviations.update(name for name in names if len(name) > _LONGEST_NAME)
            for short in names:
                self._add(short, names)

    def _add_term(self, term: GlossaryTerm) -> None:
        names = [term.term, term.expansion, *term.synonym_list]
        if not term.expansion or term.expansion == term.term:
            self.unexpanded.add(term.term)
        self.no_abbreviations |= {*self.unexpanded, term.expansion}
        if (first := _TOKEN.match(term.expansion)) is not None:
            self._wholes.setdefault(first[1], []).append(term.expansion)
        forms = [name for name in names if not term.expansion or _shares_a_word(name, term.expansion)]
        for short in names:
            self._add(short, [term.expansion, *forms])

    def _add(self, short: str, names: list[str]) -> None:
        first = _TOKEN.match(short)
        if first is None or not _is_abbreviation(first[1]) or _LOOSE.search(short):
            return
        self._forms.setdefault(short, []).extend(name for name in names if len(name) > len(short))
        if short != first[1]:
            self._wholes.setdefault(first[1], []).append(short)

    def long_forms(self, short: str) -> list[str]:
        """Return what a short name may stand for, the preferred form first."""
        return list(dict.fromkeys(self._forms.get(short, [])))

    def has_no_form(self, name: str) -> bool:
        """True for a name that neither has a long form nor is one."""
        return name in self.unexpanded or not (name in self.no_abbreviations or self.long_forms(name))

    def whole(self, text: str, start: int, token: str) -> str:
        """Return the longest known name that begins with a token at a place: "ITSiV-PV" for "ITSiV"."""
        found = [
            name
            for name in self._wholes.get(token, ())
            if text.startswith(name, start) and not text[start + len(name) : start + len(name) + 1].isalnum()
        ]
        return max(found, key=len, default=token)


def _shares_a_word(name: str, expansion: str) -> bool:
    """True for a form of the long form: "Unternehmenskonto" of "Mein Unternehmenskonto", "Organisationskonto" not.

    A synonym says what is meant, too, but not what the letters stand for.
    """
    words = {word.casefold() for word in _WORD.findall(expansion)}
    return any(word.casefold() in words for word in _WORD.findall(name))


def _spelled_out(name: str, before: str, here: str, long_forms: list[str]) -> bool:
    text = f"{before} {here}"
    if any(inflected(form).search(text) for form in long_forms):
        return True
    # "das Unternehmensbasisdatenregister (UBR)", "UBR (Unternehmensbasisdatenregister)"
    beside = rf"\w[\w.-]{{3,}}[“\"]? \(\W?{re.escape(name)}\b|\b{re.escape(name)} \([^)]*[a-zäöüß]{{4}}"
    return re.search(beside, here) is not None


def _own_names(subject: Subject) -> set[str]:
    if subject.kind not in _KINDS:
        return set()
    names = [subject.meta.get("term"), subject.meta.get("abbreviation"), *(subject.meta.get("synonyms") or [])]
    return {
        token for name in [*names, *(subject.meta.get("aliases") or [])] if name for token in _TOKEN.findall(name)
    }


def _explained(subject: Subject, content: Content) -> set[str]:
    """Return the names of the terms the text explains, as `knowledge.glossary` will choose them."""
    if subject.kind in _KINDS or not isinstance(subject.document.body, list):
        return set()
    slugs: list[str] = []
    for passage in subject.body:
        if passage.place is Place.HEADING:
            continue
        position = 0
        while len(slugs) < MAX_TERMS and (found := content.term_index.find(passage.plain, position)):
            position = found[2]
            if found[0].slug not in slugs:
                slugs.append(found[0].slug)
    chosen = {term.slug: term for term in content.terms}
    return {
        name for slug in slugs for name in (chosen[slug].term, chosen[slug].expansion, *chosen[slug].synonym_list)
    }
