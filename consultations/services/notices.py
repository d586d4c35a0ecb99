"""Mails about a case: a link and no text, in order per case (docs/outbox.md)."""

from __future__ import annotations

from typing import Any

from django.core.mail import EmailMessage

from consultations import links
from consultations.models import Case, CaseContact
from consultations.services import ratings
from portal.core.mail import KEY_HEADER

NO_TEXT = "Aus Gründen des Datenschutzes steht der Inhalt nicht in dieser E-Mail."


def address_of(case: Case) -> str:
    """Return whom of the municipality to write to: the person who asked, else the contact; empty for nobody."""
    if case.requester is not None and case.requester.is_active:
        return case.requester.email
    contact = CaseContact.objects.filter(case=case).first()
    # What somebody without account wrote into the request, where the portal takes requests.
    concern = getattr(case, "concern", None)
    return (contact.email if contact is not None else "") or str(getattr(concern, "contact_email", ""))


def _send(case: Case, to: str, subject: str, sentence: str, link: str) -> None:
    body = f"Guten Tag,\n\n{sentence}\n\nVorgang {case.reference}:\n{link}\n\n{NO_TEXT}\n"
    headers = {KEY_HEADER: f"case:{case.pk}"}
    EmailMessage(subject=f"{subject} [{case.reference}]", body=body, to=[to], headers=headers).send()


def tell_municipality(case: Case, subject: str, sentence: str) -> bool:
    """Write to the municipality; False when nobody can be reached. `sentence` holds nothing of the concern."""
    to = address_of(case)
    if to:
        _send(case, to, subject, sentence, links.for_municipality(case))
    return bool(to)


def tell_of_page(case: Case, address: str) -> bool:
    """Tell who asked that an answer has become a page of the portal, with its address; False for nobody to reach.

    The page is public: its address may stand in a mail.
    """
    to = address_of(case)
    if to and address:
        sentence = (
            "aus der Beratung ist eine Frage mit Antwort geworden, die auch anderen Kommunen hilft. "
            f"Sie steht jetzt hier:\n{address}"
        )
        _send(case, to, "Ihre Frage steht jetzt im Portal", sentence, links.for_municipality(case))
    return bool(to and address)


def tell_centre(case: Case, subject: str, sentence: str) -> None:
    """Write to whoever leads the case; an unassigned one is seen on the desk."""
    person = case.lead.user if case.lead is not None else None
    if person is not None and person.is_active:
        _send(case, person.email, subject, sentence, links.for_centre(case))


def confirm_receipt(case: Case) -> bool:
    """Tell the municipality the number of its case: the confirmation of what the centre has taken down."""
    return tell_municipality(
        case,
        "Ihr Anliegen ist eingegangen",
        "Ihr Anliegen ist bei der Kompetenzstelle eingegangen. Bitte nennen Sie bei Rückfragen die "
        f"Vorgangsnummer {case.reference}.",
    )


def tell_of(kind: str, subject: Any) -> None:
    """Tell the municipality that an end of its case is decided, and where the reason stands."""
    sentences = {
        "decline": ("Ihr Anliegen ist abgelehnt", "die Kompetenzstelle kann Ihr Anliegen nicht übernehmen. Den Grund lesen Sie im Vorgang."),  # noqa: E501
        "close": ("Ihr Vorgang ist abgeschlossen", "die Kompetenzstelle hat Ihren Vorgang abgeschlossen. Schreiben Sie uns innerhalb von 60 Tagen, öffnen wir ihn wieder."),  # noqa: E501
    }  # fmt: skip
    if kind in sentences:
        title, sentence = sentences[kind]
        if kind == "close":
            sentence = (
                f"{sentence}\n\nWie war die Beratung? Sagen Sie es uns, ohne Anmeldung:\n{ratings.url(subject)}"
            )
        tell_municipality(subject, title, sentence)
