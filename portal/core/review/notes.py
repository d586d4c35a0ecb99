"""The note of a change is over when readers have it: whoever takes up a published version begins without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wagtail.models import Revision

from portal.core.models import ReviewedMixin


def _without_told_note(as_object: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Leave significance and note out of what a published revision becomes: form, draft, older version again.

    The revision itself keeps them, as what was written; readers have them from the publication.
    """

    def made(self: Any) -> Any:
        subject = as_object(self)
        noted = isinstance(subject, ReviewedMixin) and (subject.change_significance or subject.change_summary)
        if noted and self.pk is not None and self.publications.exists():
            subject.change_significance = subject.change_summary = ""
        return subject

    return made


def install() -> None:
    """Wrap the one way from a revision to an object; called when the apps are ready."""
    Revision.as_object = _without_told_note(Revision.as_object)
