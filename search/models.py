"""The change log that the index follower reads."""

from django.db import models


class SearchChange(models.Model):
    """Something findable has changed: written in the transaction of the change, read by each node's follower.

    `object_key` is "<app_label>.<model>:<pk>"; the follower re-reads the object and indexes what is true then.
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
