"""Opens a Word file: what is refused, why, and its parts within limits. Nothing of it is run or fetched."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, ElementTree
from django.conf import settings
from django.core.exceptions import ValidationError

from portal.core.uploads import check_archive, check_document
from portal.core.virus_scan import refuse_viruses

MAX_XML = 40 * 1024 * 1024
MAX_ELEMENTS = 1_000_000
MAX_IMAGES = 60
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_UNREADABLE = (
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    NotImplementedError,
)

BROKEN = (
    "Die Datei ist beschädigt und lässt sich nicht lesen. Öffnen Sie sie in Word, speichern Sie sie neu als .docx "
    "und laden Sie sie erneut hoch."
)
DOCUMENT = "word/document.xml"


class RefusedError(ValidationError):
    """A document that does not become a draft; the message says in German why and what to do."""


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its local name; empty when it is missing."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def bare_name(name: str) -> str:
    """Return the file's own name, whatever folders the sender put before it."""
    return name.replace("\\", "/").rpartition("/")[2]


class WordPackage:
    """An opened .docx whose kind, macros, names and sizes have been checked."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        _check_file(file, name)
        file.seek(0)
        self.archive = zipfile.ZipFile(file)
        self.names = set(self.archive.namelist())
        if any(_leads_out(name) for name in self.names):
            raise RefusedError(
                "Die Datei enthält Pfade, die aus ihr herausführen, und wird abgelehnt. Speichern Sie sie in Word "
                "neu als .docx und laden Sie sie erneut hoch.",
                code="paths",
            )

    def read(self, name: str, limit: int) -> bytes:
        """Return a part; raises RefusedError when it is broken or unpacks to more than `limit` bytes."""
        try:
            with self.archive.open(name) as part:
                data = part.read(limit + 1)
        except _UNREADABLE:
            raise RefusedError(BROKEN, code="broken") from None
        if len(data) > limit:
            raise RefusedError(
                "Die Datei ist entpackt zu groß. Teilen Sie das Dokument auf und laden Sie die Teile einzeln "
                "hoch.",
                code="too_large",
            )
        return data

    def xml(self, name: str) -> Element | None:
        """Return the root of an XML part without entities or DTD; None when the part is missing."""
        if name not in self.names:
            return None
        data = self.read(name, MAX_XML)
        root: Element | None = None
        try:
            events = ElementTree.iterparse(io.BytesIO(data), events=("start",), forbid_dtd=True)
            for count, (_, element) in enumerate(events):
                root = element if root is None else root
                if count > MAX_ELEMENTS:
                    raise RefusedError(
                        "Das Dokument ist zu umfangreich. Teilen Sie es auf und laden Sie die Teile einzeln hoch.",
                        code="too_large",
                    )
        except DefusedXmlException:
            raise RefusedError(
                "Die Datei enthält Verweise auf fremde Inhalte (XML-Entitäten) und wird abgelehnt. Speichern Sie "
                "sie in Word neu als .docx und laden Sie sie erneut hoch.",
                code="entities",
            ) from None
        except (ParseError, ValueError, LookupError):
            raise RefusedError(BROKEN, code="broken") from None
        return root

    def relations(self, part: str) -> dict[str, tuple[str, str, bool]]:
        """Return id → (kind, target, external) of a part's relations."""
        folder, _, name = part.rpartition("/")
        root = self.xml(f"{folder}/_rels/{name}.rels")
        found: dict[str, tuple[str, str, bool]] = {}
        for relation in root if root is not None else ():
            kind = attribute(relation, "Type").rpartition("/")[2]
            external = attribute(relation, "TargetMode") == "External"
            found[attribute(relation, "Id")] = (kind, attribute(relation, "Target"), external)
        return found


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]


def _check_file(file: BinaryIO, name: str) -> None:
    size = file.seek(0, 2)
    if not size:
        raise RefusedError("Die Datei ist leer. Wählen Sie eine andere Datei.", code="empty")
    if size > settings.WAGTAILDOCS_MAX_UPLOAD_SIZE:
        limit = settings.WAGTAILDOCS_MAX_UPLOAD_SIZE // 1024**2
        raise RefusedError(
            f"Die Datei ist zu groß, erlaubt sind {limit} MB. Verkleinern Sie die Bilder in Word "
            "(Bildformat, Bilder komprimieren) oder teilen Sie das Dokument auf.",
            code="too_large",
        )
    file.seek(0)
    if file.read(8) == _OLE:
        _refuse_old(file)
    try:
        check_document(file, "document.docx")
        refuse_viruses(file)
    except ValidationError as error:
        raise RefusedError(error.messages[0], code=error.code) from None
    except _UNREADABLE:
        raise RefusedError(BROKEN, code="broken") from None


def _refuse_old(file: BinaryIO) -> None:
    """Tell a password-protected .docx from an old .doc: both are OLE containers."""
    file.seek(0)
    if _ENCRYPTED in file.read():
        raise RefusedError(
            "Die Datei ist mit einem Passwort geschützt. Heben Sie den Schutz in Word auf (Datei, Informationen, "
            "Dokument schützen) und laden Sie sie erneut hoch.",
            code="encrypted",
        )
    raise RefusedError(
        "Das ist eine Datei im alten Word-Format (.doc). Öffnen Sie sie in Word, speichern Sie sie als .docx und "
        "laden Sie sie erneut hoch.",
        code="old_format",
    )


def documents_in(file: BinaryIO) -> Iterator[tuple[str, BinaryIO | None, str]]:
    """Yield (name, content, error) of each entry of a ZIP folder; content is None where it is passed over.

    Folders, hidden files and what Word and macOS leave beside documents are not mentioned at all.
    """
    archive = check_archive(file, "zip")
    for entry in archive.infolist():
        name = bare_name(entry.filename)
        if entry.is_dir() or not name or name.startswith((".", "~$")) or "__MACOSX" in entry.filename.split("/"):
            continue
        if not name.lower().endswith(".docx"):
            yield name, None, "Übersprungen: Es ist keine Word-Datei (.docx)."
            continue
        yield name, *_entry(archive, entry)


def _entry(archive: zipfile.ZipFile, entry: Any) -> tuple[BinaryIO | None, str]:
    limit = settings.WAGTAILDOCS_MAX_UPLOAD_SIZE
    try:
        with archive.open(entry) as part:
            data = part.read(limit + 1)
    except _UNREADABLE:
        return None, BROKEN
    if len(data) > limit:
        return None, f"Die Datei ist zu groß, erlaubt sind {limit // 1024**2} MB. Teilen Sie das Dokument auf."
    return io.BytesIO(data), ""
