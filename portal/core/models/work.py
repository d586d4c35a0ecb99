"""Something a person of the centre has to look at: reviews due, changed laws, reports of barriers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class WorkItem(models.Model):
    """One task with owner, state and due date. `dedupe_key` keeps open items of one cause together."""

    class State(models.TextChoices):
        OPEN = "open", "Offen"
        DONE = "done", "Erledigt"
        DISMISSED = "dismissed", "Nicht nötig"

    kind = models.CharField("Art", max_length=40)
    title = models.CharField("Aufgabe", max_length=255)
    note = models.TextField("Anmerkung", blank=True)
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name="Seite",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="work_items",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuständig", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="work_items",
    )  # fmt: skip
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.OPEN)
    source = models.CharField("Anlass", max_length=255, blank=True)
    dedupe_key = models.CharField(max_length=200, blank=True, editable=False)
    due_on = models.DateField("Fällig", null=True, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    closed_at = models.DateTimeField("Beendet", null=True, blank=True)

    class Meta:
        verbose_name = "Aufgabe"
        verbose_name_plural = "Aufgaben"
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "dedupe_key"],
                condition=Q(state="open") & ~Q(dedupe_key=""),
                name="core_work_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="core_work_closed_has_time",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="core_work_state_due")]

    def __str__(self) -> str:
        return self.title
