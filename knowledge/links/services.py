"""Every write about links: where they stand, what they answered, and that a person has found one to be fine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from knowledge.link_fetch import Answer, Verdict
from knowledge.links.extraction import external, links_of, normal
from knowledge.models import ExternalLink, LinkPlace
from knowledge.models.links import url_key
from knowledge.reading.kinds import kind_of
from portal.core import audit

LONGEST_ACCEPTANCE = timedelta(days=365)


class AcceptanceError(ValueError):
    """The day until which a link is taken to be fine is not one."""


def _links_for(urls: Iterable[str]) -> dict[str, int]:
    """Return the id of the row of each address, made where there is none."""
    keys = {url: url_key(url) for url in urls}
    ExternalLink.objects.bulk_create(
        [ExternalLink(key=key, url=url) for url, key in sorted(keys.items())],
        ignore_conflicts=True,
        batch_size=200,
    )
    ids = dict(ExternalLink.objects.filter(key__in=keys.values()).values_list("key", "pk"))
    return {url: ids[key] for url, key in keys.items()}


@transaction.atomic
def store_places(subject: Any) -> None:
    """Store where the external links of a live page or snippet stand; the rows of before are replaced."""
    found = list(dict.fromkeys(external(links_of(subject))))
    ids = _links_for({normal(link.url) for link in found})
    subject_key = f"{kind_of(subject)}_id"
    LinkPlace.objects.filter(**{subject_key: subject.pk}).delete()
    LinkPlace.objects.bulk_create(
        LinkPlace(
            link_id=ids[normal(link.url)], spot=link.spot[:60], label=link.label, sentence=link.sentence,
            **{subject_key: subject.pk},
        )
        for link in found
    )  # fmt: skip


@transaction.atomic
def forget_places(kind: str, pk: int) -> None:
    """Remove the places of something that is live no more; `kind` as in `KINDS`."""
    LinkPlace.objects.filter(**{f"{kind}_id": pk}).delete()


def tidy() -> int:
    """Delete addresses that stand nowhere any more."""
    gone, _ = ExternalLink.objects.filter(places=None).delete()
    return gone


@transaction.atomic
def record_answer(*, link_id: int, answer: Answer, at: datetime | None = None) -> ExternalLink | None:
    """Store what a link answered; several failures on one day count once. None when the link is gone meanwhile.

    Silence at an unusual port counts only where the link has answered before, or failed by an answer.
    """
    link = ExternalLink.objects.select_for_update().filter(pk=link_id).first()
    if link is None:
        return None
    now = at or timezone.now()
    today = timezone.localdate(now)
    if answer.unsure and not (link.status or link.failures):
        answer = replace(answer, verdict=Verdict.UNASKED)  # nobody knows whether it can be asked from here
    link.verdict, link.status, link.problem = answer.verdict.value, answer.status, answer.problem[:200]
    link.last_checked = now
    if answer.verdict in (Verdict.OK, Verdict.UNASKED):
        link.failures, link.first_failed_at, link.last_failed_on = 0, None, None
        link.reported_at = link.accepted_until = link.accepted_by = None
    elif link.last_failed_on != today:
        link.failures += 1
        link.first_failed_at = link.first_failed_at or now
        link.last_failed_on = today
    link.save()
    return link


@transaction.atomic
def accept(*, link: ExternalLink, until: date, person: Any) -> None:
    """Record that a person has found a link to be fine, whatever it answers to the check.

    Raises:
        AcceptanceError: the day has passed, or is more than a year away.
    """
    today = timezone.localdate()
    if until < today:
        raise AcceptanceError("Der Tag liegt in der Vergangenheit. Wählen Sie heute oder einen späteren Tag.")
    if until > today + LONGEST_ACCEPTANCE:
        raise AcceptanceError("Wählen Sie einen Tag innerhalb des nächsten Jahres.")
    ExternalLink.objects.filter(pk=link.pk).update(
        accepted_until=until, accepted_by=person, reported_at=None
    )  # fmt: skip
    link.accepted_until = until
    audit.record("link.accept", actor=person, link=link.pk)
