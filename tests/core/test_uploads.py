import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from wagtail.documents.forms import get_document_form
from wagtail.images.forms import get_image_form
from wagtail.models import Collection

from portal.core import uploads
from portal.core.models import PortalDocument, PortalImage
from tests.core import files

pytestmark = pytest.mark.django_db

MP4 = b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", files.docx("Größe")), ("a.xlsx", files.xlsx(("Größe",))), ("a.odt", files.odt("Größe")),
        ("a.pptx", files.pptx("Größe")), ("a.pdf", files.pdf("Größe")), ("a.zip", files.archive({"x.txt": "x"})),
        ("a.mp4", MP4), ("a.vtt", b"WEBVTT\n"), ("a.ics", b"BEGIN:VCALENDAR\r\n"), ("a.txt", "Größe".encode()),
        ("a.csv", "Größe;1".encode("cp1252")),
    ],
)  # fmt: skip
def test_right_content_passes(name: str, content: bytes) -> None:
    file = io.BytesIO(content)
    uploads.check_document(file, name)
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"<html>hallo</html>", "keine gültige PDF-Datei"),
        ("a.pdf", b"%PDF-1.7\n" + b"Unsinn " * 900 + b"\n%%EOF\n", "keine gültige PDF-Datei"),
        ("a.pdf", files.pdf("x")[:200], "keine gültige PDF-Datei"),
        ("a.docx", files.pdf("x"), "keine gültige Word-Datei"),
        ("a.docx", files.archive({"x.txt": "x"}), "keine gültige Word-Datei"),
        ("a.xlsx", files.docx("x"), "keine gültige Excel-Datei"),
        ("a.odt", files.docx("x"), "keine gültige OpenDocument-Textdatei"),
        ("a.mp4", files.png(), "keine gültige MP4-Videodatei"),
        ("a.vtt", b"<script>", "keine gültige Untertiteldatei"),
        ("a.txt", b"\x00\x01", "keine gültige Textdatei"),
        ("a.docx", files.docx("x")[:300], "keine gültige Word-Datei"),
    ],
)
def test_content_that_is_not_what_the_name_says(name: str, content: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        uploads.check_document(io.BytesIO(content), name)


@pytest.mark.parametrize(("name", "content", "part"), [
    ("a.docx", files.docx("Größe"), b"[Content_Types].xml"), ("a.odt", files.odt("Größe"), b"mimetype"),
])  # fmt: skip
def test_a_damaged_part_is_said_in_german(name: str, content: bytes, part: bytes) -> None:
    start = content.index(part) + len(part) + 2  # in the part's data, behind its local header
    damaged = content[:start] + bytes(255 - byte for byte in content[start : start + 12]) + content[start + 12 :]
    with pytest.raises(ValidationError, match="ist beschädigt und lässt sich nicht lesen"):
        uploads.check_document(io.BytesIO(damaged), name)


def test_macros_are_refused() -> None:
    content = io.BytesIO(files.docx("x"))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    with pytest.raises(ValidationError, match="Makros"):
        uploads.check_document(content, "a.docx")


def test_zip_bombs_are_refused() -> None:
    with pytest.raises(ValidationError, match="gepackt"):
        uploads.check_document(io.BytesIO(files.archive({"x": b"\0" * (20 * 1024 * 1024)})), "a.zip")
    many = files.archive({f"{number}": b"" for number in range(uploads.MAX_ENTRIES + 1)})
    with pytest.raises(ValidationError, match="zu groß"):
        uploads.check_document(io.BytesIO(many), "a.zip")


@pytest.mark.parametrize(
    "inside",
    ["<script>alert(1)</script>", '<a href="https://example.org"><circle r="1"/></a>',
     '<circle r="1" onclick="x()"/>', "<foreignObject/>", "<?xml-stylesheet href='a.css'?>", "<style>@import 'https://example.org/a.css';</style>",
     '<circle r="1" fill="url(https://example.org/a.svg#b)"/>', '<set attributeName="href" to="#b"/>',
     '<circle r="1" style="fill:url( \'//example.org/a\' )"/>'],
)  # fmt: skip
def test_active_svg_is_refused(inside: str) -> None:
    uploads.check_svg(io.BytesIO(files.SVG.encode()))
    with pytest.raises(ValidationError, match="aktive Inhalte"):
        uploads.check_svg(io.BytesIO(files.SVG.replace("<circle", inside + "<circle", 1).encode()))


def test_svg_may_point_into_itself() -> None:
    inside = '<circle r="1" fill="url(#a)" style="stroke:url(\'#b\')"/><use href="#c"/><style>a{fill:red}</style>'
    uploads.check_svg(io.BytesIO(files.SVG.replace("<circle", inside + "<circle", 1).encode()))


def test_svg_with_entities_is_refused() -> None:
    evil = '<!DOCTYPE svg [<!ENTITY x "y">]>' + files.SVG
    with pytest.raises(ValidationError, match="nicht lesbar"):
        uploads.check_svg(io.BytesIO(evil.encode()))


def _image_form(name: str, content: bytes, **data: str):  # type: ignore[no-untyped-def]  # Wagtail's form is untyped
    values = {"title": "Rathaus", "collection": str(Collection.get_first_root_node().pk),
              "description": "Das Rathaus von vorn", "licence": "eigenes Bild", **data}  # fmt: skip
    return get_image_form(PortalImage)(values, {"file": SimpleUploadedFile(name, content)})


def test_a_good_image_is_taken() -> None:
    form = _image_form("rathaus.png", files.png())
    assert form.is_valid(), form.errors
    assert form.save().default_alt_text == "Das Rathaus von vorn"
    assert _image_form("zeichen.svg", files.SVG.encode()).is_valid()


@pytest.mark.parametrize("field", ["description", "licence"])
def test_an_image_needs_alternative_and_licence(field: str) -> None:
    form = _image_form("rathaus.png", files.png(), **{field: "  "})
    assert list(form.errors) == [field]


def test_an_image_bomb_is_refused_in_german(settings: Settings) -> None:
    form = _image_form("rathaus.png", files.png_bomb())
    assert "zu viele Bildpunkte" in str(form.errors["file"])
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 100
    assert "zu viele Bildpunkte (400" in str(_image_form("x.png", files.png(20, 20)).errors["file"])


def test_a_text_is_no_image() -> None:
    assert "kein lesbares Bild" in str(_image_form("rathaus.png", b"Hallo").errors["file"])


def test_the_document_form_checks_the_content() -> None:
    values = {"title": "Muster", "collection": str(Collection.get_first_root_node().pk)}
    form = get_document_form(PortalDocument)
    good = form(values, {"file": SimpleUploadedFile("muster.docx", files.docx("Größe"))})
    assert good.is_valid(), good.errors
    bad = form(values, {"file": SimpleUploadedFile("muster.docx", b"MZ")})
    assert "keine gültige Word-Datei" in str(bad.errors["file"])
    assert len(bad.errors["file"]) == 1
    assert "file" in form(values, {"file": SimpleUploadedFile("muster.html", b"<p>")}).errors
