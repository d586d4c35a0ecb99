from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from faq.models import QuestionPage
from knowledge.models import (
    ArticlePage,
    PageSource,
    RoleIndexPage,
    RolePage,
    TemplateIndexPage,
    TemplatePage,
    TopicIndexPage,
    TopicPage,
)
from knowledge.models.trust import Audience
from portal.core.models import PortalDocument
from portal.core.text import german_slug
from portal.home.models import HomePage, StandardPage
from tests.core import files

_number = itertools.count(1)
BODY = (
    "Die Kommune prüft zuerst die **Zuständigkeit** (§ 9 Abs. 1 OZG).\n\n## Prüfschritte\n\nÜber Öffnungszeiten."
)


def home() -> HomePage:
    """The start page that the migrations make."""
    return HomePage.objects.get()


def markdown(*texts: str) -> list[tuple[str, Any]]:
    """A body of Markdown blocks."""
    return [("markdown", text) for text in texts]


def _publish(parent: Any, page: Any, *, live: bool) -> Any:
    page.slug = page.slug or german_slug(page.title)
    page.live = live
    if live:
        page.first_published_at = page.last_published_at = timezone.now()
    return parent.add_child(instance=page)


def topic_index() -> TopicIndexPage:
    """The one overview of topics, made when it is missing."""
    found = TopicIndexPage.objects.first()
    return found or _publish(
        home(), TopicIndexPage(title="Themen", summary="Alle Themen im Überblick."), live=True
    )


def topic(title: str = "", *, parent: Any = None, live: bool = True, **fields: Any) -> TopicPage:
    values = {"summary": "Was Kommunen zur Größe und Prüfung wissen müssen.", **fields}
    page = TopicPage(title=title or f"Verwaltungsübergänge {next(_number)}", **values)
    return _publish(parent or topic_index(), page, live=live)


def _trusted(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "short_answer": "Ja. Die Behörde prüft das für Bürgerinnen und Bürger.",
        "no_legal_basis": not fields.get("legal_basis"),
        "content_as_of": date(2026, 8, 19),
        "responsible_unit": "Kompetenzstelle für Größeres",
        "contact_email": "prüfung@example.org".replace("ü", "ue"),
        **fields,
    }


def _children(page: Any, tags: list[str], related: list[Any], sources: bool) -> None:
    from knowledge.models import RelatedPage

    if sources:
        page.sources.add(PageSource(title="Amtsblatt für Prüfungen, 19.08.2026", url="https://example.org/"))
    for number, target in enumerate(related):
        page.curated_related.add(RelatedPage(target=target, sort_order=number))
    if tags:
        page.tags.add(*tags)


def article(
    title: str = "",
    *,
    parent: Any = None,
    live: bool = True,
    tags: list[str] | None = None,
    related: list[Any] | None = None,
    topics: list[TopicPage] | None = None,
    **fields: Any,
) -> ArticlePage:
    page = ArticlePage(
        title=title or f"Anträge für Bürger prüfen {next(_number)}",
        **_trusted({"body": markdown(BODY), **fields}),
    )
    _children(page, tags or [], related or [], sources=True)
    page = _publish(parent or topic(), page, live=live)
    if topics:
        page.topics.set(topics)
        page.save()
    return page


def question(
    title: str = "",
    *,
    parent: Any = None,
    live: bool = True,
    tags: list[str] | None = None,
    related: list[Any] | None = None,
    **fields: Any,
) -> QuestionPage:
    page = QuestionPage(title=title or f"Müssen wir das prüfen? ({next(_number)})", **_trusted(fields))
    _children(page, tags or [], related or [], sources=False)
    return _publish(parent or topic(), page, live=live)


def document(name: str = "Prüfliste.txt", content: bytes = "Größe prüfen".encode()) -> PortalDocument:
    stem, _, suffix = name.rpartition(".")
    file = ContentFile(content, name=f"{german_slug(stem)}.{suffix}")
    return PortalDocument.objects.create(title="Prüfliste", licence="CC BY 4.0", file=file)


def template(title: str = "Prüfliste für Anträge", *, live: bool = True, **fields: Any) -> TemplatePage:
    index = TemplateIndexPage.objects.first() or _publish(home(), TemplateIndexPage(title="Vorlagen"), live=True)
    page = TemplatePage(
        title=title,
        **_trusted(
            {"file": document("Prüfliste.docx", files.docx("Größe prüfen")), "file_version": "1.0", **fields}
        ),
    )
    return _publish(index, page, live=live)


def standard_page(title: str = "Über das Portal", *, live: bool = True, **fields: Any) -> StandardPage:
    return _publish(home(), StandardPage(title=title, **{"body": markdown(BODY), **fields}), live=live)


def role_page(title: str = "", *, role: str = "", live: bool = True, **fields: Any) -> RolePage:
    """The way in for a role, without one for the next role that has none."""
    index = RoleIndexPage.objects.first() or _publish(home(), RoleIndexPage(title="Rollen"), live=True)
    taken = set(RolePage.objects.values_list("role", flat=True))
    role = role or next(value for value in Audience.values if value not in taken)
    values = {"summary": "Was für die Prüfung ansteht.", **fields}
    return _publish(
        index, RolePage(title=title or f"Einstieg für Größere {next(_number)}", role=role, **values), live=live
    )
