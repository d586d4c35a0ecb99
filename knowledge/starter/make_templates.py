"""Make the editable template files of the starter content.

Run with python-docx and openpyxl installed:

    python -m knowledge.starter.make_templates

The text is German and was reviewed; change it here and never in the files.
Times in the files are fixed, so a second run writes the same bytes.
The file is long because the reviewed texts of all templates stand in it as data, beside the code that sets them;
the two functions that build a whole document are long for the same reason.
"""

from __future__ import annotations

import io
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.shared import Cm
from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo

from knowledge.starter.office import (
    AUTHOR,
    HEADER_FILL,
    LABEL_FILL,
    LEGAL_STATE,
    MADE_AT,
    NOTICE,
    TARGET,
    VERSION,
    VERSION_DATE,
    drop_thumbnail,
    set_footer,
    set_properties,
    set_styles,
    table,
    write_repeatably,
)  # fmt: skip

# --- Projektplan EfA-Anschluss ------------------------------------------------

PLAN_INTRO = (
    "Mit diesem Plan bereiten Sie den Anschluss an einen Onlinedienst nach dem Prinzip "
    "„Einer für Alle“ (EfA) vor und verfolgen ihn bis zur Auswertung. "
    "Die Verteilung der Aufgaben ist ein Vorschlag. Passen Sie Rollen, Termine und Ergebnisse an "
    "und streichen Sie, was für Ihren Dienst nicht zutrifft."
)

PLAN_KEY_DATA = (
    "Kommune",
    "Leistung",
    "Schlüssel im Leistungskatalog (LeiKa-Schlüssel)",
    "EfA-Dienst und betreibende Behörde",
    "Fallzahl im Jahr",
    "Fachverfahren, Hersteller und Version",
    "Transportweg",
    "Bezahldienst",
    "Projektleitung und Vertretung",
    "Geplanter Start (Go-live)",
    "Entscheidung der Verwaltungsleitung vom",
)

PLAN_GOALS = (
    ("Was soll nach dem Anschluss anders sein?", ""),
    ("Woran messen Sie das, und wie hoch ist der Wert heute?", ""),
    ("Was gehört ausdrücklich nicht zum Projekt?", ""),
)

PLAN_ROLES = (
    ("Verwaltungsleitung", "entscheidet über Anschluss, Personal und Mittel"),
    ("Digitalisierungsbeauftragte", "steuern das Projekt, koordinieren Vertrag, Termine und Beteiligte"),
    ("Fachamt", "beschreibt den Ablauf, prüft Satzungen, testet und bearbeitet Anträge"),
    ("Organisation", "nimmt Prozesse auf und bereinigt sie"),
    ("IT", "bindet Dienst, Transportweg, Zertifikate und Fachverfahren an"),
    ("Datenschutz", "prüft Rechtsgrundlage, Verträge und Datenschutzerklärung"),
    ("Informationssicherheit", "prüft Sicherheitskonzept und Schutzmaßnahmen"),
    ("Kasse", "klärt Bezahldienst, Buchung und Kosten"),
    ("Personalrat", "wird zu Änderungen der Arbeit beteiligt"),
    ("Redaktion", "pflegt Leistung, Zuständigkeit und Link im Hessen-Finder"),
)

