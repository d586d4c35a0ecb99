"""Read returned mails (RFC 3464) from a maildir or an mbox file and remove addresses that do not exist."""

from __future__ import annotations

import mailbox
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.subscriptions.bounces import process_report


class Command(BaseCommand):
    help = "Reads returned mails from a maildir or mbox and removes subscribers whose address does not exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="Maildir (a folder with cur, new, tmp) or mbox file")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        if path.is_dir() and not (path / "new").is_dir():
            raise CommandError(f"{path} ist kein Maildir: Der Ordner „new“ fehlt.")
        if not path.exists():
            raise CommandError(f"{path} gibt es nicht.")
        outcomes = self._maildir(path) if path.is_dir() else self._mbox(path)
        self.stdout.write(
            f"{outcomes['removed']} Adressen entfernt, {outcomes['noted']} Abweisungen vermerkt, "
            f"{outcomes['']} Nachrichten ohne Bezug."
        )

    def _maildir(self, path: Path) -> Counter[str]:
        """Mark what has been read as seen, so that the next call passes over it."""
        outcomes: Counter[str] = Counter()
        box = mailbox.Maildir(path, create=False)
        for key in box.keys():  # noqa: SIM118 - a mailbox iterates over messages, not keys
            message = box[key]
            if "S" in message.get_flags():
                continue
            outcomes[process_report(message)] += 1
            message.set_subdir("cur")
            message.add_flag("S")
            box[key] = message
        return outcomes

    def _mbox(self, path: Path) -> Counter[str]:
        """An mbox is left as it is: whoever calls this gives each one once."""
        return Counter(process_report(message) for message in mailbox.mbox(path, create=False))
