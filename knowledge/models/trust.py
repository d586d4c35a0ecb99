"""What makes a page trustworthy: who answers for it, since when, on what ground, reviewed by whom."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from knowledge.models.body import BodyPage
from portal.core.fields import ChoiceListField


class Audience(models.TextChoices):
    """Roles in a municipality (facts Z-01 to Z-07)."""

    DIGITALISATION = "digitalisierungsbeauftragte", "Digitalisierungsbeauftragte"
    LEADERSHIP = "leitung", "Verwaltungsleitung"
    DEPARTMENT = "fachamt", "Fachämter"
    IT = "it", "IT"
    EDITORS = "redaktion", "Online-Redaktion"
    PRIVACY = "datenschutz", "Datenschutz und Informationssicherheit"
    FINANCE = "kasse", "Kämmerei und Kasse"


class TrustedPage(BodyPage):
    """Abstract page with the trust line. "Fachlich geprüft" is set by `services.record_review` alone."""

    short_answer = models.TextField(
        "Kurzantwort",
        max_length=1200,
        help_text="Höchstens fünf Sätze, die für sich allein verständlich sind.",
    )
    audience = ChoiceListField("Für wen", choices=Audience)
    legal_basis = models.TextField(
        "Rechtsgrundlage", blank=True,
        help_text="Eine Angabe je Zeile, zum Beispiel „§ 9 Abs. 1 OZG“.",
    )  # fmt: skip
    no_legal_basis = models.BooleanField("Keine – organisatorische Empfehlung", default=False)
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)
    content_as_of = models.DateField("Stand des Inhalts", null=True, blank=True)
    responsible_unit = models.CharField("Zuständige Stelle", max_length=200, blank=True)
    contact_email = models.EmailField("Kontakt", blank=True)
    responsible_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Verantwortlich", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    review_interval_days = models.PositiveSmallIntegerField(
        "Prüfung alle … Tage", default=365, validators=[MinValueValidator(30), MaxValueValidator(1825)]
    )
    reviewed_at = models.DateTimeField("Zuletzt fachlich geprüft", null=True, blank=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    next_review_on = models.DateField("Nächste Prüfung", null=True, blank=True, editable=False)
    is_starter_content = models.BooleanField("Startinhalt", default=False, editable=False)
    version_number = models.PositiveIntegerField("Fassung", default=0, editable=False)

    class Meta:
        abstract = True
