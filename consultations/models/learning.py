"""What the centre learns of cases: drafts of questions out of minutes, ratings, reminders it has given itself.

Written by `consultations.services` alone. Times are UTC.
"""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from consultations.models.correspondence import MINUTES_LENGTH
from portal.core.fields import at_most
from portal.core.models.texts import PrintableTexts

RATING_LENGTH, RETURN_LENGTH = 2000, 500


class FaqDraft(PrintableTexts):
    """Question and answer out of minutes, on the way to a question of the portal.

    `written_by` wrote the text as it stands, `checked_by` confirmed that it identifies nobody: never the same
    person. Then `page` is the draft in the editors' workflow; `told_at` is when the requester got its address.
    `returned_for` is what the second person wants changed, until there is a new text.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Wartet auf Gegenlesen"
        RETURNED = "returned", "Zurückgegeben"
        PASSED_ON = "passed_on", "An die Redaktion gegeben"
        DROPPED = "dropped", "Verworfen"

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="faq_drafts")
    minutes = models.OneToOneField(
        "consultations.Minutes", null=True, blank=True, on_delete=models.SET_NULL, related_name="faq_draft"
    )
    topic = models.ForeignKey(
        "knowledge.TopicPage", verbose_name="Thema", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    question = models.CharField("Frage", max_length=255)
    answer = models.TextField("Antwort", **at_most(MINUTES_LENGTH))
    state = models.CharField("Stand", max_length=10, choices=State.choices, default=State.WAITING)
    returned_for = models.TextField("Grund der Rückgabe", blank=True, default="", **at_most(RETURN_LENGTH))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Geschrieben von", null=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    written_at = models.DateTimeField("Geschrieben", auto_now_add=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Gegengelesen von", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
    )  # fmt: skip
    checked_at = models.DateTimeField("Gegengelesen", null=True, blank=True)
    page = models.OneToOneField(
        "faq.QuestionPage", verbose_name="Frage im Portal", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    told_at = models.DateTimeField("Kommune benachrichtigt", null=True, blank=True)

    class Meta:
        verbose_name = "FAQ-Entwurf aus der Beratung"
        verbose_name_plural = "FAQ-Entwürfe aus der Beratung"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(checked_by=None) | Q(written_by=None) | ~Q(checked_by=F("written_by")),
                name="consultations_faq_two_people",
                violation_error_message="Bitte lassen Sie jemand anderen gegenlesen.",
            ),
            models.CheckConstraint(
                condition=Q(state="passed_on", checked_at__isnull=False)
                | (~Q(state="passed_on") & Q(checked_at=None, page=None)),
                name="consultations_faq_passed_on_checked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.pk}"

    @property
    def is_lost(self) -> bool:
        """True where the editors have deleted the question before it went live: it is as good as given up."""
        return self.state == self.State.PASSED_ON and self.page_id is None and self.told_at is None

    @property
    def state_label(self) -> str:
        return "Von der Redaktion gelöscht" if self.is_lost else str(self.get_state_display())


class Rating(PrintableTexts):
    """What a municipality thought of the advice, one for each case; changed for some days after `at`."""

    case = models.OneToOneField("consultations.Case", on_delete=models.CASCADE, related_name="rating")
    stars = models.PositiveSmallIntegerField(
        "Zufriedenheit", validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    solved = models.BooleanField("Anliegen gelöst")
    text = models.TextField("Anmerkung", blank=True, **at_most(RATING_LENGTH))
    at = models.DateTimeField("Abgegeben", auto_now_add=True)
    changed_at = models.DateTimeField("Geändert", auto_now=True)

    class Meta:
        verbose_name = "Bewertung"
        verbose_name_plural = "Bewertungen"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="consultations_rating_stars")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.stars}"


class CaseAlert(models.Model):
    """That Koordination has been told of something of a case: once for each due day."""

    class Kind(models.TextChoices):
        OVERDUE = "overdue", "Antwort überfällig"

    case = models.ForeignKey("consultations.Case", on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    day = models.DateField("Tag, um den es geht")
    at = models.DateTimeField("Gemeldet", auto_now_add=True)

    class Meta:
        verbose_name = "Hinweis an die Koordination"
        verbose_name_plural = "Hinweise an die Koordination"
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["case", "kind", "day"], name="consultations_alert_once")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.day}"
