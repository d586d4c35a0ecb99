"""Mails that arrive: which have been dealt with, what a message looked like as a mail, which addresses fail.

Written by `consultations.mailing.incoming`, and for an uploaded mail by `consultations.services.intake`. Times are
UTC.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from consultations.models.correspondence import FOLDER, MESSAGE_LENGTH
from portal.core.fields import at_most
from portal.core.models.texts import PrintableTexts


def left_mail_path(instance: IncomingMail, filename: str) -> str:
    """Return where a mail lies that waits for people: a name nobody guesses, in the folder served to nobody."""
    return f"{FOLDER}/eingang/{uuid.uuid4().hex}.eml"


class IncomingMail(PrintableTexts):
    """A mail the portal has dealt with, known by a digest of its content, so that none counts twice.

    Of what became part of a case nothing else is kept. What was left for people keeps sender, text and the mail
    itself until somebody has decided; `case` is then the one it seems to be about.
    """

    class Outcome(models.TextChoices):
        MESSAGE = "message", "Nachricht im Vorgang"
        ANSWER = "answer", "Antwort auf eine Einladung"
        RETURNED = "returned", "Mail kam zurück"
        AUTOMATIC = "automatic", "automatische Antwort"
        NOTHING = "nothing", "ohne Wirkung"
        LEFT = "left", "nicht zugeordnet"
        TAKEN = "taken", "von Hand übernommen"
        DISMISSED = "dismissed", "erledigt"

    class Reason(models.TextChoices):
        NO_CASE = "no_case", "Keine Vorgangsnummer gefunden"
        SEVERAL = "several", "Mehrere Vorgangsnummern gefunden"
        STRANGER = "stranger", "Diese Adresse gehört nicht zum Vorgang"
        PARTICIPANT = "participant", "Teilnehmende schreiben nicht im Vorgang"
        UNCONFIRMED = "unconfirmed", "Der Mailserver bestätigt den Absender nicht"
        ENDED = "ended", "Der Vorgang ist beendet und lässt sich nicht mehr öffnen"
        EMPTY = "empty", "Ohne Text und ohne brauchbare Datei"
        TOO_MANY = "too_many", "Zu viele Mails zu diesem Vorgang in kurzer Zeit"
        TOO_LARGE = "too_large", "Zu groß"
        UNREADABLE = "unreadable", "Nicht lesbar"
        CALENDAR = "calendar", "Kalenderantwort, die sich nicht zuordnen lässt"
        NOT_DELIVERED = "not_delivered", "Eine Mail wurde nicht zugestellt; an der Adresse liegt es nicht"

    digest = models.CharField(max_length=64, unique=True, editable=False)
    outcome = models.CharField("Ergebnis", max_length=10, choices=Outcome.choices, default=Outcome.NOTHING)
    reason = models.CharField("Grund", max_length=14, choices=Reason.choices, blank=True)
    case = models.ForeignKey(
        "consultations.Case", verbose_name="Vorgang", null=True, blank=True, on_delete=models.CASCADE,
        related_name="incoming_mails",
    )  # fmt: skip
    sender = models.CharField("Absender", max_length=254, blank=True)
    sender_name = models.CharField("Name", max_length=200, blank=True)
    subject = models.CharField("Betreff", max_length=200, blank=True)
    text: Any = models.TextField("Text", blank=True, **at_most(MESSAGE_LENGTH))
    file = models.FileField("E-Mail", upload_to=left_mail_path, max_length=200, blank=True)
    received_at = models.DateTimeField("Eingelesen", auto_now_add=True)
    done_at = models.DateTimeField("Erledigt", null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Eingegangene E-Mail"
        verbose_name_plural = "Eingegangene E-Mails"
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="left") | Q(sender="", sender_name="", subject="", text="", file=""),
                name="consultations_incoming_forgets",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="left") | ~Q(reason=""), name="consultations_incoming_left_why"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(outcome="left"), name="consultations_incoming_left"),
            models.Index(fields=["received_at"], name="consultations_incoming_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class MessageMail(PrintableTexts):
    """What a message that came by mail has beside its text.

    `checked`: the centre's mail server has confirmed the sender's domain, or a person has taken the mail over.
    `quoted` is what was cut off below the answer, `left_out` one sentence a line for each file not taken.
    """

    message = models.OneToOneField("consultations.Message", on_delete=models.CASCADE, related_name="mail")
    checked = models.BooleanField("Absender geprüft", default=False)
    quoted: Any = models.TextField("Zitierter Teil", blank=True, **at_most(MESSAGE_LENGTH))
    left_out = models.TextField("Nicht übernommen", blank=True)

    class Meta:
        verbose_name = "E-Mail einer Nachricht"
        verbose_name_plural = "E-Mails von Nachrichten"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.message_id}"

    @property
    def way(self) -> str:
        return "E-Mail" if self.checked else "E-Mail, Absender nicht geprüft"


class MailReturn(models.Model):
    """A mail about a case has come back for good: the address does not exist or takes nothing any more.

    `mark` is a keyed hash of the address it went to; who has another one by now is not meant.
    """

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="mail_returns")
    mark = models.CharField(max_length=64, editable=False)
    status = models.CharField("Antwort des Mailservers", max_length=12)
    at = models.DateTimeField("Zurückgekommen", auto_now_add=True)

    class Meta:
        verbose_name = "Zurückgekommene E-Mail"
        verbose_name_plural = "Zurückgekommene E-Mails"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["case", "mark"], name="consultations_mail_return_once")]

    def __str__(self) -> str:
        return f"{self.case_id}"
