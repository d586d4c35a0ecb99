"""What looks like a citizen's data, and what only seems to."""

from __future__ import annotations

import pytest

from consultations.citizen_data import BIRTH_DATE, IBAN, TAX_ID, looks_like


@pytest.mark.parametrize(("text", "kinds"), [
    ("IdNr 86095742719", [TAX_ID]),
    ("IdNr 86 095 742 719", [TAX_ID]),
    ("86095742718", []),  # wrong check digit
    ("Leistung 99115005000000", []),
    ("Konto DE89 3704 0044 0532 0130 00 bei der Sparkasse", [IBAN]),
    ("DE89370400440532013001", []),
    ("Erika Mustermann, geb. 12.08.1964", [BIRTH_DATE]),
    ("geboren am 1.2.1980", [BIRTH_DATE]),
    ("Müller, Jörg (03.04.1955)", [BIRTH_DATE]),
    ("Frau Größe antwortet bis 31.12.2199", []),
    ("geb. 31.02.1980", []),
    ("Die Frist endet am 01.01.2020", []),
    ("IBAN DE89370400440532013000, IdNr 86095742719", [TAX_ID, IBAN]),
    ("Frau Müller, geboren am 3. März 1985", [BIRTH_DATE]),
    ("Geburtsdatum von Max Mustermann: 12.03.1985", [BIRTH_DATE]),
    ("Das Geburtsdatum des Antragstellers ist der 12. Dezember 1985.", [BIRTH_DATE]),
    ("Geburtsdatum Frau Dr. Größe-Weiß (3. Sept. 1961)", [BIRTH_DATE]),
    ("Geburtstag: 1. Jan 2001", [BIRTH_DATE]),
    ("Sie ist geboren in Kassel am 7. Juli 1977", [BIRTH_DATE]),
    ("die am 3. März 1985 in Gießen geborene Erika", [BIRTH_DATE]),
    ("Max Mustermann, *12.03.1985", [BIRTH_DATE]),
    ("Max Mustermann, * 12.03.1985", [BIRTH_DATE]),
    ("Müller, Jörg (3. April 1955)", [BIRTH_DATE]),
    ("geb. 12.03.85", [BIRTH_DATE]),
    # What administrations write of dates and of the field itself is nobody's birth.
    ("Das Geburtsdatum wird seit dem 01.01.2020 elektronisch übermittelt", []),
    ("Geburtsdatum als Pflichtfeld ab 1. Januar 2024", []),
    ("Feld Geburtsdatum, Stand 01.03.2024", []),
    ("Ab dem 01.11.2022 ist das Geburtsdatum Pflicht", []),
    ("* 12.03.2024: Auftakt\n* 3. Mai 2024: Abnahme", []),
    ("Die Sitzung war am 3. März 2024 in Darmstadt", []),
    ("Mühltal, 3. März 2024", []),
    ("Stadtverwaltung Groß-Gerau 3. März 2024", []),
    ("Gebühren vom 01.01.2024 an", []),
    ("Erika Mustermann, geborene Weiß, kommt am 3. März 2024", []),
    ("geb. am 35. März 1985", []),
    ("", []),
])  # fmt: skip
def test_what_is_found(text: str, kinds: list[str]) -> None:
    assert looks_like([text, text]) == kinds
