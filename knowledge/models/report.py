"""Praxisbericht: what a municipality tells of its own project, beside the text of the article."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from portal.accounts.models import Municipality

LONGEST_CONTACT = timedelta(days=3 * 366)
"""Who agreed to be asked is asked again after three years at the latest."""

NO_CONSENT = "Ohne Einwilligung darf hier niemand als Kontakt stehen. Lassen Sie Name und E-Mail-Adresse leer."
NO_PERSON = "Nennen Sie Name und E-Mail-Adresse der Person, die eingewilligt hat."
WITHDRAWN = (
    "Die Einwilligung ist widerrufen. Liegt eine neue vor, entfernen Sie diese Angaben und legen Sie sie neu an."
)
NO_END = "Geben Sie an, bis wann die Einwilligung gilt, höchstens drei Jahre von heute an."


def contact_errors(*, name: str, email: str, consent: bool, until: date | None) -> dict[str, str]:
    """Return what a named contact lacks, by field; nothing named needs nothing."""
    if not (name or email):
        return {"contact_name": NO_PERSON} if consent else {}
    if not consent:
        return {"contact_consent": NO_CONSENT}
    if not (name and email):
        return {"contact_email" if name else "contact_name": NO_PERSON}
    today = timezone.localdate()
    if until is None or not today <= until <= today + LONGEST_CONTACT:
        return {"contact_until": NO_END}
    return {}


class FieldReport(models.Model):
    """The facts of a Praxisbericht; an article of that kind has one, others have none.

    The contact is personal data given by consent: readers see it up to its last day (local), then it is
    deleted, in every stored revision as well (`knowledge.reports.services`).
    """

    page = ParentalKey("knowledge.ArticlePage", related_name="field_reports", on_delete=models.CASCADE)
    municipality = models.ForeignKey(
        Municipality, verbose_name="Kommune", on_delete=models.PROTECT, related_name="+"
    )
    size_class = models.CharField(
        "Größenklasse", max_length=20, choices=Municipality.SizeClass.choices, blank=True,
        help_text="Leer: die Größenklasse der Kommune.",
    )  # fmt: skip
    product = models.CharField(
        "Produkt oder Verfahren", max_length=160, help_text="Zum Beispiel der Onlinedienst oder das Fachverfahren."
    )
    effort_days = models.PositiveIntegerField(
        "Aufwand in Personentagen", validators=[MinValueValidator(1), MaxValueValidator(5000)],
        help_text="Arbeitstage aller Beteiligten der Kommune zusammen, geschätzt.",
    )  # fmt: skip
    contact_name = models.CharField("Name", max_length=120, blank=True)
    contact_email = models.EmailField("E-Mail-Adresse", blank=True)
    contact_consent = models.BooleanField(
        "Die Person hat eingewilligt, dass angemeldete Kommunen ihren Namen und ihre Adresse sehen", default=False
    )
    contact_until = models.DateField("Einwilligung gilt bis", null=True, blank=True)
    contact_withdrawn = models.BooleanField(default=False, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Eingereicht von", null=True, blank=True, editable=False,
        on_delete=models.SET_NULL, related_name="field_reports",
    )  # fmt: skip
    submitted_at = models.DateTimeField("Eingereicht am", null=True, blank=True, editable=False)

    panels = [
        FieldRowPanel([FieldPanel("municipality"), FieldPanel("size_class")]),
        FieldRowPanel([FieldPanel("product"), FieldPanel("effort_days")]),
        MultiFieldPanel(
            [
                FieldPanel("contact_consent"),
                FieldRowPanel([FieldPanel("contact_name"), FieldPanel("contact_email")]),
                FieldPanel("contact_until"),
            ],
            heading="Kontakt für andere Kommunen",
        ),
    ]

    class Meta:
        verbose_name = "Angaben zum Praxisbericht"
        verbose_name_plural = "Angaben zum Praxisbericht"
        constraints = [models.UniqueConstraint(fields=["page"], name="knowledge_fieldreport_once")]

    def __str__(self) -> str:
        return f"{self.municipality}: {self.product}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.size_class = self.size_class or self.municipality.size_class
        super().save(*args, **kwargs)

    def clean(self) -> None:
        super().clean()
        errors = contact_errors(
            name=self.contact_name, email=self.contact_email, consent=self.contact_consent,
            until=self.contact_until,
        )  # fmt: skip
        if self.contact_withdrawn and (self.contact_name or self.contact_email or self.contact_consent):
            errors = {"contact_consent": WITHDRAWN}  # a form opened earlier puts nothing back
        if errors:
            raise ValidationError(errors)

    def has_contact(self, today: date) -> bool:
        """True as long as the consent given holds (local day)."""
        return bool(self.contact_consent and self.contact_until and self.contact_until >= today)
