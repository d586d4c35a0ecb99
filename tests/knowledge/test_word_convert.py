"""From Word to blocks: what is kept, and the list of what is not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.markdown import plain_text, render_markdown
from knowledge.word.draft import Draft, from_paste, from_word
from tests.factories import word


def _texts(draft: Draft) -> str:
    return "\n\n".join(block["text"] for block in draft.blocks if block["kind"] == "markdown")


def _convert(xml: str, **parts: Any) -> Draft:
    return from_word(word.body(xml, **parts), "Datei.docx")


def _kinds(draft: Draft) -> set[str]:
    return set(draft.losses.found)


def test_a_report_becomes_blocks() -> None:
    draft = from_word(word.report(), "bericht.docx")
    assert draft.title == "Prüfung der Größe"
    assert [block["kind"] for block in draft.blocks] == ["markdown", "image"]
    assert draft.blocks[0]["text"] == (
        "## Ablauf & Übergänge\n\n"
        "Die Behörde prüft **sorgfältig** und *schnell*.\n\n"
        "- Antrag lesen\n- Antrag prüfen\n\n"
        "1. Zuerst\n\n"
        "| Frist | Stelle |\n| --- | --- |\n| A\\|B | Amt |\n\n"
        "### Bilder"
    )
    assert draft.blocks[1] == {"kind": "image", "image": 0, "caption": "Abbildung 1: Ablaufplan"}
    assert draft.pictures[0].data == word.png()
    assert _kinds(draft) == {"table_header"}


def test_title_from_first_heading_or_file_name() -> None:
    document = Document()
    document.add_heading("Anträge stellen", 1)
    document.add_heading("Zuerst", 2)
    document.add_paragraph("Text.")
    draft = from_word(word.saved(document), "x.docx")
    assert (draft.title, _texts(draft)) == ("Anträge stellen", "## Zuerst\n\nText.")
    plain = Document()
    plain.add_paragraph("Nur Text.")
    assert from_word(word.saved(plain), "Ämter_und  Größen.docx").title == "Ämter und Größen"


def test_heading_levels_begin_at_two_and_leave_none_out() -> None:
    document = Document()
    for level, text in ((2, "A"), (4, "B"), (4, "C"), (2, "D"), (5, "E")):
        document.add_heading(text, level)
        document.add_paragraph("Text.")
    text = _texts(from_word(word.saved(document), "x.docx"))
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## A",
        "### B",
        "### C",
        "## D",
        "### E",
    ]


def test_headings_are_found_by_german_names_and_by_what_they_derive_from() -> None:
    styles = (
        f'<w:styles xmlns:w="{word.W}">'
        '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="Überschrift 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Amt"><w:name w:val="Amt"/>'
        '<w:basedOn w:val="berschrift1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Gl"><w:name w:val="Gliederung"/><w:pPr>'
        '<w:outlineLvl w:val="1"/></w:pPr></w:style></w:styles>'
    )
    xml = "".join(
        word.paragraph(name, f'<w:pStyle w:val="{name}"/>') + word.paragraph("Text.")
        for name in ("berschrift1", "Amt", "Gl")
    )
    text = _texts(_convert(word.paragraph("Vorweg.") + xml, **{"word/styles.xml": styles}))
    assert [line for line in text.splitlines() if line.startswith("#")] == ["## berschrift1", "## Amt", "### Gl"]


KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
FOOTNOTES = (
    f'<w:footnotes xmlns:w="{word.W}"><w:footnote w:id="7">'
    + word.paragraph("Siehe *Amtsblatt*.")
    + "</w:footnote></w:footnotes>"
)
NOTE_PARTS = {
    "word/footnotes.xml": FOOTNOTES,
    "word/_rels/document.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{KIND}/footnotes" '
        'Target="footnotes.xml"/>'
        f'<Relationship Id="rId2" Type="{KIND}/hyperlink" '
        'Target="https://example.org/größe?a=1&amp;b=(2)" TargetMode="External"/>'
        f'<Relationship Id="rId3" Type="{KIND}/hyperlink" '
        'Target="file:///C:/geheim.docx" TargetMode="External"/>'
        f'<Relationship Id="rId4" Type="{KIND}/image" '
        'Target="https://example.org/zaehler.png" TargetMode="External"/>'
        "</Relationships>"
    ),
}


def test_footnotes_and_links() -> None:
    xml = (
        "<w:p><w:r><w:t>Satz</w:t></w:r><w:r><w:footnoteReference w:id='7'/></w:r><w:r><w:t>.</w:t></w:r></w:p>"
        "<w:p><w:hyperlink r:id='rId2'><w:r><w:t>Größe</w:t></w:r></w:hyperlink></w:p>"
        "<w:p><w:hyperlink r:id='rId3'><w:r><w:t>Laufwerk</w:t></w:r></w:hyperlink></w:p>"
        "<w:p><w:hyperlink w:anchor='Ziel'><w:r><w:t>oben</w:t></w:r></w:hyperlink></w:p>"
    )
    draft = _convert(xml, **NOTE_PARTS)
    assert _texts(draft) == (
        "Satz[^1].\n\n[Größe](https://example.org/gr%C3%B6%C3%9Fe?a=1&b=%282%29)\n\nLaufwerk\n\noben\n\n"
        "[^1]: Siehe \\*Amtsblatt\\*."
    )
    assert draft.losses.found["link"][0] == draft.losses.found["cross_reference"][0] == 1


def _run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


LOSSES: dict[str, tuple[str, str]] = {
    "insertion": (f"<w:p><w:ins w:id='1'>{_run('neu')}</w:ins></w:p>", "neu"),
    "deletion": (f"<w:p>{_run('da')}<w:del w:id='1'><w:r><w:delText>weg</w:delText></w:r></w:del></w:p>", "da"),
    "comment": (f"<w:p>{_run('da')}<w:r><w:commentReference w:id='1'/></w:r></w:p>", "da"),
    "underline": ("<w:p>" + _run("u", '<w:u w:val="single"/>') + "</w:p>", "u"),
    "colour": ("<w:p>" + _run("rot", '<w:color w:val="FF0000"/>') + "</w:p>", "rot"),
    "hidden": ("<w:p>" + _run("da") + _run("geheim", "<w:vanish/>") + "</w:p>", "da"),
    "formula": (
        f"<w:p>{_run('Es gilt ')}<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath></w:p>",
        "Es gilt \\[Formel fehlt\\]",
    ),
    "object": (f"<w:p>{_run('da')}<w:r><w:object><o:OLEObject/></w:object></w:r></w:p>", "da"),
    "chart": (
        f"<w:p>{_run('da')}<w:r><w:drawing><wp:inline><a:graphic><a:graphicData "
        f"uri='{DRAWING}/chart'/></a:graphic></wp:inline></w:drawing></w:r>"
        "</w:p>",
        "da",
    ),
    "smartart": (
        f"<w:p>{_run('da')}<w:r><w:drawing><wp:inline><a:graphic><a:graphicData "
        f"uri='{DRAWING}/diagram'/></a:graphic></wp:inline></w:drawing></w:r>"
        "</w:p>",
        "da",
    ),
    "textbox": (
        f"<w:p>{_run('da')}<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline><a:graphic>"
        "<a:graphicData uri='http://schemas.microsoft.com/office/word/2010/wordprocessingShape'><wps:wsp>"
        f"<wps:txbx><w:txbxContent>{word.paragraph('Kasten')}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData>"
        "</a:graphic></wp:inline></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p>",
        "da\n\nKasten",
    ),
    "cross_reference": (
        f"<w:p><w:fldSimple w:instr=' REF _Ref1 '>{_run('Kapitel 3')}</w:fldSimple></w:p>",
        "Kapitel 3",
    ),
    "form": (f"<w:p><w:fldSimple w:instr=' FORMTEXT '>{_run('Name')}</w:fldSimple></w:p>", "Name"),
    "image_linked": (
        f"<w:p>{_run('da')}<w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        "<a:blip r:link='rId4'/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
        "</w:r></w:p>",
        "da",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LOSSES)
def test_what_is_lost_is_told_with_its_place(kind: str) -> None:
    xml, text = LOSSES[kind]
    heading = word.paragraph("Vorwort") + word.paragraph("Fristen", '<w:pStyle w:val="Heading1"/>')
    draft = _convert(heading + xml, **NOTE_PARTS)
    assert _texts(draft) == f"Vorwort\n\n## Fristen\n\n{text}"
    assert _kinds(draft) == {kind}
    assert draft.losses.found[kind][0] == 1
    if kind != "image_linked":  # found when the text is already HTML
        assert draft.losses.found[kind][1] == ["Abschnitt „Fristen“"]


def test_places_name_the_page_where_word_has_noted_it() -> None:
    page = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>Seite zwei</w:t></w:r></w:p>"
    draft = _convert(word.paragraph("Eins") + page + LOSSES["formula"][0])
    assert draft.losses.found["formula"] == (1, ["Seite 2, am Anfang"])


def test_contents_headers_and_page_numbers_are_left_out() -> None:
    toc = (
        "<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val='Table of Contents'/></w:docPartObj></w:sdtPr>"
        f"<w:sdtContent>{word.paragraph('Fristen 3')}</w:sdtContent></w:sdt>"
    )
    footer = (
        f'<w:ftr xmlns:w="{word.W}"><w:p><w:r><w:t>Seite</w:t></w:r><w:fldSimple w:instr="PAGE"/></w:p></w:ftr>'
    )
    draft = _convert(toc + word.paragraph("Text"), **{"word/footer1.xml": footer})
    assert _texts(draft) == "Text"
    assert _kinds(draft) == {"toc", "header", "page_number"}


def _table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def _cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def test_a_document_of_a_table_alone_with_merged_cells() -> None:
    document = Document()
    table = document.add_table(3, 3)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = str(number)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "breit"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "hoch"
    draft = from_word(word.saved(document), "x.docx")
    assert _texts(draft) == "| breit | breit | 2 |\n| --- | --- | --- |\n| hoch | 4 | 5 |\n| hoch | 7 | 8 |"
    assert "table_merged" in _kinds(draft)


def test_nested_and_flat_tables() -> None:
    inner = _table(_cell(word.paragraph("a")) + _cell(word.paragraph("b")))
    head = "<w:trPr><w:tblHeader/></w:trPr>" + _cell(word.paragraph("K1")) + _cell(word.paragraph("K2"))
    draft = _convert(_table(head, _cell(inner + word.paragraph("c")) + _cell(word.paragraph("d"))))
    assert _texts(draft).splitlines()[-1].startswith("| a; b<br>c | d |")
    assert _kinds(draft) == {"table_nested"}
    flat = _convert(_table(_cell(word.paragraph("Nur")) + _cell(word.paragraph("Text"))))
    assert (_texts(flat), _kinds(flat)) == ("Nur\n\nText", {"table_plain"})


def test_images_in_tables_follow_them_and_equal_images_are_kept_once() -> None:
    document = Document()
    table = document.add_table(2, 2)
    for cell in (cell for row in table.rows for cell in row.cells):
        cell.text = "x"
    table.cell(1, 1).paragraphs[0].add_run().add_picture(io.BytesIO(word.png()))
    document.add_picture(io.BytesIO(word.png()))
    draft = from_word(word.saved(document), "x.docx")
    assert [block.get("image") for block in draft.blocks] == [None, 0, 0]
    assert len(draft.pictures) == 1
    assert "image_moved" in _kinds(draft)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x01\x00\x00\x00" + b"\x00" * 200, "image_format"),  # EMF
        (b"\xd7\xcd\xc6\x9a" + b"\x00" * 200, "image_format"),  # WMF
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "image_format"),
        (b"\x89PNG\r\n\x1a\nkaputt", "image_broken"),
    ],
)
def test_images_browsers_do_not_show_are_lost_not_kept(content: bytes, kind: str) -> None:
    document = Document()
    document.add_paragraph("Text")
    document.add_picture(io.BytesIO(word.png()))
    draft = from_word(word.changed(word.saved(document), {"word/media/image1.png": content}), "x.docx")
    assert draft.pictures == []
    assert _kinds(draft) == {kind}


def test_an_image_with_too_many_points_is_lost() -> None:
    document = Document()
    document.add_paragraph("Text")
    document.add_picture(io.BytesIO(word.png()))
    huge = word.png(size=(9000, 8000))
    draft = from_word(word.changed(word.saved(document), {"word/media/image1.png": huge}), "x.docx")
    assert (draft.pictures, _kinds(draft)) == ([], {"image_broken"})


def test_alternative_texts_come_along_unless_the_program_made_them_up() -> None:
    document = Document()
    for colour, alt in (
        ("red", "Ablaufplan in fünf Schritten"),
        ("blue", "Ein Bild, das Text enthält. Automatisch generierte Beschreibung"),
    ):
        document.add_picture(io.BytesIO(word.png(colour)))
        document.inline_shapes[-1]._inline.docPr.set("descr", alt)
    draft = from_word(word.saved(document), "x.docx")
    assert [picture.alt for picture in draft.pictures] == ["Ablaufplan in fünf Schritten", ""]


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Co", "Cn"]) | st.just(" "),
    max_size=30,
)
PIECES = st.lists(st.tuples(st.sampled_from(["", "b", "i", "b i", "sup"]), WORDS), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(PIECES)
def test_every_text_reads_the_same_after_markdown(pieces: list[tuple[str, str]]) -> None:
    """What a reader sees is what stood in the document, whatever signs it is made of."""
    from html import escape

    source = ""
    for names, text in pieces:
        start = "".join(f"<{name}>" for name in names.split())
        end = "".join(f"</{name}>" for name in reversed(names.split()))
        source += f"{start}{escape(text)}{end}"
    wanted = " ".join("".join(text for _, text in pieces).split())
    if not wanted:
        return
    draft = from_paste(f"<p>{source}</p>", is_html=True)
    shown = BeautifulSoup(render_markdown(_texts(draft)), "html.parser")
    assert shown.find(["h1", "h2", "ul", "ol", "table", "blockquote", "pre", "hr", "dl"]) is None
    assert " ".join(shown.get_text().split()) == wanted


def test_text_that_looks_like_markdown_stays_text() -> None:
    lines = [
        "1. Punkt",
        "- Strich",
        "# Raute",
        "> Zitat",
        ": Doppelpunkt",
        "~~~",
        "===",
        "!!! note",
        "| a | b |",
        "[^1]: x",
        ":::hinweis",
    ]
    draft = from_paste("".join(f"<p>{line.replace('>', '&gt;')}</p>" for line in lines), is_html=True)
    shown = plain_text(render_markdown(_texts(draft))).splitlines()
    assert shown == lines
