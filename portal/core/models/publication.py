"""What was published when: one row for each version readers have seen, and whether it mattered to them."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from portal.core.visibility import Visibility


class Significance(models.TextChoices):
    """Whether readers have to look again; subscribers hear of major changes only."""

    MINOR = "minor", "Kleine Änderung"
    MAJOR = "major", "Wesentliche Änderung"


class Publication(models.Model):
    """One published version of a page, an act or a term. `object_id` is the primary key as text.

    `level` is what a reader needed when the version went live, ancestors included: a page that is moved or opened
    later does not take its earlier texts and notes along. What nobody has said is for nobody.
    """

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
    level = models.CharField(
        "Sichtbarkeit damals", max_length=20, choices=Visibility.choices, default=Visibility.NOBODY
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
            models.CheckConstraint(condition=Q(level__in=Visibility.values), name="core_publication_level_known"),
        ]
        indexes = [models.Index(fields=["published_at"], name="core_publication_time")]

    def __str__(self) -> str:
        return f"{self.content_type_id}:{self.object_id} Fassung {self.version}"

    def was_open_to(self, level: Visibility) -> bool:
        """True when a reader of this level could read the version when it went live."""
        return level.covers(Visibility(self.level))
