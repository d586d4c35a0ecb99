"""Each kind of page costs the same number of queries with few and with many articles, and an article few."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from wagtail.models import Site
from wagtail.rich_text import RichText

from knowledge.models import Act, ArticlePage, FieldReport, GlossaryTerm, LegalReference, Provision, TopicPage
from portal.accounts.models import Municipality
from portal.core.models import Operator, PortalImage, SiteNotice, SubjectKind
from portal.core.review import corrections
from portal.core.subscriptions import tokens
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, SignLanguagePage
from tests import factories
from tests.core import files
from tests.factories import reading, subscribing
from tests.people import PortalClient
from tests.querycounts import cold, count, forget_everything, warm

pytestmark = pytest.mark.django_db

Commits = Any
ARTICLES = [f"article {kind}" for kind in ArticlePage.Kind.values]
# Cold. Warm, each costs an anonymous reader nothing; the search page has a test of its own (tests/search).
AT_MOST = {
    **dict.fromkeys(ARTICLES, 12), "question": 12, "template": 18, "home": 14, "topic_index": 10, "topic": 14,
    "template_index": 10, "decision": 16, "decision result": 17, "decision_index": 10, "decision.md": 17,
    "role_index": 10, "role": 20, "role.md": 23, "deadlines of a role": 8, "standard": 10,
    "easy": 10, "sign": 10, "glossary": 6, "term": 20, "acts": 8, "act": 12,
    "law_text": 8, "az": 8, "tag": 8, "site_map": 8, "contact": 6, "barrier": 6, "feed": 10, "topic feed": 13,
    "sitemap": 10, "opensearch": 6, "article.md": 17, "question.md": 17, "template.md": 17, "topic.md": 12,
    "home.md": 13, "standard.md": 12, "term.md": 6, "act.md": 6, "glossary.md": 6, "acts.md": 6, "law_text.md": 6,
    "az.md": 6, "tag.md": 6, "site_map.md": 6, "changes": 12, "changes.md": 9, "changes feed": 12,
    "changes feed of a topic": 22, "changes feed of a page": 18, "changes feed of an act": 14, "versions": 12,
    "versions.md": 9, "difference": 12, "difference.md": 9, "subscription requested": 5,
    "subscription link sent": 5, "subscriptions ended": 5,
}  # fmt: skip
# What no cache may keep: cold and warm.
NEVER_KEPT = {
    "subscribe": (5, 0), "subscribe to a page": (12, 7), "subscribe to a topic": (11, 6),
    "subscribe to an act": (7, 3), "ask for the link": (5, 0), "confirm": (13, 8), "manage": (13, 8),
    "unsubscribe": (12, 7),
}  # fmt: skip
ROUTES = {
    "glossary": "/glossar/", "term": "/glossar/pruefung/", "acts": "/recht/", "act": "/recht/ozg/",
    "law_text": "/recht/ozg/wortlaut/", "az": "/a-z/", "tag": "/schlagwort/oeffnung/", "site_map": "/uebersicht/",
    "contact": "/kontakt/", "barrier": "/barriere-melden/", "feed": "/feed.atom", "sitemap": "/sitemap.xml",
    "deadlines of a role": "/fristen/?rolle=leitung",
    "opensearch": "/opensearch.xml", "home.md": "/index.md", "changes": "/aenderungen/",
    "changes feed": "/aenderungen.atom", "changes feed of an act": "/recht/ozg/aenderungen.atom",
    "subscription requested": "/abonnieren/angefordert/",
    "subscription link sent": "/abonnieren/verwalten/gesendet/", "subscriptions ended": "/abonnieren/beendet/",
    "subscribe": "/abonnieren/", "subscribe to an act": "/abonnieren/?seite=/recht/ozg/",
    "ask for the link": "/abonnieren/verwalten/",
}  # fmt: skip


class Library:
    """A small portal with something of every kind, and the address of each kind of page."""

    def __init__(self) -> None:
        self.topic = factories.topic(is_field=True)
        self.further: TopicPage = factories.topic()
        self.act: Act = factories.act(provisions=[("§ 9", "9")])
        self.text = reading.law_text(self.act, [("§ 1", "Prüfung", "p-1")])
        factories.term("Prüfung", related="Größe")
        self.template = factories.template(topics=[self.topic], tags=["Öffnung"])
        self.question = self.add_question()
        self.articles = [self.add_article(kind=kind, title=f"Übung {kind}") for kind in ArticlePage.Kind.values]
        self.decision = self.add_decision()
        home = factories.home()
        self.role = factories.role_page(role="leitung")
        pages = {
            "home": home, "topic_index": factories.topic_index(), "topic": self.topic, "question": self.question,
            "template": self.template, "template_index": self.template.get_parent(),
            "decision": self.decision, "decision_index": self.decision.get_parent(),
            "role": self.role, "role_index": self.role.get_parent(),
            "standard": factories.standard_page(), **dict(zip(ARTICLES, self.articles, strict=True)),
        }  # fmt: skip
        for kind, model in (("easy", EasyLanguagePage), ("sign", SignLanguagePage)):
            pages[kind] = home.add_child(instance=model(title=f"Seite {kind}", slug=kind))
        self.addresses = {**ROUTES, **{kind: page.url for kind, page in pages.items()}}
        self.addresses["decision result"] = f"{self.decision.url}?weg=recht.bundesrecht~form.ja"
        self.addresses["topic feed"] = f"{self.topic.url}feed.atom"
        self.addresses["article.md"] = f"{self.articles[0].url.rstrip('/')}.md"
        self.subscriber = subscribing.subscriber()
        self.publish()
        self._add_addresses_of_changes()
        for kind in AT_MOST:
            if kind not in self.addresses:
                self.addresses[kind] = f"{self.addresses[kind.removesuffix('.md')].rstrip('/')}.md"

    def _add_addresses_of_changes(self) -> None:
        article, topic = self.articles[0].url, self.topic.url
        links = {"confirm": tokens.CONFIRM, "manage": tokens.MANAGE, "unsubscribe": tokens.UNSUBSCRIBE}
        self.addresses |= {
            "changes feed of a topic": f"{topic}aenderungen.atom",
            "changes feed of a page": f"{article}aenderungen.atom",
            "versions": f"{article}versionen/", "difference": f"{article}versionen/1-2/",
            "subscribe to a page": f"/abonnieren/?seite={article}",
            "subscribe to a topic": f"/abonnieren/?seite={topic}",
            **{name: urlsplit(tokens.url(self.subscriber, kind)).path for name, kind in links.items()},
        }  # fmt: skip
        for kind in ("changes", "versions", "difference"):
            self.addresses[f"{kind}.md"] = f"{self.addresses[kind].rstrip('/')}.md"

    def publish(self) -> None:
        """Two versions of an article, one of each other thing that is published; somebody subscribes to all."""
        article = self.articles[0]
        for answer in ("Ja.", "Nein."):
            article.short_answer = answer
            revision = article.save_revision(clean=False)
            subscribing.publish(article, f"{answer} Die Frist endet früher.", revision=revision)
        for subject in (
            *self.articles[1:],
            self.question,
            self.template,
            self.act,
            GlossaryTerm.objects.latest("pk"),
        ):
            subscribing.publish(subject)
        subjects = {SubjectKind.PAGE: article, SubjectKind.TOPIC: self.topic, SubjectKind.ACT: self.act}
        for kind, subject in subjects.items():
            for confirmed in (timezone.now(), None):
                self.subscriber.subscriptions.get_or_create(
                    kind=kind, object_id=subject.pk, defaults={"confirmed_at": confirmed}
                )

    def add_article(self, **fields: Any) -> ArticlePage:
        """An article that uses all there is: law, tags, sources, templates, related pages, next step."""
        page = factories.article(
            parent=self.topic, topics=[self.further], tags=["Öffnung"], related=[self.template, self.question],
            legal_basis="§ 9 OZG", next_step_page=self.topic, audience=["leitung"], **fields,
        )  # fmt: skip
        factories.deadline(f"Frist {page.pk}", pages=[page])
        LegalReference.objects.get_or_create(page=page, act=self.act, key="9", origin=LegalReference.Origin.BASIS)
        return page

    def add_decision(self, title: str = "Brauchen wir Übergröße?") -> Any:
        """A decision help whose result names an article."""
        body = factories.decisions.nodes()
        body[2][1]["articles"] = [self.articles[0]]
        return factories.decision(title, body=body, topics=[self.topic], tags=["Öffnung"], legal_basis="§ 9 OZG")

    def add_question(self) -> Any:
        return factories.question(
            parent=self.topic, tags=["Öffnung"], related=[self.further], legal_basis="§ 9 OZG"
        )

    def grow(self) -> None:
        for number in range(8):
            subscribing.publish(self.add_article())
            self.add_question()
            self.add_decision(f"Brauchen wir Größe {number}?")
            factories.topic(parent=self.topic)
            factories.topic(is_field=True)
            factories.standard_page(f"Auskunft {number}")
            factories.template(f"Größentabelle {number}", topics=[self.topic], tags=["Öffnung"])
            factories.term(f"Größe {number}", related="Prüfung")
            act = reading.act(f"Gesetz {number}")
            reading.law_text(act, [("§ 1", "Prüfung", "p-1")])
            Provision.objects.create(act=self.act, ref=f"§ {number + 20}", key=str(number + 20))
            if number < 5:
                factories.role_page()
            self.publish()


@pytest.fixture
def library(django_capture_on_commit_callbacks: Commits) -> Library:
    with django_capture_on_commit_callbacks(execute=True):
        return Library()


@pytest.mark.slow
def test_queries_do_not_grow_with_the_content(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    few = {kind: cold(library.addresses[kind]) for kind in AT_MOST}
    with django_capture_on_commit_callbacks(execute=True):
        library.grow()
    many = {kind: cold(library.addresses[kind]) for kind in AT_MOST}
    assert many == few
    assert {kind: number for kind, number in many.items() if number > AT_MOST[kind]} == {}
    assert {kind for kind in AT_MOST if warm(library.addresses[kind])} == set()


@pytest.mark.slow
def test_what_no_cache_may_keep_costs_the_same_for_many(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    def measured() -> dict[str, tuple[int, int]]:
        found = {kind: library.addresses[kind] for kind in NEVER_KEPT}
        return {kind: (cold(address), warm(address)) for kind, address in found.items()}

    few = measured()
    with django_capture_on_commit_callbacks(execute=True):
        library.grow()
    many = measured()
    assert many == few
    most = {kind: NEVER_KEPT[kind] for kind, (first, then) in many.items()
            if first > NEVER_KEPT[kind][0] or then > NEVER_KEPT[kind][1]}  # fmt: skip
    assert most == {}


def _everything_set_up(library: Library) -> ArticlePage:
    """Give the portal a logo and a notice, an article all that its page can show; return its alias."""
    picture = ContentFile(files.png(), name="wappen.png")
    logo = PortalImage.objects.create(title="Wappen", file=picture, description="Wappen", licence="CC0")
    Operator.objects.create(site=Site.objects.get(), name="Kompetenzstelle Größe", logo=logo)
    SiteNotice.objects.create(site=Site.objects.get(), active=True, title="Wartung")
    library.add_article(visibility=Visibility.MUNICIPALITY)
    library.add_article(visibility=Visibility.CENTRE)
    page: Any = library.articles[0]
    text = f'<p>Siehe <a linktype="page" id="{library.topic.pk}">Thema</a>.</p>'
    named = [factories.question(parent=library.further) for _ in range(25)]
    page.body = [*[(block.block_type, block.value) for block in page.body],
                 *[("question", question) for question in (library.question, *named)],
                 ("text", RichText(text))]  # fmt: skip
    page.kind = ArticlePage.Kind.PRAXISBERICHT
    town = Municipality.objects.order_by("pk").first()
    page.field_reports = [FieldReport(municipality=town, product="Fachverfahren Größe", effort_days=12)]
    page.save()
    factories.deadline(topic=library.topic, pages=[page])
    editor = factories.staff()
    for number in range(3):
        corrections.publish(page=page, text=f"Die Frist endet am {29 + number}. Dezember.", user=editor)
    alias: ArticlePage = page.create_alias(parent=library.further, update_slug="zweitort")
    return alias


def test_an_article_needs_at_most_twelve_queries_whatever_is_set_up(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alias = _everything_set_up(library)
    page = library.articles[0]
    count(page.url)  # the picture of the logo is made once
    forget_everything()
    context = Client().get(page.url).context
    filled = (
        "breadcrumbs", "topics", "related", "templates", "sources", "tags", "legal_basis", "deadlines", "report",
    )  # fmt: skip
    assert [name for name in filled if not context[name]] == []
    for address in (page.url, alias.url):
        html = Client().get(address).content.decode()
        shown_at_all = ("31. Dezember", "29. Dezember", "Fachverfahren Größe", library.question.title, "Wappen")
        for shown in (*shown_at_all, library.topic.url):
            assert shown in html, shown
    readers = {
        "anonymous": Client(),
        "member": _signed_in(factories.member()),
        "staff": _signed_in(factories.staff("zweite@example.org")),
    }
    costs = {
        (name, kind): (cold(address, client), warm(address, client))
        for name, client in readers.items()
        for kind, address in (("page", page.url), ("alias", alias.url))
    }
    most = {key: found for key, found in costs.items() if found[0] > 12 or found[1] > 3}
    assert most == {}


def test_changes_of_an_act_and_a_term_cost_no_more(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    address = library.articles[0].url
    warm(address)
    with django_capture_on_commit_callbacks(execute=True):
        library.act.save()
        GlossaryTerm.objects.get(term="Prüfung").save()
    assert count(address) <= 12


def _signed_in(user: Any) -> Client:
    client = PortalClient()
    client.force_login(user)
    return client


def test_who_is_signed_in_pays_for_his_session_and_for_what_must_be_fresh(library: Library) -> None:
    """Session, account with its rights, the page with whether it is restricted."""
    for person in (factories.member(), factories.staff()):
        client = _signed_in(person)
        for page in (library.articles[0], library.question):
            assert cold(page.url, client) <= 12
            assert warm(page.url, client) == 3


def test_a_restricted_article_costs_no_more_than_an_open_one(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    for level, person in ((Visibility.MUNICIPALITY, factories.member()), (Visibility.CENTRE, factories.staff())):
        with django_capture_on_commit_callbacks(execute=True):
            page = library.add_article(visibility=level)
        assert warm(page.url, _signed_in(person)) == 3
        assert Client().get(page.url).status_code == 302


def test_what_is_kept_of_one_reader_is_not_shown_to_another(
    library: Library, django_capture_on_commit_callbacks: Commits
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hidden = library.add_article(title="Nur für die Stelle", visibility=Visibility.CENTRE)
        page = factories.article(parent=library.topic, related=[hidden])
    forget_everything()
    titles = {
        name: [item["title"] for item in client.get(page.url).context["related"]]
        for name, client in (
            ("staff", _signed_in(factories.staff())),
            ("member", _signed_in(factories.member())),
            ("anonymous", Client()),
        )
    }
    assert titles["staff"][0] == "Nur für die Stelle"
    assert "Nur für die Stelle" not in titles["member"]
    assert "Nur für die Stelle" not in titles["anonymous"]
