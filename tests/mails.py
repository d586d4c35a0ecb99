"""The mails the worker has written as files, parsed back."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings

SEPARATOR = b"\n" + b"-" * 79 + b"\n"


def sent() -> list[EmailMessage]:
    """Return all mails sent so far, oldest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.iterdir(), key=_written) if folder.exists() else []
    texts = [text for file in files for text in file.read_bytes().split(SEPARATOR) if text.strip()]
    return [message_from_bytes(text, policy=default) for text in texts]


def _written(file: Path) -> tuple[int, str]:
    """Two files of one tick of the clock are told apart by their names (`conftest.mails_by_outbox`)."""
    return file.stat().st_mtime_ns, file.name


def deliver() -> list[EmailMessage]:
    """Let the worker send what waits; return all mails sent so far, oldest first."""
    from portal.core import outbox

    outbox.work_off()
    return sent()


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(mail: EmailMessage, word: str) -> str:
    """Return the path of the first link of a mail that contains a word."""
    found = re.search(rf"https?://[^/\s]+(/\S*{word}\S*)", text_of(mail))
    assert found, text_of(mail)
    return found[1]
