"""Something a person of the centre has to look at: reviews due, changed laws, reports of barriers, feedback."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.core.visibility import STAFF_GROUPS

TEAMS = [(name, name) for name in STAFF_GROUPS]
DEFAULT_TEAM = STAFF_GROUPS[0]


class WorkItem(models.Model):
    """One task with team, owner, state and due date. `dedupe_key` keeps open items of one cause together.

    Written by `portal.core.work` and `portal.core.work_answers` alone, so that every change has its event.
    """

    class State(models.TextChoices):
        OPEN = "open", "Offen"
        DONE = "done", "Erledigt"
        DISMISSED = "dismissed", "Nicht nötig"

    kind = models.CharField("Art", max_length=40)
    title = models.CharField("Aufgabe", max_length=255)
    note = models.TextField("Anmerkung", blank=True)
    # What people have reported about a page outlives it; `work.close_for_pages` ends the rest.
    page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name="Seite",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="work_items",
    )
    team = models.CharField("Team", max_length=20, choices=TEAMS, default=DEFAULT_TEAM)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Zuständig", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="work_items",
    )  # fmt: skip
    state = models.CharField("Zustand", max_length=10, choices=State.choices, default=State.OPEN)
    source = models.CharField("Anlass", max_length=255, blank=True)
    dedupe_key = models.CharField(max_length=200, blank=True, editable=False)
    bundled = models.PositiveIntegerField("Meldungen", default=0, editable=False)
    due_on = models.DateField("Fällig", null=True, blank=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)
    closed_at = models.DateTimeField("Beendet", null=True, blank=True)
    answer = models.TextField("Antwort", blank=True, editable=False)
    answered_at = models.DateTimeField("Beantwortet", null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Beantwortet von", null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip

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
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="core_work_answer_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "due_on"], name="core_work_state_due"),
            models.Index(fields=["state", "team"], name="core_work_state_team"),
            models.Index(fields=["closed_at"], name="core_work_closed"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def is_overdue(self, today: date | None = None) -> bool:
        """True for an open item whose due day has passed."""
        return self.is_open and self.due_on is not None and self.due_on < (today or timezone.localdate())


class WorkReport(models.Model):
    """What one person has told us, bundled in one item; the address goes some time after the answer."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField("Grund", max_length=80, blank=True)
    text = models.TextField("Text", blank=True)
    reply_to = models.EmailField("Antwort an", blank=True)
    created_at = models.DateTimeField("Eingegangen", auto_now_add=True)
    answered_at = models.DateTimeField("Beantwortet", null=True, blank=True)

    class Meta:
        verbose_name = "Meldung"
        verbose_name_plural = "Meldungen"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.item_id}/{self.pk}"


class WorkEvent(models.Model):
    """One step in the life of an item. `old` and `new` hold ids, dates and states; `text` what was written.

    That is the note as it was then, the answer, or the former title.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Angelegt"
        REPORTED = "reported", "Meldung eingegangen"
        ASSIGNED = "assigned", "Zuständigkeit geändert"
        TEAM = "team", "Team geändert"
        DUE = "due", "Frist geändert"
        TITLE = "title", "Aufgabe umbenannt"
        NOTE = "note", "Anmerkung"
        ANSWERED = "answered", "Antwort gesendet"
        CLOSED = "closed", "Beendet"
        REOPENED = "reopened", "Wieder geöffnet"

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField("Vorgang", max_length=10, choices=Kind.choices)
    old = models.CharField(max_length=40, blank=True)
    new = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = "Vorgang einer Aufgabe"
        verbose_name_plural = "Vorgänge der Aufgaben"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.item_id} {self.kind}"


def may_own(person: Any) -> bool:
    """True for active people of the centre: nobody else may own an item."""
    if person is None or not person.is_active:
        return False
    return bool(person.is_superuser or person.groups.filter(name__in=STAFF_GROUPS).exists())
