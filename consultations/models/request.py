"""What municipalities say when they ask for advice: drafts of the wizard, concerns of cases, who takes part."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from consultations.models.format import Place
from portal.core import periods
from portal.core.models.texts import PrintableTexts

DRAFT_LIFE = timedelta(days=30)
"""A draft nobody has touched for so long is removed, unless the table of processing says otherwise."""


def new_key() -> str:
    """Return the random key of a draft: also the holder of its slot."""
    return secrets.token_urlsafe(24)


class Urgency(models.TextChoices):
    RELAXED = "relaxed", "Hat Zeit"
    SOON = "soon", "In den nächsten Wochen"
    URGENT = "urgent", "Dringend"


class RequestDraft(models.Model):
    """A request that is being written. Times are UTC.

    `answers` holds what was said, step by step (`consultations.wizard.answers`). `generation` rises when a link to
    confirm an address is sent, so that only the latest one counts. With a `case` it has been sent: sending it
    again leads to that case.
    """

    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="request_drafts"
    )
    answers: Any = models.JSONField(default=dict)
    appointment = models.ForeignKey(
        "consultations.Appointment", null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts"
    )
    case = models.ForeignKey(
        "consultations.Case", null=True, blank=True, on_delete=models.CASCADE, related_name="drafts"
    )
    generation = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField("Begonnen", auto_now_add=True)
    changed_at = models.DateTimeField("Geändert", auto_now=True)

    class Meta:
        verbose_name = "Entwurf einer Anfrage"
        verbose_name_plural = "Entwürfe von Anfragen"
        ordering = ["-changed_at"]
        default_permissions = ()
        indexes = [models.Index(fields=["changed_at"], name="consultations_draft_age")]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def kept_until(self) -> datetime:
        """When it is removed unless somebody goes on with it (UTC)."""
        return self.changed_at + periods.life_of("forget_request_drafts")


class Concern(PrintableTexts):
    """What a municipality said when it opened a case, one for each case.

    `contact_name` and `contact_email` are of somebody without account; of a person with one they stand in the
    account. `phone` is the number given for a call, by the one or the other (`consultations.desk.asker`); `place`
    is where they would like to meet. `answers` are the questions of the format with their answers, as they were
    asked: [{"question": …, "answer": …}]. `link_generation` makes all links to the case invalid when it rises.
    `private`: of the municipality only the requester and the `colleagues` see the case; these work on it in any
    case.
    """

    case = models.OneToOneField("consultations.Case", on_delete=models.CASCADE, related_name="concern")
    goal = models.TextField("Was erreicht werden soll", blank=True, max_length=5000)
    service = models.CharField("Leistung (LeiKa- oder OZG-Schlüssel)", max_length=200, blank=True)
    procedure = models.CharField("Fachverfahren", max_length=200, blank=True)
    deadline = models.DateField("Frist", null=True, blank=True)
    urgency = models.CharField("Dringlichkeit", max_length=10, choices=Urgency.choices, default=Urgency.RELAXED)
    place = models.CharField("Gewünschter Ort", max_length=10, choices=Place.choices, blank=True)
    page = models.CharField("Seite, von der die Anfrage kam", max_length=300, blank=True)
    answers: Any = models.JSONField("Antworten auf die Fragen des Formats", default=list, blank=True)
    private = models.BooleanField("Nur für die anfragende Person und Genannte", default=False)
    contact_name = models.CharField("Name", max_length=120, blank=True)
    contact_email = models.EmailField("E-Mail-Adresse", blank=True)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    link_generation = models.PositiveIntegerField(default=0, editable=False)
    colleagues = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name="Kolleginnen und Kollegen, die mitarbeiten", blank=True,
        related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = "Anliegen"
        verbose_name_plural = "Anliegen"
        default_permissions = ()
        indexes = [models.Index(fields=["contact_email"], name="consultations_concern_mail")]

    def __str__(self) -> str:
        return f"{self.case_id}"


class Participant(PrintableTexts):
    """Somebody the requester brings along, with or without account."""

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="participants")
    name = models.CharField("Name", max_length=120)
    email = models.EmailField("E-Mail-Adresse", blank=True)
    organisation = models.CharField("Kommune oder Stelle", max_length=160, blank=True)
    municipality = models.ForeignKey(
        "accounts.Municipality", verbose_name="Kommune", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip

    class Meta:
        verbose_name = "Teilnehmende Person"
        verbose_name_plural = "Teilnehmende"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["case", "email"], condition=~Q(email=""), name="consultations_participant_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class GuidanceSuccess(models.Model):
    """How many requests ended with "Das beantwortet meine Frage", by local day and topic: nothing else."""

    day = models.DateField("Tag")
    topic = models.ForeignKey(
        "knowledge.TopicPage", verbose_name="Thema", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    number = models.PositiveIntegerField("Anzahl", default=0)

    class Meta:
        verbose_name = "Ohne Termin beantwortet"
        verbose_name_plural = "Ohne Termin beantwortet"
        ordering = ["-day", "topic"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["day", "topic"], condition=Q(topic__isnull=False), name="consultations_guidance_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.number}"
