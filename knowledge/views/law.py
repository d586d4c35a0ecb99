"""Law as readers see it: which acts there are, whom they bind, who cites them, and their imported text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from wagtail.models import Page

from knowledge.citations import anchor_of, section_key, section_keys
from knowledge.markdown import render_markdown
from knowledge.models import Act, LawSection, LawText, LegalReference
from knowledge.provisions import label_of, provision_order
from knowledge.readable import PageRow, listed_rows
from knowledge.views.indexes import HOME
from portal.core.markdown_answers import offer_markdown
from portal.core.seo import absolute, plain
from portal.core.text import sort_key

BINDS_KIND = {
    Act.Binds.YES: "success",
    Act.Binds.FEDERAL_LAW_ONLY: "warning",
    Act.Binds.STATE_LAW: "info",
}
BINDS_TEXT = {
    Act.Binds.YES: "Diese Vorschrift bindet Kommunen unmittelbar.",
    Act.Binds.FEDERAL_LAW_ONLY: "Diese Vorschrift bindet Kommunen nur, wenn sie Bundesrecht ausführen.",
    Act.Binds.STATE_LAW: "Diese Vorschrift bindet Kommunen nicht, soweit Landesrecht gilt.",
}


def binding(act: Act) -> dict[str, str]:
    """Return whether an act binds municipalities: short label, kind of badge, one sentence."""
    if not act.binds:
        return {"label": "Keine Angabe", "kind": "info", "text": "Ob diese Vorschrift Kommunen bindet, ist offen."}
    binds = Act.Binds(act.binds)
    return {"label": str(binds.label), "kind": BINDS_KIND[binds], "text": BINDS_TEXT[binds]}


def act_url(act: Act) -> str:
    return reverse("act", args=[act.slug])


def acts_by_level() -> list[dict[str, Any]]:
    """Return the levels that have live acts, each with its acts; two queries."""
    rows = list(Act.objects.filter(live=True).order_by("abbreviation").defer("summary", "aliases"))
    with_text = set(LawText.objects.filter(act__live=True).values_list("act_id", flat=True))
    levels = [
        {
            "level": level.value,
            "title": level.label,
            "acts": [
                {"act": act, "url": act_url(act), "binding": binding(act), "has_text": act.pk in with_text}
                for act in rows
                if act.level == level
            ],
        }
        for level in Act.Level
    ]
    return [level for level in levels if level["acts"]]


def acts(request: HttpRequest) -> HttpResponse:
    """All acts by level, with whether they bind municipalities."""
    levels = acts_by_level()
    count = sum(len(level["acts"]) for level in levels)
    context = {
        "levels": levels,
        "lead": (
            f"{count} Vorschriften liegen den Texten zugrunde. Bei jeder steht, ob sie Kommunen bindet und "
            "welche Seiten sie nennen."
        ),
        "breadcrumbs": [HOME],
        "meta": {
            "title": "Recht",
            "description": "Vorschriften der Verwaltungsdigitalisierung und ob sie Kommunen binden.",
        },
    }
    return offer_markdown(render(request, "knowledge/acts.html", context), request.path)


@dataclass
class CitedProvision:
    """A provision on an act's page with the pages that cite it; `text_url` leads to its imported wording."""

    key: str
    ref: str
    anchor: str
    summary: str = ""
    in_force_from: Any = None
    in_force_to: Any = None
    text_url: str = ""
    pages: list[PageRow] = field(default_factory=list)


def _provisions(act: Act, anchors: dict[str, str]) -> dict[str, CitedProvision]:
    found: dict[str, CitedProvision] = {}
    for row in act.provisions.all():
        found[row.key] = CitedProvision(
            key=row.key,
            ref=row.ref,
            anchor=anchor_of(row.key),
            summary=row.summary,
            in_force_from=row.in_force_from,
            in_force_to=row.in_force_to,
            text_url=_text_url(act, row.key, anchors),
        )
    return found


def _text_url(act: Act, key: str, anchors: dict[str, str]) -> str:
    anchor = anchors.get(section_key(key))
    return f"{reverse('law_text', args=[act.slug])}#{anchor}" if anchor else ""


def _anchors(text: LawText | None) -> dict[str, str]:
    """Return the anchor of the section that holds each §; "§§ 10 bis 12" of a text are three with one anchor."""
    sections = list(text.sections.values_list("key", "number", "anchor")) if text else []
    found = {key: anchor for key, _, anchor in reversed(sections) if key}
    for key, number, anchor in sections:
        for held in section_keys(key, number):
            found.setdefault(held, anchor)
    return found


