"""Every citation names an act that is known, and a provision the act has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.citations import Citation, find_citations, parse_basis, provision_key, unknown_acts
from knowledge.content_check.attached import Attached
from knowledge.content_check.content import Content, Subject
from knowledge.content_check.registry import Finding

NAME = "fundstellen"
TITLE = "Fundstellen nennen bekannte Vorschriften, die es gibt"

# "§ 25 Abs. 2 Nr. 2 des Telekommunikation-Digitale-Dienste-Datenschutz-Gesetzes": named by its title alone.
_BY_TITLE = re.compile(
    r"§§? ?\d+\w*(?: (?:Abs\.|Satz|Nr\.|Buchst\.) \w+)* (?:des|der) (?:[\w-]+ ){0,4}?"
    r"(?!Verordnung\b)[\w-]*(?:-Gesetz(?:es)?|-Verordnung|\wgesetz(?:es|buch(?:s|es)?)?|\wverordnung|\wordnung)\b"
)


def cited(subject: Subject | Attached, content: Content) -> Iterator[tuple[int, Citation]]:
    """Yield all a file cites, in its legal basis and its text, with the lines."""
    for line, basis in subject.lists_of("legal_basis"):
        for citation in parse_basis(basis, content.acts):
            yield line, citation
    for passage in subject.passages:
        for citation in find_citations(passage.plain, content.acts):
            yield passage.line, citation


def run(content: Content) -> Iterator[Finding]:
    for file in content.attached:
        if file.unreadable:
            yield file.warning(NAME, 1, f"{file.unreadable} Ihr Text ist nicht geprüft.")
    for subject in content.with_words:
        for line, citation in cited(subject, content):
            if content.provisions.missing(citation.act.slug, citation.key):
                yield subject.error(
                    NAME,
                    line,
                    f"„{citation.label}“ gibt es nicht. Prüfen Sie Paragraf und Absatz im Wortlaut.",
                )
        for passage in subject.passages:
            for name in _unknown(passage.plain, content):
                message = f"„{name}“: Diese Rechtsvorschrift ist nicht angelegt. Legen Sie sie unter „Recht“ an."
                yield subject.error(NAME, passage.line, message)
    for subject in content.subjects:
        yield from _of_act(subject, content)


def _unknown(text: str, content: Content) -> list[str]:
    """Return what a text cites of acts nobody has entered, by abbreviation or title."""
    known = {found.start for found in find_citations(text, content.acts)}
    by_title = [found[0] for found in _BY_TITLE.finditer(text) if found.start() not in known]
    return [*unknown_acts(text, content.acts), *by_title]


def _of_act(subject: Subject, content: Content) -> Iterator[Finding]:
    if subject.kind != "act":
        return
    for index, row in enumerate(subject.meta.get("provisions") or []):
        if content.provisions.missing(subject.path.rpartition("/")[2], provision_key(row["ref"])):
            message = f"Die Vorschrift „{row['ref']}“ gibt es im Wortlaut nicht. Berichtigen Sie „ref“."
            yield subject.error(NAME, subject.line_of("provisions", index, "ref"), message)
