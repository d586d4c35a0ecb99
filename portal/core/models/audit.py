"""The append-only log: who changed what in publishing, rights and settings. Ids only, never texts."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One action. `actor` and `object_id` are ids without foreign key: the row outlives what it names.

    `detail` holds ids, states and names of fields, never what somebody wrote. Rows are never changed and leave
    only by the retention job, which logs that it ran (triggers in the database see to it).
    """

    at = models.DateTimeField("Zeitpunkt", auto_now_add=True, db_index=True)
    action = models.CharField("Vorgang", max_length=60)
    actor = models.PositiveBigIntegerField("Person", null=True, blank=True, help_text="None: the system")
    object_type = models.CharField("Gegenstand", max_length=100, blank=True, help_text="app_label.model")
    object_id = models.CharField("Nummer", max_length=40, blank=True)
    detail = models.JSONField("Einzelheiten", default=dict, blank=True)
    request_id = models.CharField("Anfrage", max_length=64, blank=True)

    class Meta:
        verbose_name = "Protokolleintrag"
        verbose_name_plural = "Protokolleinträge"
        ordering = ["-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["action", "at"], name="core_audit_action"),
            models.Index(fields=["object_type", "object_id"], name="core_audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type}:{self.object_id}"