# title, aim, tasks: (task, role, result)
PLAN_STEPS: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Schritt 1: Bedarf, Verfügbarkeit und Regeln des Landes klären",
        "Am Ende steht fest, ob und wie Ihre Kommune den Dienst nutzen kann.",
        (
            ("Leistung mit LeiKa-Schlüssel und Fallzahl bestimmen", "Fachamt", "Eckdaten ausgefüllt"),
            (
                "Verfügbarkeit des Dienstes und Regeln des Landes bei der Kompetenzstelle (KKV) erfragen",
                "Digitalisierungsbeauftragte",
                "schriftliche Auskunft",
            ),
            (
                "Heutigen Ablauf aufnehmen und bereinigen",
                "Organisation mit Fachamt",
                "Ablauf als Skizze oder Liste",
            ),
            (
                "Kosten für Anbindung, Administration, Schnittstelle und Portal schätzen; Kostenzusage "
                "des Landes klären",
                "Kasse",
                "Kostenschätzung",
            ),
            ("Über den Anschluss entscheiden", "Verwaltungsleitung", "Entscheidung mit Datum"),
        ),
    ),
    (
        "Schritt 2: Vertrag, Datenschutz und Sicherheit abstimmen",
        "Am Ende sind die Verträge geschlossen und die Verantwortung ist geklärt.",
        (
            (
                "Vertrag über den Weg schließen, den das Land vorgibt",
                "Digitalisierungsbeauftragte",
                "unterschriebener Vertrag",
            ),
            (
                "Datenschutzerklärung abstimmen; wo vorgesehen, Vereinbarung nach Art. 26 "
                "der Datenschutz-Grundverordnung",
                "Datenschutz",
                "abgestimmte Texte",
            ),
            (
                "Verzeichnis von Verarbeitungstätigkeiten ergänzen; prüfen, ob eine "
                "Datenschutz-Folgenabschätzung nötig ist",
                "Datenschutz mit Fachamt",
                "Eintrag und Prüfvermerk",
            ),
            (
                "Sicherheitskonzept prüfen (§ 3 der IT-Sicherheitsverordnung Portalverbund)",
                "Informationssicherheit",
                "Prüfvermerk",
            ),
            ("Personalrat zu Änderungen der Arbeit beteiligen", "Digitalisierungsbeauftragte", "Vermerk"),
        ),
    ),
    (
        "Schritt 3: Fachverfahren anbinden",
        "Am Ende kommen Antragsdaten ohne Abtippen im Fachverfahren an.",
        (
            ("Angebot des Herstellers einholen und Anbindung beauftragen", "IT", "Auftrag mit Termin"),
            ("Transportweg festlegen und Empfänger einrichten", "IT", "Testnachricht empfangen"),
            (
                "Eintrag im Deutschen Verwaltungsdiensteverzeichnis (DVDV) beauftragen, wenn darüber "
                "adressiert wird",
                "IT",
                "bestätigter Eintrag",
            ),
            ("Bezahldienst verbinden, falls eine Gebühr anfällt", "Kasse mit IT", "Testzahlung gebucht"),
            ("Zustellung von Status und Bescheid festlegen", "Fachamt mit IT", "beschriebener Weg"),
        ),
    ),
    (
        "Schritt 4: Satzungen prüfen",
        "Am Ende verlangt keine eigene Vorschrift mehr Papier, wo der Onlinedienst es ersetzt.",
        (
            ("Satzungen nach Vorgaben zu Papier und Unterschrift durchsuchen", "Fachamt", "Liste der Fundstellen"),
            ("Formfrage für Landesrecht und Satzungsrecht gesondert prüfen", "Fachamt", "Prüfvermerk"),
            ("Änderung vorbereiten und beschließen lassen, falls nötig", "Verwaltungsleitung", "Beschluss"),
        ),
    ),
    (
        "Schritt 5: Leistung und Zuständigkeit pflegen",
        "Am Ende findet die Servicesuche Ihre Behörde.",
        (
            (
                "Leistung, Organisationseinheit und Zuständigkeit mit richtigem LeiKa-Schlüssel im "
                "Hessen-Finder pflegen",
                "Redaktion",
                "Eintrag vollständig",
            ),
            ("Fristen, Kosten und Bearbeitungsdauer ergänzen", "Redaktion mit Fachamt", "Angaben geprüft"),
            (
                "Eintrag über die Servicesuche prüfen; die Übernahme kann bis zu 72 Stunden dauern",
                "Redaktion",
                "Behörde wird gefunden",
            ),
        ),
    ),
    (
        "Schritt 6: Testen, starten, auswerten",
        "Am Ende läuft der Dienst und Sie wissen, wie er genutzt wird.",
        (
            (
                "Ganzen Weg testen: Antrag, Zahlung, Fachverfahren, Status, Bescheid",
                "Fachamt mit IT",
                "Testprotokoll",
            ),
            ("Beschäftigte einweisen", "Fachamt", "Termin durchgeführt"),
            ("Dienst freischalten (Go-live)", "Digitalisierungsbeauftragte", "Dienst erreichbar"),
            ("Link auf der eigenen Website und im Hessen-Finder setzen", "Redaktion", "Link geprüft"),
            (
                "Nutzung und Abbrüche auswerten, Verbesserungen festlegen",
                "Digitalisierungsbeauftragte",
                "kurzer Bericht",
            ),
        ),
    ),
)

