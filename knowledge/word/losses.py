"""What a document had and its draft has not: counted by kind, with the places where it stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_PLACES = 5

# kind: (what it is, what became of it and what to do)
KINDS: dict[str, tuple[str, str]] = {
    "formula": (
        "Formeln",
        "An ihrer Stelle steht „[Formel fehlt]“. Schreiben Sie sie als Text oder fügen Sie ein Bild ein.",
    ),
    "chart": (
        "Diagramme",
        "Nicht übernommen. Fügen Sie die Zahlen als Tabelle ein.",
    ),
    "smartart": (
        "SmartArt-Grafiken",
        "Nicht übernommen. Geben Sie den Inhalt als Liste oder als Schritte wieder.",
    ),
    "shape": (
        "Zeichnungen und Formen",
        "Nicht übernommen. Beschreiben Sie den Inhalt als Text oder fügen Sie ein Bild ein.",
    ),
    "object": (
        "Eingebettete Objekte",
        "Nicht übernommen, zum Beispiel Excel-Tabellen. Fügen Sie sie als Tabelle oder als Datei ein.",
    ),
    "image_format": (
        "Bilder in einem Format, das Browser nicht zeigen",
        "Nicht übernommen. Speichern Sie sie als PNG oder JPG und fügen Sie sie ein.",
    ),
    "image_broken": (
        "Bilder, die nicht lesbar oder zu groß sind",
        "Nicht übernommen. Verkleinern Sie sie und fügen Sie sie ein.",
    ),
    "image_linked": (
        "Bilder, die nur verknüpft waren",
        "Nicht übernommen, sie liegen nicht in der Datei. Fügen Sie sie ein.",
    ),
    "image_moved": (
        "Bilder in Tabellen, Listen oder Fußnoten",
        "Sie stehen jetzt hinter der Tabelle, der Liste oder dem Text mit der Fußnote.",
    ),
    "caption_plain": (
        "Bildunterschriften mit Fußnote, Link oder Bild",
        "Sie stehen jetzt als Absatz hinter dem Bild.",
    ),
    "title_plain": (
        "Fußnoten und Links im Titel",
        "Nicht übernommen, ein Titel ist nur Text. Schreiben Sie sie in den Text.",
    ),
    "deletion": (
        "Als gelöscht markierter Text (Änderungsverfolgung)",
        "Weggelassen.",
    ),
    "insertion": (
        "Als eingefügt markierter Text (Änderungsverfolgung)",
        "Als gültiger Text übernommen.",
    ),
    "comment": (
        "Kommentare",
        "Nicht übernommen.",
    ),
    "hidden": (
        "Verborgener Text",
        "Weggelassen.",
    ),
    "textbox": (
        "Textfelder",
        "Ihr Text steht jetzt im Fließtext.",
    ),
    "form": (
        "Formularfelder",
        "Nur ihr Text wurde übernommen.",
    ),
    "table_merged": (
        "Tabellen mit verbundenen Zellen",
        "Verbundene Zellen wurden aufgelöst, ihr Text wiederholt. Prüfen Sie die Tabelle.",
    ),
    "table_nested": (
        "Tabellen in Tabellen",
        "Die innere Tabelle steht als Text in der Zelle. Prüfen Sie die Tabelle.",
    ),
    "table_plain": (
        "Tabellen mit nur einer Zeile oder Spalte",
        "Ihr Text steht jetzt im Fließtext.",
    ),
    "table_header": (
        "Tabellen ohne gekennzeichnete Kopfzeile",
        "Die erste Zeile wurde zur Kopfzeile. Prüfen Sie die Überschriften der Spalten.",
    ),
    "cross_reference": (
        "Querverweise innerhalb des Dokuments",
        "Sie sind jetzt einfacher Text. Prüfen Sie Angaben wie „siehe Seite 3“.",
    ),
    "link": (
        "Links mit nicht erlaubtem Ziel",
        "Nur der Text wurde übernommen. Erlaubt sind Webadressen, E-Mail-Adressen und Telefonnummern.",
    ),
    "toc": (
        "Inhaltsverzeichnis",
        "Weggelassen. Die Seite bildet ihr eigenes.",
    ),
    "heading_number": (
        "Nummern von Überschriften",
        "Weggelassen. Prüfen Sie Verweise wie „siehe Abschnitt 3.2“.",
    ),
    "heading_level": (
        "Überschriften unterhalb der dritten Ebene",
        "Sie stehen jetzt auf der dritten Ebene.",
    ),
    "list_restart": (
        "Nummerierte Listen mit Unterbrechung",
        "Nach der Unterbrechung beginnt die Zählung bei 1. Prüfen Sie die Nummern.",
    ),
    "list_format": (
        "Listen mit Buchstaben, römischen Zahlen oder mehrstufigen Nummern",
        "Sie zählen jetzt 1, 2, 3. Prüfen Sie Verweise wie „Buchstabe b“ oder „siehe 1.2“.",
    ),
    "header": (
        "Kopf- und Fußzeilen",
        "Nicht übernommen.",
    ),
    "page_number": (
        "Seitenzahlen",
        "Nicht übernommen.",
    ),
    "underline": (
        "Unterstreichungen",
        "Weggelassen. Unterstrichen sind auf der Seite nur Links.",
    ),
    "colour": (
        "Farben und Hervorhebungen",
        "Weggelassen. Was nur durch Farbe gesagt war, schreiben Sie als Text.",
    ),
}


@dataclass
class Losses:
    """The list of what was lost or changed; `add` counts, `rows` tells it in the order of `KINDS`."""

    found: dict[str, tuple[int, list[str]]] = field(default_factory=dict)

    def add(self, kind: str, place: str = "") -> None:
        count, places = self.found.get(kind, (0, []))
        if place and place not in places and len(places) < MAX_PLACES:
            places.append(place)
        self.found[kind] = (count + 1, places)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the report: what, how often, where, what to do."""
        return [
            {
                "kind": kind,
                "label": label,
                "advice": advice,
                "count": self.found[kind][0],
                "places": self.found[kind][1],
            }
            for kind, (label, advice) in KINDS.items()
            if kind in self.found
        ]

    def as_json(self) -> dict[str, list[Any]]:
        return {kind: [count, places] for kind, (count, places) in self.found.items()}

    @classmethod
    def of(cls, data: dict[str, list[Any]]) -> Losses:
        return cls({kind: (count, list(places)) for kind, (count, places) in data.items() if kind in KINDS})
