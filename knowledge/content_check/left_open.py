"""Whether a German sentence leaves open what some of its words say.

A word that leaves something open counts for its own clause, not for the whole sentence: "Der Vertrag ist in Kraft,
prüfen Sie Ihre Register" claims, "Prüfen Sie, ob der Vertrag in Kraft ist" does not. A negation leaves nothing
open: that something is not so has to be known, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]
_BREAK = re.compile(r"(?:[,;:]|(?<=\s)[–-]) ")
_CLOSING = '“”"»)] '
_LINKED = re.compile(r"^(?:(?:und|oder|aber|auch|denn|sondern|doch|sowie|davon|daher|deshalb) )+", re.IGNORECASE)

# In the clause of the words themselves: a condition, a plan, hearsay, or that it is not known.
_CONDITION = re.compile(r"\b(?:ob|wenn|falls|sofern|sobald|solange)\b", re.IGNORECASE)
_PLAN = re.compile(
    r"\b(?:soll(?:en|te|ten)?|geplant\w*|angekündigt\w*|wäre\w*|würde\w*|könnte\w*|angeblich)\b", re.IGNORECASE
)
_UNSURE = re.compile(r"\bfalsch\b|\bzu (?:prüfen|klären|erfragen)\b", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"\b(?:offen|unklar|ungeklärt|ungewiss|unbekannt)\b|"
    r"\bnicht (?:[\w-]+ ){0,3}(?:belegt|beschrieben|veröffentlicht|bekannt|geprüft|gesichert|geklärt|gelesen|"
    r"gesehen|fest)\b|\bkeine? (?:[\w-]+ ){0,2}(?:gesicherten? )?(?:Angaben?|Zahlen|Auskunft)\b",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"\bwar (?:uns )?kein\w* (?:zu finden|bekannt)|\bnicht (?:zu finden|ausgeschlossen)\b|"
    r"\bkeine? belegte\b|\bkeine?n? (?:\w+ ){0,2}belegt\b|\bliegen\b.*\bnicht vor\b",
    re.IGNORECASE,
)
# A clause that says something only together with another one: "dass …", "welche …", "ab wann …".
_INDIRECT = re.compile(
    r"^(?:(?:ab|seit|bis|für|von|mit) )?(?:dass|wie|wer|wen|wem|was|wann|wo\w*|warum|welch\w*)\b", re.IGNORECASE
)
_ASKING = re.compile(
    r"\b(?:(?:er|nach)?frag\w*|prüf\w*|klär\w*|(?:nach)?seh\w*|(?:nach)?les\w*|beobacht\w*|steht|sag\w*|nenn\w*|"
    r"regel\w*|bestimm\w*|entscheid\w*)\b",
    re.IGNORECASE,
)
# A sentence that begins with its verb is a question or a condition: "Sind sie nicht hinterlegt, wird …".
_VERB_FIRST = re.compile(
    r"^(?:Sind|Ist|War|Waren|Hat|Haben|Hatte|Hatten|Liegt|Liegen|Lag|Lagen|Wird|Werden|Wurde|Wurden|Gilt|Gelten|"
    r"Tritt|Trat|Kommt|Kommen|Kostet|Trägt|Übernimmt|Muss|Müssen|Sollte|Sollten)\b"
)


def is_left_open(sentence: str, spans: Sequence[Span]) -> bool:
    """True where the sentence leaves open what the words at these places say."""
    if sentence.rstrip(_CLOSING).endswith("?"):
        return True
    clauses = _clauses(sentence)
    said = [n for n, (start, end) in enumerate(clauses) if any(start <= place < end for place, _ in spans)]
    texts = [_LINKED.sub("", sentence[start:end].strip()) for start, end in clauses]
    if any(pattern.search(texts[n]) for n in said for pattern in (_CONDITION, _PLAN, _UNSURE, _UNKNOWN)):
        return True
    if 0 in said and len(clauses) > 1 and _VERB_FIRST.match(texts[0]):
        return True
    return any(_is_only_asked(texts, n) for n in said)


def is_unknown(sentence: str) -> bool:
    """True for a sentence that says of something that it is not known here."""
    return bool(_UNKNOWN.search(sentence) or _NOT_FOUND.search(sentence))


def _clauses(sentence: str) -> list[Span]:
    ends = [found.end() for found in _BREAK.finditer(sentence)]
    return list(zip([0, *ends], [*ends, len(sentence) + 1], strict=True))


def _is_only_asked(texts: list[str], number: int) -> bool:
    """True for a clause another one asks for or says not to be known; "Welche …" begins a sentence by itself."""
    if not _INDIRECT.match(texts[number]):
        return False
    others = [text for n, text in enumerate(texts) if n != number]
    if any(_UNKNOWN.search(text) for text in others):
        return True
    is_fact = texts[number].casefold().startswith("dass")
    return not is_fact and (number == 0 or any(_ASKING.search(text) for text in others))