def _cited(
    request: HttpRequest, act: Act, anchors: dict[str, str]
) -> tuple[list[CitedProvision], list[PageRow], int]:
    """Return the provisions with their citing pages, the pages citing the act as a whole, and how many cite."""
    references = list(LegalReference.objects.filter(act=act).values_list("page_id", "key"))
    pages = Page.objects.filter(pk__in=LegalReference.objects.filter(act=act).values("page_id"))
    rows = {row.pk: row for row in listed_rows(request, pages)}
    provisions = _provisions(act, anchors)
    whole: dict[int, PageRow] = {}
    for page_id, key in references:
        if page_id not in rows:
            continue
        if not key:
            whole[page_id] = rows[page_id]
            continue
        if key not in provisions:
            text_url = _text_url(act, key, anchors)
            provisions[key] = CitedProvision(key, label_of(key), anchor_of(key), text_url=text_url)
        if rows[page_id] not in provisions[key].pages:
            provisions[key].pages.append(rows[page_id])
    ordered = sorted(provisions.values(), key=lambda item: provision_order(item.key))
    for item in ordered:
        item.pages.sort(key=_by_title)
    return ordered, sorted(whole.values(), key=_by_title), len(rows)


def _by_title(row: PageRow) -> tuple[str, str]:
    return (row.kind, sort_key(row.title))


def act(request: HttpRequest, slug: str) -> HttpResponse:
    """One act: whom it binds, what holds instead, and every article and question that cites it."""
    found = get_object_or_404(
        Act.objects.select_related("counterpart").prefetch_related("provisions"), slug=slug, live=True
    )
    text = LawText.objects.filter(act=found).defer("content_hash").first()
    provisions, whole, count = _cited(request, found, _anchors(text))
    summary = render_markdown(found.summary)
    counterpart = found.counterpart if found.counterpart and found.counterpart.live else None
    context = {
        "act": found,
        "edit_target": found,
        "binding": binding(found),
        "counterpart": counterpart,
        "counterpart_url": act_url(counterpart) if counterpart else "",
        "summary_html": mark_safe(summary),
        "provisions": provisions,
        "whole": whole,
        "citing_count": count,
        "law_text": text,
        "law_text_url": reverse("law_text", args=[slug]) if text else "",
        "breadcrumbs": [HOME, {"title": "Recht", "url": reverse("acts")}],
        "meta": _act_meta(found, plain(summary)),
    }
    return offer_markdown(render(request, "knowledge/act.html", context), request.path)


def _act_meta(act: Act, summary: str) -> dict[str, Any]:
    node = {
        "@type": "Legislation",
        "@id": f"{absolute(act_url(act))}#vorschrift",
        "name": act.title,
        "alternateName": act.abbreviation,
        "legislationIdentifier": act.eli,
        "sameAs": act.source_url,
        "inLanguage": "de",
        "dateModified": act.state_date,
    }
    return {
        "title": f"{act.abbreviation}: {act.title}",
        "description": summary or f"{act.title}: Wen die Vorschrift bindet und welche Seiten sie nennen.",
        "data": [{key: value for key, value in node.items() if value}],
    }


def wording(slug: str) -> tuple[Act, LawText, list[dict[str, Any]]]:
    """Return a live act with its imported text and the sections in their order; three queries.

    Raises:
        Http404: there is no such act, or it has no text.
    """
    found = get_object_or_404(Act, slug=slug, live=True)
    text = LawText.objects.filter(act=found).first()
    if text is None:
        raise Http404
    fields = ("number", "heading", "anchor", "html", "changed_on")
    sections = list(LawSection.objects.filter(law_text=text).order_by("position").values(*fields))
    return found, text, sections


def law_text(request: HttpRequest, slug: str) -> HttpResponse:
    """The imported wording with one anchor per section; the browser lays out only what comes into view."""
    found, text, sections = wording(slug)
    context = {
        "act": found,
        "act_url": act_url(found),
        "law_text": text,
        "sections": sections,
        "changed": [section for section in sections if section["changed_on"]],
        "breadcrumbs": [
            HOME,
            {"title": "Recht", "url": reverse("acts")},
            {"title": found.abbreviation, "url": act_url(found)},
        ],
        "meta": {
            "title": f"{found.abbreviation}: Wortlaut",
            "description": f"{text.title}, nichtamtliche Fassung, Stand {text.state_date:%d.%m.%Y}.",
        },
    }
    return offer_markdown(render(request, "knowledge/law_text.html", context), request.path)
