"""Published content is read once for each version: links, images and readability are taken from it and stored.

On publishing by a task (queue `slow`), each night for whatever a lost task, an import or a script has left out.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django_tasks import task
from wagtail.fields import StreamField

from knowledge.models import SeenContent
from knowledge.reading.kinds import content_models, kind_of

log = logging.getLogger(__name__)

Reader = Callable[[Any], None]
CHUNK = 50
# Raised when a reader takes something else out of the same content.
RULES = 2
# What changes without a change of what is read.
_PASSING = {
    "rendered", "latest_revision", "live_revision", "first_published_at", "last_published_at",
    "latest_revision_created_at", "has_unpublished_changes", "expired", "owner", "locked", "locked_at",
    "locked_by", "path", "depth", "numchild", "url_path",
}  # fmt: skip

_readers: list[tuple[Reader, Callable[[str, int], None]]] = []


def register(read: Reader, forget: Callable[[str, int], None]) -> None:
    """Register what takes something out of live content, and what removes it (kind, id) once it is not live."""
    _readers.append((read, forget))


def fingerprint(subject: Any) -> str:
    """Return a hash of what is read of a subject."""
    values: dict[str, Any] = {"rules": RULES}
    for field in subject._meta.concrete_fields:
        if field.name in _PASSING or field.name.startswith(("change_", "review", "next_review", "go_", "expire")):
            continue
        value = getattr(subject, field.attname)
        values[field.name] = field.get_prep_value(value) if isinstance(field, StreamField) else value
    if hasattr(subject, "sources"):
        values["sources"] = [[source.title, source.url] for source in subject.sources.all()]
    text = json.dumps(values, cls=DjangoJSONEncoder, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def read(subject: Any, known: str | None = None) -> bool:
    """Read a live subject, unless it is what was read last; forget what is not live. True if that did anything."""
    kind = kind_of(subject)
    if not subject.live or getattr(subject, "alias_of_id", None):
        return forget(kind, subject.pk)
    seen = fingerprint(subject)
    if known == seen:
        return False
    for reader, _ in _readers:
        reader(subject)
    SeenContent.objects.update_or_create(kind=kind, object_id=subject.pk, defaults={"fingerprint": seen})
    return True


@transaction.atomic
def forget(kind: str, pk: int) -> bool:
    """Remove what was taken out of something that is live no more."""
    gone, _ = SeenContent.objects.filter(kind=kind, object_id=pk).delete()
    if gone:
        for _, forgetter in _readers:
            forgetter(kind, pk)
    return bool(gone)


@task(queue_name="slow")
def read_published(model_label: str, pk: int) -> None:
    """Read what has just been published."""
    subject = apps.get_model(model_label)._default_manager.filter(pk=pk).first()
    if subject is not None:
        read(subject)


def _chunks(model: type[Any]) -> Iterator[list[Any]]:
    pks = list(model._default_manager.filter(live=True).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        rows = model._default_manager.filter(pk__in=pks[start : start + CHUNK])
        yield list(rows.prefetch_related("sources") if hasattr(model, "sources") else rows)


def read_all() -> str:
    """Read everything live that has changed since it was read, and forget what is live no more."""
    known = {(row.kind, row.object_id): row.fingerprint for row in SeenContent.objects.all()}
    done, broken = 0, 0
    live: set[tuple[str, int]] = set()
    for model in content_models():
        for subjects in _chunks(model):
            for subject in subjects:
                key = (kind_of(subject), subject.pk)
                live.add(key)
                try:
                    done += read(subject, known.get(key))
                except Exception:  # the next page must still be read
                    broken += 1
                    log.exception("reading.failed", extra={"kind": key[0], "object_id": key[1]})
    done += sum(forget(*key) for key in known.keys() - live)
    if broken:
        raise RuntimeError(f"{broken} pages could not be read")
    return f"{done} Inhalte gelesen" if done else ""
