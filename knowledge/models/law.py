"""Law as data: acts, cited provisions, imported texts, and which page cites what."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.http import HttpRequest
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    WorkflowMixin,
)

from knowledge.act_names import names_of
from portal.core.fields import MAX_LINES, MAX_PARAGRAPHS, at_most
from portal.core.models import ReviewedMixin
from portal.core.moved import lead_on, writes_address
from portal.core.signals import announce
from portal.core.text import german_slug


def _renamed(before: Act | None, after: Act) -> list[str]:
    old = before.known_as() if before else []
    new = after.known_as()
    same_address = before is not None and before.slug == after.slug
    return [] if old == new and (same_address or not new) else list(dict.fromkeys([*old, *new]))


def _moved(old: str, new: str) -> list[tuple[str, str]]:
    """Return the addresses of an act in all its forms, each with the one that takes its place."""
    forms = ("/", ".md", "/wortlaut/", "/wortlaut.md", "/aenderungen.atom", "/versionen/", "/versionen.md")
    return [(f"/recht/{old}{form}", f"/recht/{new}{form}") for form in forms]


class Act(
    ReviewedMixin, WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel
):
    """An act of law and whether it binds municipalities."""

    class Level(models.TextChoices):
        EU = "eu", "Europäische Union"
        BUND = "bund", "Bund"
        LAND = "land", "Land"
        BOTH = "beide", "Bund und Länder"  # treaties between them

    class Binds(models.TextChoices):
        YES = "ja", "Ja"
        FEDERAL_LAW_ONLY = "bei-bundesrecht", "Nur bei Ausführung von Bundesrecht"
        STATE_LAW = "nein-landesrecht", "Nein – es gilt Landesrecht"

    abbreviation = models.CharField("Abkürzung", max_length=60, unique=True)
    slug = models.SlugField("Adresse", max_length=120, unique=True)
    title = models.CharField("Voller Titel", max_length=500)
    aliases = models.TextField(
        "Andere Schreibweisen", blank=True, **at_most(MAX_LINES),
        help_text="Eine je Zeile.",
    )  # fmt: skip
    level = models.CharField("Ebene", max_length=5, choices=Level.choices)
    binds = models.CharField(
        "Bindet Kommunen", max_length=20, choices=Binds.choices, blank=True, help_text="Leer: noch nicht bestimmt."
    )
    summary = models.TextField(
        "Bedeutung für Kommunen", blank=True, **at_most(MAX_PARAGRAPHS),
    )  # fmt: skip
    counterpart = models.ForeignKey(
        "self",
        verbose_name="Stattdessen gilt",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="counterpart_of",
    )
    source_url = models.URLField("Adresse der Quelle", blank=True, max_length=500)
    eli = models.CharField("ELI", max_length=255, blank=True)
    state_date = models.DateField("Stand", null=True, blank=True)
    # What the summary and those of the provisions rest on.
    facts = models.JSONField("Fakten", default=list, blank=True, editable=False)

    class Meta:
        verbose_name = "Rechtsvorschrift"
        verbose_name_plural = "Rechtsvorschriften"
        ordering = ["abbreviation"]

    def __str__(self) -> str:
        return self.abbreviation

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            before = type(self).objects.filter(pk=self.pk).first() if self.pk else None
            super().save(*args, **kwargs)
            self._renamed = _renamed(before, self)
            if before and before.live and writes_address(kwargs.get("update_fields")):
                lead_on(_moved(before.slug, self.slug))
            announce(self)

    def mark_as_gone(self) -> None:
        """Count all names as changed, because the act is about to be deleted."""
        self._renamed = self.known_as()

    def known_as(self) -> list[str]:
        """Return the names by which texts cite the act; none as long as it is a draft."""
        return names_of(self.abbreviation, self.title, self.alias_list) if self.live else []

    def names_changed(self) -> list[str]:
        """Return all names concerned when the last save changed a name, the address or the publication."""
        return list(getattr(self, "_renamed", []))

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "knowledge/preview_snippet.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        from knowledge.markdown import render_markdown

        lead = f"{self.title} ({self.get_level_display()})"
        return {"object": self, "title": self.abbreviation, "lead": lead, "html": render_markdown(self.summary)}

    @property
    def alias_list(self) -> list[str]:
        return [line.strip() for line in self.aliases.splitlines() if line.strip()]


class Provision(Orderable):
    """A cited provision of an act: "§ 9 Abs. 1", with an own short summary and the time it is in force."""

    act = ParentalKey(Act, related_name="provisions", on_delete=models.CASCADE)
    ref = models.CharField("Vorschrift", max_length=60, help_text="Zum Beispiel „§ 9 Abs. 1“ oder „Art. 6“.")
    key = models.CharField(max_length=40, editable=False, help_text="Normalised: '9/1' is § 9 Abs. 1.")
    summary = models.TextField(
        "Inhalt in eigenen Worten", blank=True, **at_most(MAX_PARAGRAPHS),
    )  # fmt: skip
    in_force_from = models.DateField("In Kraft ab", null=True, blank=True)
    in_force_to = models.DateField("In Kraft bis", null=True, blank=True)

    class Meta(Orderable.Meta):
        verbose_name = "Vorschrift"
        verbose_name_plural = "Vorschriften"
        constraints = [
            models.UniqueConstraint(fields=["act", "key"], name="knowledge_provision_once"),
            models.CheckConstraint(
                condition=Q(in_force_from__isnull=True)
                | Q(in_force_to__isnull=True)
                | Q(in_force_to__gte=F("in_force_from")),
                name="knowledge_provision_dates",
                violation_error_message="Das Ende darf nicht vor dem Beginn liegen.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ref} {self.act}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        from knowledge.citations import provision_key

        self.key = (provision_key(self.ref) or german_slug(self.ref))[:40]
        super().save(*args, **kwargs)


class LawText(models.Model):
    """The imported, non-official text of an act (nichtamtliche Fassung)."""

    act = models.OneToOneField(
        Act, verbose_name="Rechtsvorschrift", on_delete=models.CASCADE, related_name="law_text"
    )
    title = models.CharField("Titel", max_length=500)
    enacted_on = models.CharField("Ausfertigungsdatum", max_length=20, blank=True)
    state_date = models.DateField("Stand")
    content_hash = models.CharField(max_length=64, editable=False)
    imported_at = models.DateTimeField("Eingelesen", auto_now=True)

    class Meta:
        verbose_name = "Gesetzestext"
        verbose_name_plural = "Gesetzestexte"

    def __str__(self) -> str:
        return f"{self.act} ({self.state_date:%d.%m.%Y})"


class LawSection(models.Model):
    """One § (or article, annex, preamble) of an imported text, with an anchor that stays."""

    law_text = models.ForeignKey(LawText, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField("Folge")
    number = models.CharField("Nummer", max_length=60)
    heading = models.CharField("Überschrift", max_length=500, blank=True)
    anchor = models.CharField("Anker", max_length=80)
    key = models.CharField(max_length=40, blank=True, help_text="Normalised number: '9a' is § 9a.")
    html = models.TextField()
    text = models.TextField()
    text_hash = models.CharField(max_length=64)
    changed_on = models.DateField("Text geändert mit Stand", null=True, blank=True)

    class Meta:
        verbose_name = "Abschnitt"
        verbose_name_plural = "Abschnitte"
        ordering = ["law_text", "position"]
        constraints = [models.UniqueConstraint(fields=["law_text", "anchor"], name="knowledge_section_anchor")]

    def __str__(self) -> str:
        return self.number


class LegalReference(models.Model):
    """A page cites a provision of an act; made from body and legal basis whenever the page is saved."""

    class Origin(models.TextChoices):
        BASIS = "basis", "Rechtsgrundlage"
        BODY = "body", "Text"

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="legal_references")
    act = models.ForeignKey(Act, on_delete=models.CASCADE, related_name="references")
    key = models.CharField(
        max_length=40, blank=True, help_text="Normalised provision: '9/1'; empty for the act as a whole."
    )
    ref = models.CharField(max_length=60, blank=True)
    origin = models.CharField(max_length=5, choices=Origin.choices)

    class Meta:
        verbose_name = "Fundstelle"
        verbose_name_plural = "Fundstellen"
        constraints = [
            models.UniqueConstraint(fields=["page", "act", "key", "origin"], name="knowledge_reference_once")
        ]
        indexes = [models.Index(fields=["act", "key"], name="knowledge_reference_act")]

    def __str__(self) -> str:
        return f"{self.ref} {self.act}"
