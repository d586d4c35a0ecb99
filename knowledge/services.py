"""Every write of the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from wagtail.log_actions import log

from knowledge.acts import act_index
from knowledge.citations import find_citations, parse_basis
from knowledge.models import Act, LegalReference
from knowledge.provisions import label_of
from knowledge.ranges import pages_with_ranges, sections_between
from knowledge.trust import next_review_on
from knowledge.upkeep.due import REVIEW_DUE, work_key
from portal.core import work
from portal.core.signals import announce

_MAX_REF = LegalReference._meta.get_field("ref").max_length or 0


def _cited(page: Any) -> Iterator[tuple[int, str, str, str, str]]:
    """Yield what a page cites as (act, key, origin, wording, end of a range); the short answer is text."""
    index, origins = act_index(), LegalReference.Origin
    for act_id, key, ref, *until in page.rendered.get("citations", []):
        if act_id in index.by_pk:
            yield act_id, key, origins.BODY, ref, "".join(until)
    for found in find_citations(getattr(page, "short_answer", ""), index):
        yield found.act.pk, found.key, origins.BODY, found.ref, found.until
    for line in getattr(page, "legal_basis", "").splitlines():
        for found in parse_basis(line, index):
            yield found.act.pk, found.key, origins.BASIS, found.ref, found.until


def _references(page: Any) -> dict[tuple[int, str, str], str]:
    """Return the wording of each cited provision: the one met first, but for the start of a range the range's.

    By that `knowledge.ranges` knows which pages to ask when the wording of an act is imported.
    """
    wanted: dict[tuple[int, str, str], str] = {}
    ranges: list[tuple[int, str, str, str, str]] = []
    for act_id, key, origin, ref, until in _cited(page):
        if until:
            words = ref if len(ref) <= _MAX_REF else f"{label_of(key)} bis {label_of(until)}"
            ranges.append((act_id, key, origin, words, until))
        wanted.setdefault((act_id, key, origin), ref[:_MAX_REF])
    within = sections_between({(act_id, key, until) for act_id, key, _, _, until in ranges})
    for act_id, key, origin, words, until in ranges:
        wanted[act_id, key, origin] = words[:_MAX_REF]
        for section in within[act_id, key, until]:
            wanted.setdefault((act_id, section, origin), words[:_MAX_REF])
    return wanted


@transaction.atomic
def record_references(*, page: Any) -> bool:
    """Store which provisions a page cites, in its text and as its legal basis; True when they have changed."""
    wanted = _references(page)
    stored = {(row.act_id, row.key, row.origin): row for row in LegalReference.objects.filter(page_id=page.pk)}
    outdated = [row.pk for key, row in stored.items() if wanted.get(key) != row.ref]
    if outdated:
        LegalReference.objects.filter(pk__in=outdated).delete()
    new = [
        LegalReference(page_id=page.pk, act_id=act_id, key=key, ref=ref, origin=origin)
        for (act_id, key, origin), ref in wanted.items()
        if (act_id, key, origin) not in stored or stored[act_id, key, origin].ref != ref
    ]
    LegalReference.objects.bulk_create(new)
    return bool(outdated or new)


@transaction.atomic
def renew_ranges(*, act: Act) -> None:
    """Store anew what pages with a range of an act cite: the sections between its ends come with the wording."""
    for page in pages_with_ranges(act):
        if record_references(page=page):
            announce(page)


@transaction.atomic
def record_review(*, page: Any, reviewer: Any, at: datetime | None = None) -> None:
    """Record that a subject expert has reviewed a page as it is published; the only way to set the date."""
    moment = at or timezone.now()
    page.reviewed_at = moment
    page.reviewed_by = reviewer
    page.next_review_on = next_review_on(base=moment, interval_days=page.review_interval_days)
    # An alias shows what its source shows: it is reviewed with it.
    type(page).objects.filter(Q(pk=page.pk) | Q(alias_of=page.pk)).update(
        reviewed_at=page.reviewed_at, reviewed_by=reviewer, next_review_on=page.next_review_on
    )
    work.close_item(kind=REVIEW_DUE, dedupe_key=work_key(page.pk))
    log(instance=page, action="knowledge.review", user=reviewer)
    announce(page)


def render_again(*, page: Any) -> bool:
    """Render a stored page anew and store its references; True when readers see something else now.

    References may change without the text: the legal basis is a field of its own. The search knows them too.
    """
    from knowledge.rendering import render_page

    before = dict(page.rendered)
    page.rendered = render_page(page).as_json()
    with transaction.atomic():
        if page.rendered == before:
            if record_references(page=page):
                announce(page)
            return False
        type(page).objects.filter(pk=page.pk).update(rendered=page.rendered)
        record_references(page=page)
        announce(page)
    return True
