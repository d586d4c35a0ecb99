"""Which deadlines a reader sees, in the order of the timeline; each list costs one query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, IntegerField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from wagtail.models import Revision

from knowledge.models import Deadline, TopicPage
from knowledge.models.trust import Audience
from knowledge.queries import Reader
from knowledge.readable import public_reader
from portal.core.review.relied import PENDING

Status, Kind = Deadline.Status, Deadline.Kind
# What a passed day changes: status and kind.
_ENDING = Q()
for _status in Status:
    _ENDING |= Q(status=_status, kind__in=[kind for kind in Kind if _status.ends_with(kind)])


def _live() -> QuerySet[Deadline]:
    rows: QuerySet[Deadline] = Deadline.objects.filter(live=True).select_related("topic")
    return rows


def _readable(rows: Iterable[Deadline], reader: Reader) -> list[Deadline]:
    """Leave out what belongs to a topic that is closed to this reader."""
    return [row for row in rows if row.topic is None or reader.may_read(row.topic.path)]


def all_deadlines(reader: Reader) -> list[Deadline]:
    """Return what the reader may see: by day, those without a day last."""
    return sorted(_readable(_live(), reader), key=lambda row: (row.day is None, row.day or date.max, row.slug))


def public_of(deadlines: Iterable[Deadline]) -> list[Deadline]:
    """Keep those everybody may see: the ones feeds and calendars hold, whoever asks."""
    return _readable(deadlines, public_reader())


def deadline_at(slug: str, reader: Reader) -> Deadline | None:
    found = _live().filter(slug=slug).first()
    return found if found is not None and _readable([found], reader) else None


def deadlines_of_page(page: Any, reader: Reader) -> list[Deadline]:
    """Return the deadlines that concern a page and are not over and done with, the next one first."""
    rows = (
        _live()
        .filter(articles__target=page.alias_of_id or page.pk)
        .exclude(status__in=[Status.DONE, Status.DROPPED])
        .distinct()
    )
    return sorted(_readable(rows, reader), key=lambda row: (row.day is None, row.day or date.max, row.slug))


def pages_of(deadline: Deadline, reader: Reader) -> list[dict[str, str]]:
    """Return the pages a deadline concerns, as far as the reader may read them, in the editor's order."""
    from wagtail.models import Page

    ids = list(deadline.articles.values_list("target", flat=True))
    found = {page.pk: page for page in reader.filter(Page.objects.filter(pk__in=ids))}
    pages = [found[pk] for pk in ids if pk in found]
    return [{"title": page.title, "url": page.get_url(reader.request) or ""} for page in pages]


def topics_relied_on() -> list[QuerySet[Any, Any]]:
    """Return the topics whose readers are those of deadlines live, scheduled or under review (`relied`)."""
    kind = ContentType.objects.get_for_model(Deadline)
    pending = Revision.objects.filter(PENDING, base_content_type=kind)
    named = pending.annotate(named=Cast(KeyTextTransform("topic", "content"), IntegerField()))
    return [
        Deadline.objects.filter(live=True, topic__isnull=False).values("topic"),
        named.filter(named__isnull=False).values("named"),
    ]


def _over(day: date | F) -> Q:
    """What is over on a day, as Deadline.Kind.passed."""
    return Q(day__lt=day) | Q(day=day, kind=Kind.START)


def due_ids(today: date) -> list[int]:
    """Return the live deadlines whose status a passed day changes (local day); one query."""
    rows = Deadline.objects.filter(_over(today), _ENDING, live=True).order_by("day", "pk")
    rows = rows.exclude(_over(F("state_date")), status=Status.OPEN)  # as Deadline.was_open_after_its_day
    return list(rows.values_list("pk", flat=True))


@dataclass(frozen=True)
class Chosen:
    """What a reader has filtered by: values of the address, checked."""

    binds: str = ""
    topic: str = ""
    status: str = ""
    role: str = ""

    @classmethod
    def of(cls, query: Any) -> Chosen:
        """Read the address; what is no known value counts as not chosen."""
        binds, status, role = query.get("bindet", ""), query.get("stand", ""), query.get("rolle", "")
        return cls(
            binds if binds in Deadline.Binds.values else "",
            query.get("feld", "")[:255],
            status if status in Status.values else "",
            role if role in Audience.values else "",
        )

    @property
    def is_set(self) -> bool:
        return bool(self.binds or self.topic or self.status or self.role)

    def keeps(self, deadline: Deadline, fields: Iterable[TopicPage]) -> bool:
        """Tell whether a deadline is among those chosen, of the fields with the chosen slug.

        Whose role it concerns is known to `role_pages`.
        """
        return (
            (not self.binds or self.binds in deadline.binds)
            and (not self.topic or belongs_to(deadline, (row for row in fields if row.slug == self.topic)))
            and (not self.status or self.status == deadline.status)
        )


def fields_of(deadlines: Iterable[Deadline]) -> list[TopicPage]:
    """Return the topics of deadlines and those above them, published or not, in the order of the tree; one query.

    A field holds what its subtopics hold, as its feed of pages does.
    """
    step = TopicPage.steplen
    above = {
        row.topic.path[:end]
        for row in deadlines
        if row.topic is not None
        for end in range(step, len(row.topic.path) + 1, step)
    }
    return list(TopicPage.objects.filter(path__in=above).order_by("path")) if above else []


def belongs_to(deadline: Deadline, fields: Iterable[TopicPage]) -> bool:
    """Tell whether a deadline belongs to one of the fields or to a topic within it."""
    topic = deadline.topic
    return topic is not None and any(topic.path.startswith(field.path) for field in fields)
