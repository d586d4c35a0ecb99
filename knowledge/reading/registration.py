"""Reading enters what is taken out of each published version."""

from __future__ import annotations

from datetime import timedelta

from knowledge.pictures import places
from knowledge.reading import legibility, passes
from knowledge.tasks import render_pages_with_files
from portal.core import schedule


def register() -> None:
    """Called when the app is ready."""
    passes.register(legibility.store, legibility.forget)
    passes.register(places.store, places.forget)
    schedule.register(
        "render_pages_with_files", timedelta(days=1), render_pages_with_files,
        title="Seiten mit Bildern und Dateien neu darstellen", offset=timedelta(hours=1, minutes=20), slow=True,
    )  # fmt: skip
