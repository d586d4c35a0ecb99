"""Answers that become messages of their case: of whoever may write there by the portal as well, of nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from consultations import eml
from consultations.mailing import people
from consultations.mailing.incoming import authentication, left, quoting, recognising, returned
from consultations.models import Case, Channel, IncomingMail, Message, MessageMail
from consultations.refusals import NotPossible
from consultations.requester import cases
from consultations.secret_links import HIDDEN, without_keys
from consultations.services import case_files, correspondence, intake
from portal.accounts.models import User
from portal.core.virus_scan import refuse_viruses

Outcome, Reason = IncomingMail.Outcome, IncomingMail.Reason
MOST_OF_A_CASE, WITHIN = 20, timedelta(hours=1)
WAITS_FOR_SCANNER = timedelta(days=1)


class Later(Exception):  # noqa: N818 - no fault of the mail
    """Files cannot be scanned now: the mail stays where it is until the next run."""


@dataclass(frozen=True)
class Writer:
    """Who writes: an account, or the name of whoever asked without one."""

    account: User | None
    name: str = ""


def writer_of(case: Case, address: str) -> Writer | None:
    """Return who may write to a case from an address: whoever asked, and accounts that may by the portal."""
    if not address:
        return None
    person = people.requester_of(case)
    if person is not None and people.same_address(person.email, address):
        own = case.requester is not None and people.same_address(case.requester.email, address)
        return Writer(case.requester) if own else Writer(None, person.name or person.email)
    account = people.account_of(address)
    if account is None or not cases.visible_to(account).filter(pk=case.pk).exists():
        return None
    return Writer(account) if cases.may_change(case, account) else None


def handle(row: IncomingMail, mail: EmailMessage, raw: bytes, arrived: datetime) -> None:
    """Make a message of a mail, or leave it for people, in the caller's transaction.

    Raises:
        Later: Its files cannot be scanned now.
    """
    named = recognising.references_in(mail)
    found = Case.objects.filter(reference__in=named).values_list("pk", flat=True)
    if len(named) != 1 or not found:
        left.keep(row, reason=Reason.SEVERAL if len(named) > 1 else Reason.NO_CASE, raw=raw, mail=mail)
        return
    case = people.fresh(found[0])
    sender = recognising.sender_of(mail)
    if _is_genuine(mail, sender):
        returned.forget(case, sender)  # whatever becomes of the mail
    problem = _problem(case, mail, sender) or _written(row, case, mail, sender, arrived)
    if problem:
        left.keep(row, reason=problem, raw=raw, mail=mail, case=case)


def _is_genuine(mail: EmailMessage, sender: str) -> bool:
    """False where the centre's mail server says who has sent a mail, and it is not its sender."""
    return not authentication.is_configured() or authentication.confirms(mail, sender)


def _problem(case: Case, mail: EmailMessage, sender: str) -> str:
    """Return why a mail is no message of a case; empty where it is one."""
    if writer_of(case, sender) is None:
        invited = bool(sender) and case.participants.filter(email__iexact=sender).exists()
        return Reason.PARTICIPANT if invited else Reason.STRANGER
    if not _is_genuine(mail, sender):
        return Reason.UNCONFIRMED
    if not correspondence.takes_messages(case):
        return Reason.ENDED
    since = timezone.now() - WITHIN
    rows = IncomingMail.objects.filter(case=case, outcome=Outcome.MESSAGE, received_at__gt=since)
    return Reason.TOO_MANY if rows.count() >= MOST_OF_A_CASE else ""


def _written(row: IncomingMail, case: Case, mail: EmailMessage, sender: str, arrived: datetime) -> str:
    """Write the message; returns why it is none after all, or nothing."""
    writer = writer_of(case, sender)
    assert writer is not None  # noqa: S101 - `_problem` has asked
    try:
        read = eml.read_parsed(mail)
        _demand_scanner(read, arrived)
        write(case=case, mail=read, by=writer.account, author_name=writer.name,
              checked=authentication.is_configured())  # fmt: skip
    except NotPossible:
        return Reason.ENDED
    except ValidationError:
        return Reason.EMPTY
    row.case, row.outcome = case, Outcome.MESSAGE
    row.save()
    return ""


def _demand_scanner(mail: eml.Mail, arrived: datetime) -> None:
    """Wait for a scanner that is away, for a day; then the message comes without what it cannot check."""
    if arrived + WAITS_FOR_SCANNER < timezone.now():
        return
    for file in mail.files:
        try:
            refuse_viruses(file)
        except ValidationError as error:
            if error.code == "unscanned":
                raise Later from error


@transaction.atomic
def write(*, case: Case, mail: eml.Mail, by: User | None, author_name: str, checked: bool) -> Message:
    """Write a mail into a case: what is new as the message, the quoted rest beside it, the files that may be kept.

    Raises:
        NotPossible: The case takes no messages.
        ValidationError: Nothing is said and no file can be kept.
    """
    ours = (case.reference, settings.BASE_URL, HIDDEN)
    new, quoted = quoting.split(without_keys(recognising.straight(mail.text)), ours)
    files, left_out = intake.allowed(mail)
    try:
        case_files.check_all(case, files)
    except ValidationError as error:
        files, left_out = [], [*left_out, *error.messages]
    message = correspondence.receive(
        case=case, text=new, by=by, files=files, channel=Channel.MAIL, author_name=author_name[:200]
    )
    # The same words once more within minutes are the message there is already.
    shown = {"checked": checked, "quoted": quoted, "left_out": "\n".join(left_out)}
    MessageMail.objects.get_or_create(message=message, defaults=shown)
    return message


@transaction.atomic
def take_over(*, pk: int, case: Case, by: User) -> Message | None:
    """Make a message of a mail that waits, because somebody of the centre says where it belongs.

    None where somebody was faster.

    Raises:
        NotPossible, ValidationError: See `write`.
    """
    row = left.locked(pk)
    if row is None:
        return None
    mail = left.read_again(row)
    message = write(case=case, mail=mail, by=by, author_name=mail.sender_name or row.sender, checked=True)
    returned.forget(case, row.sender)
    left.taken(row, by=by, case=case)
    return message
