"""Reading a stored e-mail (.eml, RFC 5322): subject, sender, text, files. Nothing in it is trusted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage, Message, MIMEPart
from email.policy import default
from email.utils import parseaddr
from html.parser import HTMLParser
from mimetypes import guess_extension

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import validate_email

from consultations.secret_links import without_keys
from consultations.services.case_files import LARGEST, MEGABYTE, safe_name
from portal.core.open_form import EMAIL_LENGTH
from portal.core.text import printable

LARGEST_MAIL, MOST_PARTS, MOST_TEXT = 30 * MEGABYTE, 200, 15_000
LARGEST_TEXT = 500 * 1024
"""Up to here a part is looked through for links that are keys."""
LONGEST_LINK = 1_000
BROKEN = (
    "Diese Datei lässt sich nicht als E-Mail lesen. Speichern Sie die Nachricht in Ihrem Mailprogramm als .eml, "
    "oder tragen Sie das Anliegen von Hand ein und laden Sie die Anlagen einzeln hoch."
)
OUTLOOK = (
    "Das ist eine Nachricht von Outlook (.msg). Speichern Sie sie dort als .eml oder ziehen Sie Text und Anlagen."
)
_TEXTS = ("plain", "html")
_NO_WORDS = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Kinds of characters (Unicode) nobody sees."""
_VERSIONS = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html"})
_OLE = b"\xd0\xcf\x11\xe0"
_HEADERS = ("from", "subject", "date", "message-id", "received", "to")


@dataclass(frozen=True)
class Mail:
    """What an e-mail says, without links of the portal that are keys.

    `left_out` names files that were not taken over; `unread`: it has a text, but none with words in it.
    """

    subject: str
    sender_name: str
    sender: str
    text: str
    files: list[ContentFile[bytes]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unread: bool = False


class _Words(HTMLParser):
    """The words of an HTML text, paragraphs on lines of their own."""

    _LINES = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote"})
    _SILENT = frozenset({"script", "style", "title"})  # of a head nothing else has words, and few mails end it

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self._LINES:
            self.parts.append("\n")
        self.silent += tag in self._SILENT

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT and self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)


