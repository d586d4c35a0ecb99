"""The list of mail domains: reading `key;domain` line by line, showing what it would change, storing it.

The key is the Amtlicher Gemeindeschlüssel; a body without one is named by its short name (`slug`).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.accounts.models import MailDomain, Membership, Municipality, User
from portal.accounts.municipality_import import FileRefusedError
from portal.core import audit

LONGEST_FILE = 1_000_000  # bytes; some 30,000 lines
MOST_PROBLEMS = 50
HEADER = ("ags", "domain")
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# Anybody can have an address there: such a domain says nothing about who somebody works for.
_LISTED = Path(__file__).parent / "data" / "public_mail_domains.txt"
PUBLIC_PROVIDERS = frozenset(_LISTED.read_text(encoding="utf-8").split("\n\n", 1)[1].split())


def clean_domain(text: str) -> str:
    """Return a domain as addresses have it, in lower case and IDNA.

    Raises:
        ValidationError: no domain, or that of a public provider.
    """
    domain = text.strip().lower().removeprefix("@").removeprefix("www.").rstrip(".")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    if len(labels) < 2 or len(domain) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise ValidationError(f"„{text.strip()}“ ist keine Domain. Erwartet wird zum Beispiel „stadt.example“.")
    if domain in PUBLIC_PROVIDERS:
        raise ValidationError(
            f"Unter „{domain}“ hat jede und jeder eine Adresse. Die Domain sagt nichts über die Zugehörigkeit."
        )
    return domain


@dataclass(frozen=True)
class Row:
    line: int
    body: Municipality
    domain: str


@dataclass(frozen=True)
class Plan:
    """What a list would change: new and missing entries, and domains that several bodies share by then."""

    rows: list[Row]
    added: list[Row]
    unchanged: int
    removed: list[MailDomain]
    shared: list[tuple[str, list[str]]] = field(default_factory=list)


def decode(raw: bytes) -> str:
    """Return the text of an uploaded file.

    Raises:
        FileRefusedError: too large, or not UTF-8.
    """
    if len(raw) > LONGEST_FILE:
        raise FileRefusedError(["Die Datei ist größer als 1 MB. Teilen Sie sie auf."])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileRefusedError(
            [f"Zeile {line}: Die Datei ist nicht in UTF-8 gespeichert. Wählen Sie beim Speichern „CSV UTF-8“."]
        ) from error


def read(text: str) -> list[Row]:
    """Return the checked lines of a list; empty ones, comments (#) and a heading are passed over.

    Raises:
        FileRefusedError: with a German sentence for each fault and its line.
    """
    by_key: dict[str, Municipality] = {}
    for body in Municipality.objects.filter(active=True):
        by_key[body.slug] = body
        if body.ags:
            by_key[body.ags] = body
    rows: list[Row] = []
    problems: list[str] = []
    seen: dict[tuple[int, str], int] = {}
    for number, cells in _lines(text):
        try:
            row = _row(number, cells, by_key)
        except ValidationError as error:
            problems.append(f"Zeile {number}: {error.messages[0]}")
            continue
        first = seen.setdefault((row.body.pk, row.domain), number)
        if first != number:
            problems.append(f"Zeile {number}: „{row.domain}“ steht für {row.body} schon in Zeile {first}.")
        rows.append(row)
    if not rows and not problems:
        problems.append("Die Datei enthält keine Zeile mit Schlüssel und Domain.")
    if problems:
        more = len(problems) - MOST_PROBLEMS
        raise FileRefusedError(problems[:MOST_PROBLEMS] + ([f"… und {more} weitere Fehler."] if more > 0 else []))
    return rows


def _lines(text: str) -> Iterable[tuple[int, list[str]]]:
    is_first = True
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip().strip(";") or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=";"))]
        while len(cells) > 2 and not cells[-1]:
            cells.pop()
        if is_first and tuple(cell.lower() for cell in cells) == HEADER:
            is_first = False
            continue
        is_first = False
        yield number, cells


def _row(number: int, cells: list[str], by_key: dict[str, Municipality]) -> Row:
    if len(cells) != 2:
        raise ValidationError(
            "Erwartet werden zwei Spalten, getrennt durch Semikolon: AGS;Domain. Eine Zeile je Domain."
        )
    key, domain = cells
    body = by_key.get(key.lower())
    if body is None:
        raise ValidationError(_unknown(key, by_key))
    return Row(number, body, clean_domain(domain))


def _unknown(key: str, by_key: dict[str, Municipality]) -> str:
    if not key:
        return "Der Schlüssel fehlt."
    if f"0{key}" in by_key:
        return (
            f"Den Schlüssel „{key}“ gibt es nicht. Gemeint ist wohl 0{key}: "
            "Die Tabellenkalkulation hat die Null am Anfang entfernt."
        )
    return (
        f"Den Schlüssel „{key}“ gibt es nicht. Erlaubt sind der AGS oder das Kürzel einer bestehenden Einrichtung."
    )


def plan(rows: list[Row], *, replace: bool) -> Plan:
    """Return what storing would change; with `replace` what the list does not name goes."""
    wanted = {(row.body.pk, row.domain) for row in rows}
    present = list(MailDomain.objects.select_related("municipality"))
    known = {(item.municipality_id, item.domain) for item in present}
    removed = [item for item in present if (item.municipality_id, item.domain) not in wanted] if replace else []
    names: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        names[row.domain].add(row.body.name)
    for item in present:
        if item not in removed:
            names[item.domain].add(item.municipality.name)
    added = [row for row in rows if (row.body.pk, row.domain) not in known]
    shared = [(domain, sorted(found)) for domain, found in sorted(names.items()) if len(found) > 1]
    return Plan(rows, added, len(rows) - len(added), removed, shared)


@transaction.atomic
def store(rows: list[Row], *, replace: bool = False, by: User | None = None) -> Plan:
    """Store a list, and admit who waits for a decision that it makes; returns what has changed."""
    change = plan(rows, replace=replace)
    MailDomain.objects.filter(pk__in=[item.pk for item in change.removed]).delete()
    MailDomain.objects.bulk_create(MailDomain(municipality=row.body, domain=row.domain) for row in change.added)
    if change.added or change.removed:
        audit.record("accounts.domains", actor=by, number=len(change.added), removed=len(change.removed))
    admit_waiting()
    return change


def admit_waiting() -> int:
    """Admit everybody with an open request whose address decides it by now; returns how many."""
    from portal.accounts.memberships import admit_by_address

    waiting = Membership.objects.filter(state=Membership.State.REQUESTED, user__is_active=True)
    people = User.objects.filter(pk__in=waiting.values("user"))
    return sum(admit_by_address(user=person) is not None for person in people)
