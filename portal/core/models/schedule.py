from django.db import models


class ScheduledRun(models.Model):
    """One run of a periodic job; the unique pair (job, due time) lets several nodes run it once. UTC."""

    class Result(models.TextChoices):
        RUNNING = "running", "Läuft"
        OK = "ok", "Erfolgreich"
        FAILED = "failed", "Fehlgeschlagen"

    job = models.CharField("Aufgabe", max_length=80)
    due_at = models.DateTimeField("Fällig")
    started_at = models.DateTimeField("Begonnen")
    finished_at = models.DateTimeField("Beendet", null=True, blank=True)
    result = models.CharField("Ergebnis", max_length=10, choices=Result.choices, default=Result.RUNNING)
    attempts = models.PositiveSmallIntegerField("Versuche", default=1)
    message = models.CharField("Meldung", max_length=255, blank=True)
    node = models.CharField("Prozess", max_length=80, blank=True)

    class Meta:
        verbose_name = "Lauf einer Aufgabe"
        verbose_name_plural = "Läufe der Aufgaben"
        ordering = ["-due_at", "job"]
        constraints = [
            models.UniqueConstraint(fields=["job", "due_at"], name="core_run_once"),
            models.CheckConstraint(
                condition=models.Q(result="running") | models.Q(finished_at__isnull=False),
                name="core_run_finished_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M}"


class Worker(models.Model):
    """A living process of the background work; one that is not seen for a while counts as dead. UTC."""

    name = models.CharField("Prozess", max_length=80, unique=True)
    group = models.CharField("Gruppe", max_length=20)
    started_at = models.DateTimeField("Begonnen", auto_now_add=True)
    seen_at = models.DateTimeField("Zuletzt gesehen")

    class Meta:
        verbose_name = "Hintergrundprozess"
        verbose_name_plural = "Hintergrundprozesse"
        ordering = ["group", "name"]

    def __str__(self) -> str:
        return self.name
