"""A small portal to read: topics, articles, questions, terms, acts, with German names."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from wagtail.models import Page

from faq.models import QuestionPage
from knowledge.models import (
    Act,
    ArticlePage,
    GlossaryTerm,
    LawSection,
    LawText,
    LegalReference,
    TopicIndexPage,
    TopicPage,
)
from portal.core.text import german_slug
from portal.core.visibility import Visibility
from portal.home.models import HomePage

FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def home() -> HomePage:
    return HomePage.objects.get()


def topic(title: str = "Registermodernisierung", parent: Page | None = None, **fields: Any) -> TopicPage:
    """Return a live topic below the topic index (made when missing)."""
    if parent is None:
        parent = TopicIndexPage.objects.first() or home().add_child(
            instance=TopicIndexPage(title="Themen", slug="themen", live=True, first_published_at=FIRST)
        )
    values = {
        "summary": f"Alles über {title}.",
        "live": True,
        "first_published_at": FIRST,
        "slug": german_slug(title),
    } | fields
    return parent.add_child(instance=TopicPage(title=title, **values))


def _filled(title: str, fields: dict[str, Any]) -> dict[str, Any]:
    changed = fields.pop("changed", FIRST)
    dates = {"first_published_at": FIRST, "last_published_at": changed}
    return {"slug": german_slug(title), "live": True} | dates | fields


def article(parent: Page, title: str = "Register für Überprüfungen öffnen", **fields: Any) -> ArticlePage:
    values = {"short_answer": "Prüfen Sie zuerst, welche Register betroffen sind."} | _filled(title, fields)
    return parent.add_child(instance=ArticlePage(title=title, **values))


def question(parent: Page, title: str = "Müssen Gemeinden die IDNr speichern?", **fields: Any) -> QuestionPage:
    values = {"short_answer": "Ja, in den Registern der Anlage zum IDNrG."} | _filled(title, fields)
    return parent.add_child(instance=QuestionPage(title=title, **values))


def restrict(page: Any, level: Visibility = Visibility.CENTRE) -> None:
    page.visibility = level
    page.save()


def term(name: str = "Öffentlichkeitsbeteiligung", **fields: Any) -> GlossaryTerm:
    values = {"slug": german_slug(name), "meaning": f"**{name}** ist ein Begriff der *Verwaltung*."} | fields
    return GlossaryTerm.objects.create(term=name, **values)


def act(abbreviation: str = "IDNrG", **fields: Any) -> Act:
    values = {
        "slug": german_slug(abbreviation),
        "title": "Gesetz über die Prüfung öffentlicher Übungen",
        "level": Act.Level.BUND,
        "binds": Act.Binds.YES,
        "summary": "Gilt auch für **Gemeinden**.",
        "state_date": date(2026, 8, 19),
    } | fields
    return Act.objects.create(abbreviation=abbreviation, **values)


def cite(page: Page, act_: Act, key: str = "", ref: str = "") -> LegalReference:
    return LegalReference.objects.create(page=page, act=act_, key=key, ref=ref, origin=LegalReference.Origin.BASIS)


def law_text(act_: Act, sections: list[tuple[str, str, str]], **fields: Any) -> LawText:
    """Store the wording of an act: (number, heading, anchor) for each section."""
    text = LawText.objects.create(
        act=act_, title=act_.title, state_date=date(2026, 8, 19), content_hash="0" * 64, **fields
    )
    for position, (number, heading, anchor) in enumerate(sections):
        LawSection.objects.create(
            law_text=text, position=position, number=number, heading=heading, anchor=anchor,
            key=anchor.removeprefix("p-"), html=f"<p>Wortlaut von {number}.</p>", text=f"Wortlaut von {number}.",
            text_hash="0" * 64,
        )  # fmt: skip
    return text
