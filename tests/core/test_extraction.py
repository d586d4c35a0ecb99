from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from portal.core import extraction, services, taskqueue
from portal.core.models import PortalDocument
from tests.core import files

PAGES = ("Antrag auf Gewährung", "Zweite Seite: Prüfung")


def _read(tmp_path: Path, extension: str, content: bytes) -> extraction.Extracted:
    path = tmp_path / f"datei.{extension}"
    path.write_bytes(content)
    return extraction.extract(path, extension)


def test_word(tmp_path: Path) -> None:
    result = _read(tmp_path, "docx", files.docx("Erster Absatz", "Zweiter: Grüße"))
    assert result.pages[0].split("\n")[:2] == ["Erster Absatz", "Zweiter: Grüße"]
    assert "Größe" in result.pages[0]
    assert result.page_count is None


def test_open_document(tmp_path: Path) -> None:
    text = files.odt("Erster<text:s/>Absatz", "<text:span>Zweiter</text:span>: Grüße")
    assert _read(tmp_path, "odt", text).pages == ["Erster Absatz\nZweiter: Grüße"]


def test_excel_and_powerpoint(tmp_path: Path) -> None:
    assert _read(tmp_path, "xlsx", files.xlsx(("Größe", 5), (None, "Maß"))).pages == ["Prüfliste\nGröße 5\nMaß"]
    assert _read(tmp_path, "pptx", files.pptx("Eins", "Zwei")).pages == ["Eins\nZwei"]


def test_plain_text_in_either_encoding(tmp_path: Path) -> None:
    assert _read(tmp_path, "csv", "Größe".encode()).pages == ["Größe"]
    assert _read(tmp_path, "csv", "Größe".encode("cp1252")).pages == ["Größe"]


def test_pdf_by_page(tmp_path: Path) -> None:
    result = _read(tmp_path, "pdf", files.pdf(*PAGES))
    assert [page.strip() for page in result.pages] == list(PAGES)
    assert result.page_count == 2
    assert result.error == ""


@pytest.mark.parametrize("extension", sorted(extraction.READABLE - extraction.PLAIN))
def test_rubbish_is_an_error_not_an_exception(tmp_path: Path, extension: str) -> None:
    result = _read(tmp_path, extension, b"PK\x03\x04 Unsinn")
    assert result.error.startswith("Der Text der Datei ist nicht lesbar")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    content = files.archive({"word/document.xml": bomb})
    assert "EntitiesForbidden" in _read(tmp_path, "docx", content).error


def test_reading_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(files.pdf(*PAGES))
    assert extraction.extract_apart(path, "pdf").page_count == 2
    monkeypatch.setattr(extraction, "SECONDS", -10)
    assert "zu lange" in extraction.extract_apart(path, "pdf").error


def _document(name: str, content: bytes) -> PortalDocument:
    return PortalDocument.objects.create(title="Muster", file=ContentFile(content, name=name))


@pytest.mark.django_db
def test_small_office_files_are_read_when_saved() -> None:
    document = _document("muster.docx", files.docx("Fördermittel"))
    document.refresh_from_db()
    assert "Fördermittel" in document.text
    assert document.extracted_hash == document.file_hash != ""


@pytest.mark.django_db
def test_pdf_are_read_by_the_slow_queue() -> None:
    document = _document("muster.pdf", files.pdf(*PAGES))
    assert document.text == ""
    assert taskqueue.drain(["slow"]) == []
    document.refresh_from_db()
    assert [page.strip() for page in document.page_texts] == list(PAGES)
    assert document.page_count == 2


@pytest.mark.django_db
def test_a_replaced_file_forgets_its_old_text() -> None:
    document = _document("muster.docx", files.docx("Altes Wort"))
    document.file = ContentFile(files.docx("Neues Wort"), name="neu.docx")
    document._set_document_file_metadata()
    document.save()
    document.refresh_from_db()
    assert "Neues Wort" in document.text
    assert "Altes Wort" not in document.text


@pytest.mark.django_db
def test_an_unreadable_file_says_so() -> None:
    document = _document("muster.pdf", b"%PDF-1.4 kaputt %%EOF")
    services.extract_text(document=document)
    document.refresh_from_db()
    assert document.extraction_error
    assert document.text == ""
