"""Read returned mails (RFC 3464) from a maildir or an mbox file and remove addresses that do not exist."""

from __future__ import annotations

import mailbox
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.subscriptions.bounces import NoMaildirError, process_report, read_maildir, said


class Command(BaseCommand):
    help = "Reads returned mails from a maildir or mbox and removes subscribers whose address does not exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="Maildir (a folder with cur, new, tmp) or mbox file")

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        if not path.exists():
            raise CommandError(f"{path} gibt es nicht.")
        try:
            outcomes = read_maildir(path) if path.is_dir() else self._mbox(path)
        except NoMaildirError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(said(outcomes))

    def _mbox(self, path: Path) -> Counter[str]:
        """An mbox is left as it is: whoever calls this gives each one once."""
        return Counter(process_report(message) for message in mailbox.mbox(path, create=False))
