"""What the knowledge base tells the search about words: synonyms, citations, help without results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from knowledge.acts import ActIndex, ActInfo, act_index
from knowledge.citations import Citation as CitedProvision
from knowledge.citations import search_citations
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import Act, GlossaryTerm, TopicPage
from knowledge.search_sources import provision_ref
from portal.core.visibility import Visibility, current_restriction_levels, level_of_path
from search.analysis import analyse
from search.documents import Citation

EU_NUMBER = re.compile(
    r"\b(?:verordnung|vo|richtlinie|rl)\b\D{0,12}(\d{1,4}/\d{1,4})\b"
    r"|(?:\(?\b(?:eu|eg)\)?\s*)?(?:nr\.?\s*)?\b(\d{4}/\d{1,4}|\d{1,4}/\d{4})\b",
    re.IGNORECASE,
)
# "9 ozg", typed alone: the number of a section before its act.
NUMBER_FIRST = re.compile(r"\s*(\d{1,3}[a-z]?)\s+(?=\D)", re.IGNORECASE)
WORD_START = re.compile(r"(?<![\w])\w")


class ActRecogniser:
    """Recognises acts and provisions the way people type them: "§9 abs 1 ozg", "ozg 9", "verordnung 2018/1724"."""

    def recognise(self, text: str) -> list[Citation]:
        index = act_index()
        found = search_citations(text, index)
        if found:
            return [self._citation(item) for item in found]
        return self._number_first(text, index) or self._by_number(text, index) or self._acts(text, index)

    def _number_first(self, text: str, index: ActIndex) -> list[Citation]:
        """Return the provision of "9 ozg", typed alone."""
        number = NUMBER_FIRST.match(text)
        named = index.match(text, number.end()) if number else None
        if not number or not named or text[named[1] :].strip():
            return []
        sign = "Art." if named[0].level == "eu" else "§"
        found = search_citations(f"{sign} {number[1]} {text[number.end() :]}", index)
        return [replace(self._citation(item), start=0, end=len(text)) for item in found]

    def _by_number(self, text: str, index: ActIndex) -> list[Citation]:
        """Return provisions of an act named by its number alone: "art 6 2018/1724"."""
        for number in EU_NUMBER.finditer(text):
            act = _act_of_number(number, index)
            if act is None:
                continue
            name = f" {act.abbreviation} "
            longer = len(name) - (number.end() - number.start())
            found = search_citations(f"{text[: number.start()]}{name}{text[number.end() :]}", index)
            return [
                replace(
                    self._citation(item),
                    start=item.start if item.start <= number.start() else max(number.start(), item.start - longer),
                    end=item.end if item.end <= number.start() else max(number.end(), item.end - longer),
                )
                for item in found
            ]
        return []

    def _citation(self, found: CitedProvision) -> Citation:
        return Citation(provision_ref(found.act.slug, found.key), found.label, found.start, found.end)

    def _acts(self, text: str, index: ActIndex) -> list[Citation]:
        """Return the acts named as a whole."""
        found: list[Citation] = []
        for word in WORD_START.finditer(text):
            if found and word.start() < found[-1].end:
                continue
            named = index.match(text, word.start())
            if named:
                found.append(Citation(named[0].slug, named[0].abbreviation, word.start(), named[1]))
        for number in () if found else EU_NUMBER.finditer(text):
            act = _act_of_number(number, index)
            if act is not None:
                found.append(Citation(act.slug, act.abbreviation, number.start(), number.end()))
        return found


def _act_of_number(found: re.Match[str], index: ActIndex) -> ActInfo | None:
    """Return the act of the EU whose title carries a number first; others are named in titles they amend."""
    number = found[1] or found[2]
    acts = [act for act in index.by_pk.values() if re.search(rf"(?<!\d){number}(?!\d)", act.title)]
    return min(acts, key=lambda act: act.title.index(number), default=None)


def is_long_form(short: str, long: str) -> bool:
    """True for what an abbreviation stands for: its letters come in it in their order, the first at its start.

    So "Nationales Once-Only-Technical-System" is NOOTS. The field also explains names ("elektronisches Bezahlen"
    for ePayment, "VO (EU) 910/2014" for eIDAS): these are equal only where they stand among the synonyms.
    """
    letters, rest = ("".join(analyse(text).exact) for text in (short, long))
    if " " in short or sum(map(str.isupper, short)) < 2 or len(rest) <= len(letters):
        return False
    following = iter(rest)
    return rest[0] == letters[0] and all(letter in following for letter in letters)


class GlossarySynonyms:
    """Term, true synonyms and the long form of an abbreviation are equal; related terms are not."""

    def groups(self) -> Iterable[Sequence[str]]:
        for term in GlossaryTerm.objects.filter(live=True).only("term", "expansion", "synonyms").order_by("pk"):
            long = [term.expansion] if is_long_form(term.term, term.expansion) else []
            yield [term.term, *long, *term.synonym_list]

    def never_correct(self) -> Iterable[str]:
        return GlossaryTerm.objects.filter(live=True, never_correct=True).values_list("term", flat=True)


class ActSynonyms:
    """Abbreviation, full title and other spellings of an act."""

    def groups(self) -> Iterable[Sequence[str]]:
        for _, act in sorted(act_index().by_pk.items()):
            yield [act.abbreviation, act.title, *act.aliases]

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
                found.append(
                    {
                        "title": term.term,
                        "text": plain_text(render_markdown(term.meaning)),
                        "url": f"/glossar/{term.slug}/",
                    }
                )
        return found[:3]


class NearestTopics:
    """The topics nearest to the words typed, else the fields of guidance; none that is closed, by whatever."""

    heading = "Themen, die weiterhelfen können"

    def help(self, text: str) -> list[dict[str, str]]:
        grams = _trigrams(text)
        restrictions = current_restriction_levels()
        topics = TopicPage.objects.filter(live=True, visibility=Visibility.PUBLIC).order_by("sort_order", "title")
        rows = [row for row in topics if level_of_path(row.path, restrictions) is Visibility.PUBLIC]
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
