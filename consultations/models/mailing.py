"""Texts of mails the centre has changed, reminders of appointments, entries in calendars of advisers.

Written by `consultations.mailing` alone.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.fields import at_most
from portal.core.models.texts import PrintableTexts

TEXT_LENGTH = 5_000


class MailText(PrintableTexts):
    """The centre's own text of one kind of mail; without a row the shipped one (data/mails.toml) counts."""

    kind = models.SlugField("Art", max_length=40, unique=True, editable=False)
    subject = models.CharField("Betreff", max_length=150)
    text: Any = models.TextField("Text", **at_most(TEXT_LENGTH))
    changed_at = models.DateTimeField("Geändert", auto_now=True)

    class Meta:
        verbose_name = "E-Mail-Vorlage"
        verbose_name_plural = "E-Mail-Vorlagen"
        ordering = ["kind"]
        default_permissions = ("change",)

    def __str__(self) -> str:
        return self.kind


class Reminder(models.Model):
    """One reminder of one appointment to one person, so many days before. Times are UTC.

    Without a `participant` it is for whoever asked; the address is looked up when it is sent. A moved appointment
    is a new row with new reminders. With `queued_at` its mail waits in the outbox, which asks once more.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Geplant"
        SENT = "sent", "Gesendet"
        MISSED = "missed", "Verpasst"
        DROPPED = "dropped", "Entfallen"

    appointment = models.ForeignKey(
        "consultations.Appointment", verbose_name="Termin", on_delete=models.CASCADE, related_name="reminders"
    )
    participant = models.ForeignKey(
        "consultations.Participant", verbose_name="Teilnehmende Person", null=True, blank=True,
        on_delete=models.CASCADE, related_name="reminders",
    )  # fmt: skip
    days_before = models.PositiveSmallIntegerField("Tage vorher")
    due_at = models.DateTimeField("Fällig")
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.PLANNED)
    queued_at = models.DateTimeField("Im Postausgang seit", null=True, blank=True)
    decided_at = models.DateTimeField("Entschieden", null=True, blank=True)

    class Meta:
        verbose_name = "Erinnerung"
        verbose_name_plural = "Erinnerungen"
        ordering = ["due_at", "pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "days_before"], condition=Q(participant=None),
                name="consultations_reminder_requester_once",
            ),
            models.UniqueConstraint(
                fields=["appointment", "participant", "days_before"], condition=Q(participant__isnull=False),
                name="consultations_reminder_participant_once",
            ),
            models.CheckConstraint(
                condition=Q(state="planned", decided_at=None)
                | (~Q(state="planned") & Q(decided_at__isnull=False)),
                name="consultations_reminder_decided_has_time",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="planned"), name="consultations_reminder_due")
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id}/{self.days_before}"


class NoReminders(models.Model):
    """Somebody who wants no reminders: an account, or an address of somebody without one as a keyed hash."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="no_reminders"
    )
    address_hash = models.CharField(max_length=64, blank=True, editable=False)
    since = models.DateTimeField("Seit", auto_now_add=True)

    class Meta:
        verbose_name = "Verzicht auf Erinnerungen"
        verbose_name_plural = "Verzicht auf Erinnerungen"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None) ^ Q(address_hash=""), name="consultations_no_reminders_of_one"
            ),
            models.UniqueConstraint(
                fields=["address_hash"], condition=~Q(address_hash=""), name="consultations_no_reminders_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class AdviserEntry(models.Model):
    """The calendar entry of one appointment that one adviser has got by mail: it has to follow the appointment.

    `thread` is the appointment's, `sequence` the one that was told last. `out`: the last mail has cancelled it.
    """

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="+")
    adviser = models.ForeignKey("consultations.Adviser", on_delete=models.CASCADE, related_name="calendar_entries")
    thread = models.UUIDField("Termin")
    sequence = models.PositiveIntegerField("Stand")
    out = models.BooleanField("Zurückgenommen", default=False)

    class Meta:
        verbose_name = "Kalendereintrag von Beratenden"
        verbose_name_plural = "Kalendereinträge von Beratenden"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["thread", "adviser"], name="consultations_adviser_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.thread}/{self.adviser_id}"


class EntryChoice(models.Model):
    """Whether an adviser wants calendar entries by mail; without a row those without a private feed do."""

    adviser = models.OneToOneField("consultations.Adviser", on_delete=models.CASCADE, related_name="entry_choice")
    by_mail = models.BooleanField("Kalendereinträge per E-Mail")

    class Meta:
        verbose_name = "Kalendereinträge per E-Mail"
        verbose_name_plural = "Kalendereinträge per E-Mail"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.adviser_id}"
