"""Guidance that matches a concern, shown before anything is booked."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from consultations.models import GuidanceSuccess
from consultations.wizard.answers import Answers
from knowledge.models import TopicPage
from portal.core.visibility import Visibility
from search import finding
from search.finding import Result

MOST = 5


def matching(answers: Answers, level: Visibility) -> list[Result]:
    """Return the best results for a concern that somebody of a level may read; those of the topic come first."""
    words = answers.text("subject")
    topic = answers.topic
    found = list(finding.find(words, level=level, topic=topic.pk).results) if topic is not None else []
    if len(found) < MOST:
        known = {row.key for row in found}
        found += [row for row in finding.find(words, level=level).results if row.key not in known]
    return found[:MOST]


@transaction.atomic
def count_success(topic: TopicPage | None) -> None:
    """Count one request that guidance has answered; nothing about whose it was."""
    day = timezone.localdate()
    rows = GuidanceSuccess.objects.filter(day=day, topic=topic)
    if topic is not None:
        GuidanceSuccess.objects.get_or_create(day=day, topic=topic)
    elif not rows.exists():
        GuidanceSuccess.objects.create(day=day, topic=None)
    first = rows.order_by("pk").values("pk")[:1]
    GuidanceSuccess.objects.filter(pk__in=list(first.values_list("pk", flat=True))).update(number=F("number") + 1)
