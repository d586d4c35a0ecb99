"""What an editor may set for the whole site: the operator's particulars and a notice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting

from portal.core.models.texts import PrintableTexts
from portal.core.signals import announce
from portal.core.widgets import LongText


class _AnnouncedSetting(PrintableTexts, BaseSiteSetting):
    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)
            announce(self)


@register_setting(icon="home")
class Operator(_AnnouncedSetting):
    """Name and contact of whoever runs the portal; shown in header, footer, feeds and metadata."""

    name = models.CharField("Name der Stelle", max_length=200, default="Kompetenzstelle")
    short_name = models.CharField("Kurzname", max_length=60, default="Kompetenzstelle")
    claim = models.CharField(
        "Untertitel", max_length=200, default="Wissen und Beratung für die digitale Kommune", blank=True
    )
    region = models.CharField("Zuständig für", max_length=120, blank=True)
    email = models.EmailField("Funktionspostfach", blank=True)
    phone = models.CharField("Telefon", max_length=40, blank=True)
    logo = models.ForeignKey(
        "core.PortalImage", verbose_name="Bildmarke", null=True, blank=True,
        on_delete=models.SET_NULL, related_name="+",
        help_text="Optional. Wappen und Landesmarken nur mit Berechtigung.",
    )  # fmt: skip
    accessibility_email = models.EmailField("Postfach für Barrieren", blank=True)
    security_email = models.EmailField("Postfach für Sicherheitshinweise", blank=True)

    legal_name = models.CharField(
        "Verantwortliche Stelle", max_length=200, blank=True,
        help_text="Rechtsträger, wie er im Impressum steht, zum Beispiel das Land oder ein Verband.",
    )  # fmt: skip
    street = models.CharField("Straße und Hausnummer", max_length=200, blank=True)
    postal_city = models.CharField("Postleitzahl und Ort", max_length=200, blank=True)
    legal_form = models.CharField("Rechtsform", max_length=200, blank=True)
    represented_by = models.CharField("Vertreten durch", max_length=200, blank=True)
    supervision = models.CharField("Aufsichtsbehörde", max_length=300, blank=True)
    vat_id = models.CharField(
        "Umsatzsteuer-Identifikationsnummer", max_length=40, blank=True, help_text="Leer, wenn es keine gibt."
    )
    editor_in_charge = models.CharField(
        "Redaktionell verantwortlich", max_length=300, blank=True, help_text="Name und Anschrift."
    )
    privacy_officer = models.CharField(
        "Datenschutzbeauftragte Person", max_length=300, blank=True, help_text="Wie sie erreichbar ist."
    )

    PARTICULARS = (
        "legal_name", "street", "postal_city", "legal_form", "represented_by", "email", "phone", "supervision",
        "vat_id", "editor_in_charge", "privacy_officer",
    )  # fmt: skip
    """What legal pages show, in this order; everything but the VAT number must be filled in for operation."""
    OPTIONAL = frozenset({"vat_id"})

    panels = [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("short_name"), FieldPanel("claim"), FieldPanel("region")],
            "Stelle",
        ),
        MultiFieldPanel(
            [
                FieldPanel("email"),
                FieldPanel("phone"),
                FieldPanel("accessibility_email"),
                FieldPanel("security_email"),
            ],
            "Kontakt",
        ),
        MultiFieldPanel(
            [
                FieldPanel("legal_name"), FieldPanel("street"), FieldPanel("postal_city"),
                FieldPanel("legal_form"), FieldPanel("represented_by"), FieldPanel("supervision"),
                FieldPanel("vat_id"), FieldPanel("editor_in_charge"), FieldPanel("privacy_officer"),
            ],
            "Rechtliche Angaben",
            help_text="Impressum und Datenschutz zeigen sie, sobald sie gespeichert sind.",
        ),
        FieldPanel("logo"),
    ]  # fmt: skip

    class Meta:
        verbose_name = "Betreiber"

    def _label(self, name: str) -> str:
        return str(getattr(self._meta.get_field(name), "verbose_name", name))

    def particulars(self) -> list[tuple[str, str]]:
        """Return the legal particulars that are filled in, each with its German label."""
        rows = [(self._label(name), getattr(self, name)) for name in self.PARTICULARS]
        return [(label, value) for label, value in rows if value]

    @property
    def mailbox(self) -> str:
        """Where messages of readers go: the mailbox of the operation's settings, else the one readers see."""
        return settings.CONTACT_EMAIL or self.email or settings.DEFAULT_FROM_EMAIL

    def missing_particulars(self) -> list[str]:
        """Return the German labels of those that are still needed."""
        needed = [name for name in self.PARTICULARS if name not in self.OPTIONAL and not getattr(self, name)]
        return [self._label(name) for name in needed]


@register_setting(icon="warning")
class SiteNotice(_AnnouncedSetting):
    """A notice at the top of every page, for outages and maintenance, with start and end (UTC in the database)."""

    class Level(models.TextChoices):
        INFO = "info", "Hinweis"
        WARNING = "warning", "Warnung"
        DANGER = "danger", "Störung"

    active = models.BooleanField("Anzeigen", default=False)
    level = models.CharField("Art", max_length=10, choices=Level.choices, default=Level.INFO)
    title = models.CharField("Überschrift", max_length=120, blank=True)
    text = models.TextField("Text", blank=True, max_length=1000)
    starts_at = models.DateTimeField("Beginn", null=True, blank=True)
    ends_at = models.DateTimeField("Ende", null=True, blank=True)

    panels = [
        FieldPanel("active"), FieldPanel("level"), FieldPanel("title"), FieldPanel("text", widget=LongText),
        FieldPanel("starts_at"), FieldPanel("ends_at"),
    ]  # fmt: skip

    class Meta:
        verbose_name = "Hinweis auf allen Seiten"
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="core_notice_ends_after_start",
                violation_error_message="Das Ende muss nach dem Beginn liegen.",
            )
        ]

    def clean(self) -> None:
        super().clean()
        if self.active and not (self.title or self.text):
            raise ValidationError({"title": "Ein Hinweis braucht eine Überschrift oder einen Text."})

    def is_shown(self, now: datetime) -> bool:
        """True when the notice is to be seen at the moment `now` (aware)."""
        if not self.active:
            return False
        return (self.starts_at is None or self.starts_at <= now) and (self.ends_at is None or now < self.ends_at)
