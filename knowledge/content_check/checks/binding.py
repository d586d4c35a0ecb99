"""A federal act that gives way to Land law is no municipality's legal basis by itself.

Which acts these are say the acts themselves: `binds: nein-landesrecht` and `counterpart`. What another page of a
decision help says does not count: who comes to a result by its address sees that one only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.acts import ActInfo
from knowledge.citations import find_citations, parse_basis
from knowledge.content_check.attached import Attached
from knowledge.content_check.content import Content, Subject, names_in
from knowledge.content_check.pages import SeenPage, pages_of
from knowledge.content_check.registry import Finding
from knowledge.content_check.word_forms import inflected
from knowledge.models import Act, Deadline
from portal.core.sentences import split_sentences

NAME = "bindung"
TITLE = "Bundesrecht, das Kommunen nicht bindet, steht nicht ohne das Landesrecht da"
# "Der Wortlaut wurde nicht geprüft", "im Wortlaut nachzulesen", "gesondert zu prüfen"
_NOT_CHECKED = re.compile(
    r"\b(?:Wortlaut|Text)\b[^.]{0,80}\b(?:nicht|ungeprüft|nachlesen|nachzulesen)\b|"
    r"\bnicht\b[^.]{0,40}\b(?:geprüft|gelesen)\b|\bgesondert (?:zu )?prüfen\b",
    re.IGNORECASE,
)

# That another act has not been read says nothing about this one: it has to be the law of the Land as a whole, or
# something of the Land that is no other act.
_LAND_AS_A_WHOLE = re.compile(
    r"\b(?:Landesrecht\w*|Landesgesetz\w*|landesrechtlich\w*|Rechts? des Landes|hessische[sn]? Rechts?)\b",
    re.IGNORECASE,
)
_OF_THE_LAND = re.compile(r"\bhessisch\w*", re.IGNORECASE)
_ACT_OF_THE_LAND = re.compile(
    r"\bhessisch\w* (?:[\w-]+ ){0,3}?[\w-]*(?:gesetz|ordnung|satzung)(?:es|s|e|en)?\b", re.IGNORECASE
)


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.kind != "act" and _concerns_municipalities(subject):
            for page in pages_of(subject):
                yield from _in_basis(subject, page, content)
                yield from _in_text(subject, page, content)
    for file in content.attached:
        for page in pages_of(file):
            yield from _in_text(file, page, content)


def _concerns_municipalities(subject: Subject) -> bool:
    """A deadline says itself whom it binds; everything else is written for municipalities."""
    binds = subject.meta.get("binds")
    return not isinstance(binds, list) or not binds or Deadline.Binds.MUNICIPALITY in binds


def _in_basis(subject: Subject, page: SeenPage, content: Content) -> Iterator[Finding]:
    for line, basis in page.legal_basis:
        for act in _giving_way((found.act for found in parse_basis(basis, content.acts)), content):
            if not _named_instead(page, act, content):
                yield subject.error(NAME, line, _message(act, content))


def _in_text(subject: Subject | Attached, page: SeenPage, content: Content) -> Iterator[Finding]:
    told: set[str] = set()
    for passage in page.passages:
        for act in _giving_way((found.act for found in find_citations(passage.plain, content.acts)), content):
            if act.slug not in told and not _named_instead(page, act, content):
                told.add(act.slug)
                yield subject.warning(NAME, passage.line, _message(act, content))


def _giving_way(acts: Iterable[ActInfo], content: Content) -> list[ActInfo]:
    heads = content.act_heads
    return [
        act
        for act in dict.fromkeys(acts)
        if heads.get(act.slug, {}).get("binds") == Act.Binds.STATE_LAW
        and heads[act.slug].get("level") == Act.Level.BUND
    ]


def _named_instead(page: SeenPage, act: ActInfo, content: Content) -> bool:
    """True where the page names the act of the Land, or says that its wording has not been checked."""
    counterpart = str(content.act_heads[act.slug].get("counterpart") or "")
    names = names_in(content.act_heads[counterpart]) if counterpart in content.act_heads else []
    others = [
        name
        for slug, head in content.act_heads.items()
        if head.get("level") == Act.Level.LAND and slug != counterpart
        for name in names_in(head)
    ]
    return any(_names(text, names) or _says_not_checked(text, others) for text in page.texts)


def _names(text: str, names: Iterable[str]) -> bool:
    return any(inflected(name).search(text) if " " in name else name in text for name in names)


def _says_not_checked(text: str, others: Iterable[str]) -> bool:
    """True where a passage says that the law of the Land has not been checked, not only another act of it."""
    if not _NOT_CHECKED.search(text):
        return False
    if _names(text, others) or _ACT_OF_THE_LAND.search(text):
        return any(_NOT_CHECKED.search(part) and _LAND_AS_A_WHOLE.search(part) for part in split_sentences(text))
    return bool(_LAND_AS_A_WHOLE.search(text) or _OF_THE_LAND.search(text))


def _message(act: ActInfo, content: Content) -> str:
    counterpart = content.act_heads.get(str(content.act_heads[act.slug].get("counterpart") or ""))
    instead = counterpart.get("abbreviation") if counterpart else ""
    advice = (
        f"Nennen Sie {instead} dazu oder sagen Sie, dass sein Wortlaut nicht geprüft ist."
        if instead
        else "Sagen Sie, dass das Landesrecht nicht geprüft ist, und tragen Sie bei der Vorschrift ein, was gilt."
    )
    return f"{act.abbreviation} bindet Kommunen nicht, wo Landesrecht gilt. {advice}"
