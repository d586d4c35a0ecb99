"""Advisers and when they can be booked: local wall time of the portal's time zone, never UTC."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel

LEAP_YEAR = 2024


class Adviser(ClusterableModel):
    """What makes a person bookable. Empty topics, regions and formats mean: all of them.

    The row outlives the account: past appointments name it. An external adviser (an association, an IT provider)
    is never offered by itself: cases are given to them.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name="Person", null=True, on_delete=models.SET_NULL,
        related_name="adviser",
    )  # fmt: skip
    formats = ParentalManyToManyField(
        "consultations.Format", verbose_name="Formate", blank=True, related_name="advisers",
        help_text="Keine Auswahl: alle Formate.",
    )  # fmt: skip
    topics = ParentalManyToManyField(
        "knowledge.TopicPage", verbose_name="Themen", blank=True, related_name="+",
        help_text="Keine Auswahl: alle Themen. Ein Thema gilt auch für die Themen darunter.",
    )  # fmt: skip
    regions = ParentalManyToManyField(
        "accounts.District", verbose_name="Landkreise", blank=True, related_name="+",
        help_text="Keine Auswahl: überall. Kreisfreie Städte gehören zu allen.",
    )  # fmt: skip
    weight = models.PositiveSmallIntegerField(
        "Anteil (Prozent)", default=100, validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Anteil einer vollen Stelle für Beratung; danach werden Vorgänge verteilt.",
    )  # fmt: skip
    external = models.BooleanField(
        "Extern", default=False, help_text="Sieht nur zugewiesene Vorgänge und ist nicht von sich aus buchbar."
    )
    active = models.BooleanField("Berät", default=True)

    class Meta:
        verbose_name = "Beratende Person"
        verbose_name_plural = "Beratende"
        ordering = ["user__last_name", "user__first_name", "pk"]
        permissions = [("own_times", "Kann die eigenen Beratungszeiten ändern")]
        constraints = [
            models.CheckConstraint(condition=Q(weight__range=(1, 100)), name="consultations_adviser_weight")
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user is not None else f"Ehemalige beratende Person {self.pk}"


class WeeklyHours(models.Model):
    """Hours of one weekday, every week, or from one day to another."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, "Montag"
        TUESDAY = 1, "Dienstag"
        WEDNESDAY = 2, "Mittwoch"
        THURSDAY = 3, "Donnerstag"
        FRIDAY = 4, "Freitag"
        SATURDAY = 5, "Samstag"
        SUNDAY = 6, "Sonntag"

    adviser = ParentalKey(Adviser, related_name="hours", on_delete=models.CASCADE)
    weekday = models.PositiveSmallIntegerField("Wochentag", choices=Weekday.choices)
    starts = models.TimeField("von")
    ends = models.TimeField("bis")
    valid_from = models.DateField("gilt ab", null=True, blank=True)
    valid_until = models.DateField("gilt bis", null=True, blank=True)

    class Meta:
        verbose_name = "Wochenzeit"
        verbose_name_plural = "Wochenzeiten"
        ordering = ["weekday", "starts"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")), name="consultations_hours_order",
                violation_error_message="Das Ende liegt nach dem Anfang.",
            ),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="consultations_hours_weekday"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="consultations_hours_validity",
                violation_error_message="„gilt bis“ liegt nicht vor „gilt ab“.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DateOverride(models.Model):
    """Other hours on one day: they replace the weekly ones. Without times the day has none."""

    adviser = ParentalKey(Adviser, related_name="overrides", on_delete=models.CASCADE)
    day = models.DateField("Tag")
    starts = models.TimeField("von", null=True, blank=True)
    ends = models.TimeField("bis", null=True, blank=True)

    class Meta:
        verbose_name = "Abweichender Tag"
        verbose_name_plural = "Abweichende Tage"
        ordering = ["day", "starts"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(starts=None, ends=None)
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                name="consultations_override_order",
                violation_error_message="Geben Sie Anfang und Ende an, oder keines von beiden.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y}"


class Absence(models.Model):
    """Whole days on which somebody is away, both included. No reason is kept: it is nobody's business.

    Written by `consultations.services.absences` alone, which looks at the appointments of these days.
    """

    adviser = models.ForeignKey(
        Adviser, verbose_name="Beratende Person", related_name="absences", on_delete=models.CASCADE
    )
    first_day = models.DateField("Erster Tag")
    last_day = models.DateField("Letzter Tag")
    deputy = models.ForeignKey(
        Adviser, verbose_name="Vertretung", null=True, blank=True, related_name="+", on_delete=models.SET_NULL
    )

    class Meta:
        verbose_name = "Abwesenheit"
        verbose_name_plural = "Abwesenheiten"
        ordering = ["-first_day", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="consultations_absence_order",
                violation_error_message="Der letzte Tag liegt nicht vor dem ersten.",
            ),
            models.CheckConstraint(
                condition=Q(deputy=None) | ~Q(deputy=F("adviser")), name="consultations_absence_deputy",
                violation_error_message="Wer abwesend ist, vertritt sich nicht selbst.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.adviser}: {self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"


class Closure(models.Model):
    """A day without appointments beside the public holidays: each year, or in one year only."""

    name = models.CharField("Anlass", max_length=80)
    day = models.PositiveSmallIntegerField("Tag", validators=[MinValueValidator(1), MaxValueValidator(31)])
    month = models.PositiveSmallIntegerField("Monat", validators=[MinValueValidator(1), MaxValueValidator(12)])
    year = models.PositiveSmallIntegerField(
        "Jahr", null=True, blank=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)],
        help_text="Leer: jedes Jahr.",
    )  # fmt: skip

    class Meta:
        verbose_name = "Schließtag"
        verbose_name_plural = "Schließtage"
        ordering = ["year", "month", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "day", "year"], condition=Q(year__isnull=False),
                name="consultations_closure_once",
                violation_error_message="Diesen Schließtag gibt es schon.",
            ),
            models.UniqueConstraint(
                fields=["month", "day"], condition=Q(year=None), name="consultations_closure_yearly",
                violation_error_message="Diesen Schließtag gibt es schon.",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} ({self.day}.{self.month}.{self.year or ''})"

    def clean(self) -> None:
        """Refuse days that no year has."""
        if self.day and self.month:
            try:
                date(self.year or LEAP_YEAR, self.month, self.day)
            except ValueError as error:
                raise ValidationError({"day": "Diesen Tag gibt es in dem Monat nicht."}) from error

    def dates(self, first_year: int, last_year: int) -> list[date]:
        """Return its dates in some years; 29 February only where there is one."""
        found = []
        for year in [self.year] if self.year else range(first_year, last_year + 1):
            try:
                found.append(date(year, self.month, self.day))
            except ValueError:
                continue
        return found
