"""Footnotes, links and images of titles, captions, footnotes and margins: carried over, or told with place."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.word.draft import Draft, from_word
from tests.factories import word

KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PICTURE = (
    "<w:r><w:drawing><wp:inline><wp:docPr id='1' name='Bild 1'/><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
    "<a:blip r:embed='rId4'/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
)
NOTE = "<w:r><w:footnoteReference w:id='7'/></w:r>"
LINK = "<w:hyperlink r:id='rId2'><w:r><w:t>Amt</w:t></w:r></w:hyperlink>"
REFUSED = "<w:hyperlink r:id='rId3'><w:r><w:t>Laufwerk</w:t></w:r></w:hyperlink>"
TEXT = word.paragraph("Text.")


def _relations(*rows: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(rows)
        + "</Relationships>"
    )


def _link(number: str, target: str) -> str:
    return f'<Relationship Id="{number}" Type="{KIND}/hyperlink" Target="{target}" TargetMode="External"/>'


IMAGE_RELATION = f'<Relationship Id="rId4" Type="{KIND}/image" Target="media/a.png"/>'


NAMESPACES = (
    f'xmlns:w="{word.W}" xmlns:r="{KIND}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
)


def _footnotes(content: str) -> str:
    return f'<w:footnotes {NAMESPACES}><w:footnote w:id="7">{content}</w:footnote></w:footnotes>'


def _convert(xml: str, *, note: str = "", **parts: Any) -> Draft:
    files = {
        "word/footnotes.xml": _footnotes(note or word.paragraph("Stand: Mai.")),
        "word/media/a.png": word.png(),
        "word/_rels/footnotes.xml.rels": _relations(IMAGE_RELATION),
        "word/_rels/document.xml.rels": _relations(
            f'<Relationship Id="rId1" Type="{KIND}/footnotes" Target="footnotes.xml"/>',
            _link("rId2", "https://example.org/a"),
            _link("rId3", "file:///C:/geheim.docx"),
            IMAGE_RELATION,
        ),
        **parts,
    }
    return from_word(word.body(xml, **files), "Datei.docx")


def _styled(style: str, content: str) -> str:
    return f"<w:p><w:pPr><w:pStyle w:val='{style}'/></w:pPr>{content}</w:p>"


def _run(text: str) -> str:
    return f"<w:r><w:t xml:space='preserve'>{text}</w:t></w:r>"


def _said(draft: Draft) -> dict[str, list[str]]:
    return {row["kind"]: row["places"] for row in draft.losses.rows()}


@pytest.mark.parametrize(
    ("part", "root", "place"),
    [("header1", "hdr", "Kopfzeile mit Bild"), ("footer1", "ftr", "Fußzeile mit Bild")],
)
def test_a_margin_with_a_picture_alone_is_told(part: str, root: str, place: str) -> None:
    drawn = f"<w:{root} {NAMESPACES}><w:p>{PICTURE}</w:p></w:{root}>"
    assert _said(_convert(TEXT, **{f"word/{part}.xml": drawn})) == {"header": [place]}
    empty = f"<w:{root} {NAMESPACES}><w:p/></w:{root}>"
    assert _said(_convert(TEXT, **{f"word/{part}.xml": empty})) == {}


@pytest.mark.parametrize(
    ("extra", "text"),
    [
        (NOTE, "Abbildung 1: Ablauf[^1]\n\n[^1]: Stand: Mai."),
        (LINK, "Abbildung 1: Ablauf[Amt](https://example.org/a)"),
    ],
)
def test_a_caption_with_footnote_or_link_is_a_paragraph_that_has_them(extra: str, text: str) -> None:
    image = f"<w:p>{PICTURE}</w:p>"
    draft = _convert(word.paragraph("Vorweg.") + image + _styled("Caption", _run("Abbildung 1: Ablauf") + extra))
    assert [block["kind"] for block in draft.blocks] == ["markdown", "image", "markdown"]
    assert (draft.blocks[1]["caption"], draft.blocks[2]["text"]) == ("", text)
    assert _said(draft) == {"caption_plain": ["am Anfang"]}


def test_a_caption_with_an_image_keeps_it() -> None:
    image = f"<w:p>{PICTURE}</w:p>"
    draft = _convert(image + _styled("Caption", _run("Abbildung 1: Ablauf") + PICTURE))
    assert [block["kind"] for block in draft.blocks] == ["image", "markdown", "image"]
    assert _said(draft) == {"caption_plain": ["am Anfang"]}


def test_a_caption_of_words_stays_one_and_tells_of_refused_links() -> None:
    draft = _convert(f"<w:p>{PICTURE}</w:p>" + _styled("Caption", _run("Abbildung 1: ") + REFUSED))
    assert [block["kind"] for block in draft.blocks] == ["image"]
    assert draft.blocks[0]["caption"] == "Abbildung 1: Laufwerk"
    assert _said(draft) == {"link": ["am Anfang"]}


def test_what_a_title_cannot_have_is_told_by_its_words_and_its_image_is_kept() -> None:
    title = _styled("Title", _run("Größe der ") + LINK + NOTE + PICTURE + REFUSED)
    draft = _convert(title + TEXT)
    assert draft.title == "Größe der AmtLaufwerk"
    assert [block["kind"] for block in draft.blocks] == ["image", "markdown"]
    assert draft.blocks[1]["text"] == "Text."
    assert draft.pictures[0].data == word.png()
    assert _said(draft) == {
        "title_plain": ["Fußnote „Stand: Mai.“", "Link https://example.org/a"],
        "link": ["am Anfang"],
    }


def test_a_footnote_of_title_and_text_stays_in_the_text() -> None:
    draft = _convert(_styled("Title", _run("Größe") + NOTE) + f"<w:p>{_run('Text')}{NOTE}</w:p>")
    assert draft.blocks[0]["text"] == "Text[^1]\n\n[^1]: Stand: Mai."
    assert _said(draft) == {"title_plain": ["Fußnote „Stand: Mai.“"]}


def test_the_lines_of_a_title_do_not_run_together() -> None:
    draft = _convert(_styled("Title", _run("Größe") + "<w:r><w:br/></w:r>" + _run("und Maß")) + TEXT)
    assert draft.title == "Größe und Maß"


def test_a_heading_that_becomes_the_title_stays_where_it_has_a_link() -> None:
    draft = _convert(_styled("Heading1", _run("Größe der ") + LINK) + TEXT)
    assert draft.title == "Größe der Amt"
    assert draft.blocks[0]["text"] == "## Größe der [Amt](https://example.org/a)\n\nText."


def test_an_image_in_a_footnote_follows_the_text_once() -> None:
    note = f"<w:p>{_run('Siehe')}{PICTURE}</w:p>"
    other = _styled("Heading1", _run("Weiter"))
    xml = f"<w:p>{_run('Text')}{NOTE}</w:p><w:p>{PICTURE}</w:p>{other}<w:p>{_run('Noch')}{NOTE}</w:p>"
    draft = _convert(xml, note=note)
    assert [block["kind"] for block in draft.blocks] == ["markdown", "image", "image", "markdown"]
    assert draft.blocks[0]["text"] == "Text[^1]\n\n[^1]: Siehe"
    assert _said(draft) == {"image_moved": ["Fußnoten"]}
    alone = _convert(f"<w:p>{_run('Text')}{NOTE}</w:p>", note=f"<w:p>{PICTURE}</w:p>")
    assert alone.blocks[0]["text"] == "Text[^1]\n\n[^1]: (Bild)"
    assert [block["kind"] for block in alone.blocks] == ["markdown", "image"]
