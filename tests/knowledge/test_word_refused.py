"""What does not become a draft: each with a German message that says what to do, nothing half done."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from docx import Document

from knowledge.word.draft import from_paste, from_word
from knowledge.word.package import MAX_IMAGES, RefusedError
from tests.factories import word

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x '
    f'SYSTEM "file:///etc/passwd">]><w:document xmlns:w="{word.W}"><w:body><w:p><w:r><w:t>&b;&x;</w:t></w:r></w:p>'
    "</w:body></w:document>"
)


def _document(text: str = "Text") -> io.BytesIO:
    document = Document()
    document.add_paragraph(text)
    return word.saved(document)


def _encrypted() -> io.BytesIO:
    return io.BytesIO(word.OLE + "EncryptedPackage".encode("utf-16-le"))


def _wrong_sum() -> io.BytesIO:
    """A file whose text was changed after packing: the sum of the part is wrong."""
    copy = io.BytesIO()
    with zipfile.ZipFile(_document()) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return io.BytesIO(copy.getvalue().replace(b"<w:t>Text</w:t>", b"<w:t>Teyt</w:t>"))


def _lying_size() -> io.BytesIO:
    """A part that says it is small and unpacks to much more."""
    data = bytearray(word.changed(_document(), {"word/document.xml": b"<a>" + b" " * 60_000_000}).getvalue())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.rfind(mark)
        data[at + offset : at + offset + 4] = struct.pack("<I", 100)
    return io.BytesIO(bytes(data))


def _images(count: int) -> io.BytesIO:
    document = Document()
    for number in range(count):
        document.add_picture(io.BytesIO(word.png(f"#{number:06x}", (2, 2))))
    return word.saved(document)


def _nested(depth: int) -> io.BytesIO:
    return word.body("<w:sdt><w:sdtContent>" * depth + word.paragraph("x") + "</w:sdtContent></w:sdt>" * depth)


def _docm() -> io.BytesIO:
    return word.changed(_document(), {"word/vbaProject.bin": b"makro"})


def _pptx() -> io.BytesIO:
    return word.zipped({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"})


BAD = {
    "macros": (_docm, "Makros"),
    "password": (_encrypted, "Passwort"),
    "old doc": (lambda: io.BytesIO(word.OLE), "alten Word-Format"),
    "empty file": (lambda: io.BytesIO(b""), "leer"),
    "no zip": (lambda: io.BytesIO(b"Hallo"), "keine gültige Word-Datei"),
    "pdf": (lambda: io.BytesIO(b"%PDF-1.7\n1 0 obj"), "keine gültige Word-Datei"),
    "odt": (
        lambda: word.zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
        "keine gültige Word-Datei",
    ),
    "pptx": (_pptx, "keine gültige Word-Datei"),
    "cut zip": (lambda: io.BytesIO(_document().getvalue()[:-400]), "keine gültige Word-Datei"),
    "broken xml": (lambda: word.changed(_document(), {"word/document.xml": "<w:document"}), "beschädigt"),
    "no body": (lambda: word.changed(_document(), {"word/document.xml": "<a/>"}), "beschädigt"),
    "wrong sum": (_wrong_sum, "beschädigt"),
    "lying size": (_lying_size, "beschädigt"),
    "bomb": (lambda: word.changed(_document(), {"word/media/x.bin": b"0" * 20_000_000}), "stark gepackt"),
    "large part": (
        lambda: word.changed(_document(), {"word/document.xml": b"<a>" + bytes(range(32, 60)) * 1_600_000}),
        "",
    ),
    "paths": (lambda: word.changed(_document(), {"../../etc/cron.d/x": b"x"}), "Pfade"),
    "entities": (lambda: word.changed(_document(), {"word/document.xml": ENTITIES}), "XML-Entitäten"),
    "no text": (lambda: word.saved(Document()), "keinen Text"),
    "many images": (lambda: _images(MAX_IMAGES + 1), "zu viele Bilder"),
    "too deep": (lambda: _nested(3000), ""),
    "too long": (lambda: _document("Größe prüfen. " * 380_000), "zu lang"),
    "bit too long": (lambda: _document("Größe " * 60_000), "zu lang"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_in_german(name: str) -> None:
    make, words = BAD[name]
    with pytest.raises(RefusedError) as refusal:
        from_word(make(), "Datei.docx")
    message = refusal.value.messages[0]
    assert words in message
    assert message.endswith(".")


def test_500_images_say_what_to_do() -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    relations = "".join(f'<Relationship Id="r{n}" Type="{kind}" Target="media/{n}.png"/>' for n in range(500))
    of = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {"word/_rels/document.xml.rels": f'<Relationships xmlns="{of}">{relations}</Relationships>'}
    with pytest.raises(RefusedError, match="Teilen Sie es auf mehrere Dokumente auf"):
        from_word(word.changed(_document(), parts), "Datei.docx")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p> </p>", "keinen Text"),
        ("<p>" + "x" * 400_000 + "</p>", "zu lang"),
        ("<div>" * 20_000 + "x", "verschachtelt"),
        ("x" * (8 * 1024 * 1024 + 1), "zu groß"),
    ],
)
def test_bad_pasted_text(source: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        from_paste(source, is_html=True)
