"""An adviser's own calendar: the feed of the portal's appointments, and when they are busy elsewhere.

Times are UTC. Written by `consultations.busy` and `consultations.calendar_feed` alone.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class CalendarFeed(models.Model):
    """The secret of a private feed. Only its hash is kept: the address is shown once, when it is made."""

    adviser = models.OneToOneField(
        "consultations.Adviser", verbose_name="Beratende Person", on_delete=models.CASCADE, related_name="feed"
    )
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)

    class Meta:
        verbose_name = "Privates Kalenderabo"
        verbose_name_plural = "Private Kalenderabos"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.adviser_id}"


class BusySource(models.Model):
    """Where busy times come from: an address asked by a job, or a file somebody has uploaded (no address).

    `fetched_at` is when the busy times that hold were read, maybe still from an earlier source; `tried_at` is the
    last try of this one (None: not asked yet), `problem` what stood against it.
    """

    adviser = models.OneToOneField(
        "consultations.Adviser", verbose_name="Beratende Person", on_delete=models.CASCADE, related_name="source"
    )
    url = models.CharField("Adresse", max_length=1000, blank=True)
    fetched_at = models.DateTimeField("Gelesen", null=True, blank=True)
    tried_at = models.DateTimeField("Zuletzt versucht", null=True, blank=True)
    problem = models.CharField("Hindernis", max_length=300, blank=True)
    skipped = models.PositiveIntegerField("Nicht gelesene Einträge", default=0)

    class Meta:
        verbose_name = "Quelle belegter Zeiten"
        verbose_name_plural = "Quellen belegter Zeiten"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.adviser_id}"


class BusyTime(models.Model):
    """A time an adviser is busy elsewhere: no title, no place, no people."""

    adviser = models.ForeignKey("consultations.Adviser", on_delete=models.CASCADE, related_name="busy_times")
    starts_at = models.DateTimeField("Beginn")
    ends_at = models.DateTimeField("Ende")

    class Meta:
        verbose_name = "Belegte Zeit"
        verbose_name_plural = "Belegte Zeiten"
        ordering = ["starts_at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="consultations_busy_order")
        ]
        indexes = [models.Index(fields=["adviser", "ends_at", "starts_at"], name="consultations_busy_when")]

    def __str__(self) -> str:
        return f"{self.adviser_id}: {self.starts_at:%Y-%m-%d %H:%M} UTC"
