"""Who has been reminded of which review: what makes a repeated or interrupted run send nothing twice."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class ReviewReminder(models.Model):
    """A person has been told once about one stage of one due date of a page.

    Written in the transaction that puts the mail into the outbox. `sent_on` is the local day.
    """

    class Stage(models.TextChoices):
        MONTH = "30", "30 Tage vorher"
        WEEK = "7", "7 Tage vorher"
        DUE = "0", "am Tag der Fälligkeit"
        ESCALATED = "leitung", "überfällig, an die Leitung"
        EXPIRES = "ablauf", "7 Tage bevor die Seite offline geht"

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField("Fällig")
    stage = models.CharField("Stufe", max_length=8, choices=Stage.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent_on = models.DateField("Erinnert am", db_index=True)

    class Meta:
        verbose_name = "Erinnerung an eine Prüfung"
        verbose_name_plural = "Erinnerungen an Prüfungen"
        default_permissions = ()
        permissions = [("confirm_pages", "Seiten als geprüft und unverändert bestätigen")]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "due_on", "stage", "recipient"], name="knowledge_reminder_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {self.due_on} {self.stage}"
