"""Who takes part, as people type it or paste it from a mail program.

A line each is asked for: "Anna Müller, anna@stadt.example". Mail programs write several to a line, between
semicolons, and the address in angle brackets: `Anna Müller <anna@stadt.example>; "Klein, Karl" <karl@x.example>`.
What cannot be read for certain is refused: nobody is left out without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from consultations.refusals import NotPossible
from portal.core.text import reads_like_a_link

MOST_PARTICIPANTS = 20
TOO_MANY = (
    f"Bis zu {MOST_PARTICIPANTS} Personen können Sie hier nennen. Nennen Sie bei größeren Runden nur, wer uns als "
    "Ansprechperson dient."
)
TOO_LONG = "Bitte schreiben Sie je Zeile einen Namen und eine E-Mail-Adresse."
SEVERAL = (
    "Hier stehen mehrere E-Mail-Adressen in einer Zeile: „{line}“. Bitte schreiben Sie jede Person in eine eigene "
    "Zeile: Name, E-Mail-Adresse."
)
NO_LINKS = (
    "„{name}“ sieht nach einem Link aus. Bitte schreiben Sie hier nur den Namen der Person und ihre Adresse; nach "
    "einem Punkt steht eine Leerstelle."
)
SHOWN = 80

_PART = re.compile(r'(?:"[^"]*"|[^;])+')  # a semicolon between quotation marks belongs to a name
_AFTER_ADDRESS = re.compile(r">\s*,")
_WORD = r'[^\s,;:<>()\[\]"]{0,254}'
_ADDRESS = re.compile(rf"[<(\[]?\s?(?:mailto:)?({_WORD}@{_WORD})\s?[>)\]]?", re.IGNORECASE)
_AROUND_NAME = " ,:|\"'-–"


def read_participants(text: str) -> list[tuple[str, str]]:
    """Return name and address of each person once; the address may be missing.

    Raises:
        NotPossible: More than MOST_PARTICIPANTS, a name too long, an address that is none, or several of them that
            cannot be told apart.
    """
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        for name, email in _people_of(line):
            _check(name, email)
            before = found.get(email or name.casefold())
            if before is None or before[0] == email:  # a name beside the address alone
                found[email or name.casefold()] = (name or email, email)
    if len(found) > MOST_PARTICIPANTS:
        raise NotPossible(TOO_MANY)
    return list(found.values())


def _people_of(line: str) -> Iterator[tuple[str, str]]:
    """Yield the people of a line; a name before an address alone ("Anna Müller; anna@stadt.example") is one."""
    waiting = ""
    for part in _PART.findall(_AFTER_ADDRESS.sub(">;", line)):
        people = _read(part)
        if waiting and people:
            if len(people) == 1 and not people[0][0]:
                people = [(waiting, people[0][1])]
            else:
                yield waiting, ""
            waiting = ""
        if people and not people[0][1]:
            waiting = people[0][0]
        else:
            yield from people
    if waiting:
        yield waiting, ""


def _read(part: str) -> list[tuple[str, str]]:
    """Return whom a part of a line names, without a name where it is an address alone.

    Raises:
        NotPossible: Several addresses with names whose they are nobody can tell.
    """
    words = " ".join(part.split())
    addresses = list(dict.fromkeys(address.lower() for address in _ADDRESS.findall(words)))
    name = " ".join(_ADDRESS.sub(" ", words).split()).strip(_AROUND_NAME)
    if len(addresses) > 1:
        if name:
            raise NotPossible(SEVERAL.format(line=words[:SHOWN]))
        return [("", address) for address in addresses]
    if not addresses:
        return [(name, "")] if name else []
    return [(name, addresses[0])]


def _check(name: str, email: str) -> None:
    if len(name) > 120 or len(email) > 254:
        raise NotPossible(TOO_LONG)
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise NotPossible(f"Bitte prüfen Sie die E-Mail-Adresse von {name or email}.") from error
    if reads_like_a_link(name):
        raise NotPossible(NO_LINKS.format(name=name[:SHOWN]))
