"""Deadlines as a kind of its own in the search; a deadline is found by whoever may read its topic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from wagtail.models import Page

from knowledge.acts import act_index
from knowledge.citations import parse_basis
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import Deadline, TopicPage
from knowledge.search_sources import SnippetSource, provision_ref
from portal.core.visibility import level_of_path, restriction_levels
from search.documents import Change, Kind, SearchDocument
from search.pages import local_date

DEADLINE = Kind("deadline", "Frist", "Fristen", 25, "Fristen")


class DeadlineSource(SnippetSource):
    name = "deadline"
    kind = DEADLINE

    def queryset(self) -> QuerySet[Any]:
        return Deadline.objects.filter(live=True).select_related("topic")

    def load(self, ids: Sequence[int]) -> list[SearchDocument]:
        rows = list(self.queryset().filter(pk__in=ids).order_by("pk"))
        some = any(row.topic for row in rows)
        restrictions = restriction_levels() if some else []
        topics = dict(TopicPage.objects.filter(live=True).values_list("path", "pk")) if some else {}
        return [self._document(row, restrictions, topics) for row in rows]

    def _document(self, row: Any, restrictions: Any, topics: Mapping[str, int]) -> SearchDocument:
        when = f"{row.day:%d.%m.%Y}" if row.day else f"ohne festes Datum: {row.day_note}"
        binds = ", ".join(Deadline._meta.get_field("binds").labels(row.binds))
        citations = [found for line in row.legal_basis.splitlines() for found in parse_basis(line, act_index())]
        topic = row.topic if row.topic and row.topic.live else None
        return SearchDocument(
            key=f"{self.name}:{row.pk}",
            kind=self.kind.code,
            title=row.title,
            url=row.get_absolute_url(),
            level=level_of_path(row.topic.path if row.topic else "", restrictions),
            keywords=f"Frist · {row.get_kind_display()} · {when} · {row.status_label} · {binds}",
            summary=plain_text(render_markdown(row.text)),
            # With those above it, as pages have them: a filter on a topic finds what lies beneath.
            topics=tuple(pk for path, pk in sorted(topics.items()) if topic and topic.path.startswith(path)),
            primary_topic=topic.pk if topic else None,
            acts=tuple(sorted({found.act.slug for found in citations})),
            cites=tuple(sorted({provision_ref(found.act.slug, found.key) for found in citations})),
            suggest=(row.title,),
            suggest_label=row.title,
            changed=local_date(row.last_published_at),
            version=row.live_revision_id or 0,
            badge=f"{self.kind.label} · {when}" if row.day else self.kind.label,
        )

    def affected(self, change: Change) -> Iterator[int]:
        yield from super().affected(change)
        if change.model == "knowledge.act":  # its names and its address are in what deadlines cite
            yield from self.queryset().values_list("pk", flat=True)
        if change.model == "wagtailcore.page":
            rows = Deadline.objects.filter(topic=change.pk)
            if change.subtree:
                above = Page.objects.filter(pk=change.pk).values_list("path", flat=True).first()
                rows = Deadline.objects.filter(topic__path__startswith=above) if above else rows
            yield from rows.values_list("pk", flat=True)

    def eligible(self, ids: Sequence[int]) -> QuerySet[Any, tuple[str, int, str, str]]:
        text = CharField()
        rows = self.queryset().filter(pk__in=ids).select_related(None).order_by()
        path = Coalesce("topic__path", Value(""), output_field=text)
        return rows.values_list(Value(self.name, output_field=text), "pk", path, Value("", output_field=text))

    def plain_condition(self, word: str) -> Q:
        return Q(title__icontains=word) | Q(text__icontains=word) | Q(legal_basis__icontains=word)
