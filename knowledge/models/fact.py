"""The fact sheet: what the statements of the pages rest on, one row per fact."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models, transaction

from portal.core.models.texts import PrintableTexts


class Fact(PrintableTexts):
    """One fact with its source, its date and how certain it is; pages name it by its identifier.

    Readers never see it: the pages give them the source itself. A changed fact sends the pages that use it to
    the Fachprüfung.
    """

    class Mark(models.TextChoices):
        """How a fact is known; what is less certain must be worded as such."""

        LAW = "gesetzestext", "Gesetzestext gelesen"
        LAW_AND_SOURCE = "gesetzestext-belegt", "Gesetzestext und weitere Quelle"
        LAW_AND_CONCLUSION = "gesetzestext-folgerung", "Gesetzestext und Folgerung"
        SOURCE = "belegt", "Belegt: Quelle eingesehen"
        SOURCE_AND_COMMON = "belegt-allgemeinwissen", "Zum Teil belegt, zum Teil Allgemeinwissen"
        CONCLUSION = "folgerung", "Folgerung aus anderen Angaben"
        COMMON = "allgemeinwissen", "Allgemeinwissen, vorsichtig verwenden"
        REFERENCE = "verweis", "Zusammenstellung anderer Fakten"
        OPEN = "offen", "Nicht verifiziert, nur als offene Frage"

    identifier = models.CharField(
        "Kennung", max_length=12,
        validators=[RegexValidator(r"^[A-Z]-\d{2,3}\Z", "Die Kennung hat die Form „O-12“.")],
        help_text="Buchstabe, Bindestrich, Nummer, zum Beispiel „O-12“. Steht fest, sobald der Fakt angelegt ist.",
        error_messages={"unique": "Diese Kennung hat schon ein anderer Fakt. Bitte wählen Sie die nächste freie."},
    )  # fmt: skip
    statement = models.TextField(
        "Aussage",
        max_length=600,
        validators=[MaxLengthValidator(600)],
        help_text="Kurz und mit ihrer Gewissheit: „ist geplant“, „nach Angaben von …“.",
    )
    source = models.CharField("Quelle", max_length=400, help_text="Vorschrift oder Veröffentlichung mit Datum.")
    url = models.URLField("Adresse der Quelle", max_length=500, blank=True)
    state_date = models.DateField("Stand", help_text="Tag, bis zu dem die Aussage geprüft ist.")
    mark = models.CharField("Gewissheit", max_length=24, choices=Mark.choices)
    unused_reason = models.CharField(
        "Warum keine Seite ihn nutzt", max_length=300, blank=True,
        help_text="Nur bei Fakten, auf die sich keine Seite stützt.",
    )  # fmt: skip

    class Meta:
        verbose_name = "Fakt"
        verbose_name_plural = "Fakten"
        ordering = ["identifier"]
        constraints = [
            models.UniqueConstraint(fields=["identifier"], name="knowledge_fact_identifier"),
            models.CheckConstraint(
                condition=models.Q(
                    mark__in=[
                        "gesetzestext", "gesetzestext-belegt", "gesetzestext-folgerung", "belegt",
                        "belegt-allgemeinwissen", "folgerung", "allgemeinwissen", "verweis", "offen",
                    ]
                ),
                name="knowledge_fact_mark",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.identifier

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the fact, however it changes; what pages rest on is then to be reviewed."""
        from knowledge.facts.services import open_reviews

        with transaction.atomic():
            before = type(self).objects.select_for_update().filter(pk=self.pk).first() if self.pk else None
            super().save(*args, **kwargs)
            if before is not None:
                open_reviews(before=before, fact=self)
