"""External links: what they answered, and the sentences in which they stand."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

MAX_URL = 2000
MAX_SENTENCE = 400


def url_key(url: str) -> str:
    """Return what makes an address unique; addresses themselves are too long for an index."""
    return hashlib.sha256(url.encode()).hexdigest()


class ExternalLink(models.Model):
    """One foreign address, however many pages name it. `failures` counts days in a row on which it failed."""

    class Verdict(models.TextChoices):
        UNCHECKED = "", "noch nicht geprüft"
        OK = "ok", "in Ordnung"
        BROKEN = "broken", "defekt"
        UNCLEAR = "unclear", "unklar"

    key = models.CharField(max_length=64, unique=True, editable=False)
    url = models.CharField("Adresse", max_length=MAX_URL)
    verdict = models.CharField("Ergebnis", max_length=8, choices=Verdict.choices, blank=True, default="")
    status = models.PositiveSmallIntegerField("Status", default=0)
    problem = models.CharField("Befund", max_length=200, blank=True)
    failures = models.PositiveIntegerField("Tage in Folge", default=0)
    first_seen = models.DateTimeField("Gefunden", auto_now_add=True)
    first_failed_at = models.DateTimeField("Defekt seit", null=True, blank=True)
    last_failed_on = models.DateField(null=True, blank=True)
    reported_at = models.DateTimeField("Gemeldet", null=True, blank=True)
    last_checked = models.DateTimeField("Zuletzt geprüft", null=True, blank=True)
    accepted_until = models.DateField("In Ordnung bis", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Externer Link"
        verbose_name_plural = "Externe Links"
        default_permissions = ("change",)
        constraints = [
            models.CheckConstraint(
                condition=Q(failures=0, first_failed_at__isnull=True, last_failed_on__isnull=True)
                | Q(failures__gt=0, first_failed_at__isnull=False, last_failed_on__isnull=False),
                name="knowledge_link_failed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=["", "ok"]) | Q(failures=0), name="knowledge_link_fine_has_no_failure"
            ),
        ]
        indexes = [
            models.Index(fields=["verdict", "failures"], name="knowledge_link_verdict"),
            models.Index(fields=["last_checked"], name="knowledge_link_checked"),
        ]

    def __str__(self) -> str:
        return self.url

    def is_accepted(self, today: date) -> bool:
        return self.accepted_until is not None and self.accepted_until >= today


SUBJECTS = ("page", "act", "term", "deadline")


def _exactly_one() -> Q:
    """Return the condition that one of the subjects is named, and no other."""
    condition = Q()
    for named in SUBJECTS:
        condition |= Q(**{f"{name}__isnull": name != named for name in SUBJECTS})
    return condition


class NamedIn(models.Model):
    """Where something stands: in a page, a legal act, a term or a deadline, exactly one of them."""

    page = models.ForeignKey("wagtailcore.Page", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    act = models.ForeignKey("knowledge.Act", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    term = models.ForeignKey(
        "knowledge.GlossaryTerm", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    deadline = models.ForeignKey(
        "knowledge.Deadline", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        abstract = True
        ordering = ["pk"]
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=_exactly_one(), name="knowledge_%(class)s_one_subject")]

    @property
    def subject(self) -> Any:
        return self.page or self.act or self.term or self.deadline


class LinkPlace(NamedIn):
    """One place of a link: what it stands in, the block or field, and the sentence around it."""

    link = models.ForeignKey(ExternalLink, on_delete=models.CASCADE, related_name="places")
    page = models.ForeignKey(
        "wagtailcore.Page", null=True, blank=True, on_delete=models.CASCADE, related_name="link_places"
    )
    spot = models.CharField("Block oder Feld", max_length=60)
    label = models.CharField("Stelle", max_length=120)
    sentence = models.CharField("Satz", max_length=MAX_SENTENCE, blank=True)

    class Meta(NamedIn.Meta):
        verbose_name = "Stelle eines Links"
        verbose_name_plural = "Stellen von Links"

    def __str__(self) -> str:
        return f"{self.link_id} {self.spot}"


class InternalLink(NamedIn):
    """An address of the portal itself that a page or a snippet names, as stored; kept with each save.

    `path` is the plain form ("/themen/ozg/"), so that what stands below an address has it as its beginning.
    `document` is the number of the file an address leads to; files are deleted without asking who names them.
    """

    MAX_PATH = 500

    path = models.CharField("Pfad", max_length=MAX_PATH, db_index=True)
    way = models.CharField("Wo", max_length=120)
    document = models.PositiveBigIntegerField("Datei", null=True, blank=True, db_index=True)

    class Meta(NamedIn.Meta):
        verbose_name = "Interner Link"
        verbose_name_plural = "Interne Links"

    def __str__(self) -> str:
        return self.path


class SeenContent(models.Model):
    """What was read of a page or a snippet last: what has not changed is not read again."""

    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name = "Gelesener Inhalt"
        verbose_name_plural = "Gelesene Inhalte"
        default_permissions = ()
        permissions = [("read_content_reports", "Berichte über Links, Lesbarkeit, Bilder und Besuche lesen")]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="knowledge_seen_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
