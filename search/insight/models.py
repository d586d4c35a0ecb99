"""Counts of searches and of results, by local day: no person, no address, no session, no time of day."""

from __future__ import annotations

from django.db import models


class SearchDay(models.Model):
    """One search, in whatever form it was typed, on one day with one engine.

    `normal` holds what makes it the same search (`search.steering.rules.normal`), `text` one form of it, with
    names, numbers and addresses masked. `hits` is the number of results last time, `nothing` how often there was
    none; milliseconds are those of the search itself; `ranks` is the sum of the places that were clicked.
    """

    day = models.DateField("Tag")
    normal = models.CharField(max_length=200)
    engine = models.CharField("Suchmaschine", max_length=20)
    text = models.CharField("Suche", max_length=200)
    count = models.PositiveIntegerField("Suchen", default=0)
    hits = models.PositiveIntegerField("Treffer", default=0)
    nothing = models.PositiveIntegerField("Ohne Treffer", default=0)
    slow = models.PositiveIntegerField("Langsam", default=0)
    milliseconds = models.PositiveBigIntegerField("Millisekunden", default=0)
    slowest = models.PositiveIntegerField("Langsamste", default=0)
    clicks = models.PositiveIntegerField("Klicks", default=0)
    ranks = models.PositiveIntegerField("Summe der Plätze", default=0)

    class Meta:
        verbose_name = "Suche eines Tages"
        verbose_name_plural = "Suchen"
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["normal", "day", "engine"], name="search_day_once"),
            models.CheckConstraint(
                condition=models.Q(nothing__lte=models.F("count"), slow__lte=models.F("count")),
                name="search_day_parts",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="search_day_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.text}"


class ResultDay(models.Model):
    """One result on one day: how often it stood on the first page of a search, and how often it was clicked."""

    day = models.DateField("Tag")
    key = models.CharField("Treffer", max_length=60)
    shown = models.PositiveIntegerField("Gezeigt", default=0)
    top = models.PositiveIntegerField("Unter den ersten drei", default=0)
    clicks = models.PositiveIntegerField("Klicks", default=0)

    class Meta:
        verbose_name = "Treffer eines Tages"
        verbose_name_plural = "Treffer"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="search_result_day_once")]
        indexes = [models.Index(fields=["day"], name="search_result_day_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.key}"
