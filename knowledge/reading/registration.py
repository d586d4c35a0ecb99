"""Reading enters what is taken out of each published version."""

from __future__ import annotations

from knowledge.pictures import places
from knowledge.reading import legibility, passes


def register() -> None:
    """Called when the app is ready."""
    passes.register(legibility.store, legibility.forget)
    passes.register(places.store, places.forget)