PLAN_MILESTONES = (
    "Entscheidung der Verwaltungsleitung",
    "Vertrag geschlossen",
    "Anbindung beim Hersteller beauftragt",
    "Erste Testnachricht im Fachverfahren",
    "Behörde über die Servicesuche gefunden",
    "Test abgeschlossen",
    "Start (Go-live)",
    "Erste Auswertung",
)

# risk, what to do, role
PLAN_RISKS = (
    (
        "Der Hersteller des Fachverfahrens liefert die Schnittstelle später als geplant.",
        "Hersteller vor der Zusage eines Termins fragen; Termin in den Auftrag aufnehmen.",
        "IT",
    ),
    (
        "Kosten für Anbindung oder Betrieb sind nicht gedeckt.",
        "Kostenzusage schriftlich bestätigen lassen; Enddatum der Zusage notieren.",
        "Kasse",
    ),
    (
        "Der Onlinedienst findet die Behörde nicht.",
        "LeiKa-Schlüssel, Organisationseinheit und Zuständigkeit prüfen; 72 Stunden abwarten.",
        "Redaktion",
    ),
    (
        "Eine Satzung verlangt Papier oder Unterschrift.",
        "Satzungen in Schritt 4 früh prüfen; Sitzungstermine einplanen.",
        "Fachamt",
    ),
)

PLAN_BASIS = (
    "Dataport, Rechtliche Informationen, Fachverfahren, Landesredaktionssystem, gelesen bis Februar 2026",
    "leitfaden.ozg-umsetzung.de, Kap. 11.2.3.3, EfA-Mindestanforderungen, gelesen bis Februar 2026",
    "Onlinezugangsgesetz (OZG), nichtamtliche Fassung vom 29.07.2026, Stand 19.08.2026: § 8a (Datenverarbeitung "
    "im länderübergreifenden Onlinedienst), § 9a (Form)",
    "IT-Sicherheitsverordnung Portalverbund (ITSiV-PV), Stand 19.08.2026: § 3 (Sicherheitskonzept)",
    "Rollen und Aufgabenverteilung: Vorschlag ohne Rechtsgrundlage",
)

# --- Registerinventar ---------------------------------------------------------

INVENTORY_DATE = "26.11.2026"

YES_NO = ("ja", "nein", "zu prüfen")
STATE = ("nicht begonnen", "angefragt", "geplant", "in Arbeit", "umgesetzt", "nicht betroffen")
OPERATION = ("ekom21", "eigener Betrieb", "Hersteller", "anderer Dienstleister", "zu prüfen")

