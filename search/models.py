"""The change log that the index follower reads."""

from __future__ import annotations

from django.db import models

from search.documents import Change
from search.insight.models import ResultDay, SearchDay
from search.semantic.models import EntryPassages, PassageVector, VectorProgress
from search.steering.models import SteeringRule, SteeringVersion

__all__ = [
    "EntryPassages",
    "PassageVector",
    "ResultDay",
    "SearchChange",
    "SearchDay",
    "SteeringRule",
    "SteeringVersion",
    "VectorProgress",
]

# Before the key of a document that an index has wrongly: "search.entry:article:5" is read again as it stands.
ENTRY = "search.entry:"


class SearchChange(models.Model):
    """Something findable has changed: written in the transaction of the change, read by each node's follower.

    `object_key` is "<app_label>.<model>:<pk>" (pages of all types: "wagtailcore.page:<pk>"), or `ENTRY` and the
    key of a document; the follower re-reads the object and indexes what is true then. `created_at` is UTC, by
    the clock of the web process.
    """

    object_key = models.CharField("Gegenstand", max_length=120)
    subtree = models.BooleanField("Mit Unterseiten", default=False)
    created_at = models.DateTimeField("Zeitpunkt", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = "Änderung für die Suche"
        verbose_name_plural = "Änderungen für die Suche"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.object_key

    @property
    def change(self) -> Change:
        model, _, pk = self.object_key.rpartition(":")
        return Change(model=model, pk=int(pk), subtree=self.subtree)


class SavedSearch(models.Model):
    """A search somebody wants to hear of new hits of; shared by all who have subscribed to the same one.

    `query` are the parameters of the results page. Who has subscribed stands in `core.Subscription`.
    """

    query = models.CharField("Suche", max_length=1000, unique=True)
    created_at = models.DateTimeField("Angelegt", auto_now_add=True)

    class Meta:
        verbose_name = "Abonnierte Suche"
        verbose_name_plural = "Abonnierte Suchen"
        ordering = ["pk"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"SavedSearch {self.pk}"
