"""How hard published pages are to read, measured when they were published."""

from __future__ import annotations

from django.db import models


class PageReadability(models.Model):
    """The grade of the live version of a page (knowledge.readability); pages without text have no row."""

    page = models.OneToOneField("wagtailcore.Page", on_delete=models.CASCADE, related_name="readability")
    grade = models.FloatField("Stufe", db_index=True)
    words = models.PositiveIntegerField("Wörter")
    sentences = models.PositiveIntegerField("Sätze")
    measured_at = models.DateTimeField("Gemessen", auto_now=True)

    class Meta:
        verbose_name = "Lesbarkeit einer Seite"
        verbose_name_plural = "Lesbarkeit der Seiten"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.page_id}: {self.grade}"
