"""Topics, service pages, acts and terms have published versions like any article."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, get_page_models

from knowledge.models import Act, ArticlePage, Deadline, FieldReport, GlossaryTerm, Provision, TopicPage
from portal.accounts.models import Municipality
from portal.core import publications
from portal.core.models import BasePage, Publication, Significance
from portal.core.visibility import Visibility
from portal.home.models import EasyLanguagePage, HomePage, NeededPage, SignLanguagePage, StandardPage
from tests import factories
from tests.factories import reading
from tests.factories.deadlines import deadline
from tests.knowledge.test_versions import publish, text

pytestmark = pytest.mark.django_db


def again(entry: Any, note: str, **changes: Any) -> None:
    """Publish a version of an act or term as a release does."""
    draft = type(entry).objects.get(pk=entry.pk)
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.change_significance = Significance.MAJOR
    draft.change_summary = note
    draft.save_revision(clean=False).publish()


def test_an_act_shows_what_was_published_of_it() -> None:
    other = factories.act("HEGovG", title="Hessisches E-Government-Gesetz")
    act = factories.act("OZG", title="Onlinezugangsgesetz", summary="Gilt **für** alle.")
    again(act, "Erste Fassung.")
    act = Act.objects.get(pk=act.pk)
    act.provisions.add(act.provisions.model(ref="§ 9 Abs. 1", summary="Bekanntgabe im Postfach"))
    again(act, "Bekanntgabe ergänzt.", summary="Gilt **nicht** für alle.", counterpart=other)
    draft = Act.objects.get(pk=act.pk)
    draft.provisions.add(draft.provisions.model(ref="§ 9 Abs. 1", summary="Bekanntgabe im Postfach"))
    draft.change_summary, draft.change_significance = "Bekanntgabe genannt.", Significance.MAJOR
    draft.save_revision(clean=False).publish()
    assert 'href="/recht/ozg/versionen/"' in text("/recht/ozg/")
    listed = text("/recht/ozg/versionen/")
    assert "Bekanntgabe ergänzt." in listed
    assert "OZG" in listed
    last = publications.of(act).latest("version").version
    difference = text(f"/recht/ozg/versionen/{last - 2}-{last}/")
    for shown in (
        "Stattdessen gilt",
        "HEGovG",
        "Bedeutung für Kommunen",
        "<ins",
        "§ 9 Abs. 1 – Bekanntgabe im Postfach",
    ):
        assert shown in difference, shown
    assert "**" not in difference
    assert "{++" in text(f"/recht/ozg/versionen/{last - 2}-{last}.md")


def test_a_term_shows_what_was_published_of_it() -> None:
    term = factories.term("EfA", meaning="Einer für Alle.")
    again(term, "Erste Fassung.")
    again(term, "Genauer.", meaning="Einer für **alle** Länder.", synonyms="Einer für Alle")
    assert 'href="/glossar/efa/versionen/"' in text("/glossar/efa/")
    last = publications.of(term).latest("version").version
    difference = text(f"/glossar/efa/versionen/{last - 1}-{last}/")
    assert "Länder" in difference
    assert "Echte Synonyme" in difference
    assert "Genauer." in text("/glossar/efa/versionen.md")


@pytest.mark.parametrize("model", [Act, GlossaryTerm])
def test_a_draft_or_what_is_gone_has_no_versions(model: Any) -> None:
    entry = factories.act("XYZ") if model is Act else factories.term("XYZ")
    model.objects.filter(pk=entry.pk).update(live=False)
    text(f"/{'recht' if model is Act else 'glossar'}/xyz/versionen/", status=404)
    text("/recht/gibt-es-nicht/versionen/1-2/", status=404)


def test_a_topic_and_a_service_page_show_theirs() -> None:
    topic = factories.topic("Ämter")
    publish(topic, "Worum es geht.", summary="Alles über Ämter und ihre Aufgaben.")
    publish(topic, "Kürzer.", summary="Alles über Ämter.")
    last = publications.of(topic).latest("version").version
    assert 'href="/themen/aemter/versionen/"' in text("/themen/aemter/")
    assert "Kürzer." in text("/themen/aemter/versionen/")
    assert "<del" in text(f"/themen/aemter/versionen/{last - 1}-{last}/")
    home = HomePage.objects.first() or Page.objects.get(depth=2)
    page = home.add_child(instance=StandardPage(title="Impressum", slug="impressum-neu", intro="Alt."))
    publish(page, "Erste.", intro="Alt.")
    publish(page, "Zweite.", intro="Neu.")
    last = publications.of(page).latest("version").version
    assert "/impressum-neu/versionen/" in text("/impressum-neu/")
    assert "Neu." in text(f"/impressum-neu/versionen/{last - 1}-{last}/")


def test_the_versions_of_a_closed_topic_are_for_its_readers() -> None:
    topic = factories.topic("Ämter")
    publish(topic, "Worum es geht.")

    topic = TopicPage.objects.get(pk=topic.pk)
    topic.visibility = Visibility.CENTRE
    topic.save()
    assert Client().get("/themen/aemter/versionen/").status_code == 302


def test_a_deadline_shows_what_was_published_of_it() -> None:
    topic, page = factories.topic("Register"), factories.article("Nummern einführen")
    entry = deadline("Übergang", topic=topic, pages=[page])
    again(entry, "Erste Fassung.")
    again(
        entry, "Ein Jahr später.", text="Register **sollen** sie führen.", day=date(2029, 12, 31), binds=["land"]
    )
    assert 'href="/fristen/uebergang/versionen/"' in text("/fristen/uebergang/")
    assert "Ein Jahr später." in text("/fristen/uebergang/versionen/")
    last = publications.of(entry).latest("version").version
    difference = text(f"/fristen/uebergang/versionen/{last - 1}-{last}/")
    for shown in ("31.12.2028", "31.12.2029", "Kommune", "Land", "<ins", "Datum", "Seiten dazu"):
        assert shown in difference, shown
    assert "**" not in difference
    assert "Ein Jahr später." in text("/fristen/uebergang/versionen.md")
    assert "{++" in text(f"/fristen/uebergang/versionen/{last - 1}-{last}.md")


def test_versions_of_a_deadline_are_closed_with_its_topic() -> None:
    topic = factories.topic("Intern")
    reading.restrict(topic, Visibility.CENTRE)
    entry = deadline("Übergang", topic=topic)
    again(entry, "Nur intern.")
    text("/fristen/uebergang/versionen/", status=404)
    assert Publication.objects.get(note="Nur intern.").level == Visibility.CENTRE
    Deadline.objects.filter(pk=entry.pk).update(topic=factories.topic("Offen"))
    assert "Nur intern." not in text("/fristen/uebergang/versionen/")


def test_another_related_question_is_named_as_readers_may_see_it() -> None:
    topic = factories.topic("Ämter")
    first, second = (factories.question(f"{title} zahlt?", parent=topic) for title in ("Wer", "Bund"))
    closed = factories.question("Geheim?", parent=topic, visibility=Visibility.CENTRE)
    page = factories.article("Anträge prüfen", parent=topic, live=False)
    for question in (first, second, closed):
        publish(page, body=[*factories.markdown("Text."), ("question", question)])
    html = text(f"{page.url}versionen/1-2/")
    assert "Verwandte Frage" in html
    assert first.title in html
    assert second.title in html
    html = text(f"{page.url}versionen/2-3/")
    assert second.title in html
    assert closed.title not in html
    assert "eine Seite, die nicht öffentlich ist" in html
    assert second.title in text(f"{page.url}versionen/1-2.md")


def test_a_praxisbericht_says_whose_it_is_and_what_each_value_means() -> None:
    towns = [
        Municipality.objects.create(
            name=name, slug=name.lower(), kind="kreisfreie-stadt", size_class=size, ags=None
        )
        for name, size in (("Musterstadt", "bis-5000"), ("Neustadt", "ueber-100000"))
    ]
    page = factories.article("Wohnsitz online", kind=ArticlePage.Kind.PRAXISBERICHT, live=False)
    for town, size, days in ((towns[0], "", 12), (towns[1], "bis-20000", 30)):
        report = FieldReport(
            municipality=town, size_class=size, product="Onlinedienst", effort_days=days, contact_consent=True,
            contact_name="Erika Geheim", contact_email="geheim@example.org",
            contact_until=timezone.localdate() + timedelta(days=days),
        )  # fmt: skip
        publish(page, field_reports=[report])
    said = text(f"{page.url}versionen/1-2.md").replace("{--", "").replace("{++", "")
    for shown in ("Kommune:", "Musterstadt", "Neustadt", "Größenklasse:", "20.000", "Aufwand in Personentagen:"):
        assert shown in said, shown
    assert "Geheim" not in said
    assert "geheim" not in said


def test_a_provision_says_from_when_to_when_it_is_in_force() -> None:
    act = factories.act("OZG", title="Onlinezugangsgesetz")
    for end in (None, date(2026, 12, 31)):
        draft = Act.objects.get(pk=act.pk)
        draft.provisions = [
            Provision(ref="§ 9 Abs. 1", summary="Postfach", in_force_from=date(2026, 1, 1), in_force_to=end)
        ]
        draft.change_summary, draft.change_significance = "Befristet.", Significance.MAJOR
        draft.save_revision(clean=False).publish()
    last = publications.of(act).latest("version").version
    difference = text(f"/recht/ozg/versionen/{last - 1}-{last}.md")
    assert "§ 9 Abs. 1 – Postfach – In Kraft ab: 01.01.2026" in difference
    assert "In Kraft bis: 31.12.2026" in difference
    assert "2026-" not in difference


def every_kind() -> dict[str, Any]:
    """A live page of each kind there is, by the label of its model."""
    topic, home = factories.topic("Ämter"), factories.home()
    pages: list[Any] = [
        home, topic, topic.get_parent().specific, factories.article("Anträge prüfen", parent=topic),
        factories.question("Müssen wir prüfen?", parent=topic), factories.standard_page(),
    ]  # fmt: skip
    for below in (factories.template(), factories.decision(), factories.role_page()):
        pages += [below, below.get_parent().specific]
    for model in (EasyLanguagePage, SignLanguagePage):
        pages.append(home.add_child(instance=model(title=model.kind_label, intro="Größe.")))
    return {page._meta.label_lower: page for page in pages}


def test_every_kind_of_page_leads_to_the_list_of_its_versions() -> None:
    pages = every_kind()
    assert set(pages) == {model._meta.label_lower for model in get_page_models() if issubclass(model, BasePage)}
    for label, page in pages.items():
        listed = f"{page.get_url().rstrip('/')}/versionen/"
        assert f'href="{listed}"' in text(page.get_url()), label
        publish(page, "Neu gefasst.", title=f"{page.title} neu")
        publish(page, "Noch einmal.", title=f"{page.title} ganz neu")
        assert "Neu gefasst." in text(listed), label
        last = publications.of(page).latest("version").version
        assert "<ins" in text(f"{listed}{last - 1}-{last}/"), label
        assert "Noch einmal." in text(f"{listed.rstrip('/')}.md"), label
        assert "{++" in text(f"{listed}{last - 1}-{last}.md"), label


def test_the_start_page_shows_which_pages_it_names() -> None:
    home, page = factories.home(), factories.article("Anträge prüfen")
    publish(home, "Erste.")
    draft = HomePage.objects.get(pk=home.pk)
    draft.needed_pages = [NeededPage(target=page)]
    draft.change_significance, draft.change_summary = Significance.MAJOR, "Oft gebraucht ergänzt."
    draft.save_revision(clean=False).publish()
    last = publications.of(home).latest("version").version
    difference = text(f"/versionen/{last - 1}-{last}/")
    assert "Oft gebrauchte Seiten" in difference
    assert "Anträge prüfen" in difference


def test_a_page_called_like_the_list_of_the_start_page_keeps_its_address() -> None:
    factories.home().add_child(instance=StandardPage(title="Eigene Seite", slug="versionen", intro="Alt."))
    assert "Eigene Seite" in text("/versionen/")
    assert "Eigene Seite" in text("/versionen.md")
    assert "Änderungen: Eigene Seite" in text("/versionen/versionen/")
