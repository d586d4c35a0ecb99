"""The indexes and the wording of acts as Markdown, made from the same queries as the HTML."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from knowledge.law_markdown import section_markdown
from knowledge.markdown import plain_text, render_markdown
from knowledge.models import GlossaryTerm
from knowledge.readable import by_letter, listed_rows
from knowledge.views import indexes, law
from knowledge.views.glossary import terms_by_letter
from portal.core.markdown_answers import markdown_answer, markdown_link
from portal.core.sentences import split_sentences
from portal.core.text import escape_markdown


def first_sentence(text: str) -> str:
    return next(iter(split_sentences(text.replace("\n", " "))), "")


def _term_line(term: GlossaryTerm) -> str:
    said = term.expansion or first_sentence(plain_text(render_markdown(term.meaning)))
    return f"- {markdown_link(term.term, reverse('glossary_term', args=[term.slug]))}: {escape_markdown(said)}"


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """All terms, each with its long form or the first sentence of its meaning."""
    lines: list[str] = []
    for group in terms_by_letter():
        lines += [f"## {group.letter}", "", *(_term_line(term) for term in group.entries), ""]
    return markdown_answer("Glossar", reverse("glossary"), lines)


@require_safe
def acts(request: HttpRequest) -> HttpResponse:
    """All acts by level, with whether they bind municipalities."""
    lines: list[str] = []
    for level in law.acts_by_level():
        lines += [f"## {level['title']}", ""]
        for item in level["acts"]:
            act = item["act"]
            facts = [f"{escape_markdown(act.title)}", f"bindet Kommunen: {item['binding']['label']}"]
            if act.state_date:
                facts.append(f"Stand {act.state_date:%d.%m.%Y}")
            if item["has_text"]:
                facts.append(markdown_link("Wortlaut", reverse("law_text", args=[act.slug])))
            lines.append(f"- {markdown_link(act.abbreviation, item['url'])}: {'; '.join(facts)}")
        lines.append("")
    return markdown_answer("Recht", reverse("acts"), lines)


@require_safe
def law_text(request: HttpRequest, slug: str) -> HttpResponse:
    """The imported wording of an act."""
    act, text, sections = law.wording(slug)
    lines = [
        f"Nichtamtliche Fassung, Stand {text.state_date:%d.%m.%Y}. "
        "Verbindlich ist allein der im Gesetzblatt verkündete Text.",
        "",
    ]
    if act.source_url:
        lines += [f"Quelle des Wortlauts: <{act.source_url}>", ""]
    lines += [markdown_link("Was die Vorschrift für Kommunen bedeutet", law.act_url(act)), ""]
    for section in sections:
        heading = f" – {section['heading']}" if section["heading"] else ""
        lines += [f"## {escape_markdown(section['number'] + heading)}", ""]
        if section["changed_on"]:
            lines += [f"*Geändert mit Stand {section['changed_on']:%d.%m.%Y}*", ""]
        lines += [section_markdown(section["html"]), ""]
    return markdown_answer(text.title, reverse("law_text", args=[slug]), lines)


@require_safe
def az(request: HttpRequest) -> HttpResponse:
    """All pages and terms by letter, always all of them."""
    lines: list[str] = []
    for group in by_letter(indexes.index_entries(request), lambda entry: entry.title):
        lines += [f"## {group.letter}", ""]
        for entry in group.entries:
            note = f" – {escape_markdown(entry.note)}" if entry.note else ""
            lines.append(f"- {markdown_link(entry.title, entry.url)}{note} ({entry.kind})")
        lines.append("")
    return markdown_answer("A–Z", reverse("az"), lines)


@require_safe
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """All pages with one tag on one page."""
    found, rows = indexes.tagged(request, slug)
    lines = [f"- {markdown_link(row.title, row.url)} ({row.kind})" for row in rows]
    return markdown_answer(f"Schlagwort: {found.name}", reverse("tag", args=[slug]), lines)


def _tree(branches: list[indexes.Branch], depth: int = 0) -> Iterator[str]:
    indent = "  " * depth
    for branch in branches:
        yield f"{indent}- {markdown_link(branch.row.title, branch.row.url)}"
        yield from _tree(branch.children, depth + 1)
        if branch.more:
            more = f"{branch.more} weitere unter „{branch.row.title}“"
            yield f"{indent}  - {markdown_link(more, branch.row.url)}"


@require_safe
def site_map(request: HttpRequest) -> HttpResponse:
    """The whole portal as a nested list."""
    others = [f"- {markdown_link(other['title'], other['url'])}" for other in indexes.other_indexes()]
    lines = [*_tree(indexes.grow(listed_rows(request))), "", "## Verzeichnisse", "", *others]
    return markdown_answer("Übersicht", reverse("site_map"), lines)
