"""Text pasted from office programs: their HTML becomes the same blocks as a file."""

from __future__ import annotations

import base64

from knowledge.word.draft import Draft, from_paste
from tests.factories import word

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p {color: red}</style>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings/></xml><![endif]--></head><body lang=DE>
<p class=MsoTitle>Prüfung der Größe<o:p></o:p></p>
<h1>Fristen</h1>
<p class=MsoNormal>Nach <st1:place>Wiesbaden</st1:place><a style='mso-footnote-id:ftn1' href="#_ftn1"
 name="_ftnref1" title=""><span class=MsoFootnoteReference><![if !supportFootnotes]>[1]
<![endif]></span></a> <b>fett</b>.<o:p></o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
 style='mso-list:Ignore'>1.<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;</span></span><![endif]>Eins</p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span
 style='mso-list:Ignore'>·<span>&nbsp;</span></span>Zwei</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>2.<span>&nbsp;
 </span></span>Drei</p>
<div style='mso-element:footnote-list'><div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a
 href="#_ftnref1" name="_ftn1"><span>[1]</span></a> Hauptstadt</p></div></div></body></html>"""

LIBREOFFICE = """<h2>Größe</h2><p>Text<sup><a class="sdfootnoteanc" name="sdfootnote1anc"
href="#sdfootnote1sym"><sup>1</sup></a></sup></p><ul><li><p>Punkt</p></li></ul>
<div id="sdfootnote1"><p class="sdfootnote">
<a class="sdfootnotesym" name="sdfootnote1sym" href="#sdfootnote1anc">1</a> Fußnote</p></div>"""

GOOGLE = """<b style="font-weight:normal;" id="docs-internal-guid-1"><p dir="ltr">
<span style="font-weight:700">Fett</span>
<span style="font-style:italic">schräg</span></p><ul><li><p>A</p></li><ul><li><p>B</p></li></ul></ul></b>"""


def _text(draft: Draft) -> str:
    return "\n\n".join(block["text"] for block in draft.blocks if block["kind"] == "markdown")


def _kinds(source: str) -> set[str]:
    return set(from_paste(source, is_html=True).losses.found)


def test_word() -> None:
    draft = from_paste(WORD, is_html=True)
    assert draft.title == "Prüfung der Größe"
    assert _text(draft) == (
        "## Fristen\n\nNach Wiesbaden[^1] **fett**.\n\n1. Eins\n    - Zwei\n2. Drei\n\n[^1]: Hauptstadt"
    )
    assert draft.losses.found == {}


def test_libreoffice() -> None:
    draft = from_paste("<p>Vorweg</p>" + LIBREOFFICE, is_html=True)
    assert _text(draft) == "Vorweg\n\n## Größe\n\nText[^1]\n\n- Punkt\n\n[^1]: Fußnote"


def test_google_docs() -> None:
    assert _text(from_paste(GOOGLE, is_html=True)) == "**Fett** *schräg*\n\n- A\n    - B"


def _step(sign: str, text: str, level: int = 1) -> str:
    return (
        f"<p class=MsoListParagraph style='mso-list:l0 level{level} lfo1'><span style='mso-list:Ignore'>{sign}"
        f"<span>&nbsp;</span></span>{text}</p>"
    )


def test_numbers_go_on_behind_a_paragraph_between_the_steps() -> None:
    source = f"<p>A</p>{_step('1.', 'Eins')}{_step('2.', 'Zwei')}<p>Dazwischen</p>{_step('3.', 'Drei')}"
    assert _text(from_paste(source, is_html=True)) == "A\n\n1. Eins\n2. Zwei\n\nDazwischen\n\n3. Drei"


def test_numbers_of_several_levels_count_and_are_told() -> None:
    source = f"<p>A</p>{_step('1.', 'Eins')}{_step('1.1.', 'Eins eins', 2)}{_step('1.2', 'Eins zwei', 2)}"
    draft = from_paste(source, is_html=True)
    assert _text(draft) == "A\n\n1. Eins\n    1. Eins eins\n    2. Eins zwei"
    assert set(draft.losses.found) == {"list_format"}


def test_nothing_active_comes_through() -> None:
    source = (
        "<p onclick='x()'>Text<script>alert(1)</script><a href='javascript:alert(1)'>Klick</a>"
        "<img src='x' onerror='alert(1)'><iframe src='https://example.org'></iframe></p><p>&lt;script&gt;</p>"
    )
    draft = from_paste(source, is_html=True)
    assert _text(draft) == "TextKlick\n\n&lt;script>"
    assert set(draft.losses.found) == {"link", "image_linked"}


def test_losses_of_pasted_text() -> None:
    assert _kinds("<p><u>Wichtig</u></p>") == {"underline"}
    assert _kinds("<p><span style='color:#C00000'>Frist</span></p>") == {"colour"}
    assert _kinds("<p>a<img src='file:///C:/Temp/clip_image001.png'></p>") == {"image_linked"}


def test_images_in_the_clipboard_are_kept() -> None:
    address = "data:image/png;base64," + base64.b64encode(word.png()).decode()
    draft = from_paste(f"<p>Text</p><p><img alt='Plan' src='{address}'></p>", is_html=True)
    assert [picture.data for picture in draft.pictures] == [word.png()]
    assert draft.blocks[1] == {"kind": "image", "image": 0, "caption": ""}


def test_plain_text_without_javascript() -> None:
    draft = from_paste("Erster <Absatz>\r\nZeile zwei\r\n\r\n- kein Punkt", is_html=False)
    assert (draft.title, _text(draft)) == ("", "Erster &lt;Absatz>  \nZeile zwei\n\n\\- kein Punkt")


def test_the_header_row_is_not_bold_twice() -> None:
    table = (
        "<table><tr><th><b>Frist</b></th><th>Amt</th></tr>"
        "<tr><td><b>ein Monat</b></td><td>Bürgeramt</td></tr></table>"
    )
    assert (
        _text(from_paste(table, is_html=True)) == "| Frist | Amt |\n| --- | --- |\n| **ein Monat** | Bürgeramt |"
    )
