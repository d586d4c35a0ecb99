"""Labels of the admin's own log that name nobody: it is kept longer than absences and accounts are.

Wagtail writes down how a row calls itself. Advisers are called by their name, absences by name and days.
"""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.db.models.signals import post_save
from wagtail.models import ModelLogEntry

from consultations.models import Absence, Adviser

LABELS: dict[type[Model], str] = {Absence: "Abwesenheit", Adviser: "Beratende Person"}


def label_of(kind: str, pk: Any) -> str:
    return f"{kind} {pk}"


def take_off(sender: Any, instance: ModelLogEntry, created: bool, **kwargs: Any) -> None:
    """Receiver of a stored entry: replace the name by what it is and its number."""
    if not created:
        return
    for model, kind in LABELS.items():
        if instance.content_type_id == ContentType.objects.get_for_model(model).pk:
            instance.label = label_of(kind, instance.object_id)
            ModelLogEntry.objects.filter(pk=instance.pk).update(label=instance.label)


def register() -> None:
    """Called when the app is ready."""
    post_save.connect(take_off, sender=ModelLogEntry, dispatch_uid="consultations_log_labels")
