"""Links enter what the lower apps offer: what is read of content, jobs, the kind of work, the name in the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.signals import post_save

from knowledge.links import checking, internal, recorded, services
from knowledge.links.work_items import LINKS, TEAM, settle, subject_of_key
from knowledge.reading import kinds, passes
from portal.core import audit, documents, live_files, schedule, work
from portal.core.models import BasePage
from portal.core.review import validation as review
from portal.core.signals import version_published

DAY = timedelta(days=1)


def _published(publication: Any, **kwargs: Any) -> None:
    subject = publication.subject
    if isinstance(subject, kinds.WITH_TEXT):
        passes.read_published.enqueue(subject._meta.label_lower, subject.pk)


def _read(subject: Any) -> None:
    services.store_places(subject)
    recorded.record(subject)
    settle(kinds.kind_of(subject), subject.pk)


def _forget(kind: str, pk: int) -> None:
    services.forget_places(kind, pk)
    settle(kind, pk)


def register() -> None:
    """Called when the app is ready."""
    work.register_kind(LINKS, "Defekte Links", team=TEAM)
    work.register_entry(LINKS, subject_of_key)
    audit.register_action("link.accept", "Link als in Ordnung vermerkt")
    passes.register(_read, _forget)
    live_files.register(recorded.live_text_names)
    documents.register_link_source(recorded.levels_of_files)
    version_published.connect(_published, dispatch_uid="knowledge-read-published")
    for kind in kinds.content_models():
        post_save.connect(recorded.saved, sender=kind, dispatch_uid=f"knowledge-record-links-{kind._meta.label}")
    for model in kinds.WITH_TEXT:
        review.register(model, internal.text_errors)
    review.register(BasePage, internal.source_errors, children=True)
    schedule.register(
        "read_content", DAY, passes.read_all, title="Veröffentlichte Inhalte lesen (Links, Bilder, Lesbarkeit)",
        offset=timedelta(hours=1, minutes=40), slow=True,
    )  # fmt: skip
    schedule.register(
        "check_links", DAY, checking.check_links, title="Externe Links prüfen",
        offset=timedelta(hours=2, minutes=10), slow=True,
    )  # fmt: skip
