"""Law texts: what is read, what a newer state does, what is refused."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from knowledge.law_text import LawTextError, parse_law
from knowledge.models import Act, LawSection, LawText
from portal.core import work
from portal.core.models import WorkItem
from tests import factories

TEXT = """% Gesetz über die Größe von Ämtern  (Ämtergrößengesetz - ÄGG)
% Ausfertigungsdatum: 14.08.2017
\x20
# Eingangsformel

Der Bundestag hat beschlossen:

# § 1 – Anwendungsbereich

(1) Dieses Gesetz gilt für Ämter. <b>Nicht</b> für

1. Behörden,

3a. Stellen nach § 9 OZG.

(2) 1. Januar ist der Stichtag.

# § 9a

(weggefallen)

# §§ 10 bis 12 – (weggefallen)

# Art 6 – Übergang

Text.

# Anlage D1 – (zu § 1)Größen

| Größe | Maß |
|:---|---:|
| 1\\. | klein |

<table>
<tr><td style="x" onclick="y">Über</td></tr>

<tr><td>Maß</td></tr>
</table>
"""


def _write(folder: Path, text: str = TEXT, name: str = "ÄGG-BJNR1.md") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _import(*paths: Path, state: str = "2026-08-19", **options: bool) -> str:
    out = StringIO()
    call_command("import_laws", *[str(path) for path in paths], state=date.fromisoformat(state), stdout=out,
                 stderr=out, **options)  # fmt: skip
    return out.getvalue()


def test_sections_get_anchors_and_keys() -> None:
    law = parse_law(TEXT, stem="ÄGG-BJNR1")
    assert law.title == "Gesetz über die Größe von Ämtern"
    assert law.names[:2] == ["ÄGG", "Ämtergrößengesetz"]
    assert law.enacted_on == "14.08.2017"
    assert [(item.anchor, item.key) for item in law.sections] == [
        ("eingangsformel", ""), ("p-1", "1"), ("p-9a", "9a"), ("p-10-bis-12", "10"), ("art-6", "art-6"),
        ("anlage-d1", "anlage-d1"),
    ]  # fmt: skip


def test_wording_is_kept_as_the_legislator_wrote_it() -> None:
    section = parse_law(TEXT).sections[1]
    assert '<p id="p-1-abs-1">(1) Dieses Gesetz gilt für Ämter. &lt;b&gt;Nicht&lt;/b&gt; für</p>' in section.html
    assert "<p>3a. Stellen nach § 9 OZG.</p>" in section.html
    assert "(2) 1. Januar ist der Stichtag." in section.text
    assert "<ol" not in section.html


def test_tables_are_tables_and_harmless() -> None:
    html = parse_law(TEXT).sections[-1].html
    assert html.count("<table>") == 2
    assert "onclick" not in html
    assert "style=" not in html
    assert "1." in html


HTML_IN_TEXT = """% Gebührengesetz

# § 1 – Höhe

(1) Es gilt DIN 17065:2013<span id="F_01"></span><a href="#F_01" class="FnR">1</a></sup> und die <a
href="../x.html" target="_blank">Anlage &amp; Liste</a> für A &lt; B.<br />Ende &gt;&nbsp;.

1. <table width="100%">
<tr><td>Visum<br />

auch mehrmals</td><td>75 Euro</td></tr>
</table>

