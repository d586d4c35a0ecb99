"""What the fact sheet gives to registries: its kind of work, and that the log hears of deletions."""

from __future__ import annotations

from knowledge.facts.services import REVIEW_FACT, entry_reviewed
from knowledge.models import Fact
from portal.core import audit_sources, work


def register() -> None:
    audit_sources.watch_deletion(Fact)
    work.register_kind(REVIEW_FACT, "Geänderter Fakt", team="Fachprüfung")
    work.register_entry(REVIEW_FACT, entry_reviewed)
