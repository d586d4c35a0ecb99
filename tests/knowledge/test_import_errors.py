"""Bad files: every fault with file and line, in German, and nothing half-imported."""

from __future__ import annotations

from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from knowledge.content_io.importer import import_directory
from knowledge.models import Act, ArticlePage, GlossaryTerm, TopicPage
from tests.factories.files import ARTICLE, ARTICLE_FILE, QUESTION_FILE, folder, write_files

pytestmark = pytest.mark.django_db


def problems(root: Path) -> list[str]:
    found = [str(problem) for problem in import_directory(root, starter=True).problems]
    assert not ArticlePage.objects.exists()
    assert not Act.objects.exists()
    return found


def with_head(text: str) -> str:
    """The article with one more line in its head (line 3)."""
    return ARTICLE.replace("title:", f"{text}\ntitle:", 1)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (with_head("short_answr: Öffnen"), 3, "Meinten Sie „short_answer“"),
        (with_head("tags: Öffnung"), 3, "Liste erwartet"),
        (with_head("content_as_of: 19.08.2026"), 3, "JJJJ-MM-TT"),
        (with_head("visibility: offen"), 3, "„offen“ ist hier nicht erlaubt"),
        (with_head("audience: [it, fachämter]"), 3, "Meinten Sie „fachamt“"),
        (with_head("topics: [themen/buergerbüro]"), 3, "Meinten Sie „themen/buergerbuero“"),
        (with_head("topics: [index]"), 3, "vom Typ home"),
        (with_head("related: [themen/gibt-es-nicht]"), 3, "gibt es nicht"),
        (with_head("next_step: {label: Weiter}"), 3, "genau „label“ und „target“"),
        (with_head("next_step: {label: Weiter, target: nirgends}"), 3, "gibt es nicht"),
        (with_head("contact_email: kein postfach"), 3, "„contact_email“"),
        (with_head("review_interval_days: 5"), 3, "„review_interval_days“"),
        (with_head("review_interval_days: bald"), 3, "keine ganze Zahl"),
        (with_head("sources:\n  - title: Amtsblatt\n  - url: https://example.org"), 5, "„title“"),
        (with_head("sources: [{title: Amtsblatt, url: 'javascript:alert(1)'}]"), 3, "keine Adresse"),
        (with_head("search_description: " + "x" * 6 + "\nseo_title: " + "ä" * 300), 4, "„seo_title“"),
        (ARTICLE.replace("§ 9 Abs. 1 OZG", "§ 1 XYZG"), 6, "keine bekannte Rechtsvorschrift"),
        (ARTICLE.replace("[§ 9 Abs. 1 OZG]", "nichts"), 6, "das Wort „keine“"),
        (ARTICLE.replace("kind: leitfaden", "kind: leidfaden"), 4, "Meinten Sie „leitfaden“"),
        (ARTICLE.replace("type: article", "type: artikel"), 2, "Den Typ „artikel“ gibt es nicht"),
        (ARTICLE.replace("type: article\n", ""), 1, "„type“ fehlt"),
        (ARTICLE.replace("type: article", "type: term"), 2, "steht im Ordner „glossar/“"),
        (ARTICLE.replace("type: article", "type: template"), 2, "steht nur unter: template_index"),
        (ARTICLE.replace("short_answer: So öffnen Sie Ämter für alle.\n", ""), 1, "„short_answer“ fehlt"),
        (ARTICLE.replace("für alle.", "für alle. Ja. Ja. Ja. Ja. Ja."), 5, "6 Sätze, erlaubt sind 5"),
        (ARTICLE + "\n:::hinweis\nnie geschlossen\n", 11, "nicht geschlossen"),
        (ARTICLE + "\n:::hinwies\nText\n:::\n", 11, "Meinten Sie „hinweis“"),
        (ARTICLE + "\n:::frage\nthemen/buergerbuero\n:::\n", 11, "vom Typ topic"),
        (ARTICLE + "\n:::datei\ndatei: dateien/fehlt.pdf\n:::\n", 11, "„dateien/fehlt.pdf“ gibt es nicht"),
        (ARTICLE + "\n:::datei\ndatei: ../../etc/passwd\n:::\n", 11, "kein Pfad unter „dateien/“"),
        (ARTICLE + "\n:::datei\ndatei: dateien/../recht/ozg.md\n:::\n", 11, "kein Pfad unter „dateien/“"),
        (ARTICLE + "\n:::datei\ndatei: dateien/skript.exe\n:::\n", 11, "keine erlaubte Endung"),
        (ARTICLE + "\n:::text\n<a linktype=\"page\" id=\"1\">x</a>\n:::\n", 11, "keine Nummer"),
        (ARTICLE + "\n:::wichtig " + "ä" * 200 + "\nText\n:::\n", 11, "120"),
        (ARTICLE.replace("Größe und Maß", "ä" * 200_001), 9, "zu lang"),
        ("---\ntitle: [\n---\n", 2, "YAML"),
        (with_head("tags: - a"), 3, "beginnt in der Zeile nach dem Schlüssel"),
        (with_head('seo_title: "C:\\daten"'), 3, "nehmen Sie einfache Anführungszeichen"),
        (with_head('seo_title: "C:\\xyz"'), 3, "nehmen Sie einfache Anführungszeichen"),
        (with_head("seo_title: ]"), 3, "beginnt mit einer Klammer oder einem Komma"),
        ("---\ntype: article\nnext_step: {label: Weiter\n---\n", 3, "Die geschweifte Klammer ist nicht"),
        (with_head("seo_title: |Text"), 3, "beginnt der Text in der nächsten Zeile"),
        (with_head("seo_title: ? b"), 3, "Das YAML ist nicht lesbar: Der Aufbau stimmt nicht."),
        (with_head("seo_title: &a b"), 3, "Anker und Verweise"),
        ("ohne Kopf", 1, "„---“"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: str, line: int, message: str) -> None:
    write_files(folder(tmp_path), {ARTICLE_FILE: content, "dateien/skript.exe": "MZ"})

    found = problems(tmp_path)

    assert any(text.startswith(f"{ARTICLE_FILE}:{line}: ") and message in text for text in found), found