# heading, width, what to enter, allowed values
REGISTER_COLUMNS: tuple[tuple[str, int, str, tuple[str, ...]], ...] = (
    ("Lfd. Nr.", 8, "Fortlaufende Nummer.", ()),
    ("Register oder Datenbestand", 38, "Bezeichnung wie im Haus üblich.", ()),
    (
        "Nr. der Anlage zum IDNrG",
        14,
        "Nummer, unter der das Register in der Anlage zum Identifikationsnummerngesetz (IDNrG) steht "
        "(Stand 19.08.2026). Für eigene Zeilen bitte im Gesetzestext nachsehen.",
        (),
    ),
    (
        "Führt Ihre Kommune das Register?",
        16,
        "Die Zuständigkeit je Kommune ist zu prüfen. Die Pflichten aus § 2 IDNrG "
        "treffen nur registerführende Stellen.",
        YES_NO,
    ),
    ("Fachamt", 20, "Amt oder Sachgebiet, das das Register führt.", ()),
    ("Verantwortliche Funktion", 22, "Funktion, nicht Name. Beispiel: Sachgebietsleitung Meldewesen.", ()),
    ("Fachverfahren und Version", 24, "Software, in der das Register geführt wird.", ()),
    ("Hersteller", 18, "Hersteller des Fachverfahrens.", ()),
    ("Betrieb", 18, "Wer das Verfahren betreibt.", OPERATION),
    ("Anzahl Datensätze", 13, "Ungefähre Zahl der Personen im Register.", ()),
    (
        "Speicherung der IDNr: Stand",
        16,
        "Stand der Speicherung der Identifikationsnummer (§ 2 Nr. 1 IDNrG). Frist: 31.12.2028.",
        STATE,
    ),
    (
        "Zusage des Herstellers (Version, Datum)",
        24,
        "Ab welcher Version und wann das Verfahren die Nummer speichern kann.",
        (),
    ),
    ("Erstbefüllung geplant am", 15, "Datum des geplanten ersten Abrufs. Ein Massenabruf ist möglich.", ()),
    (
        "Abgleich der Basisdaten: Stand",
        16,
        "Basisdaten sind durch die beim Bundeszentralamt für Steuern gespeicherten zu ersetzen (§ 2 Nr. 2 IDNrG).",
        STATE,
    ),
    ("Bekannte Mängel der Daten", 26, "Zum Beispiel doppelte Personen, fehlende Geburtsdaten.", ()),
    (
        "Berechtigungskonzept mit Datenschutz abgestimmt",
        18,
        "Die abrufende Stelle braucht ein mit ihrem Datenschutzbeauftragten "
        "abgestimmtes Konzept (§ 8 Abs. 4 IDNrG).",
        YES_NO,
    ),
    (
        "Protokollierung: Stand",
        16,
        "Übermittlungen mit IDNr sind zu protokollieren; Protokolldaten sind zwei Jahre aufzubewahren (§ "
        "9 IDNrG).",
        STATE,
    ),
    (
        "Datenschutzcockpit: Stand",
        16,
        "Übermittlungen mit IDNr sind über das Datenschutzcockpit transparent zu machen (§ 2 Nr. 3 IDNrG).",
        STATE,
    ),
    ("Mittel eingeplant (Haushaltsjahr)", 16, "Haushaltsjahr, in dem Mittel vorgesehen sind.", ()),
    ("Nächster Schritt", 30, "Eine Aufgabe.", ()),
    ("Termin", 13, "Datum für den nächsten Schritt.", ()),
    ("Zuletzt geprüft am", 13, "Datum der letzten Prüfung dieser Zeile.", ()),
)

# name, number in the Anlage to the IDNrG as of LEGAL_STATE
REGISTERS = (
    ("Melderegister", "1"),
    ("Elektronische Personenstandsregister", "2"),
    ("Passregister", "22"),
    ("Personalausweisregister", "21"),
    ("eID-Karte-Register", "13"),
    ("Ausländerdateien", "23"),
    ("Gewerbeanzeigen", "30"),
    ("Wohngeld", "35"),
    ("Elterngeld", "29"),
    ("Grundsicherung im Alter, ergänzende Hilfe zum Lebensunterhalt", "33, 34"),
    ("Leistungen nach dem Asylbewerberleistungsgesetz (AsylbLG)", "38"),
    ("SGB-II-Daten der Träger", "11"),
    ("BAföG (Amt für Ausbildungsförderung)", "36"),
    ("Schulen", "25"),
    ("Beschäftigtendaten öffentlicher Arbeitgeber", "42"),
)

