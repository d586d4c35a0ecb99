"""What follows from a changed fact: the pages that rest on it go to a reviewer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from wagtail.models import Page

from knowledge.facts.queries import entries_using, pages_using
from knowledge.models import Act, Deadline, Fact, GlossaryTerm
from knowledge.retired import retired
from portal.core import work
from portal.core.models import WorkItem

REVIEW_FACT = "review-fact"
DUE_DAYS = 30
# Key of the work item and word for what is no page.
_ENTRY: dict[type[Any], tuple[str, str]] = {
    Deadline: ("frist", "Frist"),
    GlossaryTerm: ("begriff", "Begriff"),
    Act: ("recht", "Rechtsvorschrift"),
}
WATCHED = {"statement": "Aussage", "source": "Quelle", "state_date": "Stand", "mark": "Gewissheit"}


@transaction.atomic
def open_reviews(*, before: Fact, fact: Fact) -> int:
    """Open a review item for every page, term, act and deadline that uses a changed fact; returns how many.

    Each has one open item, which names all facts that have changed since it was opened.
    """
    changed = [label for name, label in WATCHED.items() if getattr(before, name) != getattr(fact, name)]
    if not changed:
        return 0
    note = f"{fact.identifier}: {', '.join(changed)} geändert (Stand {fact.state_date:%d.%m.%Y})."
    # A retired question leads its readers elsewhere: there is nothing to keep true.
    pages = list(pages_using(fact.identifier))
    leading_on = set(
        Page.objects.filter(retired(), pk__in=[page.pk for page in pages]).values_list("pk", flat=True)
    )
    pages = [page for page in pages if page.pk not in leading_on]
    for page in pages:
        work.open_review(
            kind=REVIEW_FACT,
            dedupe_key=str(page.pk),
            title=f"Geänderte Fakten prüfen: {page.title}",
            page=page,
            note=note,
            source=f"Faktenblatt, {fact.identifier}",
            days=DUE_DAYS,
        )
    entries = entries_using(fact.identifier)
    for entry in entries:
        key, word = _ENTRY[type(entry)]
        work.open_review(
            kind=REVIEW_FACT,
            dedupe_key=f"{key}-{entry.pk}",
            title=f"Geänderte Fakten prüfen, {word}: {entry}",
            page=None,
            owner=getattr(entry, "responsible_person", None),
            note=note,
            source=f"Faktenblatt, {fact.identifier}",
            days=DUE_DAYS,
        )
    return len(pages) + len(entries)


def entry_reviewed(dedupe_key: str) -> Any:
    """Return the term, act or deadline a work item is about, or None."""
    key, _, pk = dedupe_key.partition("-")
    model = next((model for model, (name, _) in _ENTRY.items() if name == key), None)
    return model.objects.filter(pk=pk).first() if model is not None else None


def end_reviews(entry: Any) -> None:
    """End what is open about a term, an act or a deadline that is about to be deleted."""
    key, _ = _ENTRY[type(entry)]
    work.close_item(kind=REVIEW_FACT, dedupe_key=f"{key}-{entry.pk}", state=WorkItem.State.DISMISSED)
