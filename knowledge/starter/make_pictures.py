"""Draw the pictures of the starter content as plain SVG.

    python -m knowledge.starter.make_pictures

Texts stand here as data: change them here and never in the files. The pictures are tall and their letters large:
the smallest has 12 pixels on a screen of 320. They bring their own light ground and so suit dark pages and paper.
Nothing in them acts or is fetched. The same text gives the same bytes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

TARGET = Path(__file__).parent / "dateien"

# Units of the drawing. 360 units are 271 pixels wide on the narrowest screen, so 16 units are 12 pixels.
WIDTH, SHOWN = 360, 460
EDGE, PADDING = 12, 12
TEXT, TITLE = 16, 17
LINE, TITLE_LINE = 21, 22
# Letters per line in DejaVu Sans, the widest of the usual system fonts.
PER_LINE, PER_TITLE, PER_LABEL = 31, 25, 28
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif"

INK, GROUND, RULE = "#17202a", "#ffffff", "#5b6773"
# fill and edge of a box
BLUE, GREEN, SAND, GREY = (
    ("#e6eefb", "#1f4e9c"), ("#e4f3e8", "#1c6b3a"), ("#fbf0dc", "#8a5a00"), ("#eef0f3", "#4a5560"),
)  # fmt: skip
Tone = tuple[str, str]


@dataclass
class Drawing:
    """What has been drawn so far, from top to bottom."""

    name: str
    title: str
    description: str
    y: int = EDGE
    parts: list[str] = field(default_factory=list)

    def text(self, x: int, words: str, *, size: int = TEXT, bold: bool = False, middle: bool = False) -> None:
        extra = (' font-weight="700"' if bold else "") + (' text-anchor="middle"' if middle else "")
        self.parts.append(f'<text x="{x}" y="{self.y}" font-size="{size}"{extra}>{escape(words)}</text>')

    def heading(self, words: str) -> None:
        self.y += 8
        for line in textwrap.wrap(words, PER_TITLE):
            self.y += TITLE_LINE
            self.text(EDGE + 2, line, size=18, bold=True)
        self.y += 12

    def box(self, title: str, words: str = "", tone: Tone = BLUE) -> None:
        titles, lines = textwrap.wrap(title, PER_TITLE), textwrap.wrap(words, PER_LINE)
        height = 2 * PADDING + len(titles) * TITLE_LINE + len(lines) * LINE - 2
        fill, edge = tone
        self.parts.append(
            f'<rect x="{EDGE}" y="{self.y}" width="{WIDTH - 2 * EDGE}" height="{height}" rx="8" '
            f'fill="{fill}" stroke="{edge}" stroke-width="2"/>'
        )
        end = self.y + height
        self.y += PADDING - 6
        for line in titles:
            self.y += TITLE_LINE
            self.text(EDGE + PADDING, line, size=TITLE, bold=True)
        for line in lines:
            self.y += LINE
            self.text(EDGE + PADDING, line)
        self.y = end

    def arrow(self, label: str = "") -> None:
        """An arrow to the next box, with words beside it."""
        lines = textwrap.wrap(label, PER_LABEL)
        start, end = self.y + 3, self.y + max(28, len(lines) * LINE + 12)
        self.parts.append(
            f'<path d="M34 {start}V{end - 9}" stroke="{RULE}" stroke-width="3" fill="none"/>'
            f'<path d="M26 {end - 11}L34 {end - 2}L42 {end - 11}Z" fill="{RULE}"/>'
        )
        for line in lines:
            self.y += LINE
            self.text(54, line)
        self.y = end

    def gap(self, height: int = 10) -> None:
        self.y += height

    def svg(self) -> str:
        height = self.y + EDGE
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{SHOWN}" '
            f'height="{round(height * SHOWN / WIDTH)}" role="img" aria-labelledby="titel text" '
            'xml:lang="de" lang="de">'
        )
        ground = (
            f'<rect x="1" y="1" width="{WIDTH - 2}" height="{height - 2}" rx="10" '
            f'fill="{GROUND}" stroke="#c3cad2"/>'
        )
        return "\n".join(
            [
                head,
                f'<title id="titel">{escape(self.title)}</title>',
                f'<desc id="text">{escape(self.description)}</desc>',
                ground,
                f'<g font-family="{FONTS}" fill="{INK}">',
                *self.parts,
                "</g>",
                "</svg>\n",
            ]
        )


def process() -> Drawing:
    """The building blocks of a service that is digital from end to end."""
    steps: tuple[tuple[str, str, Tone], ...] = (
        ("Prozessaufnahme", "Ablauf aufschreiben und bereinigen", GREY),
        ("Onlinedienst", "Antrag stellen", BLUE),
        ("Identifizierung", "Konto und Vertrauensniveau", BLUE),
        ("Nachweise", "abrufen oder elektronisch einreichen", BLUE),
        ("Bezahlung", "übliche Zahlverfahren", BLUE),
        ("Transport", "Antragsdaten übermitteln", SAND),
        ("Fachverfahren", "Daten ohne Abtippen übernehmen", GREEN),
        ("E-Akte", "Vorgang elektronisch ablegen", GREEN),
        ("Elektronischer Bescheid", "zum Beispiel ins Postfach", GREEN),
        ("Statusinformation", "zeigt der Person den Stand", BLUE),
    )
    drawing = Drawing(
        "durchgaengig-digitaler-ablauf",
        "Ablauf einer durchgängig digitalen Leistung",
        "Zehn Bausteine untereinander: Prozessaufnahme, Onlinedienst, Identifizierung, Nachweise, Bezahlung, "
        "Transport, Fachverfahren, elektronische Akte, elektronischer Bescheid und Statusinformation.",
    )
    drawing.heading("Vom Antrag bis zum Bescheid")
    for number, (title, words, tone) in enumerate(steps, 1):
        if number > 1:
            drawing.arrow()
        drawing.box(f"{number}  {title}", words, tone)
    return drawing


def parties() -> Drawing:
    """Who takes part when a municipality uses a service made elsewhere."""
    drawing = Drawing(
        "beteiligte-efa-nachnutzung",
        "Beteiligte bei der Nachnutzung eines EfA-Dienstes",
        "Oben der Weg der Regeln: umsetzendes Land, EfA-Marktplatz, Hessen, Kommune, Hersteller. Darunter der Weg "
        "des Antrags: Person, Onlinedienst, Kommune und zurück mit dem Bescheid.",
    )
    drawing.heading("Wer stellt bereit, wer schließt an?")
    drawing.box("Umsetzendes Land oder Allianz", "entwickelt und betreibt den Onlinedienst zentral")
    drawing.arrow("bietet den Dienst an")
    drawing.box("EfA-Marktplatz", "Anbieter: FITKO (FIT-Store) und govdigital eG", GREY)
    drawing.arrow("Weg über das Land oder eine Inhouse-Stelle")
    drawing.box("Anschließendes Land: Hessen", "legt die Regeln der Nachnutzung fest", SAND)
    drawing.arrow("Vertrag nach diesen Regeln")
    drawing.box("Ihre Kommune", "schließt sich an und stellt die Bezahlkomponente", GREEN)
    drawing.arrow("beauftragt")
    drawing.box("Hersteller des Fachverfahrens", "passt die Schnittstelle an", GREY)
    drawing.heading("Wie läuft ein Antrag?")
    drawing.box("Person oder Unternehmen", "stellt den Antrag", GREY)
    drawing.arrow("Antrag")
    drawing.box("Onlinedienst", "Verantwortlich für die Daten im Dienst: die betreibende Behörde")
    drawing.arrow("Antragsdaten")
    drawing.box("Ihre Kommune", "Verantwortlich für das Verfahren: Sie entscheidet", GREEN)
    drawing.arrow("Status und Bescheid")
    drawing.box("Person oder Unternehmen", "erhält den Bescheid", GREY)
    return drawing


def proof() -> Drawing:
    """The way of a proof from the register to the authority that decides."""
    drawing = Drawing(
        "weg-eines-nachweises",
        "Weg eines Nachweises über NOOTS",
        "Die Person wählt den Abruf. Die anfordernde Stelle prüft. NOOTS vermittelt die Anfrage. Die liefernde "
        "Stelle übermittelt den Nachweis. Die Person sieht ihn an und entscheidet. Danach wird über den Antrag "
        "entschieden.",
    )
    drawing.heading("Nachweis abrufen statt einreichen")
    drawing.box("1  Antragstellende Person", "wählt: automatisierter Abruf oder eigene Einreichung", GREY)
    drawing.arrow("wählt den Abruf")
    drawing.box(
        "2  Anfordernde Stelle", "prüft, ob der Nachweis erforderlich ist, und verantwortet den Abruf", GREEN
    )
    drawing.arrow("Anfrage")
    drawing.box("3  NOOTS", "vermittelt; verschlüsselt; speichert Registerdaten nicht dauerhaft")
    drawing.arrow("Anfrage")
    drawing.box("4  Liefernde Stelle", "stellt den Nachweis aus ihrem Register bereit", SAND)
    drawing.arrow("Nachweis")
    drawing.box("5  NOOTS", "übermittelt den Nachweis")
    drawing.arrow("Nachweis")
    drawing.box(
        "6  Vorschau", "Die Person sieht ihn an und entscheidet, wenn der Abruf ohne Verzug möglich ist", GREY
    )
    drawing.arrow("Verwendung freigegeben")
    drawing.box("7  Zuständige Behörde", "entscheidet über den Antrag", GREEN)
    return drawing


def relations() -> Drawing:
    """How the number, the two acts, the system and the cockpit hang together."""
    drawing = Drawing(
        "begriffe-der-registermodernisierung",
        "Wie RegMoG, IDNrG, IDNr, NOOTS und Datenschutzcockpit zusammenhängen",
        "Das RegMoG enthält das IDNrG. Das IDNrG führt die IDNr in Register ein. Beim Abruf von Nachweisen über "
        "NOOTS darf sie bei diesen Registern übermittelt werden. Das Datenschutzcockpit zeigt Übermittlungen "
        "mit IDNr.",
    )
    drawing.heading("Fünf Begriffe, ein Zusammenhang")
    drawing.box("RegMoG (Gesetz)", "Artikelgesetz vom 28.03.2021", SAND)
    drawing.arrow("Artikel 1 ist das")
    drawing.box("IDNrG (Gesetz)", "regelt, wer die Nummer wozu verwenden darf", SAND)
    drawing.arrow("führt in die Register der Anlage ein")
    drawing.box("IDNr (Nummer)", "Steuer-ID nach § 139b AO; in diesen Registern zu speichern bis 31.12.2028")
    drawing.arrow("darf beim Abruf aus diesen Registern übermittelt werden")
    drawing.box("NOOTS (Technik)", "vermittelt Nachweise zwischen öffentlichen Stellen", GREEN)
    drawing.gap(8)
    drawing.arrow("Übermittlungen mit IDNr werden sichtbar")
    drawing.box("Datenschutzcockpit (Anzeige)", "zeigt Bürgerinnen und Bürgern diese Übermittlungen", GREY)
    return drawing


def maturity() -> Drawing:
    """The scale of the maturity model 2.0 with what its steps look at."""
    drawing = Drawing(
        "reifegradskala",
        "Stufen 0 bis 7 des OZG-Reifegradmodells 2.0",
        "Acht Balken, oben Stufe 7. Stufe 7 bewertet die vollständige Abwicklung von Ende zu Ende, die Stufen "
        "4 bis 6 Prozess und Datenfluss, die Stufen 0 bis 3 den Antragsdienst.",
    )
    groups: tuple[tuple[str, str, range, Tone], ...] = (
        ("Stufe 7", "vollständige Abwicklung von Ende zu Ende", range(7, 6, -1), GREEN),
        ("Stufen 4 bis 6", "Prozess und Datenfluss", range(6, 3, -1), SAND),
        ("Stufen 0 bis 3", "Antragsdienst", range(3, -1, -1), BLUE),
    )
    drawing.heading("Was die Stufen bewerten")
    for title, words, steps, (fill, edge) in groups:
        drawing.gap(4)
        for line, bold in [(title, True), *((line, False) for line in textwrap.wrap(words, PER_LINE))]:
            drawing.y += LINE
            drawing.text(EDGE + 2, line, size=TITLE if bold else TEXT, bold=bold)
        drawing.gap(8)
        for step in steps:
            width = 54 + step * 40
            drawing.parts.append(
                f'<rect x="{EDGE}" y="{drawing.y}" width="{width}" height="32" rx="5" '
                f'fill="{fill}" stroke="{edge}" stroke-width="2"/>'
            )
            drawing.y += 22
            drawing.text(EDGE + 14, str(step), size=TITLE, bold=True)
            drawing.y += 16
        drawing.gap(6)
    return drawing


PICTURES: tuple[Callable[[], Drawing], ...] = (process, parties, proof, relations, maturity)


def make(target: Path = TARGET) -> list[Path]:
    """Write all pictures and return where they stand."""
    written = []
    for draw in PICTURES:
        drawing = draw()
        path = target / f"{drawing.name}.svg"
        path.write_text(drawing.svg(), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    make()