REGISTER_NOTES: tuple[tuple[str, str], ...] = (
    (
        "Zweck",
        "Mit dieser Liste erfassen Sie die Register Ihrer Kommune und den Stand der Umstellung auf die "
        "Identifikationsnummer (IDNr).",
    ),
    (
        "Frist",
        "Registerführende Stellen müssen die IDNr bis 31.12.2028 speichern (§ 2 Nr. 1 des "
        "Identifikationsnummerngesetzes, IDNrG, Stand 19.08.2026).",
    ),
    (
        "Vorbelegte Zeilen",
        "Das Blatt „Registerinventar“ nennt Bestände, die Kommunen besonders betreffen können. Sie stehen "
        "in der Anlage zum "
        "IDNrG unter den Nummern 1, 2, 11, 13, 21 bis 23, 25, 29, 30, 33 bis 36, 38 und 42. Welche davon "
        "Ihre Kommune führt, "
        "prüfen Sie selbst. Streichen und ergänzen Sie Zeilen.",
    ),
    (
        "Keine Personendaten",
        "Tragen Sie keine Daten von Bürgerinnen und Bürgern und keine Identifikationsnummern ein. "
        "Die unbefugte Verwendung der IDNr ist strafbar (§ 17 IDNrG, Stand 19.08.2026).",
    ),
    (
        "Personenstandsregister",
        "Die IDNr soll dort nicht von Hand nacherfasst, sondern automatisiert beim Bundesverwaltungsamt "
        "(BVA) abgerufen werden (digitale-verwaltung.de, FAQ Registermodernisierung, Februar 2026). Erstmals "
        "erteilte Nummern teilt die Meldebehörde mit, fehlende das BVA auf Anforderung (§ 56 Abs. 3 der "
        "Personenstandsverordnung, PStV, Stand 19.08.2026).",
    ),
    (
        "Mängel der Daten",
        "Bei konkreten Anhaltspunkten für unrichtige oder unvollständige Daten ist das BVA unverzüglich "
        "zu unterrichten. "
        "Eigene Fehler sind von Amts wegen zu berichtigen (§ 10 Abs. 4 und 6 IDNrG, Stand 19.08.2026).",
    ),
    (
        "Abkürzungen",
        "IDNr: Identifikationsnummer nach § 139b der Abgabenordnung (Steuer-ID). IDNrG: "
        "Identifikationsnummerngesetz. "
        "PStV: Personenstandsverordnung. eID: elektronischer Identitätsnachweis. "
        "SGB II: Zweites Buch Sozialgesetzbuch (SGB). BAföG: Bundesausbildungsförderungsgesetz.",
    ),
    (
        "Quellen",
        "IDNrG mit Anlage und PStV, Stand 19.08.2026; Bundesverwaltungsamt, FAQ zur Registermodernisierung, "
        "Nr. 2.6 und 5.7, und digitale-verwaltung.de, FAQ Registermodernisierung, "
        "gelesen bis Februar 2026. Spalten zu Planung und Betrieb sind ein Vorschlag.",
    ),
    ("Version", f"{VERSION} vom {INVENTORY_DATE}. Rechtsstand: {LEGAL_STATE}. Herausgeberin: {AUTHOR}. {NOTICE}"),
)


def make_project_plan() -> None:
    document = docx.Document()
    drop_thumbnail(document)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin = section.bottom_margin = Cm(1.8)

    set_styles(document)
    set_properties(document, title="Projektplan: Anschluss an einen EfA-Dienst", subject="EfA-Kommunal")

    document.add_paragraph(document.core_properties.title, style="Title")
    document.add_paragraph(PLAN_INTRO)

    document.add_heading("Eckdaten", 1)
    table(document, ("Angabe", "Eintrag"), [(label, "") for label in PLAN_KEY_DATA], (8.5, 17.2))

    document.add_heading("Was wollen Sie erreichen?", 1)
    table(document, ("Frage", "Antwort"), list(PLAN_GOALS), (8.5, 17.2))

    document.add_heading("Wer macht mit?", 1)
    document.add_paragraph(
        "In kleinen Verwaltungen übernimmt eine Person mehrere Rollen. Tragen Sie sie dann mehrfach ein."
    )
    table(
        document,
        ("Rolle", "Aufgabe im Projekt", "Name und Vertretung", "Erreichbar unter"),
        [(role, task, "", "") for role, task in PLAN_ROLES],
        (5.2, 9.5, 6.0, 5.0),
    )

    document.add_heading("Sechs Schritte bis zum Betrieb", 1)
    document.add_paragraph(
        "Einträge für die Spalte „Status“: offen, in Arbeit, wartet auf andere, erledigt, entfällt."
    )
    for title, aim, tasks in PLAN_STEPS:
        document.add_heading(title, 2)
        document.add_paragraph(aim).paragraph_format.keep_with_next = True
        table(
            document,
            ("Aufgabe", "Rolle", "Beginn", "Ende", "Ergebnis", "Status"),
            [(task, role, "", "", result, "offen") for task, role, result in tasks],
            (9.2, 4.6, 2.2, 2.2, 4.9, 2.6),
        )

    document.add_heading("Meilensteine", 1)
    table(
        document,
        ("Meilenstein", "Geplant am", "Erreicht am"),
        [(milestone, "", "") for milestone in PLAN_MILESTONES],
        (15.7, 5.0, 5.0),
    )

    document.add_heading("Risiken", 1)
    table(
        document,
        ("Risiko", "Gegenmaßnahme", "Rolle", "Stand"),
        [(risk, action, role, "") for risk, action, role in PLAN_RISKS],
        (9.0, 9.7, 3.5, 3.5),
    )

    document.add_heading("Offene Punkte und Entscheidungen", 1)
    table(
        document,
        ("Punkt oder Entscheidung", "Wer", "Bis wann", "Ergebnis und Datum"),
        [("", "", "", "")] * 6,
        (11.2, 4.5, 3.0, 7.0),
    )

    document.add_heading("Grundlagen und Stand", 1)
    for line in PLAN_BASIS:
        document.add_paragraph(line, style="List Bullet")
    document.add_paragraph(
        f"Version {VERSION} vom {VERSION_DATE}. Rechtsstand: {LEGAL_STATE}. Herausgeberin: {AUTHOR}. {NOTICE}"
    )

    set_footer(section, "Projektplan EfA-Anschluss")
    buffer = io.BytesIO()
    document.save(buffer)
    write_repeatably(TARGET / "projektplan-efa-anschluss.docx", buffer.getvalue())


