"""Uploads are scanned by a daemon that speaks clamd's protocol; what it cannot tell is not stored."""

from __future__ import annotations

import io
import socketserver
import struct
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from pytest_django import Settings
from wagtail.documents.forms import get_document_form
from wagtail.images.forms import get_image_form

from knowledge.word.package import RefusedError, WordPackage
from portal.accounts import checks as account_checks
from portal.accounts.demo import DOMAIN
from portal.core import checks, virus_scan, workers
from portal.core.models import PortalDocument, PortalImage
from tests import factories
from tests.core import files
from tests.people import make_user

pytestmark = pytest.mark.django_db
BAD = b"this is what the scanner knows as bad"


class _Scanner(socketserver.StreamRequestHandler):
    """What clamd(8) says of INSTREAM: chunks with their length, a zero, then one line."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        seen = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            seen += self.rfile.read(size)
            if len(seen) > 1_000_000:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        if b"sleep" in seen:
            time.sleep(1)
        self.wfile.write(b"stream: Test.Bad-1 FOUND\0" if BAD in seen else b"stream: OK\0")


@pytest.fixture
def scanner(settings: Settings) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Scanner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.VIRUS_SCANNER = f"clamd://127.0.0.1:{server.server_address[1]}"
        yield settings.VIRUS_SCANNER
        server.shutdown()


def _document(content: bytes, name: str = "a.txt") -> Any:
    form_class = get_document_form(PortalDocument)
    upload = SimpleUploadedFile(name, content)
    person = factories.staff(f"{len(content)}@kkv.example")
    return form_class({"title": "Datei", "tags": ""}, {"file": upload}, user=person)


def _letter() -> io.BytesIO:
    file = io.BytesIO(files.docx("Brief"))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/media/bad.bin", BAD)
    return file


def test_a_clean_file_passes_and_is_read_from_its_beginning_afterwards(scanner: str) -> None:
    file = io.BytesIO(b"harmless" * 50_000)
    assert virus_scan.find_virus(file, scanner) == ""
    assert file.tell() == 0
    assert "file" not in _document(b"harmless").errors


def test_what_is_found_is_refused_in_every_way_in(scanner: str, caplog: pytest.LogCaptureFixture) -> None:
    assert _document(BAD).errors["file"] == [virus_scan.FOUND]
    picture = SimpleUploadedFile("a.png", files.png() + BAD)
    form = get_image_form(PortalImage)({"title": "Bild"}, {"file": picture}, user=factories.staff())
    assert form.errors["file"] == [virus_scan.FOUND]
    with pytest.raises(RefusedError, match="Schadsoftware"):
        WordPackage(_letter(), "a.docx")
    assert {record.message for record in caplog.records} == {"upload.virus"}


def test_a_unix_socket_does_as_well(tmp_path: Path) -> None:
    address = str(tmp_path / "clamd.ctl")
    with socketserver.UnixStreamServer(address, _Scanner) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert virus_scan.find_virus(io.BytesIO(BAD), f"unix://{address}") == "Test.Bad-1"
        server.shutdown()


@pytest.mark.parametrize("content", [b"x" * 5_000_000, b"sleep"])
def test_what_cannot_be_scanned_is_not_stored(
    content: bytes, scanner: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(virus_scan, "SECONDS", 0.3)
    assert _document(content).errors["file"] == [virus_scan.UNCHECKED]
    assert [record.message for record in caplog.records] == ["upload.unscanned"]


def test_a_scanner_that_is_away_refuses_uploads(settings: Settings) -> None:
    settings.VIRUS_SCANNER = "clamd://127.0.0.1:1"
    with pytest.raises(ValidationError, match="nicht auf Schadsoftware geprüft"):
        virus_scan.refuse_viruses(io.BytesIO(b"x"))
    settings.VIRUS_SCANNER = ""
    virus_scan.refuse_viruses(io.BytesIO(BAD))


def test_operation_without_a_scanner_has_to_be_meant(settings: Settings) -> None:
    settings.VIRUS_SCANNER, settings.UPLOADS_UNSCANNED = "", False
    assert [item.id for item in checks.virus_scanner()] == ["portal.E006"]
    settings.UPLOADS_UNSCANNED = True
    assert checks.virus_scanner() == []
    settings.VIRUS_SCANNER, settings.UPLOADS_UNSCANNED = "clamd://scanner:3310", False
    assert checks.virus_scanner() == []


def test_operation_with_open_demo_accounts_is_refused() -> None:
    assert account_checks.demo_accounts() == []
    person = make_user(f"redaktion@{DOMAIN}")
    assert [item.id for item in account_checks.demo_accounts()] == ["portal.E007"]
    person.is_active = False
    person.save()
    assert account_checks.demo_accounts() == []


def test_a_supervisor_can_ask_for_the_background_process() -> None:
    with pytest.raises(CommandError):
        call_command("background_health")
    workers.beat("default")
    call_command("background_health")
