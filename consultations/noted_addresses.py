"""Addresses of people in notes of contacts with their municipality: given to them, and taken out with the account.

An invitation is kept as a note with the address it went to (`services.town_invitations`); whoever writes a note by
hand can name one too. A person is known by the confirmed address of the account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from consultations.models import ContactNote
from consultations.services.town_invitations import NOTED
from portal.accounts.models import User
from portal.accounts.queries import has_verified

GONE = "(gelöschte Adresse)"


def _pattern(address: str) -> re.Pattern[str]:
    """Find the whole address, and none that only ends or begins with it."""
    return re.compile(rf"(?<![\w.+-]){re.escape(address)}(?!\w|\.\w)", re.IGNORECASE)


def _of(user: User) -> Iterator[tuple[ContactNote, re.Pattern[str]]]:
    if not has_verified(user):
        return
    pattern = _pattern(user.email)
    # By the part that is always ASCII: SQLite knows no case beyond it.
    rows = ContactNote.objects.filter(text__icontains=f"{user.email.rpartition('@')[0]}@")
    for note in rows.select_related("municipality").order_by("day", "pk"):
        if pattern.search(note.text):
            yield note, pattern


def _told(note: ContactNote, pattern: re.Pattern[str]) -> str:
    """Return an invitation whole, it went to the person; of other notes the lines that name the address.

    The rest of those is about the municipality and about other people.
    """
    lines = note.text.splitlines()
    if note.text.startswith(NOTED) and pattern.search(lines[0]):
        return note.text
    return "\n".join(line for line in lines if pattern.search(line))


def export(user: User) -> list[dict[str, Any]]:
    """Return what notes say of a person's address, for the export of one's own data."""
    return [
        {"municipality": note.municipality.name, "day": note.day, "channel": note.channel,
         "text": _told(note, pattern)}
        for note, pattern in _of(user)
    ]  # fmt: skip


def erase(user: User) -> None:
    """Take the address out of all notes; that there was a contact stays."""
    for note, pattern in _of(user):
        ContactNote.objects.filter(pk=note.pk).update(text=pattern.sub(GONE, note.text))
