"""Whether a page helped: two numbers per page and day, and nothing about who said so."""

from __future__ import annotations

from django.db import models


class FeedbackCount(models.Model):
    """How often readers said on one day that a page helped or did not."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="feedback_counts")
    day = models.DateField("Tag")
    yes = models.PositiveIntegerField("Ja", default=0)
    no = models.PositiveIntegerField("Nein", default=0)

    class Meta:
        verbose_name = "Rückmeldungen eines Tages"
        verbose_name_plural = "Rückmeldungen je Tag"
        ordering = ["-day", "page"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="knowledge_feedback_day_once")]
        indexes = [models.Index(fields=["day"], name="knowledge_feedback_day")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.day}"
