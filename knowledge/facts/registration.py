"""What the fact sheet gives to registries: its kind of work."""

from __future__ import annotations

from knowledge.facts.services import REVIEW_FACT, entry_reviewed
from portal.core import work


def register() -> None:
    work.register_kind(REVIEW_FACT, "Geänderter Fakt", team="Fachprüfung")
    work.register_entry(REVIEW_FACT, entry_reviewed)