2. Text
<dl><dt>a</dt><dd>b</dd></dl>
Danach.
"""


def test_readers_see_words_not_the_source_of_html() -> None:
    section = parse_law(HTML_IN_TEXT).sections[0]
    assert section.text.split("\n") == [
        "(1) Es gilt DIN 17065:2013 [1] und die Anlage & Liste für A < B.",
        "Ende > .",
        "1.",
        "Visum",
        "auch mehrmals",
        "75 Euro",
        "2. Text",
        "a",
        "b",
        "Danach.",
    ]
    assert "<p>1.</p>\n<div" in section.html
    assert section.html.count("<table>") == section.html.count("<dl>") == 1
    assert "&amp;lt;" not in section.html


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [("", 1, "kein Titel"), ("# § 1 – A", 1, "kein Titel"), ("% T\n% D\n\nText", 4, "keinen Abschnitt"),
     ("% T\n\n# § 1 – A\n\n#  – leer", 5, "keine Nummer")],
)  # fmt: skip
def test_errors_name_the_line(text: str, line: int, message: str) -> None:
    with pytest.raises(LawTextError, match=message) as error:
        parse_law(text)
    assert error.value.line == line


@pytest.mark.django_db
def test_import_finds_the_act_and_is_idempotent(tmp_path: Path) -> None:
    act = factories.act("ÄGG", "Ämtergrößengesetz", slug="aegg")
    assert "6 Abschnitte neu" in _import(_write(tmp_path))
    ids = list(LawSection.objects.values_list("pk", flat=True))
    assert "unverändert" in _import(tmp_path)
    assert list(LawSection.objects.values_list("pk", flat=True)) == ids
    assert act.law_text.state_date == date(2026, 8, 19)
    assert not LawSection.objects.exclude(changed_on=None).exists()


@pytest.mark.django_db
def test_unknown_act_becomes_a_draft_with_a_task(tmp_path: Path) -> None:
    assert "als Entwurf angelegt" in _import(_write(tmp_path))
    act = Act.objects.get()
    assert (act.live, act.binds, act.abbreviation) == (False, "", "ÄGG")
    assert work.kind_label(WorkItem.objects.get().kind) == "Neue Rechtsvorschrift"


@pytest.mark.django_db
def test_newer_state_marks_changes_and_asks_for_reviews(tmp_path: Path) -> None:
    factories.act("ÄGG", "Ämtergrößengesetz", slug="aegg")
    _import(_write(tmp_path))
    citing = factories.article("Zitiert", body=factories.markdown("Siehe § 1 Abs. 2 ÄGG und Art. 6 ÄGG."))
    factories.article("Anderes", body=factories.markdown("Siehe § 9a ÄGG."))
    _write(tmp_path, TEXT.replace("Stichtag", "Tag").replace("\nText.\n", "\nAnderer Text.\n"))
    assert "2 Abschnitte geändert, 1 Seiten" in _import(tmp_path, state="2026-12-01")
    changed = LawSection.objects.filter(changed_on=date(2026, 12, 1)).values_list("anchor", flat=True)
    assert set(changed) == {"p-1", "art-6"}
    item = WorkItem.objects.get(kind="review-law")
    assert item.page_id == citing.pk
    assert item.note == "Art 6, § 1 ÄGG: Text geändert, Stand 01.12.2026."
    _write(tmp_path, TEXT)
    _import(tmp_path, state="2026-12-02")
    item.refresh_from_db()
    assert WorkItem.objects.filter(kind="review-law").count() == 1
    assert "02.12.2026" in item.note


@pytest.mark.django_db
def test_bad_files_are_named_and_the_others_imported(tmp_path: Path) -> None:
    _write(tmp_path)
    _write(tmp_path, "% Titel\n\nText", name="falsch.md")
    (tmp_path / "latin.md").write_bytes("% Titel\n# § 1 Größe".encode("latin-1"))
    errors = StringIO()
    with pytest.raises(CommandError, match="2 von 3 Dateien"):
        call_command("import_laws", str(tmp_path), state=date(2026, 8, 19), stdout=StringIO(), stderr=errors)
    assert "falsch.md:3: Es gibt keinen Abschnitt" in errors.getvalue()
    assert "latin.md:2: Die Datei ist nicht in UTF-8" in errors.getvalue()
    assert LawText.objects.count() == 1


@pytest.mark.django_db
def test_nobody_guesses_the_date_of_a_text(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--state 2026-08-19"):
        call_command("import_laws", str(_write(tmp_path)), stdout=StringIO())
    assert not LawText.objects.exists()


@pytest.mark.django_db
def test_older_state_is_refused_and_dry_run_writes_nothing(tmp_path: Path) -> None:
    path = _write(tmp_path)
    assert "6 Abschnitte neu" in _import(path, dry_run=True)
    assert not Act.objects.exists()
    _import(path)
    with pytest.raises(CommandError):
        _import(path, state="2020-01-01")
    assert LawText.objects.get().state_date == date(2026, 8, 19)


@pytest.mark.once
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not there")
def test_make_says_plainly_that_the_folder_of_texts_is_missing() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(["make", "laws", "DIR=nirgends"], cwd=root, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "Den Ordner „nirgends“ mit den Gesetzestexten gibt es nicht. Geben Sie ihn an" in done.stderr