# --- xlsx ---------------------------------------------------------------------

WRAP = Alignment(vertical="top", wrap_text=True)
THIN = Side(style="thin", color="9AA5B1")
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
BASE = Font(name="Arial", size=10)
BOLD = Font(name="Arial", size=10, bold=True)
WHITE = Font(name="Arial", size=10, bold=True, color="FFFFFF")
HEAD = Font(name="Arial", size=16, bold=True, color=HEADER_FILL)
DARK = PatternFill("solid", fgColor=HEADER_FILL)
PALE = PatternFill("solid", fgColor=LABEL_FILL)
ROWS = 60


def _page(sheet: Any, *, landscape: bool = False) -> None:
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3 if landscape else sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.left.text = f"Registerinventar, Version {VERSION} vom {INVENTORY_DATE}. {NOTICE}"
    sheet.oddFooter.right.text = "Seite &P von &N"


def _header(sheet: Any, row: int, texts: tuple[str, ...]) -> None:
    for number, text in enumerate(texts, 1):
        cell = sheet.cell(row, number, text)
        cell.font, cell.fill, cell.alignment, cell.border = WHITE, DARK, WRAP, BOX


def _notes_sheet(sheet: Any) -> None:
    sheet.title = "Hinweise"
    sheet["A1"] = "Registerinventar für die Identifikationsnummer (IDNr)"
    sheet["A1"].font = HEAD
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = 100
    _header(sheet, 3, ("Hinweis", "Erklärung"))
    row = 4
    for label, text in REGISTER_NOTES:
        row = _pair(sheet, row, label, text)
    row += 1
    sheet.cell(row, 1, "Spalten des Blatts „Registerinventar“").font = BOLD
    row += 1
    _header(sheet, row, ("Spalte", "Was Sie eintragen"))
    row += 1
    for heading, _, explanation, values in REGISTER_COLUMNS:
        text = explanation + (f" Auswahl: {', '.join(values)}." if values else "")
        row = _pair(sheet, row, heading, text)
    _page(sheet)


