"""Dates of group formats: one range of the advisers, numbered seats, and a waiting list."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from consultations.models.appointment import Appointment
from consultations.models.format import Place
from consultations.states import WAITING_OPEN, SessionState, WaitingState
from portal.core.models.texts import PrintableTexts


class GroupSession(PrintableTexts):
    """A date several municipalities take part in. Times are UTC. Written by `consultations.services.groups`."""

    format = models.ForeignKey(
        "consultations.Format", verbose_name="Format", on_delete=models.PROTECT, related_name="sessions"
    )
    uid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    title = models.CharField("Titel", max_length=120)
    topic = models.ForeignKey(
        "knowledge.TopicPage", verbose_name="Thema", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")
    place = models.CharField("Ort", max_length=10, choices=Place.choices)
    place_detail = models.CharField("Adresse oder Einwahl", max_length=300, blank=True)
    capacity = models.PositiveSmallIntegerField(
        "Plätze", validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    state = models.CharField(
        "Zustand", max_length=10, choices=SessionState.choices, default=SessionState.CONFIRMED
    )
    before: GroupSession | None = None
    """What it was until the step that is just being done, for who is told of it; not stored."""

    class Meta:
        verbose_name = "Gruppentermin"
        verbose_name_plural = "Gruppentermine"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="consultations_session_order"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="consultations_session_has_seats"),
        ]

    def __str__(self) -> str:
        return self.title


class Seat(models.Model):
    """A taken seat of a session; a free one has no row. No number beyond the capacity: the database refuses it."""

    session = models.ForeignKey(GroupSession, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField("Platz")
    appointment = models.OneToOneField(Appointment, on_delete=models.CASCADE, related_name="seat")

    class Meta:
        verbose_name = "Platz"
        verbose_name_plural = "Plätze"
        ordering = ["session", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="consultations_seat_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="consultations_seat_number"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.number}"


class WaitingEntry(models.Model):
    """A case that waits for a seat, which is offered as a hold with a time to accept; the order is the pk."""

    session = models.ForeignKey(GroupSession, on_delete=models.CASCADE, related_name="waiting")
    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="waiting")
    state = models.CharField("Zustand", max_length=10, choices=WaitingState.choices, default=WaitingState.WAITING)
    appointment = models.OneToOneField(
        Appointment, null=True, blank=True, on_delete=models.SET_NULL, related_name="waiting_entry"
    )
    joined_at = models.DateTimeField("Eingetragen", auto_now_add=True)

    class Meta:
        verbose_name = "Eintrag der Warteliste"
        verbose_name_plural = "Warteliste"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["session", "case"], condition=Q(state__in=WAITING_OPEN), name="consultations_waiting_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.case_id}"
