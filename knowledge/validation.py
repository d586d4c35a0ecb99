"""Rules for what editors enter, with messages that say what to do; used by the forms of the admin."""

from __future__ import annotations

from typing import Any

from knowledge.acts import ActIndex, fold
from knowledge.citations import basis_is_known, names_act, parse_basis, unknown_citations
from knowledge.models import Act, GlossaryTerm, RolePage
from knowledge.models.role import TAKEN
from portal.core.sentences import split_sentences
from portal.core.visibility import level_of

MAX_SENTENCES = 5


def short_answer_error(text: str) -> str:
    """Return why a short answer is too long; empty when it is fine."""
    sentences = len(split_sentences(text))
    if sentences <= MAX_SENTENCES:
        return ""
    return (
        f"Die Kurzantwort hat {sentences} Sätze, erlaubt sind {MAX_SENTENCES}. "
        "Kürzen Sie sie, Einzelheiten gehören in den Inhalt."
    )


def legal_basis_error(lines: str) -> str:
    """Return which line of a legal basis names an unknown act, or none; empty when all are known."""
    errors = (basis_line_error(line.strip()) for line in lines.splitlines() if line.strip())
    return next(filter(None, errors), "")


def basis_line_error(line: str, index: ActIndex | None = None) -> str:
    """Return what one line of a legal basis cites without a known act; one rule for form, review and import."""
    if basis_is_known(line, index):
        return ""
    spelling = "Prüfen Sie die Schreibweise oder legen Sie die Vorschrift unter „Recht“ an."
    if parse_basis(line, index):
        unknown = [f"„{words}“" for words in unknown_citations(line, index)]
        belong = f"{'gehören' if len(unknown) > 1 else 'gehört'} {' und '.join(unknown)}"
        return f"In der Angabe „{line}“ {belong} zu keiner bekannten Rechtsvorschrift. {spelling}"
    if names_act(line, index):
        return (
            f"Die Angabe „{line}“ ist keine lesbare Fundstelle. Nennen Sie zuerst die Stelle, dann die "
            "Vorschrift, zum Beispiel „§ 9 Abs. 1 OZG“."
        )
    return f"Die Angabe „{line}“ nennt keine bekannte Rechtsvorschrift. {spelling}"


def person_error(person: Any) -> str:
    """Return why somebody cannot answer for something: the account is closed; empty when it is open or none."""
    if person is None or person.is_active:
        return ""
    return f"Das Konto von {person} ist geschlossen. Wählen Sie jemanden, der noch da ist."


def deputy_error(deputy: Any, owner: Any) -> str:
    """Return why somebody cannot be deputy: they are the owner; empty when they can."""
    if deputy is None or deputy != owner:
        return ""
    return "Die Vertretung ist eine andere Person als die verantwortliche."


def basis_presence_error(lines: str, none: bool) -> str:
    """Return why legal basis and "keine" do not go together; empty when exactly one is given."""
    if lines.strip() and none:
        return "Geben Sie entweder eine Rechtsgrundlage an oder kreuzen Sie „Keine“ an, nicht beides."
    if not lines.strip() and not none:
        return (
            "Nennen Sie die Rechtsgrundlage, eine Angabe je Zeile, oder kreuzen Sie "
            "„Keine – organisatorische Empfehlung“ an."
        )
    return ""


def successor_error(question: Any, successor: Any) -> str:
    """Return why a question must not be replaced by another one; empty when it may."""
    if successor is not None and not successor.live:
        return (
            "Diese Frage ist nicht veröffentlicht. Wählen Sie eine, die Leserinnen und Leser öffnen können, oder "
            "veröffentlichen Sie sie zuerst."
        )
    if successor is not None and level_of(successor).rank > level_of(question).rank:
        return (
            "Diese Frage dürfen nicht alle lesen, die die bisherige lesen dürfen. Wählen Sie eine, die genauso "
            "offen ist, oder öffnen Sie sie zuerst."
        )
    seen, current = set(), successor
    while current is not None and current.pk not in seen:
        if question.pk is not None and current.pk == question.pk:
            return "Die Fragen ersetzen einander im Kreis. Wählen Sie eine Frage, die selbst gültig ist."
        seen.add(current.pk)
        current = current.successor
    return ""


def role_error(role: str, own: int | None) -> str:
    """Return why a page cannot be the one for a role; empty when it can, or while none is chosen."""
    taken = bool(role) and RolePage.objects.filter(role=role).exclude(pk=own).exists()
    return TAKEN if taken else ""


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def term_names_error(term: GlossaryTerm, name: str, synonyms: list[str]) -> str:
    """Return which name another term has already; a synonym may mean one thing only."""
    mine = {_folded(item): item for item in [name, *synonyms]}
    for other in GlossaryTerm.objects.exclude(pk=term.pk):
        for taken in (other.term, *other.synonym_list):
            if _folded(taken) in mine:
                return (
                    f"„{mine[_folded(taken)]}“ steht schon beim Begriff „{other.term}“. Ein Synonym darf nur zu "
                    "einem Begriff gehören; ähnliche Begriffe gehören zu den verwandten."
                )
    return ""


def act_names_error(act: Act, names: list[str]) -> str:
    """Return which name another act has already: a citation must lead to one act."""
    mine = {fold(item): item for item in names if item.strip()}
    for other in Act.objects.exclude(pk=act.pk):
        for taken in (other.abbreviation, *other.alias_list):
            if fold(taken) in mine:
                return f"„{mine[fold(taken)]}“ ist schon eine Schreibweise von {other.abbreviation}."
    return ""
