"""What follows when a version has gone live: the row of the publication, the review's date, an empty note."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.dispatch import receiver
from django.utils import timezone
from wagtail.models import AbstractPage
from wagtail.signals import published

from portal.core import audit, publications
from portal.core.models import Publication, Release, ReviewedMixin, Significance
from portal.core.review import validation
from portal.core.review.services import released
from portal.core.visibility import Visibility, level_of, level_of_path, restriction_levels, strictest


def next_version(subject: Any) -> int:
    """Return the number of the version just published: the page's own, or one more than the last row."""
    last = publications.of(subject).aggregate(last=Max("version"))["last"] or 0
    own = getattr(subject, "version_number", 0)
    return own if own > last else last + 1


def _was_first(subject: Any) -> bool:
    """Wagtail sets both times to one moment when something goes live for the first time."""
    return bool(subject.first_published_at == subject.last_published_at and not publications.of(subject).exists())


@receiver(published)
def record_version(sender: type[Any], instance: Any, revision: Any, **kwargs: Any) -> None:
    """Write the publication of a version that is live now; a schedule sends this signal too and is passed over."""
    if not isinstance(instance, ReviewedMixin) or not instance.live or instance.live_revision_id != revision.pk:
        return
    release = Release.objects.filter(revision_id=revision.pk).first()
    significance, note = validation.change_of(instance, first=_was_first(instance))
    at = instance.last_published_at or timezone.now()
    publication = publications.record(
        subject=instance, version=next_version(instance), significance=significance, note=note, at=at,
        revision=revision, released_by=release.released_by if release else None,
    )  # fmt: skip
    action = "publish" if release else "override.publish"
    audit.record(
        action, actor=publication.released_by, subject=instance, revision=revision.pk, version=publication.version
    )
    _begin_anew(instance)
    if release is not None:
        released.send(sender=sender, subject=instance, reviewer=release.reviewer, at=release.released_at)


def _begin_anew(subject: Any) -> None:
    """The next change starts without significance and note: those of this one are in its publication."""
    subject.change_significance = subject.change_summary = ""
    type(subject)._default_manager.filter(pk=subject.pk).update(change_significance="", change_summary="")


def record_import(*, subject: Any, revision: Any) -> None:
    """Record a version the operator's import has put live without a review."""
    first = not publications.of(subject).exists()
    publications.record(
        subject=subject, version=next_version(subject), significance=Significance.MINOR,
        note=validation.FIRST_NOTE if first else "", at=timezone.now(), revision=revision,
    )  # fmt: skip
    audit.record("override.import", subject=subject, revision=revision.pk)


def _level_of_row(row: dict[str, Any], restrictions: list[tuple[str, Visibility]]) -> Visibility:
    """Return the level a live page asks of its readers, by itself and by the pages above it."""
    own = Visibility(row.get("visibility") or Visibility.PUBLIC)
    return strictest(own, level_of_path(row.get("path") or "", restrictions))


def _levels(model: Any, rows: list[dict[str, Any]]) -> dict[Any, Visibility]:
    """Return the level of each row; only pages, and what names one it is closed with, can be closed."""
    if hasattr(model, "closed_with"):
        found = model._default_manager.in_bulk([row["pk"] for row in rows])
        return {pk: level_of(subject) for pk, subject in found.items()}
    restrictions = restriction_levels() if rows else []
    return {row["pk"]: _level_of_row(row, restrictions) for row in rows}


def backfill() -> int:
    """Give everything live without a publication its first row; run after each migration, safe to repeat."""
    from django.apps import apps
    from django.contrib.contenttypes.models import ContentType

    models: list[Any] = [model for model in apps.get_models() if issubclass(model, ReviewedMixin)]
    made = 0
    for model in models:
        content_type = ContentType.objects.get_for_model(model)
        known = set(Publication.objects.filter(content_type=content_type).values_list("object_id", flat=True))
        live = model._default_manager.filter(live=True)
        if issubclass(model, AbstractPage):
            live = live.filter(alias_of=None)
        names = {field.name for field in model._meta.get_fields()} & {"version_number", "path", "visibility"}
        rows = live.values("pk", "live_revision_id", "last_published_at", "first_published_at", *names)
        missing = [row for row in rows if str(row["pk"]) not in known]
        levels = _levels(model, missing)
        Publication.objects.bulk_create(
            [
                Publication(
                    content_type=content_type, object_id=str(row["pk"]), significance=Significance.MINOR,
                    version=max(row.get("version_number") or 1, 1), revision_id=row["live_revision_id"],
                    published_at=row["last_published_at"] or row["first_published_at"] or timezone.now(),
                    level=levels[row["pk"]],
                )
                for row in missing
            ],
            batch_size=500,
        )  # fmt: skip
        made += len(missing)
    return made