def _from_html(text: str) -> str:
    words = _Words()
    words.feed(text)
    lines = (" ".join(line.split()) for line in "".join(words.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _content(part: MIMEPart) -> str:
    """Return a part as text; one whose encoding is unknown is read as UTF-8."""
    try:
        return str(part.get_content())
    except (LookupError, KeyError, ValueError, AttributeError):
        raw = part.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _is_blank(text: str) -> bool:
    """True where nobody reads anything: blanks, invisible characters, marks for what could not be decoded."""
    return all(char == "\ufffd" or unicodedata.category(char) in _NO_WORDS for char in text)


def _said(part: MIMEPart) -> str:
    """Return the words of a text, plain or HTML; nothing for a blank one."""
    found = _content(part)
    found = _from_html(found) if part.get_content_type() == "text/html" else found
    found = printable(found.replace("\r\n", "\n")).strip()
    return "" if _is_blank(found) else found


def _texts(part: MIMEPart) -> Iterator[MIMEPart]:
    """Return the texts of a mail that are no files, however deep they lie; an enclosed mail has its own."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for inner in part.iter_parts():
            yield from _texts(inner)
    elif _is_text(part):
        yield part


def _is_text(part: MIMEPart) -> bool:
    is_file = bool(part.get_filename()) or part.get_content_disposition() == "attachment"
    return part.get_content_type() in ("text/plain", "text/html") and not is_file


def _is_nothing(part: MIMEPart) -> bool:
    """True for a text without words, also without any that could not be decoded."""
    return _is_text(part) and not _said(part) and "\ufffd" not in _content(part)


def _body(mail: EmailMessage) -> tuple[MIMEPart | None, str]:
    """Return the part that is the text, and its words; without any the part that should have some."""
    for part in (_main(mail), mail.get_body(_TEXTS)):
        if part is not None and (text := _said(part)):
            return part, text
    return mail.get_body(_TEXTS), ""


def _main(part: MIMEPart) -> MIMEPart | None:
    """Return the text of a mail or of a part of it that has words; None where none has.

    Of several forms the plain one counts, but not a blank one: some programs write HTML alone and send an empty
    plain text along. Of several texts it is the first, or the one with several forms: gateways and lists put
    theirs, plain, before or behind it.
    """
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        return part if _is_text(part) and _said(part) else None
    found = [(inner, text) for inner in part.iter_parts() if (text := _main(inner)) is not None]
    if part.get_content_subtype() == "alternative":
        best = [text for _, text in found if text.get_content_subtype() == "plain"]
    else:
        best = [text for inner, text in found if _has_forms(inner)]
    return next(iter([*best, *(text for _, text in found)]), None)


def _has_forms(part: Message) -> bool:
    return any(inner.get_content_subtype() == "alternative" for inner in part.walk())


def header(mail: EmailMessage, name: str) -> str:
    """Return a header on one line; empty where it is missing or cannot be read."""
    try:
        return " ".join(printable(str(mail[name] or "")).split())
    except (MessageError, ValueError, IndexError, AttributeError, TypeError):  # what a broken header raises
        return ""


def _others(part: MIMEPart, body: MIMEPart | None, *, same: bool = False) -> Iterator[MIMEPart]:
    """Return what a mail holds beside its text: attachments and pictures in the text, however deep they lie.

    `same`: the part stands beside the text in a multipart/alternative (RFC 2046, section 5.1.4). A text there is
    the same one in another form and no file; one on the same side of it is another text. An enclosed mail is one
    part.
    """
    if part is body:
        return
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        beside = part.get_content_subtype() == "alternative" and _holds(part, body)
        for inner in part.iter_parts():
            yield from _others(inner, body, same=same or (beside and not _holds(inner, body)))
    elif not (same and part.get_content_type() in _VERSIONS and not part.get_filename()):
        yield part


def _holds(part: Message, body: MIMEPart | None) -> bool:
    return any(leaf is body for leaf in part.walk())


def _name(part: MIMEPart, number: int) -> str:
    """Return the name a part has, or one with the ending of its kind."""
    kind = part.get_content_type()
    ending = guess_extension(kind) or f".{part.get_content_subtype()[:8]}"
    return safe_name(part.get_filename() or f"anlage-{number}{ending}")


def _keyless(raw: bytes, name: str) -> bytes:
    """Return a file without keys, where it is a calendar entry, as the portal sends them, or a text."""
    if len(raw) > LARGEST_TEXT or not name.lower().endswith((".ics", ".txt")):
        return raw
    return without_keys(raw.decode("latin-1")).encode("latin-1")


def _files(mail: EmailMessage, body: MIMEPart | None) -> tuple[list[ContentFile[bytes]], list[str]]:
    files: list[ContentFile[bytes]] = []
    left: list[str] = []
    others = (part for part in _others(mail, body) if not _is_nothing(part))
    for number, part in enumerate(others, 1):
        name = _name(part, number)
        raw = part.get_payload(decode=True)
        if _is_text(part) and part.get_content_subtype() == "html":  # a further text, such as a list's own words
            name, raw = f"anlage-{number}.txt", _said(part).encode()
        if not isinstance(raw, bytes) or not raw or len(raw) > LARGEST:
            left.append(name)
        else:
            files.append(ContentFile(_keyless(raw, name), name=name))
    return files, left


def parse(raw: bytes) -> EmailMessage:
    """Return an e-mail as a tree of parts, whose contents nobody has read yet.

    Raises:
        ValidationError: It is none, too large, or built of more parts than any mail; a German sentence says so.
    """
    if raw.startswith(_OLE):
        raise ValidationError(OUTLOOK)
    if len(raw) > LARGEST_MAIL:
        raise ValidationError(f"Diese E-Mail ist zu groß. Möglich sind {LARGEST_MAIL // MEGABYTE} MB.")
    try:
        mail = message_from_bytes(raw, policy=default)
        assert isinstance(mail, EmailMessage)  # noqa: S101 - what this policy makes
        if not any(header(mail, name) for name in _HEADERS) or sum(1 for _ in mail.walk()) > MOST_PARTS:
            raise ValidationError(BROKEN)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ValidationError(BROKEN) from error
    return mail


def read(raw: bytes) -> Mail:
    """Return what an e-mail says.

    Raises:
        ValidationError: See `parse`.
    """
    return read_parsed(parse(raw))


def read_parsed(mail: EmailMessage) -> Mail:
    """Return what a parsed e-mail says. Raises ValidationError when its parts cannot be read."""
    try:
        body, whole = _body(mail)
        files, left = _files(mail, body)
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ValidationError(BROKEN) from error
    text = without_keys(whole[: MOST_TEXT + LONGEST_LINK])  # none is cut in two
    if max(len(text), len(whole) - LONGEST_LINK) > MOST_TEXT:
        text = f"{text[:MOST_TEXT]}\n\n[Hier gekürzt; vollständig in der E-Mail.]"
    name, address = parseaddr(header(mail, "from"))
    try:
        validate_email(address)
    except ValidationError:
        address = ""
    if len(address) > EMAIL_LENGTH:  # cut, it would be somebody else's
        address = ""
    subject = without_keys(header(mail, "subject")[:LONGEST_LINK])[:200]
    unread = body is not None and not whole
    return Mail(subject, name[:200], address, text, files, left, unread)


def without_key_links(raw: bytes) -> bytes:
    """Return a stored e-mail without links of the portal that are keys; one that holds none stays as it is.

    Empty where that cannot be done.
    """
    try:
        mail = parse(raw)
        changed = [part for part in mail.walk() if part.get_content_maintype() == "text" and _take_out(part)]
        return mail.as_bytes() if changed else raw
    except ValidationError:  # no mail program reads it either
        return raw
    except (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return b""


def _take_out(part: MIMEPart) -> bool:
    """Write a part without keys; False where it holds none."""
    text = _content(part)
    kept = without_keys(text) if len(text) <= LARGEST_TEXT else text
    if kept == text:
        return False
    del part["Content-Transfer-Encoding"]
    part.set_payload(kept.encode("utf-8"), "utf-8")
    return True
