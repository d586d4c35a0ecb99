"""What makes a page trustworthy: who answers for it, since when, on what ground, reviewed by whom."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from knowledge.forms import TrustedPageForm, UpkeptPageForm
from knowledge.models.body import BodyPage
from portal.core.fields import MAX_LINES, ChoiceListField, at_most
from portal.core.visibility import STAFF_GROUPS


class Audience(models.TextChoices):
    """Roles in a municipality (facts Z-01 to Z-07)."""

    DIGITALISATION = "digitalisierungsbeauftragte", "Digitalisierungsbeauftragte"
    LEADERSHIP = "leitung", "Verwaltungsleitung"
    DEPARTMENT = "fachamt", "Fachämter"
    IT = "it", "IT"
    EDITORS = "redaktion", "Online-Redaktion"
    PRIVACY = "datenschutz", "Datenschutz und Informationssicherheit"
    FINANCE = "kasse", "Kämmerei und Kasse"


def staff_accounts() -> Q:
    """Return who may be responsible for a page: accounts of the centre."""
    return Q(groups__name__in=STAFF_GROUPS) | Q(is_superuser=True)


def left_people(content: Any, *names: str) -> list[str]:
    """Return the columns in which a revision names somebody whose account is gone or closed."""
    named = {name: content.get(name) for name in names if content.get(name)}
    if not named:
        return []
    accounts = get_user_model()._default_manager.filter(pk__in=named.values(), is_active=True)
    here = set(accounts.values_list("pk", flat=True))
    return [f"{name}_id" for name, pk in named.items() if pk not in here]


class Upkept(models.Model):
    """Mixin of every kind of page; stands before the page class. The review is set by `services.record_review`."""

    # A copy is a new page: nobody has reviewed it.
    exclude_fields_in_copy = ["reviewed_at", "reviewed_by", "next_review_on"]

    responsible_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Verantwortlich", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+", limit_choices_to=staff_accounts,
    )  # fmt: skip
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Vertretung", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+", limit_choices_to=staff_accounts,
        help_text="Wird ebenfalls an Prüfungen erinnert und springt ein, wenn die verantwortliche Person fehlt.",
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

    base_form_class = UpkeptPageForm

    # What belongs to the page in this installation and never to one revision of it.
    kept_over_revisions: tuple[str, ...] = ("reviewed_at", "reviewed_by_id", "next_review_on")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is None:
            self._plan_review()
        super().save(*args, **kwargs)

    def _plan_review(self) -> None:
        from knowledge.trust import next_review_on

        page: Any = self
        if page.live:
            base = self.reviewed_at or page.first_published_at or timezone.now()
            self.next_review_on = next_review_on(base=base, interval_days=self.review_interval_days)

    def with_content_json(self, content: Any) -> Any:
        """Keep the review when a revision becomes the page: it belongs to the page, not to a revision.

        People who have left since a revision was saved do not come back with it: their successor stays.
        """
        page = super().with_content_json(content)  # type: ignore[misc]  # the page class comes after
        left = left_people(content, "responsible_person", "deputy")
        kept = (*self.kept_over_revisions, *left)
        stored = type(self)._default_manager.filter(pk=self.pk).values(*kept).first() or {}
        for name, value in stored.items():
            setattr(page, name, value)
        if left and page.deputy_id == page.responsible_person_id:  # handed over to the deputy
            page.deputy_id = None
        return page


class TrustedPage(Upkept, BodyPage):
    """Abstract page with the trust line. "Fachlich geprüft" is set by `services.record_review` alone."""

    # A copy is a new page: it has no versions.
    exclude_fields_in_copy = [*Upkept.exclude_fields_in_copy, "version_number", "is_starter_content"]

    short_answer = models.TextField(
        "Kurzantwort",
        max_length=1200,
        help_text="Höchstens fünf Sätze, die für sich allein verständlich sind.",
    )
    audience = ChoiceListField("Für wen", choices=Audience)
    search_words = models.CharField(
        "Suchwörter", max_length=400, blank=True,
        help_text="Durch Komma getrennt: Wörter, nach denen gesucht wird, die aber nicht im Text stehen.",
    )  # fmt: skip
    legal_basis = models.TextField(
        "Rechtsgrundlage", blank=True, **at_most(MAX_LINES),
        help_text="Eine Angabe je Zeile, zum Beispiel „§ 9 Abs. 1 OZG“.",
    )  # fmt: skip
    no_legal_basis = models.BooleanField("Keine – organisatorische Empfehlung", default=False)
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)
    content_as_of = models.DateField("Stand des Inhalts", null=True, blank=True)
    responsible_unit = models.CharField("Zuständige Stelle", max_length=200, blank=True)
    contact_email = models.EmailField("Kontakt", blank=True)
    is_starter_content = models.BooleanField("Startinhalt", default=False, editable=False)
    version_number = models.PositiveIntegerField("Fassung", default=0, editable=False)

    base_form_class = TrustedPageForm

    kept_over_revisions = (*Upkept.kept_over_revisions, "version_number", "is_starter_content", "rendered")

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("update_fields") is None:
            self._count_version()
        super().save(*args, **kwargs)

    def _count_version(self) -> None:
        """Raise the version when this save puts another revision in front of the readers."""
        if not self.live:
            return
        if self.pk is None or self.version_number == 0:
            self.version_number = max(self.version_number, 1)
            return
        before = type(self).objects.filter(pk=self.pk).values_list("live_revision_id", flat=True).first()
        if self.live_revision_id is not None and before != self.live_revision_id:
            self.version_number += 1
