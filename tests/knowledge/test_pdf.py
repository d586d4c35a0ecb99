"""An article as PDF: read back, for the same readers as the page, and without a step outside."""

from __future__ import annotations

import io
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client, RequestFactory
from pypdf import PdfReader

from knowledge import pdf
from knowledge.models import ArticlePage
from knowledge.views import documents
from portal.core.checks import PDF_PACKAGES
from tests.factories import reading
from tests.people import PortalClient, make_user

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not pdf.is_available(), reason=f"PDF needs: apt-get install {PDF_PACKAGES}"),
]
ADDRESS = "/themen/aemter/bescheide-uebermitteln.pdf"
LONG = (
    "## Überblick\n\nBürgerämter **übermitteln** Bescheide.\n\n"
    "| Schritt | Frist |\n|---|---|\n| Prüfung | 3 Tage |\n\n"
    "### Größe\n\n- Überschrift\n- Fußnote[^1]\n\n[^1]: Beleg.\n"
)


def make_article(**fields: Any) -> ArticlePage:
    values = {
        "body": [{"type": "markdown", "value": LONG}],
        "legal_basis": "§ 9 Abs. 1 OZG",
        "content_as_of": date(2026, 8, 19),
        "version_number": 3,
    } | fields
    return reading.article(reading.topic("Ämter"), "Bescheide übermitteln", **values)


def read(response: Any) -> PdfReader:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content))


@pytest.mark.slow
def test_the_pdf_is_tagged_and_says_what_it_is() -> None:
    make_article()
    document = read(Client().get(ADDRESS))
    catalogue: Any = document.trailer["/Root"]
    assert document.metadata is not None
    assert document.metadata.title == "Bescheide übermitteln"
    assert catalogue["/Lang"] == "de"
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid" in document.trailer["/Root"]["/Metadata"].get_data()  # type: ignore[index]


def test_the_pdf_carries_text_dates_address_and_the_sentence_on_legal_advice() -> None:
    make_article()
    text = " ".join(page.extract_text() for page in read(Client().get(ADDRESS)).pages)
    text = " ".join(text.split())
    for words in (
        "Bescheide übermitteln", "Prüfen Sie zuerst", "Bürgerämter übermitteln Bescheide", "3 Tage",
        "§ 9 Abs. 1 OZG", "19.08.2026", "3 vom 02.03.2026", "keine Rechtsberatung", "Seite 1 von",
        "http://testserver/themen/aemter/bescheide-uebermitteln/",
    ):  # fmt: skip
        assert words in text, words


def test_an_overview_has_its_particulars_in_one_line_and_other_kinds_a_table() -> None:
    page = make_article(kind="ueberblick", legal_basis="")
    text = pdf.document_html(page, RequestFactory().get("/"))

    assert 'class="one-page"' in text
    assert "Fassung 3 vom 02.03.2026, Stand des Inhalts 19.08.2026" in text
    assert '<th scope="row">Fassung</th>' not in text
    page.kind = "leitfaden"
    assert '<th scope="row">Fassung</th>' in pdf.document_html(page, RequestFactory().get("/"))


def test_fonts_are_embedded() -> None:
    make_article()
    fonts = set()
    for page in read(Client().get(ADDRESS)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            for descendant in font.get_object().get("/DescendantFonts", []):
                descriptor = descendant.get_object()["/FontDescriptor"]
                fonts.add(str(descriptor["/FontName"]))
                assert {"/FontFile2", "/FontFile3"} & set(descriptor)
    assert fonts


def test_the_pdf_has_the_readers_of_its_page() -> None:
    page = make_article()
    staff = PortalClient()
    staff.force_login(make_user("leitung@example.org", role="Redaktion"))
    assert "X-Robots-Tag" not in Client().get(ADDRESS)
    reading.restrict(page)
    refused = Client().get(ADDRESS)
    assert refused.status_code in {302, 403}
    assert not refused.content.startswith(b"%PDF")
    own = staff.get(ADDRESS)
    assert own.content.startswith(b"%PDF")
    assert own["X-Robots-Tag"] == "noindex"
    assert "no-store" in own["Cache-Control"]


def test_what_is_no_live_article_has_no_pdf() -> None:
    make_article(live=False)
    for address in (ADDRESS, "/themen/aemter.pdf", "/gibt/es/nicht.pdf"):
        assert Client().get(address).status_code == 404


def test_the_pdf_is_made_once_until_something_changes(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    page = make_article()
    made: list[str] = []

    def make(html: str) -> bytes:
        made.append(html)
        return b"%PDF-"

    monkeypatch.setattr(pdf, "make_pdf", make)
    for _ in range(3):
        Client().get(ADDRESS)
    assert len(made) == 1
    page.short_answer = "Übermitteln Sie sofort."
    page.save()
    Client().get(ADDRESS)
    assert len(made) == 2
    assert "Übermitteln Sie sofort." in made[1]


@pytest.mark.slow
def test_a_usual_article_takes_less_than_three_seconds() -> None:
    make_article(body=[{"type": "markdown", "value": LONG.split("[^1]: ", maxsplit=1)[0] * 10}])
    start = time.process_time()  # the time of this process alone: other tests may share the machine
    read(Client().get(ADDRESS))
    assert time.process_time() - start < 3


def test_only_own_files_are_fetched(tmp_path: Path) -> None:
    default_storage.save("bild_ü.txt", ContentFile(b"Bild"))
    assert pdf.own_file("http://testserver/media/bild_%C3%BC.txt") == (b"Bild", "text/plain")
    assert pdf.own_file("http://testserver/static/css/pdf.css")[1] == "text/css"
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim")
    for address in (
        "https://example.org/bild.png", "http://127.0.0.1/media/x.png", secret.as_uri(), "http://testserver/konto/",
        "http://testserver/media/../../../etc/passwd", "http://testserver/static/../manage.py",
        "ftp://testserver/media/x",
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"own files|outside"):
            pdf.own_file(address)


def test_without_the_libraries_the_article_is_there_and_offers_no_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_article()
    address = "/themen/aemter/bescheide-uebermitteln/"
    assert pdf.pdf_url(page) == ADDRESS
    assert ADDRESS in Client().get(address).content.decode()
    monkeypatch.setattr(pdf, "is_available", lambda: False)
    monkeypatch.setattr(documents, "is_available", pdf.is_available)
    assert pdf.pdf_url(page) == ""
    assert ADDRESS not in Client().get(address).content.decode()
    assert Client().get(ADDRESS).status_code == 404


def test_too_many_at_once_are_asked_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    make_article()
    monkeypatch.setattr(pdf, "WAIT_SECONDS", 0)
    taken = [pdf._at_once.acquire(), pdf._at_once.acquire()]
    try:
        response = Client().get(ADDRESS)
    finally:
        for _ in taken:
            pdf._at_once.release()
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert Client().get(ADDRESS).status_code == 200
