"""The formats of advice: data of the centre, shipped as a proposal (data/formats.toml), edited by Koordination."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from portal.core.fields import MAX_LINES, MAX_PARAGRAPHS, ChoiceListField, at_most
from portal.core.models.texts import PrintableTexts

DAY = 24 * 60


def days_of(text: str) -> list[int]:
    """Return the days before an appointment that a text such as "7, 1" names, the earliest reminder first.

    Raises:
        ValueError: It holds something else than numbers between commas.
    """
    return sorted({int(part) for part in text.split(",") if part.strip()}, reverse=True)


def check_reminder_days(text: str) -> None:
    """Refuse what is no list of days from 1 to 30 with at most three entries."""
    try:
        days = days_of(text)
    except ValueError:
        days = [0]
    if len(days) > 3 or not all(1 <= day <= 30 for day in days):
        raise ValidationError(
            "Bitte geben Sie bis zu drei Zahlen von 1 bis 30 an, durch Kommas getrennt, z. B. „7, 1“."
        )


class Place(models.TextChoices):
    """Where an appointment takes place."""

    VIDEO = "video", "Videokonferenz"
    PHONE = "phone", "Telefon"
    ON_SITE = "on_site", "Vor Ort in der Kommune"
    CENTRE = "centre", "In der Kompetenzstelle"


class Format(PrintableTexts, ClusterableModel):
    """A kind of consultation and its rules. Durations and buffers are minutes of elapsed time.

    Buffers keep the adviser free before and after; they may lie outside the hours of work. Limits count the
    appointments of this format for each adviser, in a local day and in a week from Monday.
    """

    class Kind(models.TextChoices):
        SINGLE = "single", "Einzeltermin"
        GROUP = "group", "Termin für mehrere Kommunen"
        WRITTEN = "written", "Ohne Termin (schriftlich)"

    class Entry(models.TextChoices):
        DIRECT = "direct", "Direkt buchbar"
        TRIAGE = "triage", "Anfrage, die Kompetenzstelle bestätigt"

    key = models.SlugField(
        "Kürzel", max_length=40, unique=True, help_text="Steht in Adressen und bleibt, wenn sich der Name ändert."
    )
    name = models.CharField("Name", max_length=80)
    kind = models.CharField("Art", max_length=10, choices=Kind.choices, default=Kind.SINGLE)
    text = models.TextField(
        "Beschreibung", blank=True, help_text="Was die Kommune erwartet, in ein oder zwei Absätzen.",
        **at_most(MAX_PARAGRAPHS),
    )  # fmt: skip
    entry = models.CharField("Zugang", max_length=10, choices=Entry.choices, default=Entry.TRIAGE)
    duration = models.PositiveSmallIntegerField(
        "Dauer (Minuten)", default=45, validators=[MaxValueValidator(DAY)],
        help_text="0 bei schriftlicher Auskunft.",
    )  # fmt: skip
    step = models.PositiveSmallIntegerField(
        "Raster (Minuten)", default=30, validators=[MinValueValidator(5), MaxValueValidator(DAY)],
        help_text="Abstand zwischen zwei möglichen Anfängen, gezählt ab dem Beginn der Arbeitszeit.",
    )  # fmt: skip
    buffer_before = models.PositiveSmallIntegerField(
        "Puffer davor (Minuten)", default=0, validators=[MaxValueValidator(DAY)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        "Puffer danach (Minuten)", default=0, validators=[MaxValueValidator(DAY)]
    )
    notice_hours = models.PositiveSmallIntegerField(
        "Vorlauf (Stunden)", default=24, help_text="So viele Stunden vor Beginn ist noch buchbar."
    )
    horizon_days = models.PositiveSmallIntegerField(
        "Buchbar bis (Tage im Voraus)", default=60, validators=[MaxValueValidator(366)]
    )
    per_day = models.PositiveSmallIntegerField(
        "Höchstens am Tag", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Je beratende Person. Leer: ohne Grenze.",
    )  # fmt: skip
    per_week = models.PositiveSmallIntegerField(
        "Höchstens in der Woche", null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Je beratende Person. Leer: ohne Grenze.",
    )  # fmt: skip
    capacity = models.PositiveSmallIntegerField(
        "Plätze", default=1, validators=[MinValueValidator(1), MaxValueValidator(500)],
        help_text="Bei Terminen für mehrere Kommunen; jeder einzelne kann abweichen.",
    )  # fmt: skip
    accept_hours = models.PositiveSmallIntegerField(
        "Zeit zum Annehmen (Stunden)", default=48, validators=[MinValueValidator(1)],
        help_text="So lange wird ein frei gewordener Platz der nächsten Kommune auf der Warteliste freigehalten.",
    )  # fmt: skip
    places = ChoiceListField("Orte", choices=Place)
    files_to_bring = models.TextField(
        "Mitzubringen", blank=True, help_text="Unterlagen, eine je Zeile.", **at_most(MAX_LINES)
    )
    reminder_days = models.CharField(
        "Erinnerungen (Tage vorher)", max_length=30, default="1", blank=True, validators=[check_reminder_days],
        help_text="Zum Beispiel „7, 1“. Leer: keine Erinnerung.",
    )  # fmt: skip
    active = models.BooleanField("Wird angeboten", default=True)
    order = models.PositiveSmallIntegerField("Reihenfolge", default=100)

    class Meta:
        verbose_name = "Beratungsformat"
        verbose_name_plural = "Beratungsformate"
        ordering = ["order", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="written", duration=0) | (~Q(kind="written") & Q(duration__gte=5)),
                name="consultations_format_duration",
                violation_error_message="Ein Termin dauert mindestens 5 Minuten, eine schriftliche Auskunft 0.",
            ),
            models.CheckConstraint(condition=Q(step__gte=5), name="consultations_format_step"),
            models.CheckConstraint(
                condition=Q(kind="group") | Q(capacity=1), name="consultations_format_capacity",
                violation_error_message="Mehrere Plätze hat nur ein Termin für mehrere Kommunen.",
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="consultations_format_has_seats"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def is_direct(self) -> bool:
        return self.entry == self.Entry.DIRECT

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.duration)

    @property
    def files(self) -> list[str]:
        """What to bring, one entry each."""
        return [line.strip() for line in self.files_to_bring.splitlines() if line.strip()]


class FormatQuestion(PrintableTexts, Orderable):
    """A question the format asks before the appointment; what `covers` part of a concern is asked once."""

    class Covers(models.TextChoices):
        """The part of a concern that answers the question."""

        GOAL = "goal", "Ziel"
        SERVICE = "service", "Leistung"
        PROCEDURE = "procedure", "Fachverfahren"
        DEADLINE = "deadline", "Frist"

    format = ParentalKey(Format, related_name="questions", on_delete=models.CASCADE)
    question = models.CharField("Frage", max_length=200)
    help_text = models.CharField("Erläuterung", max_length=300, blank=True)
    required = models.BooleanField("Antwort nötig", default=False)
    covers = models.CharField(
        "Entspricht im Anliegen", max_length=10, choices=Covers.choices, blank=True,
        help_text="Was beim Anliegen schon gesagt wurde, fragt der Assistent kein zweites Mal.",
    )  # fmt: skip

    class Meta(Orderable.Meta):
        verbose_name = "Frage"
        verbose_name_plural = "Fragen"
        default_permissions = ()

    def __str__(self) -> str:
        return self.question
