"""Links within the portal: what answers for readers leads somewhere, also what is no page, and marks are there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from wagtail.contrib.redirects.models import Redirect

from knowledge.content_io.importer import import_directory
from knowledge.law_import import store_law
from knowledge.law_text import parse_law
from tests.factories.checked import BODY, PAGE, clean_folder, found, with_text
from tests.factories.files import ARTICLE_FILE, write_files

pytestmark = pytest.mark.django_db
DEADLINE = """[[deadline]]
id = "idnr-in-registern"
title = "Nummer speichern"
kind = "pflicht"
date = 2028-12-31
binds = ["kommune"]
status = "kommt"
text = "Die Nummer ist zu speichern."
topic = "themen/buergerbuero/konten"
legal_basis = ["§ 9 Abs. 1 OZG"]
state = 2026-08-19
facts = ["O-12"]
"""
TOPIC = "---\ntype: topic\ntitle: Konten\nsummary: Anliegen zu Konten.\n---\n"
TARGETS = [
    "/fristen/", "/fristen", "/fristen.md", "/fristen.ics", "/fristen.atom", "/fristen.ics?erinnerung=termine",
    "/fristen/idnr-in-registern/", "/fristen/idnr-in-registern", "/fristen/idnr-in-registern.md",
    "/fristen/feld/konten.ics", "/fristen/feld/buergerbuero.atom", "/schlagwort/aemter-und-konten/",
    "/schlagwort/aemter-und-konten.md", "/themen/buergerbuero/feed.atom",
    "/themen/buergerbuero/aemter-oeffnen.pdf",
    "/themen/buergerbuero/aemter-oeffnen/versionen/", "/glossar/efa/", "/glossar/efa.md", "/recht/ozg.md",
    "/recht/ozg/wortlaut/", "/aenderungen.atom", "/suche/?q=a", "/",
    "/fristen/#frist-idnr-in-registern", "/fristen/#abonnieren", "/fristen/#kommend", "/fristen/?feld=konten#kopf",
    "/recht/ozg/#p-9-abs-1", "/recht/ozg/#vorschriften", "/recht/ozg/wortlaut/#p-9",
    "/recht/ozg/wortlaut/#p-9-abs-1", "/recht/ozg/wortlaut/#anlage-1",
    "/glossar/#begriff-efa", "/glossar/#buchstabe-e", "/suche/#irgendwo",
]  # fmt: skip
NOWHERE = [
    "/fristen/idnr-in-registerx/", "/fristen/idnr-in-registerx.md", "/fristen/feld/kontx.ics",
    "/fristen/feld/themen.ics", "/schlagwort/gibt-es-nicht/", "/themen/nichts/feed.atom", "/themen/nichts.pdf",
    "/themen/nichts/versionen/", "/recht/ozx/wortlaut/", "/recht/ozg/nichts/", "/glossar/efa/nichts/",
    "/fakten/O-12/",
]  # fmt: skip
UNMARKED = [
    "/fristen/#frist-typo", "/fristen/#idnr-in-registern", "/recht/ozg/#p-3", "/recht/ozg/wortlaut/#typo",
    "/recht/ozg/wortlaut/#p-99", "/recht/ozg/wortlaut/#p-9-abs-9", "/glossar/#begriff-typo", "/glossar/efa/#typo",
    "/fristen/idnr-in-registern/#typo", "/themen/buergerbuero/aemter-oeffnen/#typo",
]  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tagged = PAGE.replace("kind: praxis", "kind: praxis\ntags: [Ämter und Konten]")
    files = {ARTICLE_FILE: tagged, "deadlines.toml": DEADLINE, "themen/buergerbuero/konten/index.md": TOPIC}
    return write_files(clean_folder(tmp_path), files)


def linking(*addresses: str) -> str:
    text = with_text("\n\n".join(f"[dort]({address})" for address in addresses))
    return text.replace("kind: praxis", "kind: praxis\ntags: [Ämter und Konten]")


def messages(root: Path) -> list[str]:
    return [item.message for item in found(root, "links")]


@pytest.mark.parametrize("stored", [False, True])
def test_what_answers_leads_somewhere_and_nothing_else(root: Path, stored: bool) -> None:
    if stored:  # what the portal has counts for a folder that lacks it
        assert not import_directory(root, starter=True).problems
        (root / "deadlines.toml").unlink()
        (root / "themen/buergerbuero/konten/index.md").unlink()
    write_files(root, {ARTICLE_FILE: linking(*TARGETS)})
    assert messages(root) == []

    write_files(root, {ARTICLE_FILE: linking(*NOWHERE, *UNMARKED)})
    said = messages(root)
    assert [words.split("“")[0].split("„")[1] for words in said] == [*NOWHERE, *UNMARKED]
    assert [item.line for item in found(root, "links")] == [
        BODY + 1 + 2 * number for number in range(len(NOWHERE) + len(UNMARKED))
    ]
    assert all("führt ins Leere" in words for words in said[: len(NOWHERE)])
    assert all("Diese Stelle gibt es auf der Zielseite nicht." in words for words in said[len(NOWHERE) :])


LAW = "% Gesetz  (Onlinezugangsgesetz - OZG)\n% Ausfertigungsdatum: 14.08.2017\n\n# § 9 – Post\n\n(1) A.\n"


def test_an_imported_text_says_which_marks_it_has(root: Path) -> None:
    assert not import_directory(root, starter=True).problems
    store_law(parse_law(LAW), state=date(2026, 8, 19))
    known = [f"/recht/ozg/wortlaut/#{mark}" for mark in ("p-9", "p-9-titel", "p-9-abs-1", "geaendert")]
    typos = [f"/recht/ozg/wortlaut/#{mark}" for mark in ("p-9-abs-2", "p-10", "anlage-1")]
    write_files(root, {ARTICLE_FILE: linking(*known, *typos)})

    assert [words.split("“")[0].removeprefix("Der Link „") for words in messages(root)] == typos


def test_pages_of_the_portal_and_forwarded_addresses_count(root: Path) -> None:
    assert not import_directory(root, starter=True).problems
    Redirect.objects.create(old_path="/alt/anschrift")
    other = "themen/buergerbuero/andere.md"
    (root / ARTICLE_FILE).rename(root / other)
    page = "/themen/buergerbuero/aemter-oeffnen/"
    text = linking("/alt/anschrift/", f"{page}#so-geht-es", f"{page}#typo", "/alt/anderswo/")
    write_files(root, {other: text.replace("Bescheide zustellen", "Andere")})

    assert [words.split("“")[0].removeprefix("Der Link „") for words in messages(root)] == [
        f"{page}#typo", "/alt/anderswo/",
    ]  # fmt: skip
