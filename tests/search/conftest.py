"""Content to search: two topics, an article, questions, a term, an act with a provision, all published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from wagtail.models import Page

from faq.models import QuestionPage
from knowledge.models import Act, ArticlePage, GlossaryTerm, LegalReference, Provision, TopicIndexPage, TopicPage
from portal.home.models import HomePage
from search import index as search_index
from search.changes import record
from search.follower import Follower
from search.rebuild import rebuild
from tests.search.embeddings import embeddings_server


@dataclass
class Library:
    """What the fixture has made."""

    home: HomePage
    registers: TopicPage
    efa: TopicPage
    article: ArticlePage
    question: QuestionPage
    act: Act
    term: GlossaryTerm

    def add_article(
        self, title: str, short_answer: str, *, topic: TopicPage | None = None, **values: Any
    ) -> ArticlePage:
        page = ArticlePage(title=title, short_answer=short_answer, **values)
        (topic or self.registers).add_child(instance=page)
        page.save_revision().publish()
        return ArticlePage.objects.get(pk=page.pk)


def _topic(parent: Any, title: str, slug: str, summary: str) -> TopicPage:
    page = TopicPage(title=title, slug=slug, summary=summary, is_field=True)
    return parent.add_child(instance=page)


def make_library() -> Library:
    home = HomePage.objects.get()
    topics = home.add_child(instance=TopicIndexPage(title="Themen", slug="themen"))
    registers = _topic(
        topics, "Registermodernisierung", "registermodernisierung", "Register, NOOTS und die Nummer."
    )
    efa = _topic(topics, "EfA-Kommunal", "efa-kommunal", "Onlinedienste nach dem Prinzip Einer für Alle.")
    act = Act.objects.create(
        abbreviation="OZG", slug="ozg", title="Onlinezugangsgesetz", level="bund", binds="ja",
        aliases="Online-Zugangsgesetz", summary="Verpflichtet auch Kommunen.", state_date=date(2026, 8, 19),
    )  # fmt: skip
    Provision.objects.create(act=act, ref="§ 9 Abs. 1", key="9/1", summary="Bescheid über das Postfach.")
    article = ArticlePage(
        title="NOOTS-Anschluss vorbereiten",
        slug="noots-anschluss",
        short_answer="Prüfen Sie, welche Register Ihrer Behörde Nachweise liefern müssen.",
        audience=["it"],
    )
    registers.add_child(instance=article)
    question = QuestionPage(
        title="Wer betreibt den EfA-Dienst?",
        slug="wer-betreibt",
        short_answer="Das umsetzende Land betreibt den Onlinedienst für alle Kommunen.",
        legal_basis="§ 9 Abs. 1 OZG",
    )
    efa.add_child(instance=question)
    term = GlossaryTerm.objects.create(
        term="EfA", slug="efa", expansion="Einer für Alle", synonyms="Einer für Alle", meaning="Ein Prinzip.",
        never_correct=True,
    )  # fmt: skip
    return Library(home, registers, efa, article, question, act, term)


Shelf = dict[str, ArticlePage]


def fill_shelf(library: Library) -> Shelf:
    """Four articles on the same word that differ in audience, act, topic and review."""
    dsgvo = Act.objects.create(abbreviation="DSGVO", slug="dsgvo", title="Datenschutz-Grundverordnung", level="eu")
    rows: dict[str, dict[str, Any]] = {
        "Alt": {"audience": ["it"], "acts": [library.act], "days": 300},
        "Mittel": {"audience": ["it", "leitung"], "acts": [library.act, dsgvo], "days": 150},
        "Neu": {"audience": ["kasse"], "acts": [dsgvo], "days": 20, "topic": library.efa},
        "Ungeprüft": {"audience": [], "acts": [], "days": None},
    }
    made = {}
    for name, row in rows.items():
        page = library.add_article(
            f"Zuckerrüben {name}", "Anbau.", topic=row.get("topic"), audience=row["audience"]
        )
        if row["days"] is not None:
            moment = timezone.now() - timedelta(days=row["days"])
            ArticlePage.objects.filter(pk=page.pk).update(reviewed_at=moment)
        for act in row["acts"]:
            LegalReference.objects.create(page=page, act=act, key="", origin="basis")
        made[name] = page
    record(Page, [page.pk for page in made.values()])
    return made


@pytest.fixture
def library(db: None) -> Library:
    return make_library()


@pytest.fixture
def switched_on(settings: Any) -> Iterator[str]:
    """The search by meaning, with vectors of a server; its address."""
    pytest.importorskip("numpy", reason="needs the extra `semantic`: pip install numpy")
    with embeddings_server() as address:
        settings.SEARCH_SEMANTIC, settings.SEARCH_SEMANTIC_MODEL = address, f"words of {address}"
        yield address


@pytest.fixture
def indexed(library: Library) -> Iterator[Library]:
    """The library with an index of its own."""
    rebuild()
    yield library
    search_index._readers.index = None


@pytest.fixture
def follow(indexed: Library) -> Iterator[Callable[[], None]]:
    """Work off the change log as the background process does."""
    follower = Follower()
    while follower.step():
        pass

    def work() -> None:
        while follower.step():
            pass

    yield work
    follower.close()
