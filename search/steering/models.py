"""Rules of the staff for the search, and every version of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

LONGEST_SPELLING = 120


class SteeringRule(models.Model):
    """One decision about the search. Written by `search.steering.services` alone, which keeps each version.

    `words` and `others` hold one spelling a line: what is equal, what leads to others, the searches a result is
    pinned to, words that are never corrected or suggested. `target` is the key of a document ("article:12").
    """

    class Kind(models.TextChoices):
        EQUAL = "equal", "Gleiche Wörter"
        ONE_WAY = "one_way", "Wort führt zu anderen"
        NEVER = "never", "Nie korrigieren"
        PIN = "pin", "Treffer oben"
        HIDE = "hide", "Treffer ausgeblendet"
        DENY = "deny", "Nicht vorschlagen"

    kind = models.CharField("Art", max_length=10, choices=Kind.choices)
    words = models.TextField("Wörter")
    others = models.TextField("Führt zu", blank=True)
    target = models.CharField("Treffer", max_length=60, blank=True)
    place = models.PositiveSmallIntegerField("Platz", default=1)
    note = models.CharField("Begründung", max_length=300, blank=True)
    changed_at = models.DateTimeField("Geändert", auto_now=True)

    class Meta:
        verbose_name = "Regel der Suche"
        verbose_name_plural = "Regeln der Suche"
        ordering = ["kind", "words", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="search_rule_has_words"),
            models.CheckConstraint(
                condition=Q(kind__in=["pin", "hide"]) ^ Q(target=""), name="search_rule_target_by_kind"
            ),
            models.CheckConstraint(condition=Q(kind="one_way") ^ Q(others=""), name="search_rule_others_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {', '.join(self.word_list)}"[:120]

    @property
    def word_list(self) -> list[str]:
        return lines(self.words)

    @property
    def other_list(self) -> list[str]:
        return lines(self.others)

    def as_data(self) -> dict[str, Any]:
        """Return what a version keeps of a rule."""
        return {name: getattr(self, name) for name in KEPT}


KEPT = ("kind", "words", "others", "target", "place", "note")


def lines(text: str) -> list[str]:
    """Return the spellings of a text, one a line, without blanks around them."""
    return [spelling for line in text.splitlines() if (spelling := " ".join(line.split()))]


class SteeringVersion(models.Model):
    """A change of a rule: who, when, before and after; `before` is empty for a new one, `after` for a deleted one.

    The rule is a number, no foreign key: its versions outlive it, so that a deletion can be undone.
    """

    rule = models.PositiveBigIntegerField("Regel", db_index=True)
    at = models.DateTimeField("Zeitpunkt", auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="Person", null=True, blank=True, on_delete=models.SET_NULL,
        related_name="+",
    )  # fmt: skip
    before = models.JSONField("Vorher", null=True, blank=True)
    after = models.JSONField("Nachher", null=True, blank=True)
    undoes = models.ForeignKey(
        "self", verbose_name="Macht rückgängig", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Änderung einer Regel der Suche"
        verbose_name_plural = "Änderungen der Regeln der Suche"
        ordering = ["-pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.rule}/{self.pk}"
