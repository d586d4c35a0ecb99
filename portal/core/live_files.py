"""Which files and images readers have in front of them: those nobody may swap or delete alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from wagtail.models import ReferenceIndex

NO_SWAP = (
    "Diese Datei steht auf veröffentlichten Seiten. Laden Sie die neue Fassung als eigenes Dokument hoch und "
    "wählen Sie sie dort aus; so prüft eine zweite Person den Wechsel."
)
NO_DELETION = (
    "„{title}“ steht auf veröffentlichten Seiten und bleibt deshalb erhalten. Nehmen Sie die Datei zuerst aus "
    "diesen Seiten; danach können Sie sie löschen."
)


def _is_live(kind: ContentType, ids: Iterable[str]) -> bool:
    """True when one of the objects is live; what knows no drafts (settings) is always in front of readers."""
    model: Any = kind.model_class()
    if model is None:
        return False
    rows = model._base_manager.filter(pk__in=list(ids))
    try:
        model._meta.get_field("live")
    except FieldDoesNotExist:
        return bool(rows.exists())
    return bool(rows.filter(live=True).exists())


def is_in_use(file: Any) -> bool:
    """True for a document or image that something live refers to, by Wagtail's index of references."""
    users: dict[int, list[str]] = {}
    rows = ReferenceIndex.objects.filter(
        to_content_type=ContentType.objects.get_for_model(type(file)), to_object_id=str(file.pk)
    )
    for kind, pk in rows.values_list("base_content_type", "object_id").distinct():
        users.setdefault(kind, []).append(pk)
    return any(_is_live(ContentType.objects.get_for_id(kind), ids) for kind, ids in users.items())


def in_use(files: Iterable[Any]) -> list[Any]:
    """Return those of the documents or images that something live refers to."""
    return [file for file in files if is_in_use(file)]
