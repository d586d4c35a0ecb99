"""What becomes of ended cases: handed over to the E-Akte, offered to the archive, anonymised; the log of it.

Written by `consultations.privacy` alone. Times are UTC, days local.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from consultations.states import ENDED_CASES, CaseState
from portal.core.models.texts import PrintableTexts


class CaseKeeping(PrintableTexts):
    """Where the papers of a case went, and what the archive said at the end of its retention."""

    class Decision(models.TextChoices):
        OPEN = "", "Offen"
        ARCHIVED = "archived", "Das Archiv hat übernommen"
        NOT_WANTED = "not_wanted", "Nicht archivwürdig"

    case = models.OneToOneField("consultations.Case", on_delete=models.CASCADE, related_name="keeping")
    file_number = models.CharField("Aktenzeichen", max_length=100, blank=True)
    handed_over_on = models.DateField("Übergeben am", null=True, blank=True)
    handed_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    offered_at = models.DateTimeField("Angeboten seit", null=True, blank=True)
    decision = models.CharField("Entscheidung", max_length=12, choices=Decision.choices, blank=True, default="")
    decided_at = models.DateTimeField("Entschieden", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Aufbewahrung eines Vorgangs"
        verbose_name_plural = "Aufbewahrung von Vorgängen"
        ordering = ["offered_at", "pk"]
        default_permissions = ()
        permissions = [("keep_records", "Kann Verarbeitungsverzeichnis, Aufbewahrung und Aussonderung bearbeiten")]
        constraints = [
            models.CheckConstraint(
                condition=Q(handed_over_on=None) | ~Q(file_number=""),
                name="consultations_keeping_has_number",
                violation_error_message="Bitte geben Sie das Aktenzeichen an.",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None)
                | (~Q(decision="") & Q(decided_at__isnull=False, offered_at__isnull=False)),
                name="consultations_keeping_decided_after_offer",
            ),
            models.CheckConstraint(
                condition=~Q(decision="archived") | Q(handed_over_on__isnull=False),
                name="consultations_keeping_archive_has_papers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}"

    @property
    def is_outdated(self) -> bool:
        """True for a hand-over before a reopening: what has been said since is not in the E-Akte."""
        if self.handed_over_on is None:
            return False
        ended = self.case.ended_at
        return ended is None or self.handed_over_on < timezone.localdate(ended)

    @property
    def is_handed_over(self) -> bool:
        return self.handed_over_on is not None and not self.is_outdated


class PastCase(models.Model):
    """What stays of a case after its retention: topic, size class, duration, outcome; nobody is found in it."""

    topic = models.ForeignKey(
        "knowledge.TopicPage", verbose_name="Thema", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    size_class = models.CharField("Größenklasse", max_length=40, blank=True)
    days = models.PositiveIntegerField("Dauer in Tagen")
    outcome = models.CharField("Ergebnis", max_length=20, choices=CaseState.choices)
    year = models.PositiveSmallIntegerField("Jahr des Endes")

    class Meta:
        verbose_name = "Anonymisierter Vorgang"
        verbose_name_plural = "Anonymisierte Vorgänge"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=ENDED_CASES), name="consultations_past_case_ended")
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.pk}"


class RetentionRun(models.Model):
    """One run of one rule of retention that had something to do: how many, and how many could not be done."""

    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)
    rule = models.CharField("Regel", max_length=40)
    rows = models.PositiveIntegerField("Anzahl")
    failed = models.PositiveIntegerField("Nicht möglich", default=0)

    class Meta:
        verbose_name = "Lauf der Aufbewahrung"
        verbose_name_plural = "Läufe der Aufbewahrung"
        ordering = ["-at", "-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.rule}: {self.rows}"
