"""The mailbox on its server (IMAP4rev1, RFC 3501; MOVE, RFC 6851): letters read without marking them, then moved.

Nothing is ever deleted but by moving it. What the server says may hold addresses and is never logged.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.conf import settings

SECONDS = 20.0
HEADER_BYTES = 64 * 1024
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_UID = re.compile(rb"UID (\d+)")


class MailboxError(Exception):
    """The mailbox cannot be read; the sentence is German and holds nothing the server has said."""


@dataclass(frozen=True)
class Letter:
    """One mail as it lies in the folder: size in bytes, and when the server has taken it (UTC)."""

    uid: int
    size: int
    arrived: datetime


def folder_name(name: str) -> str:
    """Return a folder's name as a quoted string in the protocol's own UTF-7 (RFC 3501, section 5.1.3)."""

    def shifted(found: re.Match[str]) -> str:
        packed = base64.b64encode(found[0].encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{packed}-"

    packed = re.sub(r"[^\x20-\x7e]+", shifted, name.replace("&", "&-"))
    return '"' + packed.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.IMAP_CA_FILE or None)


def _connect() -> imaplib.IMAP4:
    host, port = settings.IMAP_HOST, settings.IMAP_PORT
    if settings.IMAP_SECURITY == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=_context(), timeout=SECONDS)
    server = imaplib.IMAP4(host, port, timeout=SECONDS)
    if settings.IMAP_SECURITY == "starttls":
        server.starttls(ssl_context=_context())
    return server


def _log_in(server: imaplib.IMAP4) -> None:
    user, password = settings.IMAP_USER, settings.IMAP_PASSWORD
    if "AUTH=PLAIN" in server.capabilities:  # takes names and passwords beyond ASCII
        server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
    else:
        server.login(user, password)


class Mailbox:
    """A connection with the folder of arriving mails selected; a context manager.

    Raises:
        MailboxError: At any call: the server is away or slow, refuses the login, or lacks the folder.
    """

    def __init__(self) -> None:
        self._server: imaplib.IMAP4 | None = None
        self._can: frozenset[str] = frozenset()

    def __enter__(self) -> Mailbox:
        try:
            self._server = _connect()
        except ssl.SSLError as error:
            raise MailboxError("Der Mailserver weist sich nicht gültig aus (Zertifikat).") from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError("Der Mailserver ist nicht erreichbar.") from error
        try:
            self._call("Der Mailserver lehnt die Anmeldung ab.", _log_in)
            # What a server can do is more once it knows who asks; imaplib keeps what it said before.
            can = self._ask("Der Mailserver antwortet nicht.", lambda server: server.capability())
            self._can = frozenset((can[0] or b"").decode("ascii", "replace").upper().split())
            select = folder_name(settings.IMAP_FOLDER)
            self._ask("Der Ordner mit neuen Mails fehlt.", lambda server: server.select(select))
            for name in (settings.IMAP_DONE_FOLDER, settings.IMAP_LEFT_FOLDER):
                self._make_folder(name)
        except MailboxError:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._server is not None:
            with suppress(OSError, imaplib.IMAP4.error):
                self._server.logout()
            self._server = None

    def _call(self, sentence: str, ask: Callable[[imaplib.IMAP4], Any]) -> Any:
        assert self._server is not None  # noqa: S101 - within the context manager
        try:
            return ask(self._server)
        except imaplib.IMAP4.abort as error:
            raise MailboxError("Der Mailserver hat die Verbindung beendet.") from error
        except imaplib.IMAP4.error as error:
            raise MailboxError(sentence) from error
        except (OSError, UnicodeError) as error:
            raise MailboxError("Der Mailserver antwortet nicht.") from error

    def _ask(self, sentence: str, ask: Callable[[imaplib.IMAP4], Any]) -> list[Any]:
        answer, data = self._call(sentence, ask)
        if answer != "OK":
            raise MailboxError(sentence)
        return list(data)

    def _make_folder(self, name: str) -> None:
        quoted, sentence = folder_name(name), "Ein Ordner für gelesene Mails lässt sich nicht anlegen."
        known = self._ask(sentence, lambda server: server.list('""', quoted))
        if not any(known):
            self._ask(sentence, lambda server: server.create(quoted))

    def letters(self, most: int) -> Iterator[Letter]:
        """Yield the oldest letters of the folder, at most so many."""
        found = self._ask("Der Ordner lässt sich nicht lesen.", lambda server: server.uid("SEARCH", "UNDELETED"))
        uids = sorted(int(uid) for uid in (found[0] or b"").split())[:most]
        for uid in uids:
            data = self._fetch(uid, "(UID RFC822.SIZE INTERNALDATE)")
            line = b" ".join(part if isinstance(part, bytes) else part[0] for part in data if part)
            size, named = _SIZE.search(line), _UID.search(line)
            if size is None or named is None or int(named[1]) != uid:
                continue  # somebody has moved it meanwhile
            yield Letter(uid, int(size[1]), _arrived(line))

    def _fetch(self, uid: int, what: str) -> list[Any]:
        return self._ask("Eine Mail lässt sich nicht lesen.", lambda server: server.uid("FETCH", str(uid), what))

    def read(self, letter: Letter) -> bytes:
        """Return a whole letter, unread as before; empty when somebody has moved it meanwhile."""
        return self._literal(letter.uid, "(BODY.PEEK[])")

    def read_header(self, letter: Letter) -> bytes:
        """Return the header alone, at most HEADER_BYTES of it."""
        return self._literal(letter.uid, f"(BODY.PEEK[HEADER]<0.{HEADER_BYTES}>)")

    def _literal(self, uid: int, what: str) -> bytes:
        found = [part[1] for part in self._fetch(uid, what) if isinstance(part, tuple)]
        return bytes(found[0]) if found else b""

    def _is_there(self, letter: Letter) -> bool:
        """True while a letter is in the folder; asks for news first."""
        sentence = "Der Ordner lässt sich nicht lesen."
        self._ask(sentence, lambda server: server.noop())
        found = self._ask(sentence, lambda server: server.uid("SEARCH", "UID", str(letter.uid)))
        return str(letter.uid).encode() in (found[0] or b"").split()

    def move(self, letter: Letter, folder: str) -> None:
        """Move a letter; where the server knows no MOVE it is copied first and then taken off.

        One that somebody else has moved meanwhile is no trouble.
        """
        try:
            self._move(str(letter.uid), folder_name(folder))
        except MailboxError:
            if self._is_there(letter):
                raise

    def _move(self, uid: str, quoted: str) -> None:
        sentence = "Eine Mail lässt sich nicht verschieben."
        if "MOVE" in self._can:
            self._ask(sentence, lambda server: server.uid("MOVE", uid, quoted))
            return
        self._ask(sentence, lambda server: server.uid("COPY", uid, quoted))
        self._ask(sentence, lambda server: server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in self._can:  # without it, it stays as deleted until people tidy up
            self._ask(sentence, lambda server: server.uid("EXPUNGE", uid))


def _arrived(line: bytes) -> datetime:
    """Return the INTERNALDATE of an answer to FETCH; the present where it is missing."""
    parts = imaplib.Internaldate2tuple(line)
    if parts is None:
        return datetime.now(UTC)
    return datetime(*parts[:6]).astimezone(UTC)  # in the machine's own zone (imaplib)
