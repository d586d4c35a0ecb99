"""What the knowledge base tells the search about words: synonyms, citations, help without results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.models import Act, GlossaryTerm, TopicPage
from knowledge.search_sources import provision_ref
from search.analysis import analyse, normalise
from search.documents import Citation
from search.fresh import Fresh

MARKED = re.compile(
    r"(?:§§?|\bart(?:ikel|\.|\b)|\bparagra(?:f|ph)\b|\banlage\b)\s*(?P<number>\d{1,4}\s?[a-z]?(?![\w/]))"
    r"(?:\s*(?:,\s*)?(?:abs(?:atz|\.|\b)|\()\s*(?P<paragraph>\d{1,2}[a-z]?)\)?)?",
    re.IGNORECASE,
)
BARE = re.compile(
    r"(?P<number>\d{1,4}[a-z]?(?![\w/.]))(?:\s*(?:abs(?:atz|\.|\b))\s*(?P<paragraph>\d{1,2}[a-z]?))?",
    re.IGNORECASE,
)
FILLER = re.compile(
    r"^[\s,.]*(?:(?:s(?:atz|\.)?|nr\.?|nummer|hs\.?|buchst\.?)\s*\d*[a-z]?[\s,.]*)*(?:de[rs]|vom|im|in)?[\s,.]*$",
    re.IGNORECASE,
)
EU_NUMBER = re.compile(r"\b(\d{1,4}/\d{1,4})\b")
WORD = re.compile(r"[^\W_]+(?:[-.][^\W_]+)*", re.UNICODE)
LONGEST_NAME = 12


def squeeze(name: str) -> str:
    """Return a name of an act without anything that differs between spellings: "SDG-VO" gives "sdgvo"."""
    return re.sub(r"[^a-z0-9]", "", normalise(name))


@dataclass(frozen=True)
class _Name:
    slug: str
    label: str


def _load_names() -> dict[str, _Name]:
    names: dict[str, _Name] = {}
    for slug, abbreviation, title, aliases in Act.objects.filter(live=True).values_list(
        "slug", "abbreviation", "title", "aliases"
    ):
        entry = _Name(slug, abbreviation)
        for spelling in [abbreviation, title, *aliases.splitlines()]:
            if squeeze(spelling):
                names.setdefault(squeeze(spelling), entry)
            for number in EU_NUMBER.findall(spelling):
                names.setdefault(number, entry)
    return names


class ActRecogniser:
    """Recognises acts and provisions the way people type them: "§9 abs 1 ozg", "ozg 9", "art. 6 sdg-vo"."""

    def __init__(self) -> None:
        self._names = Fresh(_load_names)

    def recognise(self, text: str) -> list[Citation]:
        return [self._with_provision(text, start, end, name) for start, end, name in self._acts(text)]

    def _acts(self, text: str) -> Iterator[tuple[int, int, _Name]]:
        names = self._names.get()
        words = list(WORD.finditer(text))
        index = 0
        while index < len(words):
            for length in range(min(LONGEST_NAME, len(words) - index), 0, -1):
                first, last = words[index], words[index + length - 1]
                name = names.get(squeeze(text[first.start() : last.end()]))
                if name is not None:
                    yield first.start(), last.end(), name
                    index += length - 1
                    break
            index += 1
        for match in EU_NUMBER.finditer(text):
            if match.group(1) in names:
                yield match.start(), match.end(), names[match.group(1)]

    def _with_provision(self, text: str, start: int, end: int, name: _Name) -> Citation:
        before = [match for match in MARKED.finditer(text, 0, start) if FILLER.match(text[match.end() : start])]
        after = [match for match in MARKED.finditer(text, end) if FILLER.match(text[end : match.start()])]
        bare_after = BARE.match(text, _skip_blank(text, end))
        match = before[-1] if before else (after[0] if after else bare_after)
        if match is None:
            before_bare = [item for item in BARE.finditer(text, 0, start) if not text[item.end() : start].strip()]
            match = before_bare[-1] if before_bare else None
        if match is None:
            return Citation(ref=name.slug, label=name.label, start=start, end=end)
        number = re.sub(r"\s", "", match["number"]).lower()
        key = f"{number}/{match['paragraph'].lower()}" if match["paragraph"] else number
        sign = "Art." if re.match(r"art", match.group(0), re.IGNORECASE) else "§"
        paragraph = f" Abs. {match['paragraph']}" if match["paragraph"] else ""
        return Citation(
            ref=provision_ref(name.slug, key),
            label=f"{sign} {number}{paragraph} {name.label}",
            start=min(start, match.start()),
            end=max(end, match.end()),
        )


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t,":
        position += 1
    return position


class GlossarySynonyms:
    """Term and true synonyms are equal; long forms and related terms are not."""

    def groups(self) -> Iterable[Sequence[str]]:
        for term in GlossaryTerm.objects.filter(live=True).only("term", "synonyms").order_by("pk"):
            if term.synonym_list:
                yield [term.term, *term.synonym_list]

    def never_correct(self) -> Iterable[str]:
        return GlossaryTerm.objects.filter(live=True, never_correct=True).values_list("term", flat=True)


class ActSynonyms:
    """Abbreviation, full title and other spellings of an act."""

    def groups(self) -> Iterable[Sequence[str]]:
        for act in Act.objects.filter(live=True).only("abbreviation", "title", "aliases").order_by("pk"):
            yield [act.abbreviation, act.title, *act.alias_list]

    def never_correct(self) -> Iterable[str]:
        return Act.objects.filter(live=True).values_list("abbreviation", flat=True)


class GlossaryHelp:
    """The meaning of glossary terms that the reader typed."""

    heading = "Im Glossar erklärt"

    def help(self, text: str) -> list[dict[str, str]]:
        typed = set(analyse(text).stems)
        found = []
        for term in GlossaryTerm.objects.filter(live=True).order_by("term"):
            spellings = [term.term, term.expansion, *term.synonym_list]
            if any(stems and set(stems) <= typed for stems in (analyse(spelling).stems for spelling in spellings)):
                found.append({"title": term.term, "text": term.meaning, "url": f"/glossar/{term.slug}/"})
        return found[:3]


class NearestTopics:
    """The topics nearest to the words typed, else the fields of guidance."""

    heading = "Themen, die weiterhelfen können"

    def help(self, text: str) -> list[dict[str, str]]:
        grams = _trigrams(text)
        rows = list(TopicPage.objects.filter(live=True, visibility="public").order_by("sort_order", "title"))
        scored = [(len(grams & _trigrams(f"{row.title} {row.summary}")), row) for row in rows]
        near = [row for score, row in sorted(scored, key=lambda item: -item[0]) if score >= max(2, len(grams) / 3)]
        chosen = near[:4] or [row for row in rows if row.is_field][:4]
        return [{"title": row.title, "text": row.summary, "url": row.get_url() or ""} for row in chosen]


def _trigrams(text: str) -> set[str]:
    return {
        stem[index : index + 3]
        for stem in analyse(text).content_stems
        for index in range(max(1, len(stem) - 2))
        if len(stem) >= 3
    }
