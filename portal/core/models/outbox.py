"""What must happen outside the database, kept as rows until it has happened."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """One effect outside the database (a mail, later a calendar entry): stored with the change that causes it.

    Messages of one `key` go out strictly in the order of `sequence`; a worker holds a lease while it works,
    and an expired lease is taken over. All times are UTC.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Wartet"
        DONE = "done", "Erledigt"
        FAILED = "failed", "Aufgegeben"

    kind = models.CharField("Art", max_length=40)
    key = models.CharField("Gegenstand", max_length=120)
    sequence = models.PositiveIntegerField("Folge")
    payload = models.JSONField("Inhalt", default=dict)
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("Versuche", default=0)
    next_attempt_at = models.DateTimeField("Nächster Versuch")
    leased_until = models.DateTimeField("Vergeben bis", null=True, blank=True)
    leased_by = models.CharField("Vergeben an", max_length=80, blank=True)
    error = models.CharField("Fehler", max_length=255, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    finished_at = models.DateTimeField("Beendet", null=True, blank=True)

    class Meta:
        verbose_name = "Ausgangsnachricht"
        verbose_name_plural = "Postausgang"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["key", "sequence"], name="core_outbox_order"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(finished_at__isnull=False),
                name="core_outbox_finished_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], condition=Q(state="waiting"), name="core_outbox_due")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} #{self.sequence}"
