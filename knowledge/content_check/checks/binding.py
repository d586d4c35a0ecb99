"""A federal act that gives way to Land law is no municipality's legal basis by itself.

Which acts these are say the acts themselves: `binds: nein-landesrecht` and `counterpart`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from knowledge.acts import ActInfo
from knowledge.citations import find_citations, parse_basis
from knowledge.content_check.content import Content, Subject, names_in
from knowledge.content_check.registry import Finding
from knowledge.models import Act, Deadline

NAME = "bindung"
TITLE = "Bundesrecht, das Kommunen nicht bindet, steht nicht ohne das Landesrecht da"
# "Der Wortlaut wurde nicht geprüft", "im Wortlaut nachzulesen", "gesondert zu prüfen"
_NOT_CHECKED = re.compile(
    r"\b(?:Wortlaut|Text)\b[^.]{0,80}\b(?:nicht|ungeprüft|nachlesen|nachzulesen)\b|"
    r"\bnicht\b[^.]{0,40}\b(?:geprüft|gelesen)\b|\bgesondert (?:zu )?prüfen\b",
    re.IGNORECASE,
)

# That another act has not been read says nothing about this one.
_OF_THE_LAND = re.compile(
    r"\b(?:Landesrecht\w*|Landesgesetz\w*|Recht des Landes|(?:hessisch|landesrechtlich)\w*)", re.IGNORECASE
)


def run(content: Content) -> Iterator[Finding]:
    for subject in content.for_readers:
        if subject.kind != "act" and _concerns_municipalities(subject):
            yield from _in_basis(subject, content)
            yield from _in_text(subject, content)


def _concerns_municipalities(subject: Subject) -> bool:
    """A deadline says itself whom it binds; everything else is written for municipalities."""
    binds = subject.meta.get("binds")
    return not isinstance(binds, list) or not binds or Deadline.Binds.MUNICIPALITY in binds


def _in_basis(subject: Subject, content: Content) -> Iterator[Finding]:
    for line, basis in subject.lists_of("legal_basis"):
        for act in _giving_way((found.act for found in parse_basis(basis, content.acts)), content):
            if not _named_instead(subject, act, content):
                yield subject.error(NAME, line, _message(act, content))


def _in_text(subject: Subject, content: Content) -> Iterator[Finding]:
    told: set[str] = set()
    for passage in subject.passages:
        for act in _giving_way((found.act for found in find_citations(passage.plain, content.acts)), content):
            if act.slug not in told and not _named_instead(subject, act, content):
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


def _named_instead(subject: Subject, act: ActInfo, content: Content) -> bool:
    """True where the page names the act of the Land, or says that its wording has not been checked."""
    texts = [passage.plain for passage in subject.passages]
    texts += [basis for _, basis in subject.lists_of("legal_basis")]
    counterpart = content.act_heads.get(str(content.act_heads[act.slug].get("counterpart") or ""))
    names = names_in(counterpart) if counterpart else []
    return any(name in text for text in texts for name in names) or any(
        _NOT_CHECKED.search(text) and _OF_THE_LAND.search(text) for text in texts
    )


def _message(act: ActInfo, content: Content) -> str:
    counterpart = content.act_heads.get(str(content.act_heads[act.slug].get("counterpart") or ""))
    instead = counterpart.get("abbreviation") if counterpart else ""
    advice = (
        f"Nennen Sie {instead} dazu oder sagen Sie, dass sein Wortlaut nicht geprüft ist."
        if instead
        else "Sagen Sie, dass das Landesrecht nicht geprüft ist, und tragen Sie bei der Vorschrift ein, was gilt."
    )
    return f"{act.abbreviation} bindet Kommunen nicht, wo Landesrecht gilt. {advice}"
