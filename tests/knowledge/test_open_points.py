"""The open points of the starter content: each is found in whatever order a sentence puts it."""

from __future__ import annotations

import pytest

from knowledge.content_check.left_open import is_unknown
from knowledge.content_check.open_points import OpenPoint
from knowledge.content_check.rule_files import read_open_points
from knowledge.content_check.run import STARTER

CLAIMS = {
    "U-01": (
        "Die Kompetenzstelle berät Sie kostenlos.",
        "Kostenlos berät Sie die Kompetenzstelle.",
        "Die Beratung ist für Kommunen kostenfrei.",
        "Ein kostenloses Erstgespräch bekommen Sie per Mail.",
        "Die Digitalisierungsberatung der KKV kostet nichts.",
        "Am 15. Januar 2025 wurde die Kooperationsvereinbarung unterzeichnet.",
        "Die Kooperationsvereinbarung wurde am 15.01.2025 geschlossen.",
        "Telefon: 0611 12345",
        "In der Kompetenzstelle arbeiten 12 Beschäftigte.",
        "Für die Beratung durch die Kompetenzstelle fallen keine Kosten an.",
        "Anders als die ekom21 berät die KKV kostenlos.",
        "Sprechzeiten: Montag bis Freitag, 9 bis 12 Uhr.",
        "Tel.: 0611 353-0",
        "Sie erreichen die Kompetenzstelle telefonisch unter 0611 3530.",
        "Die Beratung durch die Kompetenzstelle kostet Kommunen nichts.",
        "Das erste Gespräch mit der KKV ist kostenlos.",
        "Die KKV hat acht Beschäftigte.",
        "Die Kompetenzstelle hat zwölf Mitarbeitende.",
        "Die Vereinbarung wurde am 15.01.2025 unterzeichnet.",
    ),
    "U-02": (
        "Seit dem 1. September 2026 ist der NOOTS-Staatsvertrag in Kraft.",
        "Der Staatsvertrag ist seit dem 1. September 2026 in Kraft.",
        "In Kraft ist der Staatsvertrag seit September.",
        "Der NOOTS-Staatsvertrag gilt seit September 2026.",
        "Der NOOTS-Staatsvertrag gilt.",
        "Der NOOTS-Staatsvertrag gilt inzwischen auch in Hessen.",
        "Der Vertrag wurde gegenstandslos.",
        "Hessen ratifizierte den Staatsvertrag im Mai 2026.",
        "Im Mai 2026 hat Hessen den Staatsvertrag ratifiziert.",
        "Der Anschluss an das NOOTS ist für Kommunen verpflichtend.",
        "Verpflichtend ist für Kommunen der Anschluss an NOOTS.",
        "Bis 2028 müssen Kommunen ihre Register an das NOOTS anschließen.",
        "An das NOOTS müssen Register bis 2028 angeschlossen sein.",
        "Der Staatsvertrag ist in Kraft, prüfen Sie deshalb Ihre Register.",
        "Prüfen Sie Ihre Register, denn der NOOTS-Staatsvertrag ist in Kraft.",
        "Der Vertrag ist nicht in Kraft.",
        "Der NOOTS-Staatsvertrag ist in Kraft, offen ist nur das Datum für Kommunen.",
        "Es gibt kein Zurück: Der Vertrag ist in Kraft.",
        "Ob er hilft, ist offen; der Staatsvertrag ist in Kraft.",
        "Dass der Vertrag in Kraft ist, freut die Länder.",
        "Die Schwelle des § 10 wurde am 30.06.2026 erreicht.",
        "Verfehlt wurde die Schwelle für die Ratifikation.",
        "Die nötigen Ratifikationsurkunden lagen rechtzeitig vor.",
        "Bis zum 30.06.2026 waren die Urkunden hinterlegt.",
        "Zwölf Länder haben ihre Ratifikationsurkunden hinterlegt.",
        "Bisher liegen 9 Ratifikationsurkunden vor.",
        "Es fehlen noch drei Ratifikationsurkunden.",
        "Der IT-Planungsrat hat den Übergangszeitraum beschlossen.",
        "Einen Übergangszeitraum von fünf Jahren hat der IT-Planungsrat festgelegt.",
        "Der Übergangszeitraum endet 2031.",
        "Bis Ende 2030 läuft der Übergangszeitraum für Kommunen.",
    ),
    "U-03": (
        "Seit 2026 gibt es die DeutschlandID.",
        "Die DeutschlandID gibt es seit 2026.",
        "Die DeutschlandID ist eingeführt.",
        "Eingeführt wurde die DeutschlandID im Mai.",
        "Die DeutschlandID steht allen zur Verfügung.",
        "Die BundID wurde durch die DeutschlandID ersetzt.",
        "Veröffentlicht wurde die Bekanntmachung nach § 12 Abs. 1 OZG im Juli.",
        "Die BundID heißt jetzt DeutschlandID.",
        "Künftig heißt die BundID DeutschlandID.",
        "Die frühere BundID ist nun die DeutschlandID.",
        "Aus der BundID wurde die DeutschlandID.",
        "Die DeutschlandID gibt es noch nicht.",
        "Prüfen Sie die Anmeldung, denn die DeutschlandID ersetzt die BundID.",
        "Die Dreijahresfrist läuft seit Juli 2026.",
        "Seit dem 1. Juli läuft die Dreijahresfrist für Länderkonten.",
        "Länderkonten dürfen bis 31.07.2029 genutzt werden.",
        "Im Juli 2029 endet die Frist für Länderkonten.",
        "Die Konten der Länder werden zum Jahresende abgeschaltet.",
        "Die Bekanntmachung zu den Länderkonten ist noch nicht erfolgt.",
    ),
    "U-04": (
        "Nach § 5 HEGovG müssen Kommunen elektronische Rechnungen annehmen.",
        "Kommunen müssen nach § 5 HEGovG elektronische Rechnungen annehmen.",
        "Das verlangt § 3b des Hessischen E-Government-Gesetzes.",
        "Die Vier-Tage-Frist steht auch im HVwVfG.",
        "Das HVwVfG hat die Vier-Tage-Frist übernommen.",
        "Eine Erklärung verlangt das HessBGG.",
        "Das HVwVfG hat die Vier-Tage-Frist nicht übernommen.",
        "Das HVwVfG bleibt beim dritten Tag.",
        "Kommunen verpflichtet das HEGovG zur elektronischen Akte.",
    ),
    "U-05": (
        "Hessen übernimmt die Kosten für alle EfA-Dienste.",
        "Die Betriebskosten aller EfA-Dienste trägt das Land.",
        "Das Land Hessen trägt die Betriebskosten aller EfA-Dienste.",
        "Die Umstellung bezahlt das Land.",
        "Der Dienst kostet 500 Euro im Jahr.",
        "500 Euro kostet der Anschluss.",
        "EfA-Dienste sind für Kommunen kostenlos.",
        "EfA-Dienste kosten hessische Kommunen nichts.",
    ),
    "U-06": (
        "Kommunen müssen ihre Texte übersetzen.",
        "Ihre Texte müssen Kommunen auf Englisch anbieten.",
        "Kommunen müssen ihre Texte nicht übersetzen.",
        "Eine Pflicht zur Übersetzung besteht nicht.",
        "Die Koordination des SDG liegt beim Bund.",
    ),
    "U-07": (
        "Rund 300 Kommunen nutzen civento.",
        "civento nutzen rund 300 Kommunen.",
        "Genutzt wird eGovSAD von 60 hessischen Gemeinden.",
        "Im Modul 3 geht es um Technik.",
        "Angeschlossen sind alle fünf Dienste.",
        "Alle fünf Dienste sind angeschlossen.",
    ),
    "U-08": (
        "Die Verordnung nach § 6 Abs. 3 EGovG ist erlassen.",
        "Erlassen ist die Verordnung nach § 12 Abs. 1 IDNrG.",
        "In Kraft ist seit Mai auch die Verordnung nach § 1a Abs. 5 OZG.",
        "Seit Juli besteht die Protokollpflicht.",
        "Eine Verordnung nach § 6 Abs. 3 EGovG ist nicht erlassen.",
        "Die Verordnung zur Interoperabilität ist seit Mai in Kraft.",
        "Die Föderale IT-Architekturrichtlinie 2.0 gilt seit Mai 2026.",
        "Seit Mai 2026 ist die Fassung 2.0 der Architekturrichtlinie verbindlich.",
        "Anzuwenden ist die Architekturrichtlinie in Version 2.0.",
    ),
}  # fmt: skip
LEFT = (
    "Ob der NOOTS-Staatsvertrag in Kraft ist, ist hier nicht belegt.",
    "Der Vertrag tritt in Kraft, wenn elf Länder ihn ratifiziert haben.",
    "Die NOOTSNetzV enthält keine Anschlusspflicht an NOOTS.",
    "Gibt es die DeutschlandID schon?",
    "Die BundID soll zur DeutschlandID weiterentwickelt werden.",
    "Das HEGovG gilt auch für Gemeinden und ist bis 31.12.2030 befristet.",
    "Ob das HVwVfG die Vier-Tage-Frist übernommen hat, ist hier nicht geprüft.",
    "Die Betriebskosten der fünf Dienste trägt das Land.",
    "Das HMD stellt das Beteiligungsportal allen Kommunen kostenfrei bereit; die KKV hilft bei der Anwendung.",
    "Hessische Kommunen können BundID kostenfrei einbinden.",
    "Öffentliche Stellen müssen Websites nach HessBGG und HVBIT barrierefrei gestalten.",
    "Sechs Monate nach Projektende nutzten es mehr als 40 Kommunen.",
    "Für Unternehmen ist das Organisationskonto verpflichtend.",
    "Prüfen Sie im Bundesgesetzblatt, ob der NOOTS-Staatsvertrag in Kraft ist.",
    "Dass die DeutschlandID eingeführt ist, ist nicht belegt.",
    "Sind die Urkunden nicht bis zum 30.06.2026 hinterlegt, wird der Vertrag gegenstandslos.",
    "Ob die Schwelle erreicht wurde, ist hier nicht belegt.",
    "Nach dem Vertragstext beschließt der IT-Planungsrat einen angemessenen Übergangszeitraum.",
    "Offen ist, welcher Übergangszeitraum für Kommunen gelten wird.",
    "Fragen Sie den IT-Planungsrat, ob der Übergangszeitraum beschlossen ist.",
    "Länderkonten dürfen noch drei Jahre ab einer Bekanntmachung genutzt werden.",
    "Das frühere Nutzerkonto Hessen war bis etwa Frühjahr 2023 nutzbar.",
    "Welche Fassung der Föderalen IT-Architekturrichtlinie ab wann gilt, steht im Bundesanzeiger.",
    "Was das HEGovG verlangt, ist hier nicht geprüft.",
    "Früher gab es eine kostenfreie Digitalisierungsberatung durch die ekom21.",
    "In diesen Jahren gab es eine kostenfreie Digitalisierungsberatung der ekom21.",
    "Der NOOTS-Staatsvertrag gilt für den Nachweisabruf zwischen Behörden.",
    "Ob der NOOTS-Staatsvertrag gilt, ist hier nicht belegt.",
    "Nach dem Leitfaden koordiniert der Bund; wer heute koordiniert, ist hier nicht belegt.",
    "Die Bekanntgabe im Postfach gilt am vierten Tag.",
    "Der Übergang der OZSV endet am 31.03.2030.",
    "Für EfA-Dienste stellt die Kommune die Bezahlkomponente.",
)

