"""What is cut off below an answer: quotations that go to the end, never a line somebody has written."""

from __future__ import annotations

import pytest

from consultations.mailing.incoming import quoting

pytestmark = pytest.mark.once
OURS = ("B-K7QM-4TXR", "https://portal.example")
OUTLOOK = """Passt.

Von: Portal <portal@kkv.example>
Gesendet: Montag, 1. März 2027 07:00
An: Käthe
Betreff: B-K7QM-4TXR: Neue Nachricht

Guten Tag, https://portal.example/beratung/"""


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Passt.\n\nAm 01.03.27 um 07:00 schrieb Portal:\n> Guten Tag\n>\n> Text", "Passt."),
        ("Passt.\n\nAm 01.03.27 um 07:00 schrieb\nPortal <portal@kkv.example>:\n> Guten Tag", "Passt."),
        ("Passt.\n\nAm 01.03.27 um 07:00 schrieb Portal:\n\nGuten Tag\nhttps://portal.example/x", "Passt."),
        ("Fits.\n\nOn Mon, Mar 1, 2027 Portal wrote:\n> Guten Tag", "Fits."),
        ("Passt.\n\n-----Ursprüngliche Nachricht-----\nVon: P\nBetreff: B-K7QM-4TXR: Neue", "Passt."),
        ("Passt.\n\n________________________________\nVon: P\nBetreff: B-K7QM-4TXR", "Passt."),
        (OUTLOOK, "Passt."),
        ("Passt.\n> Guten Tag\n> Text", "Passt."),
    ],
)
def test_a_quotation_at_the_end_is_cut_off_and_kept(text: str, new: str) -> None:
    found, quoted = quoting.split(text, OURS)
    assert found == new
    assert quoted
    assert f"{found} {quoted}".split() == text.split()


@pytest.mark.parametrize(
    "text",
    [
        "Ohne Zitat.\nNur Text.",
        "Siehe unten.\n\nAm 01.03. schrieb Portal:\n> Frage 1?\nJa.\n> Frage 2?\nNein.",
        "> Frage?\nAntwort darunter.",
        "Am 01.03. schrieb Portal:\n> nur Zitat",
        "Zur Kenntnis:\n\n-----Weitergeleitete Nachricht-----\nVon: Rat\nBetreff: B-K7QM-4TXR",
        "Bitte lesen.\n\n-----Ursprüngliche Nachricht-----\nVon: Kämmerei\nBetreff: Haushalt\n\nDas ist neu.",
        "Am Montag hat der Rat beschlossen:\nWir machen mit.",
        "Von: Bonn\nNach: Köln",
        "Gruß\n\n-- \nKäthe Größe\n__________\nStadt",
    ],
)
def test_what_may_be_new_stays(text: str) -> None:
    assert quoting.split(text, OURS) == (text, "")
