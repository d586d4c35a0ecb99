"""Who takes part in an appointment beside the requester, and what has been uploaded before there is a case.

An appointment is meant by its thread, which a move keeps. Written by `consultations.services.invitations` and
`consultations.wizard.attachments` alone. Times are UTC.
"""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath
from typing import Any

from django.db import models
from django.db.models import Q

from consultations.models.correspondence import FOLDER, NOTE_LENGTH
from portal.core.fields import at_most
from portal.core.models.texts import PrintableTexts


def draft_file_path(instance: DraftFile, filename: str) -> str:
    """Return where a file of a draft lies: a name nobody guesses, in the folder that is served to nobody."""
    return f"{FOLDER}/entwuerfe/{uuid.uuid4().hex}{PurePosixPath(filename).suffix.lower()[:10]}"


class DraftFile(PrintableTexts):
    """A file of a request that is being written; it becomes a file of the case, or goes with the draft."""

    draft = models.ForeignKey("consultations.RequestDraft", on_delete=models.CASCADE, related_name="files")
    file = models.FileField("Datei", upload_to=draft_file_path, max_length=200)
    name = models.CharField("Dateiname", max_length=150)
    size = models.PositiveBigIntegerField("Größe in Byte")

    class Meta:
        verbose_name = "Datei eines Entwurfs"
        verbose_name_plural = "Dateien von Entwürfen"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One person asked to one appointment, with an answer of their own.

    `generation` rises when an invitation that was withdrawn is made again, so that old links stay dead.
    """

    class Answer(models.TextChoices):
        OPEN = "open", "noch offen"
        ACCEPTED = "accepted", "zugesagt"
        DECLINED = "declined", "abgesagt"

    participant = models.ForeignKey(
        "consultations.Participant", on_delete=models.CASCADE, related_name="invitations"
    )
    thread = models.UUIDField("Termin")
    answer = models.CharField("Antwort", max_length=10, choices=Answer.choices, default=Answer.OPEN)
    answered_at = models.DateTimeField("Beantwortet", null=True, blank=True)
    withdrawn_at = models.DateTimeField("Zurückgezogen", null=True, blank=True)
    generation = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("Eingeladen", auto_now_add=True)

    class Meta:
        verbose_name = "Einladung"
        verbose_name_plural = "Einladungen"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["participant", "thread"], name="consultations_invitation_once"),
            models.CheckConstraint(
                condition=Q(answer="open", answered_at=None) | (~Q(answer="open") & Q(answered_at__isnull=False)),
                name="consultations_invitation_answer_has_time",
            ),
        ]
        indexes = [models.Index(fields=["thread"], name="consultations_invite_thread")]

    def __str__(self) -> str:
        return f"{self.participant_id}/{self.thread}"


class Agenda(PrintableTexts):
    """What an appointment is about, as everybody invited to it reads it."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="agendas")
    thread = models.UUIDField("Termin", unique=True)
    text: Any = models.TextField("Tagesordnung", blank=True, **at_most(NOTE_LENGTH))

    class Meta:
        verbose_name = "Tagesordnung"
        verbose_name_plural = "Tagesordnungen"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.case_id}/{self.thread}"
