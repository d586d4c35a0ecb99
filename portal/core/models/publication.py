"""What was published when: one row for each version readers have seen, and whether it mattered to them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q


class Significance(models.TextChoices):
    """Whether readers have to look again; subscribers hear of major changes only."""

    MINOR = "minor", "Kleine Änderung"
    MAJOR = "major", "Wesentliche Änderung"


class Publication(models.Model):
    """One published version of a page, an act or a term. `object_id` is the primary key as text."""

    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE, related_name="+")
    object_id = models.CharField(max_length=40)
    subject = GenericForeignKey("content_type", "object_id")
    revision = models.ForeignKey(
        "wagtailcore.Revision", null=True, blank=True, on_delete=models.SET_NULL, related_name="publications"
    )
    version = models.PositiveIntegerField("Fassung")
    significance = models.CharField("Bedeutung", max_length=5, choices=Significance.choices)
    note = models.TextField("Was sich geändert hat", blank=True, max_length=1000)
    published_at = models.DateTimeField("Veröffentlicht")
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Veröffentlichung"
        verbose_name_plural = "Veröffentlichungen"
        ordering = ["-published_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "version"], name="core_publication_version_once"
            ),
            models.CheckConstraint(
                condition=Q(significance="minor") | ~Q(note=""), name="core_publication_major_has_note"
            ),
        ]
        indexes = [models.Index(fields=["published_at"], name="core_publication_time")]

    def __str__(self) -> str:
        return f"{self.content_type_id}:{self.object_id} Fassung {self.version}"
