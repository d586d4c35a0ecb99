from django.db import models


class ScheduledRun(models.Model):
    """One run of a periodic job; the unique pair (job, due time) lets several nodes run it once. UTC."""

    class Result(models.TextChoices):
        RUNNING = "running", "Läuft"
        OK = "ok", "Erfolgreich"
        FAILED = "failed", "Fehlgeschlagen"

    job = models.CharField("Aufgabe", max_length=80)
    due_at = models.DateTimeField("Fällig")
    started_at = models.DateTimeField("Begonnen", auto_now_add=True)
    finished_at = models.DateTimeField("Beendet", null=True, blank=True)
    result = models.CharField("Ergebnis", max_length=10, choices=Result.choices, default=Result.RUNNING)
    message = models.CharField("Meldung", max_length=255, blank=True)
    node = models.CharField("Rechner", max_length=80, blank=True)

    class Meta:
        verbose_name = "Lauf einer Aufgabe"
        verbose_name_plural = "Läufe der Aufgaben"
        ordering = ["-due_at", "job"]
        constraints = [models.UniqueConstraint(fields=["job", "due_at"], name="core_run_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.due_at:%Y-%m-%d %H:%M}"
