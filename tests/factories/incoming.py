"""Mails as they come back to the centre: answers, absences, calendars, reports of mail servers."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from typing import Any

BOX = "beratung@kkv.example"
ASKER = "kaethe@muehltal.example"


def mail(text: str = "Ja, das passt.", *, sender: str = f"Käthe Größe <{ASKER}>", **headers: str) -> EmailMessage:
    """Return a mail somebody has written; `headers` with _ for -."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = BOX
    made["Message-ID"] = f"<{uuid.uuid4().hex}@muehltal.example>"
    made["Date"] = "Mon, 01 Mar 2027 08:00:00 +0100"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    if "Subject" not in headers:
        made["Subject"] = "AW: Ihr Vorgang"
    made.set_content(text)
    return made


def answer_to(sent: EmailMessage, text: str = "Ja, das passt.", **fields: Any) -> EmailMessage:
    """Return an answer to one of our mails as a mail program makes it."""
    return mail(text, **{"Subject": f"AW: {sent['Subject']}", "In_Reply_To": str(sent["Message-ID"]), **fields})


def bounce(sent: EmailMessage | None, status: str = "5.1.1", action: str = "failed") -> bytes:
    """Return a report (RFC 3464) that a mail has not been delivered, or is delayed."""
    returned = str(sent["Message-ID"]) if sent is not None else "<fremd@irgendwo.example>"
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: beratung@kkv.example\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <{uuid.uuid4().hex}@mx.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIhre Mail wurde nicht zugestellt.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ASKER}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {returned}\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def calendar_answer(uid: str, attendee: str, said: str, **fields: Any) -> EmailMessage:
    """Return the answer of a calendar program to an entry (METHOD:REPLY)."""
    method, sequence = fields.get("method", "REPLY"), fields.get("sequence", 0)
    stamp = fields.get("stamp", "20270301T070000Z")
    stamped = f"DTSTAMP:{stamp}\r\n" if stamp else ""
    made = mail(
        "", sender=fields.get("sender", attendee), Subject=f"Zugesagt: {said}", Auto_Submitted="auto-generated"
    )
    made.make_mixed()
    entry = (
        f"BEGIN:VCALENDAR\r\nPRODID:-//x//x//DE\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
        f"SEQUENCE:{sequence}\r\n{stamped}DTSTART:20270311T090000Z\r\nORGANIZER:mailto:{BOX}\r\n"
        f"ATTENDEE;PARTSTAT={said}:mailto:{attendee}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    part = EmailMessage()
    part.set_content(entry, subtype="calendar")
    part.set_param("method", method)
    made.attach(part)
    return made
