"""What the templates of pages get (COMMON interface): plain lists and small objects, read in few queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import mark_safe
from wagtail.models import Page, ReferenceIndex

from knowledge import embedded, glossary
from knowledge.acts import act_index
from knowledge.attachments import file_facts
from knowledge.citations import Citation, parse_basis
from knowledge.deadlines.listing import Entry, entries_of
from knowledge.deadlines.queries import deadlines_of_page
from knowledge.models import ArticlePage
from knowledge.neighbours import Neighbours, neighbours
from knowledge.pdf import pdf_url
from knowledge.queries import Reader, breadcrumbs, sources_and_tags
from knowledge.reports.queries import ReportFacts, facts_as_text, facts_from_text, facts_of
from knowledge.trust import trust_line
from knowledge.versions.addresses import versions_url
from portal.core.context import advice_url
from portal.core.generation import cached

MIN_TOC = 3


def body_context(
    page: Any, request: HttpRequest, named: dict[int, tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Return HTML with explanations of terms and the pages it names, and the table of contents."""
    rendered = page.current_rendered()
    explained = glossary.explain(page, rendered, request)
    toc = rendered["toc"] if len(rendered["toc"]) >= MIN_TOC else []
    return {
        "body_html": mark_safe(embedded.fill(explained.html, request, named)),
        "toc": toc,
        "glossary": {"count": explained.count, "off": explained.off, "toggle_url": explained.toggle_url},
    }


def _linked(line: str, citations: list[Citation]) -> list[dict[str, str]]:
    """Return a line in parts {text, url, title}: each citation is a link of its own."""
    parts, position = [], 0
    for citation in citations:
        if citation.start < position:  # one of several in the same words: "§§ 3 bis 5 OZG"
            continue
        before = line[position : citation.start]
        words = line[citation.start : citation.end]
        parts += [{"text": before, "url": "", "title": ""}] if before else []
        parts.append({"text": words, "url": citation.url, "title": citation.act.title})
        position = citation.end
    return parts + ([{"text": line[position:], "url": "", "title": ""}] if line[position:] else [])


def legal_basis(page: Any) -> list[dict[str, Any]]:
    """Return {parts, acts} of each line of the legal basis, acts as {title, binds}; no query."""
    index = act_index()
    found = []
    for line in (line.strip() for line in page.legal_basis.splitlines() if line.strip()):
        citations = parse_basis(line, index)
        acts = {citation.act.pk: citation.act for citation in citations}
        named = [{"title": act.title, "binds": act.binds_label} for act in acts.values()]
        found.append({"parts": _linked(line, citations), "acts": named})
    return found


def group_by_act(basis: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines as {acts, items_list} of those that name the same acts, in the order of first mention."""
    groups: dict[str, dict[str, Any]] = {}
    for item in basis:
        key = repr(item["acts"] or item["parts"])
        groups.setdefault(key, {"acts": item["acts"], "items_list": []})["items_list"].append(item)
    return list(groups.values())


def next_step(page: Any, url: str, request: HttpRequest) -> dict[str, str]:
    """Return label and address of what to do next: another page, with advice beside it, or advice on this page."""
    advice = advice_url(request)
    label = getattr(page, "next_step_label", "") or "Beratung anfragen"
    return {"label": label, "url": url or advice, "advice": advice if url else ""}


@dataclass(frozen=True)
class Around:
    """What a trusted page shows besides its own fields, as plain lists: it may be kept."""

    pages: Neighbours
    sources: list[dict[str, str]]
    tags: list[dict[str, str]]
    deadlines: list[Entry]
    report: ReportFacts | None = None


def _around(page: Any, reader: Reader) -> Around:
    sources, tags, told = sources_and_tags(page, facts_as_text(page))
    deadlines = entries_of(deadlines_of_page(page, reader), timezone.localdate())
    report = facts_from_text(told, reader) if told else None
    if report is None and "field_reports" in getattr(page, "_cluster_related_objects", {}):  # a draft
        report = facts_of(page, reader)
    return Around(neighbours(page, reader), sources, tags, deadlines, report)


def around(page: Any, request: HttpRequest) -> Around:
    """Return what stands around a page: kept for each level of readers, but never for a draft."""
    reader = Reader.of(request)
    if getattr(request, "is_preview", False):
        return _around(page, reader)
    key = f"around:{page.pk}:{reader.level}:{request.get_host()}"
    return cached(key, lambda: _around(page, reader))


def trusted_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return what articles, questions and templates have in common."""
    found = around(page, request)
    pages = found.pages
    labels = type(page)._meta.get_field("audience").labels(page.audience)
    basis = legal_basis(page)
    return {
        **body_context(page, request, pages.named),
        "breadcrumbs": pages.breadcrumbs,
        "topics": pages.topics,
        "related": pages.related,
        "templates": pages.templates,
        "decisions": pages.decisions,
        "next_step": next_step(page, pages.next_step_url, request),
        "trust": trust_line(page),
        "versions_url": versions_url(page, request),
        "legal_basis": basis,
        "legal_acts": group_by_act(basis),
        "sources": found.sources,
        "deadlines": found.deadlines,
        "report": found.report,
        "tags": found.tags,
        "audience": labels,
        "applies_to": [],
    }


def article_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a guidance article."""
    context = trusted_context(page, request)
    fields = type(page)._meta
    context["applies_to"] = [
        *fields.get_field("applies_to_bodies").labels(page.applies_to_bodies),
        *fields.get_field("applies_to_sizes").labels(page.applies_to_sizes),
    ]
    context["pdf_url"] = pdf_url(page, request)
    return context


def _pages_with(file: Any) -> list[int]:
    """Return the pages in whose body a file stands, by Wagtail's index of references: one query."""
    if file is None:
        return []
    references = ReferenceIndex.get_references_to(file)
    pages = references.filter(base_content_type=ContentType.objects.get_for_model(Page))
    return [int(pk) for pk in pages.values_list("object_id", flat=True)]


def template_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a template: its file, and the articles that use it."""
    reader = Reader.of(request)
    context = trusted_context(page, request)
    context["file"] = file_facts(page.file) if page.file else None
    users = ArticlePage.objects.filter(Q(curated_related__target=page.pk) | Q(pk__in=_pages_with(page.file)))
    context["used_by"] = [
        {"title": article.title, "url": article.get_url(request) or ""}
        for article in reader.filter(users).distinct().order_by("title")
    ]
    return context


def service_context(page: Any, request: HttpRequest) -> dict[str, Any]:
    """Return the context of a service page."""
    return {
        **body_context(page, request),
        "breadcrumbs": breadcrumbs(page, request),
        "trust": {"changed": page.last_published_at, "published": page.first_published_at},
    }
