"""What people of each role come for: the question, the words they would type, the way by links, the right passage.

The first link of a way is on the start page, each further one on the page before it. `passage` stands on the page
the task ends on; `also` names other pages whose answer is as good, each with its passage.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """One real task of somebody in a municipality."""

    role: str
    wants: str
    query: str
    way: tuple[str, ...]
    address: str
    passage: str
    also: tuple[tuple[str, str], ...] = ()


OFFICER, LEADERS, DEPARTMENT = (
    "mit der Digitalisierung beauftragt",
    "in der Verwaltungsleitung",
    "in einem Fachamt",
)
IT, EDITORS, FINANCE = "in der IT", "in der Online-Redaktion", "in der Kämmerei oder Kasse"
PRIVACY = "für Datenschutz oder Informationssicherheit zuständig"
EFA, REGISTERS, OZG = "/themen/efa-kommunal/", "/themen/registermodernisierung/", "/themen/onlinezugangsgesetz/"
SDG, FIM, FULLY = "/themen/single-digital-gateway/", "/themen/fim-und-xoev/", "/themen/volldigitalisierung/"

TASKS = (
    Task(
        OFFICER, "Welche Onlinedienste sollen in Hessen bis Ende 2026 laufen?", "fünf Onlinedienste bis Ende 2026",
        (OFFICER, "Fünf Onlinedienste bis Ende 2026 anschließen"), f"{EFA}fuenf-dienste-bis-ende-2026/",
        "Welche Dienste sind gemeint?",
    ),
    Task(
        OFFICER, "Wer muss beim Anschluss an einen EfA-Dienst was tun?", "EfA-Dienst anschließen wer macht was",
        (OFFICER, "EfA-Dienst anschließen", "Wer mitwirkt"), f"{EFA}efa-dienst-anschliessen/",
        "Wer mitwirkt",
    ),
    Task(
        OFFICER, "Bis wann muss die Identifikationsnummer in unseren Registern stehen?",
        "bis wann Identifikationsnummer speichern",
        (OFFICER, "Identifikationsnummer in den Registern speichern"), "/fristen/idnr-in-registern/",
        "31. Dezember 2028",
        ((f"{REGISTERS}bis-wann-muss-die-identifikationsnummer-gespeichert-sein/", "bis 31.12.2028 speichern"),),
    ),
    Task(
        LEADERS, "Was muss ich zur Registermodernisierung entscheiden?", "Registermodernisierung Leitung",
        (LEADERS, "Registermodernisierung: das Wichtigste für die Leitung"),
        f"{REGISTERS}registermodernisierung-fuer-die-verwaltungsleitung/", "Was sollten Sie jetzt entscheiden?",
    ),
    Task(
        LEADERS, "Ich brauche eine Vorlage für den Beschluss zu EfA.", "Beschlussvorlage",
        (LEADERS, "Beschlussvorlage EfA-Nachnutzung"), "/vorlagen/beschlussvorlage-efa-nachnutzung/", "DOCX",
    ),
    Task(
        LEADERS, "Gilt die SDG-Verordnung noch, obwohl die Termine vorbei sind?", "SDG Frist vorbei",
        ("Single Digital Gateway", "Warum die SDG-Pflichten nach 2022 und 2023 weiter gelten"),
        f"{SDG}sdg-pflichten-gelten-weiter/", "Ein Termin beendet die Pflicht nicht.",
        (
            ("/fristen/sdg-informationen/", "Pflicht gilt weiter"),
            ("/fristen/sdg-verfahren/", "Pflicht gilt weiter"),
        ),
    ),
    Task(
        DEPARTMENT, "Muss der Online-Antrag noch unterschrieben werden?", "Unterschrift Online-Antrag",
        (DEPARTMENT, "Schriftform und Unterschrift prüfen", "Was gilt je nach Recht?"),
        f"{OZG}schriftform-und-unterschrift-pruefen/", "Was gilt je nach Recht?",
        ((f"{OZG}brauchen-online-antraege-eine-unterschrift/", "In vielen Fällen nicht."),),
    ),
    Task(
        DEPARTMENT, "Wann gilt ein Bescheid im Postfach als bekannt gegeben?", "Bescheid Postfach bekannt gegeben",
        (DEPARTMENT, "Checkliste: Bescheide im Postfach bekannt geben"), f"{OZG}checkliste-bescheide-im-postfach/",
        "vierten Tag",
        (
            (f"{OZG}wann-gilt-ein-bescheid-im-postfach-als-bekannt-gegeben/", "vierten Tag"),
            (f"{FULLY}elektronischer-bescheid/", "Wann gilt der Bescheid als bekannt gegeben?"),
        ),
    ),
    Task(
        DEPARTMENT, "Müssen wir im Standesamt die Nummer von Hand nachtragen?", "Standesamt IDNr nachtragen",
        (DEPARTMENT, "Identifikationsnummer in kommunale Register aufnehmen"),
        f"{REGISTERS}idnr-in-registern-speichern/", "Standesämter tragen die IDNr nicht von Hand nach",
        ((f"{REGISTERS}umstellung-mit-dem-hersteller-planen/", "Was gilt im Standesamt?"),),
    ),
    Task(
        IT, "Was brauchen wir, um FIT-Connect anzubinden?", "FIT-Connect anbinden",
        (IT, "FIM, XÖV und Transportwege im Überblick", "Was brauchen Sie für FIT-Connect?"),
        f"{FIM}fim-xoev-und-transport/", "Was brauchen Sie für FIT-Connect?",
        ((f"{FIM}was-brauchen-wir-fuer-fit-connect/", "Sie brauchen den Schlüssel der Leistung"),),
    ),
    Task(
        IT, "Was frage ich den Hersteller zur Identifikationsnummer?", "Anfrage Hersteller IDNr",
        (IT, "Anfrage an den Fachverfahrenshersteller zur IDNr"), "/vorlagen/anfrage-fachverfahren-idnr/", "DOCX",
        ((f"{REGISTERS}umstellung-mit-dem-hersteller-planen/", "Was soll das Fachverfahren können?"),),
    ),
    Task(
        IT, "Wie lange darf unser altes Portal ohne die neuen Standards laufen?", "OZSV Übergang altes Portal",
        (IT, "OZSV: Ende des Übergangs für ältere Systeme"), "/fristen/ozsv-uebergang/", "31. März 2030",
        ((f"{OZG}standards-und-it-sicherheit/", "Für welche Systeme gelten die Anforderungen?"),),
    ),
    Task(
        EDITORS, "Warum findet der Onlinedienst unsere Behörde nicht?",
        "Behörde wird im Onlinedienst nicht gefunden",
        ("EfA-Kommunal", "Warum wird unsere Behörde im EfA-Dienst nicht gefunden?"), EFA,
        "Die Übernahme kann bis zu 72 Stunden dauern.",
        (
            (f"{EFA}warum-wird-unsere-behoerde-im-efa-dienst-nicht-gefunden/", "bis zu 72 Stunden"),
            (f"{EFA}efa-dienst-anschliessen/", "Warum findet der Onlinedienst Ihre Behörde nicht?"),
        ),
    ),
    Task(
        EDITORS, "Wo pflegen wir unsere Leistungstexte?", "Leistungstexte pflegen Hessen-Finder",
        (EDITORS, "Informationen für das Zugangstor bereitstellen", "Wo pflegen wir unsere Leistungsdaten?"),
        f"{FIM}wo-pflegen-wir-unsere-leistungsdaten/",
        "Im Landesredaktionssystem, in Hessen also im Hessen-Finder.",
    ),
    Task(
        EDITORS, "Müssen wir unsere Texte ins Englische übersetzen?", "Texte übersetzen SDG",
        (EDITORS, "Informationen für das Zugangstor bereitstellen", "Ob Sie Texte übersetzen müssen, ist offen"),
        f"{SDG}informationen-fuer-das-zugangstor-bereitstellen/", "Ob Sie Texte übersetzen müssen, ist offen",
        (
            (f"{SDG}muessen-wir-seiten-fuer-das-single-digital-gateway-uebersetzen/", "hier nicht belegt"),
        ),
    ),
    Task(
        PRIVACY, "Wer verantwortet die Daten in einem EfA-Dienst?", "EfA Datenschutz wer ist verantwortlich",
        (PRIVACY, "Verantwortung für Daten bei EfA-Diensten"), f"{EFA}verantwortung-fuer-daten/",
        "Wo endet die Verantwortung der betreibenden Behörde?",
        ((f"{EFA}wer-ist-bei-efa-datenschutzrechtlich-verantwortlich/", "allein die betreibende Behörde"),),
    ),
    Task(
        PRIVACY, "Ich brauche einen Eintrag für das Verarbeitungsverzeichnis.", "Verarbeitungsverzeichnis Vorlage",
        (PRIVACY, "Eintrag im Verarbeitungsverzeichnis für einen Onlinedienst"),
        "/vorlagen/verarbeitungsverzeichnis-onlinedienst/", "DOCX",
    ),
    Task(
        PRIVACY, "Welches Sicherheitskonzept verlangt der Portalverbund?", "Sicherheitskonzept Onlinedienst",
        (
            PRIVACY, "Standards und IT-Sicherheit für Onlinedienste",
            "Welches Sicherheitskonzept braucht Ihre Kommune?",
        ),
        f"{OZG}standards-und-it-sicherheit/", "Welches Sicherheitskonzept braucht Ihre Kommune?",
    ),
    Task(
        FINANCE, "Welche Kosten bleiben bei einem EfA-Anschluss bei uns?", "Kosten EfA-Anschluss Kommune",
        (FINANCE, "Kosten eines EfA-Anschlusses planen", "Welche Kosten können bei Ihrer Kommune bleiben?"),
        f"{EFA}kosten-des-anschlusses/", "Welche Kosten können bei Ihrer Kommune bleiben?",
        ((f"{EFA}was-kostet-efa/", "können der Kommune Kosten entstehen"),),
    ),
    Task(
        FINANCE, "Müssen wir eine Online-Zahlung anbieten?", "müssen wir online bezahlen anbieten",
        (FINANCE, "Online-Zahlung einrichten", "Was verlangt das Gesetz?"), f"{FULLY}online-bezahlen/",
        "Was verlangt das Gesetz?",
        ((f"{FULLY}muessen-wir-online-bezahlung-anbieten/", "Ja, wenn Ihre Kommune Bundesrecht ausführt"),),
    ),
    Task(
        FINANCE, "Wer bezahlt die Anpassung des Fachverfahrens?", "wer zahlt Anpassung Fachverfahren",
        (FINANCE, "Kosten eines EfA-Anschlusses planen", "Wer bezahlt die Anpassung unseres Fachverfahrens?"),
        f"{EFA}wer-bezahlt-die-anpassung-unseres-fachverfahrens/", "In der Regel zahlt Ihre Kommune.",
    ),
)  # fmt: skip
