"""Concerns the centre takes down for a municipality: by phone, from a mail, at an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from consultations import case_words
from consultations.eml import Mail
from consultations.mailing.people import same_address
from consultations.models import Case, CaseContact, Channel, Format, Message, MessageMail
from consultations.models import Concern as Request
from consultations.refusals import NotPossible
from consultations.secret_links import without_keys
from consultations.services import case_files, cases, municipality_side, notices, repeated
from portal.accounts.models import Membership
from portal.accounts.queries import has_verified
from portal.core import audit

UNREAD = "Der Text der E-Mail ist leer oder lässt sich nicht lesen."


@dataclass(frozen=True)
class Concern:
    """What somebody of a municipality wants, and whom to reach there."""

    municipality: Any
    subject: str
    text: str
    channel: str = Channel.PHONE
    topic: Any = None
    form: Format | None = None
    name: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Taken:
    """The case, whether its confirmation goes out, and what of the mail was not taken over and why."""

    case: Case
    confirmed: bool
    left_out: Sequence[str] = ()


def allowed(mail: Mail | None) -> tuple[list[Any], list[str]]:
    """Return the files of a mail that may be kept, and a sentence for each other and for an unreadable text."""
    if mail is None:
        return [], []
    kept: list[Any] = []
    left = [UNREAD] if mail.unread else []
    left += [f"„{name}“ ist leer, zu groß oder eine E-Mail in der E-Mail." for name in mail.left_out]
    for file in mail.files:
        try:
            case_files.check(file)
        except ValidationError as error:
            left += error.messages
        else:
            kept.append(file)
    return kept, left


def _let_answer(case: Case, contact: CaseContact) -> None:
    """Give a contact with an address what signed links hang on: from mails they open the case without account."""
    if contact.email:
        name = contact.name[: Request._meta.get_field("contact_name").max_length]
        Request.objects.create(case=case, contact_name=name, contact_email=contact.email, phone=contact.phone)


def may_claim(case: Case, user: Any) -> bool:
    """True for a case of no account that is somebody's: they asked for it as a guest, or the centre took it down.

    Asked for with the confirmed address of their account; or for the municipality they belong to.
    """
    if case.requester_id is not None:
        return False
    if asked_as_guest(case, user):
        return True
    if not CaseContact.objects.filter(case=case).exists():
        return False
    rows = Membership.objects.filter(user=user, municipality=case.municipality_id, is_external_adviser=False)
    return rows.filter(state=Membership.State.CONFIRMED).exists()


def asked_as_guest(case: Case, user: Any) -> bool:
    """True where the confirmed address of an account is that of who has asked without one."""
    concern: Request | None = getattr(case, "concern", None)
    asked = concern.contact_email if concern is not None else ""
    return bool(asked) and same_address(asked, user.email) and has_verified(user)


@transaction.atomic
def take_down(*, concern: Concern, by: Any, files: Iterable[Any] = (), mail: Mail | None = None) -> Taken:
    """Open a case for a municipality with its first message and files, and confirm it to whom it names.

    What of a mail was not taken over is named beside the message, as with mails that arrive.

    The same once more from the same person at once is the case it has opened already (`repeated`).

    Raises:
        NotPossible: The municipality does not exist any more.
        ValidationError: Nothing is said, too much, or an uploaded file is not allowed.
    """
    concern = replace(concern, subject=without_keys(concern.subject), text=without_keys(concern.text))
    contact = CaseContact(channel=concern.channel, name=concern.name, email=concern.email, phone=concern.phone)
    from_mail, left = allowed(mail)
    kept = [*files, *from_mail]
    said = repeated.taken_down(
        contact, municipality=concern.municipality, subject=concern.subject, text=concern.text, by=by
    )
    for known in said:
        if repeated.same_files(known.files.order_by("pk"), kept):
            return Taken(known, notices.address_of(known) != "", left)
    case = cases.receive(
        municipality=concern.municipality, subject=concern.subject, by=by, topic=concern.topic, form=concern.form
    )
    contact.case = case
    contact.full_clean()
    contact.save()
    _let_answer(case, contact)
    message = Message(
        case=case, side=Message.Side.MUNICIPALITY, channel=concern.channel, author_name=concern.name,
        text=concern.text.strip(),
    )  # fmt: skip
    message.full_clean()
    message.save()
    if mail is not None:
        MessageMail.objects.create(message=message, checked=True, left_out="\n".join(left))
    case_files.store(case=case, files=kept, by=by, message=message)
    case_words.add(case, message.text)
    return Taken(case, notices.confirm_receipt(case), left)


@transaction.atomic
def claim(*, case: Case, user: Any) -> Case:
    """Make a person the requester of a case (`may_claim`); its lead hears of it.

    Where this is the very contact named to the centre (by the address), the links this person has go on opening
    the case. Where it is a colleague, the contact has no part in it any more but what an account allows: links
    end, and appointments move from the one calendar to the other.

    Raises:
        NotPossible: Somebody else has claimed it, the municipality has asked for it itself, or the person does not
            belong to the municipality.
    """
    row = cases.locked(case)
    if row.requester_id == user.pk:
        return row
    if not may_claim(row, user):
        raise NotPossible("Dieser Vorgang lässt sich nicht übernehmen. Fragen Sie die Kompetenzstelle.")
    former = notices.reached(row)
    row.requester = user
    row.save(update_fields=["requester"])
    Request.colleagues.through.objects.filter(user=user, concern__case=row).delete()  # theirs, not helped with
    audit.record("case.claim", actor=user, subject=row)
    if former is None or not same_address(former.email, user.email):
        Request.objects.filter(case=row).update(link_generation=F("link_generation") + 1)
        municipality_side.pass_entries(row, municipality_side.newer_entries(row), former)
    notices.tell_centre(row, "Die Kommune hat den Vorgang übernommen")
    return row
