"""Which versions of a page, act, term or deadline somebody may know: rows of `Publication`, never drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge.versions.compare import Comparison, compare
from portal.core import publications
from portal.core.generation import cached
from portal.core.models import Publication, Significance
from portal.core.visibility import Visibility

LENGTH = 200  # the newest versions that are listed and offered for comparison
CLOSED_LABELS = {
    Visibility.MUNICIPALITY: "Diese Fassung war nur für angemeldete Kommunen sichtbar.",
    Visibility.CENTRE: "Diese Fassung war nur für die Kompetenzstelle sichtbar.",
    Visibility.NOBODY: "Diese Fassung war nur für einzelne Gruppen sichtbar.",
}
NOT_KEPT = "Der Wortlaut dieser Fassung ist nicht mehr gespeichert."


@dataclass(frozen=True)
class Version:
    """A published version as a reader may know it; `revision_id` is None where its text is not to be had."""

    number: int
    published_at: datetime
    is_major: bool
    note: str
    revision_id: int | None
    reason: str = ""

    @property
    def has_text(self) -> bool:
        return self.revision_id is not None


def _version(row: Publication, level: Visibility) -> Version:
    """Return what a reader of a level may know: what was closed to them then stays closed."""
    major = row.significance == Significance.MAJOR
    if not row.was_open_to(level):
        return Version(row.version, row.published_at, major, "", None, CLOSED_LABELS[Visibility(row.level)])
    reason = "" if row.revision_id else NOT_KEPT
    return Version(row.version, row.published_at, major, row.note, row.revision_id, reason)


def _rows(subject: Any) -> Any:
    return publications.of(subject).only("version", "published_at", "significance", "note", "revision_id", "level")


def versions(subject: Any, level: Visibility) -> list[Version]:
    """Return the newest published versions, newest first: one query."""
    return [_version(row, level) for row in _rows(subject).order_by("-version")[:LENGTH]]


def pair(subject: Any, level: Visibility, first: int, second: int) -> tuple[Version, Version] | None:
    """Return two versions whose text this reader may see, or None: one query."""
    found = {row.version: _version(row, level) for row in _rows(subject).filter(version__in=[first, second])}
    both = found.get(first), found.get(second)
    return (both[0], both[1]) if both[0] and both[1] and both[0].has_text and both[1].has_text else None


def comparison(subject: Any, old: Version, new: Version) -> Comparison | None:
    """Return the difference of two versions, kept as long as content is; None when a text is gone."""

    def read() -> Comparison | None:
        rows = Publication.objects.filter(revision__in=[old.revision_id, new.revision_id]).select_related(
            "revision"
        )
        contents = {row.revision_id: row.revision.content for row in rows if row.revision is not None}
        if old.revision_id not in contents or new.revision_id not in contents:
            return None
        return compare(type(subject), contents[old.revision_id], contents[new.revision_id])

    return cached(f"comparison:{subject._meta.label_lower}:{subject.pk}:{old.revision_id}:{new.revision_id}", read)
