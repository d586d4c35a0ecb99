"""Question and answer without who asked: known names are taken out, what may still name somebody is pointed out.

Nothing here proves anonymity; it helps the second person who confirms it (`consultations.services.faq_drafts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from consultations import citizen_data
from consultations.models import Case
from portal.accounts.models import District, Municipality
from search.analysis import analyse
from search.insight.masking import MAIL_OR_LINK
from search.insight.names import name_places
from search.mending import current_spelling

TOWN, PERSON, MAIL, NUMBER, FILE = "die Kommune", "[Name]", "[E-Mail]", "[Nummer]", "[Datei]"
SHORTEST = 3
_REFERENCE = re.compile(r"\bB-?\s?[A-Z0-9]{4}-?\s?[A-Z0-9]{4}\b", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w§])(?:\+49|0\d)[\d\s/()-]{4,}\d(?!\w)")
_IN_BRACKETS = re.compile(r"\([^)]*\)?|\[[^\]]*\]?")
_GENITIVE = r"(?:s|er|ern|erin)?"
_ADDRESS_OF_A_LAW = re.compile(r"\.(?:gv|bund|land|hessen|europa)\.|gesetze-im-internet|eur-lex", re.IGNORECASE)


@dataclass(frozen=True)
class Hint:
    """A piece of a text that may identify somebody, and in words why."""

    text: str
    why: str


def _word(name: str) -> re.Pattern[str]:
    """Match a name, also in capitals and with an ending: in this spelling alone, or "Groß" would be any "groß"."""
    written = (r"\s+".join(re.escape(part) for part in form.split()) for form in (name, name.upper()))
    return re.compile(rf"(?<!\w)(?:{'|'.join(written)}){_GENITIVE}(?!\w)")


def _plain(name: str) -> str:
    """Return a municipality's name as people write it: without what stands in brackets, or after a comma."""
    return re.split(r"[(,]", name)[0].strip()


def people_of(case: Case) -> list[str]:
    """Return full names and surnames of everybody a case knows, the longest first; eight queries at most."""
    users = [case.requester, *(message.author for message in case.messages.select_related("author"))]
    users += [minutes.author for minutes in case.minutes.select_related("author")]
    users += [person.user for person in (case.lead, *case.further.select_related("user")) if person is not None]
    names = {str(user) for user in users if user is not None}
    names |= {user.last_name for user in users if user is not None}
    names |= {message.author_name for message in case.messages.all()}
    names |= {person.name for person in case.participants.all()}
    contact, concern = getattr(case, "contact", None), getattr(case, "concern", None)
    names |= {contact.name if contact is not None else "", concern.contact_name if concern is not None else ""}
    written = {form for name in names for form in _forms(name)}
    return sorted({form for form in written if len(form) >= SHORTEST}, key=len, reverse=True)


def _forms(name: str) -> Iterator[str]:
    """Return how somebody may be called: "Wolf, Jan (Stadt Nidda)", as in mails of offices, is "Jan Wolf" too."""
    plain = " ".join(_IN_BRACKETS.sub(" ", name).split())
    before, comma, after = (part.strip() for part in plain.partition(","))
    yield from (name.strip(), plain, before)
    if comma:
        yield f"{after.partition(',')[0].strip()} {before}".strip()
    yield from before.split()[-1:]


def strip(case: Case, *texts: str) -> list[str]:
    """Return texts without the names, the municipality, the reference, addresses and files of their case."""
    towns = {case.municipality.name, _plain(case.municipality.name)}
    swaps = [(_word(name), TOWN) for name in sorted(towns, key=len, reverse=True)]
    swaps += [(_word(name), PERSON) for name in people_of(case)]
    swaps += [
        (re.compile(re.escape(name), re.IGNORECASE), FILE) for name in case.files.values_list("name", flat=True)
    ]
    swaps += [(_REFERENCE, NUMBER), (re.compile(r"\S+@\S+\w"), MAIL), (_PHONE, NUMBER)]
    found = []
    for text in texts:
        clean = text
        for pattern, instead in swaps:
            clean = pattern.sub(instead, clean)
        found.append(clean.strip())
    return found


def hints(case: Case | None, *texts: str) -> list[Hint]:
    """Return what in some texts may still identify somebody, each piece once.

    Names of the case, of any municipality or district, what looks like a name, a number, a link, a citizen's data.
    """
    whole = "\n".join(texts)
    found: dict[str, str] = {}
    for text, why in (*_of_case(case, whole), *_places(whole), *_looks(whole)):
        found.setdefault(text.strip(), why)
    return [Hint(text, why) for text, why in found.items() if text]


def _of_case(case: Case | None, whole: str) -> Iterator[tuple[str, str]]:
    for name in people_of(case) if case is not None else ():
        for match in _word(name).finditer(whole):
            yield match[0], "Name einer Person dieses Vorgangs"


def _places(whole: str) -> Iterator[tuple[str, str]]:
    rows: Iterable[str] = [
        *Municipality.objects.values_list("name", flat=True), *District.objects.values_list("name", flat=True),
    ]  # fmt: skip
    low = whole.casefold()
    for name in rows:
        plain = _plain(name)
        if len(plain) < SHORTEST or plain.casefold() not in low:
            continue  # most names stand nowhere: no pattern for them
        for match in _word(plain).finditer(whole):
            yield match[0], "Name einer Kommune oder eines Landkreises"


def _looks(whole: str) -> Iterator[tuple[str, str]]:
    for match in MAIL_OR_LINK.finditer(whole):
        if not _ADDRESS_OF_A_LAW.search(match[0]):
            yield match[0], "Adresse oder Link"
    for pattern in (_REFERENCE, _PHONE):
        for match in pattern.finditer(whole):
            yield match[0], "Vorgangs- oder Telefonnummer"
    tokens = analyse(whole).tokens
    for place in sorted(name_places(whole, tokens, current_spelling())):
        token = tokens[place]
        if f"[{whole[token.start : token.end]}]" not in (PERSON, MAIL, NUMBER, FILE):
            yield whole[token.start : token.end], "sieht aus wie ein Name"
    for kind in citizen_data.looks_like([whole]):
        yield kind, "Daten einer Bürgerin oder eines Bürgers"
