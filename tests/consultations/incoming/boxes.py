"""The mailbox of one test, and what the portal has sent."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage

from consultations.mailing.incoming import reading
from tests import mails
from tests.imap_server import ImapServer


@dataclass
class Box:
    """The mailbox of one test: mails are put in, the job reads, folders are looked at."""

    server: ImapServer
    user: str

    def put(self, mail: EmailMessage | bytes) -> None:
        self.server.deliver(self.user, mail if isinstance(mail, bytes) else mail.as_bytes())

    def read(self, mail: EmailMessage | bytes | None = None) -> str:
        """Let the job read, after putting a mail in; return what it says."""
        if mail is not None:
            self.put(mail)
        return reading.run()

    def numbers(self) -> tuple[int, int, int]:
        """Return how many mails are new, done, left for people."""
        names = ("INBOX", "Portal-Erledigt", "Portal-Offen")
        new, done, left = (len(self.server.folder(self.user, name)) for name in names)
        return new, done, left


def sent_to(address: str) -> EmailMessage:
    """Return the latest mail that has gone to an address."""
    return [found for found in mails.deliver() if found["To"] == address][-1]