def test_all_faults_of_all_files_are_listed_and_the_command_fails(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        ARTICLE_FILE: with_head("titel: x\nkint: y"),
        QUESTION_FILE: "kaputt",
        "recht/ozg.md": b"\xff\xfe",
    }
    errors = StringIO()

    with pytest.raises(CommandError, match="4 Fehler"):
        call_command("import_content", write_files(folder(tmp_path), files), stderr=errors)

    assert [line.split(": ")[0] for line in errors.getvalue().splitlines()] == [
        "recht/ozg.md:1",
        f"{ARTICLE_FILE}:3",
        f"{ARTICLE_FILE}:4",
        f"{QUESTION_FILE}:1",
    ]
    assert not TopicPage.objects.exists()
    assert not GlossaryTerm.objects.exists()


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE.encode("latin-1")})

    assert problems(tmp_path) == [
        f"{ARTICLE_FILE}:3: Die Datei ist nicht in UTF-8 geschrieben. Speichern Sie sie als UTF-8."
    ]


def test_a_file_of_five_megabytes(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + "Größe " * 720_000})

    assert problems(tmp_path) == [f"{ARTICLE_FILE}:1: Die Datei ist mit 5,8 MB zu groß; höchstens 1 MB."]


def test_a_null_character(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + "\0"})

    assert problems(tmp_path) == [f"{ARTICLE_FILE}:10: Die Datei enthält ein Nullzeichen."]


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    outside = write_files(tmp_path / "draussen", {"geheim.md": ARTICLE, "geheim.csv": "x"})
    root = folder(tmp_path / "inhalt")
    (root / "themen/buergerbuero/verweis.md").symlink_to(outside / "geheim.md")
    (root / "themen/ordner").symlink_to(outside)
    (root / "dateien").mkdir()
    (root / "dateien/geheim.csv").symlink_to(outside / "geheim.csv")
    write_files(root, {ARTICLE_FILE: ARTICLE + "\n:::datei\ndatei: dateien/geheim.csv\n:::\n"})

    assert problems(root) == [
        f"{ARTICLE_FILE}:11: „dateien/geheim.csv“ führt aus dem Ordner hinaus.",
        "themen/buergerbuero/verweis.md:1: Die Datei ist ein Verweis aus dem Ordner hinaus.",
        "themen/ordner:1: Der Ordner ist ein Verweis aus dem Ordner hinaus.",
    ]


def test_two_files_for_one_address(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {ARTICLE_FILE.replace(".md", "/index.md"): ARTICLE})

    (problem,) = problems(tmp_path)

    assert "Denselben Pfad hat schon die Datei" in problem