def _pair(sheet: Any, row: int, label: str, text: str) -> int:
    first, second = sheet.cell(row, 1, label), sheet.cell(row, 2, text)
    for cell in (first, second):
        cell.alignment, cell.border = WRAP, BOX
    first.font, first.fill, second.font = BOLD, PALE, BASE
    sheet.row_dimensions[row].height = 14 * max(-(-len(text) // 95), -(-len(label) // 28))
    return row + 1


def _inventory_sheet(sheet: Any) -> None:
    headings = tuple(column[0] for column in REGISTER_COLUMNS)
    _header(sheet, 1, headings)
    sheet.row_dimensions[1].height = 58
    for number, (heading, width, explanation, values) in enumerate(REGISTER_COLUMNS, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = width
        cells = f"{letter}2:{letter}{ROWS + 1}"
        title = heading if len(heading) <= 32 else heading[:31] + "…"
        if values:
            rule = DataValidation(type="list", formula1='"' + ",".join(values) + '"', allow_blank=True)
            rule.errorTitle = "Bitte aus der Liste wählen"
            rule.error = "Erlaubt sind: " + ", ".join(values)
        elif heading in ("Erstbefüllung geplant am", "Termin", "Zuletzt geprüft am"):
            rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
            rule.errorTitle = "Bitte ein Datum eingeben"
            rule.error = "Beispiel: 31.12.2028"
        else:
            continue
        rule.promptTitle = title
        rule.prompt = explanation[:250]
        rule.showErrorMessage = rule.showInputMessage = True
        sheet.add_data_validation(rule)
        rule.add(cells)
    for row in range(2, ROWS + 2):
        for number, (heading, *_) in enumerate(REGISTER_COLUMNS, 1):
            cell = sheet.cell(row, number)
            cell.font, cell.alignment = BASE, WRAP
            if heading in ("Erstbefüllung geplant am", "Termin", "Zuletzt geprüft am"):
                cell.number_format = "DD.MM.YYYY"
            elif heading == "Anzahl Datensätze":
                cell.number_format = "#,##0"
    at = {heading: number for number, heading in enumerate(headings, 1)}
    for row, (register, annex) in enumerate(REGISTERS, 2):
        sheet.cell(row, 1, row - 1)
        sheet.cell(row, 2, register)
        sheet.cell(row, at["Nr. der Anlage zum IDNrG"], int(annex) if annex.isdigit() else annex)
        sheet.cell(row, at["Führt Ihre Kommune das Register?"], "zu prüfen")
        sheet.cell(row, at["Speicherung der IDNr: Stand"], "nicht begonnen")
    table = Table(displayName="Registerinventar", ref=f"A1:{get_column_letter(len(headings))}{ROWS + 1}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    sheet.add_table(table)
    # the state is always written in words; the colour only repeats it
    letter = get_column_letter(at["Speicherung der IDNr: Stand"])
    area = f"{letter}2:{letter}{ROWS + 1}"
    for value, colour in (("umgesetzt", "CFE8CF"), ("nicht begonnen", "F7D9D3")):
        style = DifferentialStyle(fill=PatternFill("solid", bgColor=colour))
        highlight = Rule(type="expression", dxf=style, formula=[f'${letter}2="{value}"'])
        sheet.conditional_formatting.add(area, highlight)
    sheet.freeze_panes = "C2"
    sheet.print_title_rows = "1:1"
    _page(sheet, landscape=True)


def _summary_sheet(sheet: Any) -> None:
    headings = [column[0] for column in REGISTER_COLUMNS]
    sheet["A1"] = "Übersicht für die Verwaltungsleitung"
    sheet["A1"].font = HEAD
    sheet["A2"] = (
        "Gezählt werden die Zeilen des Blatts „Registerinventar“. Frist zur Speicherung der IDNr: 31.12.2028."
    )
    sheet["A2"].font = BASE
    sheet.column_dimensions["A"].width = 46
    sheet.column_dimensions["B"].width = 18
    row = 4
    for heading, values in (
        ("Führt Ihre Kommune das Register?", YES_NO),
        ("Speicherung der IDNr: Stand", STATE),
        ("Berechtigungskonzept mit Datenschutz abgestimmt", YES_NO),
    ):
        letter = get_column_letter(headings.index(heading) + 1)
        _header(sheet, row, (heading, "Anzahl"))
        row += 1
        for value in values:
            label = sheet.cell(row, 1, value)
            count = sheet.cell(row, 2, f"=COUNTIF(Registerinventar!${letter}$2:${letter}${ROWS + 1},A{row})")
            for cell in (label, count):
                cell.font, cell.border = BASE, BOX
            row += 1
        row += 1
    _page(sheet)


def make_register_inventory() -> None:
    book = Workbook()
    notes = book.active
    inventory = book.create_sheet("Registerinventar")
    summary = book.create_sheet("Übersicht")
    _notes_sheet(notes)
    _inventory_sheet(inventory)
    _summary_sheet(summary)
    book.properties.title = "Registerinventar für die Identifikationsnummer (IDNr)"
    book.properties.creator = book.properties.lastModifiedBy = AUTHOR
    book.properties.subject = "Registermodernisierung"
    book.properties.language = "de-DE"
    book.properties.description = f"Version {VERSION} vom {INVENTORY_DATE}. {NOTICE}"
    book.properties.created = MADE_AT.replace(tzinfo=None)
    buffer = io.BytesIO()
    book.save(buffer)
    write_repeatably(TARGET / "registerinventar.xlsx", buffer.getvalue())


if __name__ == "__main__":
    make_project_plan()
    make_register_inventory()
