"""Invitations of a municipality to a format of advice: drafted from the template, sent as mail, kept as a note.

The note counts as contact (`consultations.contacts`): a municipality that was invited is silent no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import urlencode

from consultations.mailing import sending, texts, values
from consultations.mailing.kinds import Text, shipped
from consultations.models import CaseContact, Channel, Concern, ContactNote, Format
from consultations.refusals import NotPossible
from portal.accounts.domains import clean_domain
from portal.accounts.models import MailDomain, Membership, Municipality
from portal.accounts.queries import domain_of
from portal.core import audit, outbox, work
from portal.core.mail import KEY_HEADER

KIND = "town_invited"
NOTED = "Einladung „"
"""So a note of an invitation begins; its first line ends with the address."""
MOST = 30
"""So many people are offered: whoever manages the access first, then members, then people of earlier cases."""
GONE = "Diese Kommune besteht nicht mehr. Laden Sie ihre Nachfolgerin ein."
NOT_OFFERED = "Dieses Format wird nicht mehr angeboten. Bitte wählen Sie ein anderes."


@dataclass(frozen=True)
class Addressee:
    """Somebody of a municipality who can be written to, and in German who they are."""

    name: str
    email: str
    role: str

    def __str__(self) -> str:
        return f"{self.name}, {self.email} ({self.role})" if self.name else f"{self.email} ({self.role})"


def _known(town: Municipality) -> Iterator[Addressee]:
    rows = Membership.objects.filter(
        municipality=town, state=Membership.State.CONFIRMED, is_external_adviser=False, user__is_active=True
    )
    members = sorted(rows.select_related("user"), key=lambda row: row.role != Membership.Role.ADMIN)
    for row in members:
        yield Addressee(str(row.user), row.user.email, str(row.get_role_display()))
    noted = CaseContact.objects.filter(case__municipality=town).exclude(email="").order_by("-pk")
    for name, email in noted.values_list("name", "email")[:MOST]:
        yield Addressee(name, email, "aus einem Vorgang")
    asked = Concern.objects.filter(case__municipality=town, case__requester=None).exclude(contact_email="")
    for name, email in asked.order_by("-pk").values_list("contact_name", "contact_email")[:MOST]:
        yield Addressee(name, email, "aus einem Vorgang")


def addressees(town: Municipality) -> list[Addressee]:
    """Return whom of a municipality an invitation can go to, each address once; three queries."""
    found: dict[str, Addressee] = {}
    for person in _known(town):
        found.setdefault(person.email.lower(), person)
    return list(found.values())[:MOST]


def is_of(town: Municipality, email: str) -> bool:
    """True for an address of a person known there, and for a domain that is this municipality's alone."""
    if email.lower() in {person.email.lower() for person in addressees(town)}:
        return True
    domain = domain_of(email)
    try:
        clean_domain(domain)
    except ValidationError:
        return False
    return set(MailDomain.objects.filter(domain=domain).values_list("municipality", flat=True)) == {town.pk}


def link_to(town: Municipality, form: Format) -> str:
    """Return the address of the wizard with format and municipality filled in; it opens nothing of anybody's."""
    query = urlencode({"format": form.key, "kommune": town.slug})
    return f"{settings.BASE_URL}{reverse('consultation_start')}?{query}"


def draft(town: Municipality, form: Format, by: Any) -> Text:
    """Return subject and text of an invitation as the template has them now."""
    filled = {
        **values.everywhere(), "kommune": town.name, "format": form.name, "link": link_to(town, form),
        "absender": str(by),
    }  # fmt: skip
    try:
        mail = texts.fill(texts.current(KIND), filled)
    except ValidationError:  # a stored text that cannot be filled any more
        mail = texts.fill(shipped()[KIND], filled)
    return Text(mail.subject, mail.text.strip())


@transaction.atomic
def send(*, town: Municipality, form: Format, to: str, text: Text, by: Any) -> ContactNote | None:
    """Send an invitation and keep it as a contact of today; the same one again within minutes is None.

    Raises:
        NotPossible: The municipality or the format has ended, or the text does not lead to the wizard.
        ValidationError: The note would be too long.
    """
    if not town.active:
        raise NotPossible(GONE)
    if not Format.objects.filter(pk=form.pk, active=True).exists():
        raise NotPossible(NOT_OFFERED)
    if link_to(town, form) not in text.text:
        raise NotPossible("Im Text fehlt der Link, über den die Kommune einen Termin wählen kann.")
    mail = texts.written(text.subject, text.text)
    same = salted_hmac("consultations.invitation", "\n".join((to.lower(), mail.subject, mail.text))).hexdigest()[
        :32
    ]
    key = f"town:{town.pk}:{same}"
    outbox.lock(key)
    if outbox.has_recent(key=key, since=timezone.now() - work.SAME_WITHIN):
        return None
    note = ContactNote(
        municipality=town, author=by, channel=Channel.MAIL, day=timezone.localdate(),
        text=f"{NOTED}{form.name}“ an {to}\n\nBetreff: {mail.subject}\n\n{mail.text.strip()}",
    )  # fmt: skip
    note.full_clean()
    note.save()
    sending.as_message(mail, to, headers={KEY_HEADER: key}).send()
    audit.record("municipality.invite", actor=by, subject=note, municipality=town.pk, format=form.pk)
    return note
