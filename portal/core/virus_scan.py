"""Uploads pass a virus scanner: ClamAV's daemon, asked by its INSTREAM command (clamd(8)).

Own code, because the kept client library is GPL-2.0-only and the command is a dozen lines. What cannot be scanned
is not stored: a scanner that is away refuses uploads, with a message that says so.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError

CHUNK = 64 * 1024
SECONDS = 30.0
_FOUND = re.compile(r"stream: (?P<name>.+) FOUND\Z")
log = logging.getLogger(__name__)

FOUND = "In dieser Datei wurde Schadsoftware erkannt. Sie wurde nicht gespeichert. Bitte fragen Sie Ihre IT."
UNCHECKED = (
    "Die Datei konnte gerade nicht auf Schadsoftware geprüft werden und wurde deshalb nicht gespeichert. Bitte "
    "versuchen Sie es in einigen Minuten noch einmal."
)


class ScannerError(Exception):
    """The scanner is away, too slow, or answers something else than a result."""


def _connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "clamd" and parts.hostname:
        return socket.create_connection((parts.hostname, parts.port or 3310), timeout=SECONDS)
    if parts.scheme == "unix" and parts.path:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(SECONDS)
        connection.connect(parts.path)
        return connection
    raise ImproperlyConfigured("VIRUS_SCANNER is clamd://host:3310 or unix:///run/clamav/clamd.ctl.")


def _answer(connection: socket.socket) -> str:
    parts: list[bytes] = []
    while part := connection.recv(4096):
        parts.append(part)
        if part.endswith(b"\0"):
            break
    return b"".join(parts).rstrip(b"\0").decode("utf-8", "replace").strip()


def find_virus(file: IO[bytes], address: str) -> str:
    """Return the name of what a scanner finds in a file, empty for nothing; the file is read from its beginning.

    Raises ScannerError when there is no result.
    """
    file.seek(0)
    try:
        with _connect(address) as connection:
            connection.sendall(b"zINSTREAM\0")
            try:
                while chunk := file.read(CHUNK):
                    connection.sendall(struct.pack("!L", len(chunk)) + chunk)
                connection.sendall(struct.pack("!L", 0))
            except ConnectionError:  # a file over StreamMaxLength: the reason has been sent before the end
                pass
            answer = _answer(connection)
    except OSError as error:
        raise ScannerError(type(error).__name__) from error
    finally:
        file.seek(0)
    if found := _FOUND.match(answer):
        return found["name"]
    if answer != "stream: OK":
        raise ScannerError(answer[:200] or "no answer")
    return ""


def refuse_viruses(file: IO[bytes]) -> None:
    """Raise a German ValidationError unless the scanner of this installation, if there is one, finds nothing."""
    address = settings.VIRUS_SCANNER
    if not address:
        return
    try:
        name = find_virus(file, address)
    except ScannerError as error:
        log.error("upload.unscanned", extra={"error": str(error)})  # noqa: TRY400 - the place says nothing more
        raise ValidationError(UNCHECKED, code="unscanned") from error
    if name:
        log.warning("upload.virus", extra={"virus": name})
        raise ValidationError(FOUND, code="virus")
