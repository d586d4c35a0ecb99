"""Which Praxisberichte a reader sees, and what the page of one shows of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, JSONObject
from django.utils import timezone
from wagtail.models import Page

from knowledge.models import ArticlePage, FieldReport, TopicPage
from knowledge.queries import Reader, card, with_cards
from portal.accounts.models import Municipality
from portal.core.visibility import Visibility

KIND = ArticlePage.Kind.PRAXISBERICHT
_TOLD = (
    "size_class", "product", "effort_days", "contact_name", "contact_email", "contact_consent", "contact_until",
)  # fmt: skip


@dataclass(frozen=True)
class ReportFacts:
    """What readers see of a report; the contact only those who are signed in."""

    municipality: str
    size_class: str
    product: str
    effort_days: int
    contact_name: str = ""
    contact_email: str = ""
    contact_hidden: bool = False


def facts_of(page: Any, reader: Reader) -> ReportFacts | None:
    """Return the facts of an article that is a report; one query, none for other kinds."""
    if page.kind != KIND:
        return None
    if "field_reports" in getattr(page, "_cluster_related_objects", {}):  # a draft in preview
        report = next(iter(page.field_reports.all()), None)
    else:
        report = _stored(page).select_related("municipality").first()
    return None if report is None else _shown(report, reader)


def _stored(page: Any) -> QuerySet[FieldReport]:
    """An alias shows what its source has: a contact withdrawn there is gone here."""
    return FieldReport.objects.filter(page=page.alias_of_id or page.pk)


def facts_as_text(page: Any) -> QuerySet[FieldReport] | None:
    """Return what selects the facts of a report as `told`, for a query made anyway; None for other kinds."""
    if not isinstance(page, ArticlePage) or page.kind != KIND:
        return None
    told = JSONObject(**{name: name for name in _TOLD}, municipality_name="municipality__name")
    return _stored(page).annotate(told=Cast(told, TextField()))


def facts_from_text(text: str, reader: Reader) -> ReportFacts:
    """Return the facts out of the text `facts_as_text` has selected."""
    row = json.loads(text)
    until = row["contact_until"]
    report = FieldReport(**{name: row[name] for name in _TOLD})
    report.contact_until = date.fromisoformat(until) if until else None
    report.municipality = Municipality(name=row["municipality_name"])
    return _shown(report, reader)


def _shown(report: FieldReport, reader: Reader) -> ReportFacts:
    open_to_reader = reader.level.covers(Visibility.MUNICIPALITY)
    has_contact = report.has_contact(timezone.localdate())
    shown = has_contact and open_to_reader
    return ReportFacts(
        municipality=report.municipality.name,
        size_class=report.get_size_class_display(),
        product=report.product,
        effort_days=report.effort_days,
        contact_name=report.contact_name if shown else "",
        contact_email=report.contact_email if shown else "",
        contact_hidden=has_contact and not open_to_reader,
    )


@dataclass(frozen=True)
class Chosen:
    """What a reader has filtered by: values of the address, checked."""

    size: str = ""
    topic: str = ""

    @classmethod
    def of(cls, query: Any) -> Chosen:
        """Read the address; what is no known value counts as not chosen."""
        size = query.get("groesse", "")
        return cls(size if size in Municipality.SizeClass.values else "", query.get("feld", "")[:100])

    @property
    def is_set(self) -> bool:
        return bool(self.size or self.topic)


def all_reports(reader: Reader) -> QuerySet[Any]:
    """Return the reports a reader may open, newest first, as pages with their cards."""
    pages = Page.objects.filter(articlepage__kind=KIND)
    return with_cards(reader.filter(pages)).order_by("-first_published_at", "-pk")


def topics_of_reports(reader: Reader) -> list[TopicPage]:
    """Return the topics below which reports stand, in the order of the tree; one query."""
    paths = {path[: -Page.steplen] for path in all_reports(reader).values_list("path", flat=True)}
    return list(reader.filter(TopicPage.objects.filter(path__in=paths)).order_by("path"))


def chosen_reports(reader: Reader, chosen: Chosen, topic: TopicPage | None) -> QuerySet[Any]:
    pages = all_reports(reader)
    if chosen.size:
        pages = pages.filter(articlepage__field_reports__size_class=chosen.size)
    if topic is not None:
        pages = pages.filter(path__startswith=topic.path, depth=topic.depth + 1)
    return pages


def report_cards(pages: Any, reader: Reader) -> list[dict[str, Any]]:
    """Return cards with the facts one compares by; one query for all."""
    rows = list(pages)
    found = FieldReport.objects.filter(page__in=[row.pk for row in rows]).select_related("municipality")
    reports = {report.page_id: report for report in found}
    cards = []
    for row in rows:
        report = reports.get(row.pk)
        note = ""
        if report is not None:
            days = "Personentag" if report.effort_days == 1 else "Personentage"
            parts = [report.municipality.name, report.get_size_class_display(), report.product]
            note = ", ".join(filter(None, [*parts, f"{report.effort_days} {days}"]))
        cards.append({**card(row, reader.request), "note": note})
    return cards


def reports_by(person: Any) -> list[FieldReport]:
    """Return what a person has handed in, newest first."""
    rows = FieldReport.objects.filter(submitted_by=person, page__alias_of=None)
    rows = rows.select_related("page", "municipality")
    return list(rows.order_by("-submitted_at", "-pk"))


def open_topics(reader: Reader) -> QuerySet[TopicPage]:
    """Return the topics a report may be about, in the order of the tree."""
    found: QuerySet[TopicPage] = reader.filter(TopicPage.objects.all()).order_by("path")
    return found
