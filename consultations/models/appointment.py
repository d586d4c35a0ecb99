"""Appointments and what they take of an adviser's time."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q

from consultations.models.format import Place
from consultations.overlap import NoOverlap
from consultations.states import BLOCKING, AppointmentState
from portal.core.models.texts import PrintableTexts

State = AppointmentState
_WITHOUT_TIME = (State.REQUESTED, State.DECLINED, State.WITHDRAWN)
_WITHOUT_CASE = (State.HELD, State.EXPIRED)


class Appointment(PrintableTexts):
    """One date of a case. A moved one stays and names its successor's thread. Times are UTC, without buffers.

    `thread` and `sequence` are UID and SEQUENCE of the calendar entry (RFC 5545): one thread for life, and a
    sequence that rises with every change. `generation` makes links of before a change show what is true now.
    `wishes` are days and parts of days ({"day": "2026-12-01", "part": "morning"}) of a request without a time.
    Written by `consultations.services` alone.
    """

    thread = models.UUIDField(default=uuid.uuid4, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    generation = models.PositiveIntegerField(default=0, editable=False)
    case = models.ForeignKey(
        "consultations.Case", verbose_name="Vorgang", null=True, blank=True, on_delete=models.PROTECT,
        related_name="appointments",
    )  # fmt: skip
    format = models.ForeignKey(
        "consultations.Format", verbose_name="Format", on_delete=models.PROTECT, related_name="appointments"
    )
    session = models.ForeignKey(
        "consultations.GroupSession", verbose_name="Gruppentermin", null=True, blank=True,
        on_delete=models.PROTECT, related_name="appointments",
    )  # fmt: skip
    moved_from = models.OneToOneField(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="moved_to"
    )
    state = models.CharField("Zustand", max_length=10, choices=State.choices)
    starts_at = models.DateTimeField("Beginn", null=True, blank=True)
    ends_at = models.DateTimeField("Ende", null=True, blank=True)
    place = models.CharField("Ort", max_length=10, choices=Place.choices, blank=True)
    place_detail = models.CharField("Adresse oder Einwahl", max_length=300, blank=True)
    wishes: Any = models.JSONField("Wünsche", default=list, blank=True)
    reason = models.CharField("Grund", max_length=500, blank=True)
    held_until = models.DateTimeField("Vorgemerkt bis", null=True, blank=True)
    holder = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    changed_at = models.DateTimeField("Geändert", auto_now=True)

    class Meta:
        verbose_name = "Termin"
        verbose_name_plural = "Termine"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None)
                | Q(starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=F("starts_at")),
                name="consultations_appointment_order",
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=False) | Q(state__in=_WITHOUT_TIME),
                name="consultations_appointment_has_time",
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=False) | Q(state__in=_WITHOUT_CASE),
                name="consultations_appointment_has_case",
            ),
            models.CheckConstraint(
                condition=Q(held_until__isnull=False) | ~Q(state=State.HELD),
                name="consultations_appointment_hold_ends",
            ),
            models.UniqueConstraint(fields=["thread", "sequence"], name="consultations_appointment_sequence"),
            models.UniqueConstraint(
                fields=["thread"], condition=Q(state__in=BLOCKING), name="consultations_appointment_one_date"
            ),
            models.UniqueConstraint(
                fields=["holder"], condition=Q(state=State.HELD) & ~Q(holder=""),
                name="consultations_appointment_one_hold",
            ),
            models.UniqueConstraint(
                fields=["session", "case"], condition=Q(state__in=BLOCKING, session__isnull=False),
                name="consultations_appointment_one_seat",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["held_until"], condition=Q(state=State.HELD), name="consultations_holds"),
            models.Index(fields=["state", "starts_at"], name="consultations_appointment_when"),
        ]

    def __str__(self) -> str:
        return f"{self.thread}#{self.sequence}"

    @property
    def uid(self) -> str:
        """The calendar entry's UID without the host: one for life."""
        return str(self.thread)

    def is_held(self, now: datetime) -> bool:
        """True while a hold has not run out (`now` is aware)."""
        return self.state == State.HELD and self.held_until is not None and self.held_until > now


class Allocation(models.Model):
    """What one appointment, or one group session, takes of one adviser's time, buffers included. Times are UTC.

    Ranges of one adviser that block cannot overlap: the database refuses it (`consultations.overlap`). Its state
    is that of its appointment or session; one that was taken off is withdrawn.
    """

    class Role(models.TextChoices):
        LEAD = "lead", "Leitung"
        FURTHER = "further", "Weitere"

    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.CASCADE, related_name="allocations"
    )
    session = models.ForeignKey(
        "consultations.GroupSession", null=True, blank=True, on_delete=models.CASCADE, related_name="allocations"
    )
    adviser = models.ForeignKey(
        "consultations.Adviser", verbose_name="Beratende Person", on_delete=models.PROTECT,
        related_name="allocations",
    )  # fmt: skip
    role = models.CharField("Rolle", max_length=10, choices=Role.choices, default=Role.LEAD)
    state = models.CharField("Zustand", max_length=10, choices=State.choices)
    blocks_from = models.DateTimeField("belegt ab")
    blocks_until = models.DateTimeField("belegt bis")

    class Meta:
        verbose_name = "Belegung"
        verbose_name_plural = "Belegungen"
        ordering = ["blocks_from", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(blocks_until__gt=F("blocks_from")), name="consultations_allocation_order"
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, session=None)
                | Q(appointment=None, session__isnull=False),
                name="consultations_allocation_of_one",
            ),
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(role="lead", state__in=BLOCKING),
                name="consultations_allocation_one_lead",
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(role="lead", state__in=BLOCKING),
                name="consultations_allocation_session_lead",
            ),
            NoOverlap(
                name="consultations_allocation_no_overlap",
                owner="adviser", start="blocks_from", end="blocks_until", state="state", blocking=BLOCKING,
                violation_error_message="Zu dieser Zeit ist die beratende Person schon belegt.",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["adviser", "blocks_until", "blocks_from"], condition=Q(state__in=BLOCKING),
                name="consultations_allocation_busy",
            ),
            models.Index(fields=["adviser", "blocks_from"], name="consultations_allocation_when"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.adviser_id}: {self.blocks_from:%Y-%m-%d %H:%M}–{self.blocks_until:%H:%M} UTC"
