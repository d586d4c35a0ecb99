"""How often pages are opened: a number per page and day, later per month, and nothing about who opened them."""

from __future__ import annotations

from django.db import models


class VisitCount(models.Model):
    """How often one page was opened by readers on one day."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="visit_counts")
    day = models.DateField("Tag")
    count = models.PositiveIntegerField("Aufrufe", default=0)

    class Meta:
        verbose_name = "Aufrufe eines Tages"
        verbose_name_plural = "Aufrufe je Tag"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="knowledge_visits_day_once")]
        indexes = [models.Index(fields=["day"], name="knowledge_visits_day")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.day}"


class MonthlyVisitCount(models.Model):
    """The same for a whole month, by its first day: what is left of older days."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="monthly_visit_counts")
    month = models.DateField("Monat")
    count = models.PositiveIntegerField("Aufrufe", default=0)

    class Meta:
        verbose_name = "Aufrufe eines Monats"
        verbose_name_plural = "Aufrufe je Monat"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["page", "month"], name="knowledge_visits_month_once")]
        indexes = [models.Index(fields=["month"], name="knowledge_visits_month")]

    def __str__(self) -> str:
        return f"{self.page_id} {self.month}"
