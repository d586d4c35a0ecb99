"""The kinds of mails about cases, what each of them can say, and the texts as shipped (data/mails.toml).

No placeholder holds the subject of a case, a message, a reason or any other text of a concern.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STANDARD_FILE = Path(__file__).parent.parent / "data" / "mails.toml"


@dataclass(frozen=True)
class Placeholder:
    """What stands for something in a text: its German meaning, and an example for the preview."""

    meaning: str
    example: str


PLACEHOLDERS: Mapping[str, Placeholder] = {
    "portal": Placeholder("Name des Portals", "Kompetenzportal"),
    "adresse": Placeholder("Adresse des Portals", "https://portal.example"),
    "vorgang": Placeholder("Vorgangsnummer", "B-K7QM-4TXR"),
    "kommune": Placeholder("Name der Kommune", "Mühltal"),
    "format": Placeholder("Format der Beratung", "Erstgespräch"),
    "termin": Placeholder("Tag und Uhrzeit in Worten", "Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr"),
    "titel": Placeholder("Titel des Gruppentermins", "Sprechstunde Wohnsitzanmeldung"),
    "bisher": Placeholder(
        "die frühere Zeit (nur nach einer Verschiebung)", "Montag, 1. März 2027, 10:00 bis 11:00 Uhr"
    ),
    "ort": Placeholder("Ort oder Einwahl", "Videokonferenz, https://video.example/raum"),
    "beratende": Placeholder("Namen der Personen, die beraten", "Jörg Größe"),
    "teilnehmende": Placeholder("Namen der Teilnehmenden", "Käthe Müßig, Nora Öz"),
    "angaben": Placeholder(
        "alle Angaben zu Vorgang und Termin, eine je Zeile",
        "Vorgangsnummer: B-K7QM-4TXR\nKommune: Mühltal\nFormat: Erstgespräch\n"
        "Termin: Dienstag, 2. März 2027, 10:00 bis 11:00 Uhr\nOrt: Videokonferenz\n"
        "Alle Uhrzeiten gelten in der Zeitzone Europe/Berlin.",
    ),
    "weiter": Placeholder("was als Nächstes geschieht", "Wir sehen Ihre Anfrage durch und melden uns."),
    "link": Placeholder(
        "Adresse des Vorgangs oder der Seite, um die es geht",
        "https://portal.example/beratung/vorgang/B-K7QM-4TXR/",
    ),
    "kontolink": Placeholder(
        "Adresse des Vorgangs für Personen der Kommune mit Konto",
        "https://portal.example/beratung/vorgang/B-K7QM-4TXR/",
    ),
    "pdf": Placeholder(
        "Adresse der Bestätigung als PDF", "https://portal.example/beratung/vorgang/B-K7QM-4TXR/bestaetigung.pdf"
    ),
    "linkhinweis": Placeholder(
        "Hinweis, dass der Link den Vorgang öffnet (nur ohne Konto)",
        "Wer diesen Link hat, sieht den Vorgang und kann ihn ändern. Geben Sie ihn nur an Beteiligte weiter.",
    ),
    "postfach": Placeholder("Postfach der Kompetenzstelle", "beratung@portal.example"),
    "fragen": Placeholder(
        "wohin Fragen gehen, mit und ohne gelesenes Postfach richtig",
        "Fragen? Schreiben Sie an beratung@portal.example und nennen Sie die Vorgangsnummer.",
    ),
    "kalenderantwort": Placeholder(
        "was aus Antworten aus dem Kalenderprogramm wird",
        "Antworten aus dem Kalenderprogramm erreichen uns nicht.",
    ),
    "name": Placeholder("Name der teilnehmenden Person", "Nora Öz"),
    "antwortlink": Placeholder("Adresse zum Zu- oder Absagen", "https://portal.example/beratung/zusage/beispiel/"),
    "antworthinweis": Placeholder(
        "Bitte, noch einmal zu antworten (nur nach einer Verschiebung)",
        "Die Zeit ist eine andere. Bitte sagen Sie zu oder ab, auch wenn Sie schon geantwortet haben.",
    ),
    "abschalten": Placeholder(
        "Adresse zum Abschalten der Erinnerungen", "https://portal.example/beratung/erinnerungen/beispiel/"
    ),
    "gehalten_bis": Placeholder("bis wann etwas freigehalten wird", "Dienstag, 2. März 2027, 10:00 Uhr"),
    "tage": Placeholder("Zahl der Tage, die der Link gilt", "7"),
    "bewertung": Placeholder(
        "Adresse der Bewertung (ohne Anmeldung)", "https://portal.example/beratung/bewertung/beispiel/"
    ),
    "seite": Placeholder("Adresse der Seite im Portal", "https://portal.example/fragen/beispiel/"),
    "absender": Placeholder("Name der Person, die schreibt", "Jörg Größe"),
    "anlass": Placeholder("was geschehen ist", "Termin abgesagt"),
    "ueberfaellig": Placeholder("wie viele Vorgänge überfällig sind", "2 Vorgänge sind überfällig"),
    "liste": Placeholder(
        "die überfälligen Vorgänge, einer je Zeile",
        "- B-K7QM-4TXR, fällig war der 01.03.2027\n- B-9H2C-WD3F, fällig war der 02.03.2027",
    ),
    "uebersicht": Placeholder(
        "Adresse der Übersicht, die alle überfälligen Vorgänge zeigt",
        "https://portal.example/cms/beratung/?ansicht=ueberfaellig",
    ),
    "einstellung": Placeholder(
        "Adresse der Seite, auf der man Kalendereinträge per E-Mail abschaltet", "https://portal.example/konto/"
    ),
}

_EVERYWHERE = ("portal", "adresse", "postfach")
_CASE = (*_EVERYWHERE, "vorgang", "kommune", "format", "beratende", "weiter", "link", "linkhinweis",
         "fragen")  # fmt: skip
_DATE = (*_CASE, "angaben", "termin", "ort", "teilnehmende", "pdf", "kalenderantwort")
_WITHOUT_LINK = (*_EVERYWHERE, "vorgang", "kommune", "format", "beratende", "termin", "ort", "angaben", "name",
                 "fragen")  # fmt: skip
_GUEST = (*_WITHOUT_LINK, "antwortlink", "antworthinweis", "kalenderantwort")


@dataclass(frozen=True)
class Kind:
    """One kind of mail: its German title, and the placeholders its text may have (of `needs` it must)."""

    title: str
    placeholders: tuple[str, ...]
    needs: tuple[str, ...] = ("link",)


KINDS: Mapping[str, Kind] = {
    "confirm": Kind("Adresse bestätigen", (*_EVERYWHERE, "link", "gehalten_bis", "tage")),
    "receipt": Kind("Anfrage eingegangen", _DATE),
    "taken_down": Kind("Anliegen aufgenommen", (*_CASE, "kontolink")),
    "booked": Kind("Termin gebucht oder bestätigt", _DATE),
    "moved": Kind("Termin verschoben", _DATE),
    "changed": Kind("Ort oder beratende Person geändert", _DATE),
    "cancelled": Kind("Termin abgesagt", _DATE),
    "declined": Kind("Terminanfrage abgelehnt", _DATE),
    "request_withdrawn": Kind("Terminanfrage zurückgezogen", _DATE),
    "request_changed": Kind("Angefragte Zeit geändert", _DATE),
    "participant_invited": Kind("Teilnehmende: Einladung", _GUEST, ("antwortlink",)),
    "participant_changed": Kind("Teilnehmende: Termin geändert", _GUEST, ("antwortlink",)),
    "participant_cancelled": Kind("Teilnehmende: Termin abgesagt", _GUEST, ()),
    "participant_uninvited": Kind("Teilnehmende: Einladung zurückgezogen", _WITHOUT_LINK, ()),
    "appointment_handed_over": Kind("Termin an andere Person der Kommune übergeben", _WITHOUT_LINK, ()),
    "reminder": Kind("Erinnerung", (*_DATE, "abschalten"), ("link", "abschalten")),
    "seat_offered": Kind("Warteliste: Platz angeboten", (*_DATE, "gehalten_bis")),
    "waiting_left": Kind("Warteliste: ausgetragen", _DATE),
    "waiting_closed": Kind("Warteliste: kein Platz frei geworden", _DATE),
    "waiting_moved": Kind("Warteliste: Termin verschoben", _DATE),
    "offer_moved": Kind("Warteliste: Termin mit angebotenem Platz verschoben", (*_DATE, "gehalten_bis")),
    "waiting_cancelled": Kind("Warteliste: Termin abgesagt", _DATE),
    "message": Kind("Neue Nachricht", _CASE),
    "case_waiting": Kind("Wartet auf die Kommune", _CASE),
    "case_answered": Kind("Schriftlich beantwortet", _CASE),
    "minutes": Kind("Protokoll freigegeben", _CASE),
    "task": Kind("Aufgabe neu oder geändert", _CASE),
    "case_declined": Kind("Anliegen abgelehnt", _CASE),
    "case_withdrawn": Kind("Anfrage zurückgezogen", _CASE),
    "case_closed": Kind("Vorgang abgeschlossen", (*_CASE, "bewertung"), ("link", "bewertung")),
    "handed_to": Kind("Vorgang innerhalb der Kommune übergeben", _CASE),
    "page": Kind("Frage steht im Portal", (*_CASE, "seite"), ("seite",)),
    "link": Kind("Link zum Vorgang", _CASE),
    "town_invited": Kind("Einladung an eine Kommune", (*_EVERYWHERE, "kommune", "format", "link", "absender")),
    "centre": Kind("An die Kompetenzstelle", (*_DATE, "anlass")),
    "session": Kind(
        "Beratende: Gruppentermin",
        (*_EVERYWHERE, "titel", "format", "termin", "bisher", "ort", "beratende", "anlass", "link"),
    ),
    "overdue": Kind(
        "An die Koordination: überfällige Vorgänge",
        (*_EVERYWHERE, "ueberfaellig", "liste", "uebersicht"),
        ("liste", "uebersicht"),
    ),
    "adviser_entry": Kind("Beratende: Termin für den Kalender", (*_DATE, "anlass", "name", "einstellung")),
    "adviser_entry_gone": Kind("Beratende: Termin aus dem Kalender", (*_DATE, "anlass", "name", "einstellung")),
}
# What may stand in a subject: short, on one line, and nothing that opens anything.
_NOT_IN_SUBJECTS = frozenset({"link", "linkhinweis", "angaben", "antwortlink", "abschalten", "weiter", "ort",
                             "bewertung", "seite", "einstellung", "kontolink", "fragen",
                             "kalenderantwort", "antworthinweis", "liste", "uebersicht"})  # fmt: skip


def for_subject(kind: str) -> tuple[str, ...]:
    """Return the placeholders a subject may have."""
    return tuple(name for name in KINDS[kind].placeholders if name not in _NOT_IN_SUBJECTS)


@dataclass(frozen=True)
class Text:
    subject: str
    text: str


@cache
def shipped() -> Mapping[str, Text]:
    """Return the texts as shipped, one for each kind."""
    data = tomllib.loads(STANDARD_FILE.read_text(encoding="utf-8"))
    return {kind: Text(row["subject"], row["text"].strip()) for kind, row in data.items()}