# For each point: a sentence that leaves it open, one that says where the answer is, one that does not.
ASKED = {
    "U-01": (
        "Ob die Beratung durch die Kompetenzstelle etwas kostet, ist hier nicht belegt.",
        "Fragen Sie vor dem Termin die KKV.",
        "Fragen Sie vor dem Termin nach.",
    ),
    "U-02": (
        "Ob der NOOTS-Staatsvertrag in Kraft ist, ist hier nicht belegt.",
        "Prüfen Sie die Bekanntmachung im Bundesgesetzblatt.",
        "Bereiten Sie Ihre Register trotzdem vor.",
    ),
    "U-03": (
        "Ob die Bekanntmachung zu den Länderkonten erfolgt ist, ist hier nicht belegt.",
        "Prüfen Sie das im Bundesgesetzblatt.",
        "Sie gelten noch drei Jahre ab einer Bekanntmachung im Bundesgesetzblatt.",
    ),
    "U-04": (
        "Ob das HVwVfG die Vier-Tage-Frist übernommen hat, ist hier nicht geprüft.",
        "Lesen Sie den Text in der Rechtsdatenbank des Landes.",
        "Prüfen Sie das vor der nächsten Bekanntmachung.",
    ),
    "U-05": (
        "Für andere EfA-Dienste ist eine Kostenübernahme nach 2024 nicht belegt.",
        "Fragen Sie den Anbieter des Dienstes.",
        "Planen Sie deshalb Mittel ein.",
    ),
    "U-06": (
        "Ob die SDG-Verordnung Kommunen zur Übersetzung verpflichtet, ist hier nicht belegt.",
        "Fragen Sie die Kompetenzstelle.",
        "Schreiben Sie kurze Texte.",
    ),
    "U-07": (
        "Neuere Nutzungszahlen sind hier nicht belegt.",
        "Fragen Sie die ekom21.",
        "Die ekom21 betreibt den Dienst.",
    ),
    "U-08": (
        "Ob eine Verordnung dazu erlassen ist, ist hier nicht belegt.",
        "Welche Fassung gilt, steht im Bundesanzeiger.",
        "Sie wird im Bundesanzeiger verkündet.",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def points() -> dict[str, OpenPoint]:
    rules = read_open_points(STARTER)
    assert rules.problems == []
    return {row.document.meta["id"]: OpenPoint(row.document.meta) for row in rules.rows if row.document}


@pytest.mark.parametrize(("name", "sentence"), [(name, text) for name, texts in CLAIMS.items() for text in texts])
def test_a_claim_is_found_in_any_order(points: dict[str, OpenPoint], name: str, sentence: str) -> None:
    assert points[name].says(sentence)


@pytest.mark.parametrize("sentence", LEFT)
def test_what_is_certain_or_left_open_is_no_claim(points: dict[str, OpenPoint], sentence: str) -> None:
    assert {name: words for name, point in points.items() if (words := point.says(sentence))} == {}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_left_open_is_known_and_so_is_what_answers_it(points: dict[str, OpenPoint], name: str) -> None:
    left_open, answered, unanswered = ASKED[name]
    assert is_unknown(left_open)
    assert points[name].says(left_open) == ""
    assert [other for other, point in points.items() if point.is_meant(left_open)] == [name]
    assert points[name].sends_on(answered)
    assert not points[name].sends_on(unanswered)


def test_every_point_has_sentences_it_is_tried_on(points: dict[str, OpenPoint]) -> None:
    assert set(points) == set(CLAIMS) == set(ASKED)