def test_a_term_or_act_that_exists_already(tmp_path: Path) -> None:
    root = folder(tmp_path)
    for name, copy in (("glossar/efa.md", "glossar/efa-2.md"), ("recht/ozg.md", "recht/ozg-2.md")):
        write_files(root, {copy: (root / name).read_bytes()})

    assert problems(root) == [
        "glossar/efa.md:3: „EfA“ gehört schon zu glossar/efa-2.",
        "recht/ozg.md:3: „OZG“ gehört schon zu recht/ozg-2.",
    ]


def test_a_term_of_the_portal_under_another_address(tmp_path: Path) -> None:
    GlossaryTerm.objects.create(term="EfA", slug="einer-fuer-alle", meaning="Schon da.")

    assert problems(folder(tmp_path)) == ["glossar/efa.md:3: „EfA“ gehört schon zu glossar/einer-fuer-alle."]


def test_a_synonym_of_another_term(tmp_path: Path) -> None:
    other = "---\ntype: term\nterm: Nachnutzung\nsynonyms: [Übernahme, efa]\n---\n\nText.\n"
    write_files(folder(tmp_path), {"glossar/nachnutzung.md": other})

    assert problems(tmp_path) == ["glossar/nachnutzung.md:4: „efa“ gehört schon zu glossar/efa."]


def test_a_page_without_the_page_above(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {"themen/fehlt/seite.md": ARTICLE})

    assert problems(tmp_path) == ["themen/fehlt/seite.md:1: Die Seite darüber („themen/fehlt“) gibt es nicht."]


def test_an_address_that_is_none(tmp_path: Path) -> None:
    write_files(folder(tmp_path), {"themen/buergerbuero/Ämter öffnen.md": ARTICLE})

    assert any("„Ämter öffnen“ ist keine Adresse" in text for text in problems(tmp_path))


def test_a_repeated_or_senseless_provision(tmp_path: Path) -> None:
    root = folder(tmp_path)
    text = (root / "recht/ozg.md").read_text()
    write_files(root, {"recht/ozg.md": text.replace("  - ref:", "  - ref: §9 Absatz 1\n  - ref:")})
    assert problems(root) == ["recht/ozg.md:9: Die Vorschrift „§ 9 Abs. 1“ steht zweimal da."]

    write_files(root, {"recht/ozg.md": text.replace("§ 9 Abs. 1", "neunter")})
    assert any("recht/ozg.md:8: „neunter“ ist keine Vorschrift" in problem for problem in problems(root))


def _png(size: tuple[int, int]) -> bytes:
    stream = BytesIO()
    Image.new("1", size).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"kein Bild", "bild.png"),
        (_png((9000, 9000)), "bild.png"),
    ],
)
def test_an_image_that_is_none_or_a_bomb(tmp_path: Path, image: bytes, message: str) -> None:
    body = "\n:::bild\ndatei: dateien/bild.png\nalternativtext: Größe\nlizenz: CC0\n:::\n"
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + body, "dateien/bild.png": image})

    (problem,) = problems(tmp_path)

    assert problem.startswith(f"{ARTICLE_FILE}:11: „{message}“")


def test_a_file_that_is_not_what_its_name_says(tmp_path: Path) -> None:
    body = "\n:::datei\ndatei: dateien/muster.docx\ntitel: Muster\nlizenz: CC0\n:::\n"
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + body, "dateien/muster.docx": "MZ kein Word"})

    (problem,) = problems(tmp_path)

    assert problem.startswith(f"{ARTICLE_FILE}:11: „muster.docx“: Das ist keine gültige Word-Datei (.docx).")


def test_an_svg_that_could_act(tmp_path: Path) -> None:
    body = "\n:::bild\ndatei: dateien/bild.svg\nalternativtext: Kreis\nlizenz: CC0\n:::\n"
    image = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script></svg>'
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + body, "dateien/bild.svg": image})

    (problem,) = problems(tmp_path)

    assert problem.startswith(
        f"{ARTICLE_FILE}:11: „bild.svg“: Die SVG-Datei enthält aktive Inhalte oder Verweise."
    )


def test_html_and_script_are_kept_as_source_and_harmless_for_readers(tmp_path: Path) -> None:
    text = "<script>alert('x')</script>\n\n<b onclick=\"alert(1)\">fett</b> [Link](javascript:alert(2))"
    write_files(folder(tmp_path), {ARTICLE_FILE: ARTICLE + "\n" + text})

    assert not import_directory(tmp_path, starter=True).problems

    page = ArticlePage.objects.get()
    assert text in page.body.raw_data[0]["value"]
    for evil in ("<script", "onclick", "javascript:"):
        assert evil not in page.rendered["html"]
