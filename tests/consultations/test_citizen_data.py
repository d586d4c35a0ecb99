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
    ("", []),
])  # fmt: skip
def test_what_is_found(text: str, kinds: list[str]) -> None:
    assert looks_like([text, text]) == kinds
