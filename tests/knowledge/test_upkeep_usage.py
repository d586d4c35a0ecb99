"""Before a page or an act is taken away, everything that cites or links it is listed."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, ReferenceIndex, Site

from knowledge.links.recorded import reader_path
from knowledge.models import Act, Deadline, InternalLink
from knowledge.upkeep.usage import dependents_of, dependents_of_pages
from portal.accounts.models import User
from tests import factories
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    make_user("root@kkv.example", is_superuser=True)
    client = PortalClient()
    client.force_login(User.objects.get(email="root@kkv.example"))
    return client


def index() -> None:
    from faq.models import QuestionPage
    from knowledge.models import ArticlePage

    for model in (ArticlePage, QuestionPage, Act, Deadline):
        for instance in model.objects.all():
            ReferenceIndex.create_or_update_for_object(instance)


def test_all_ways_to_depend_on_a_page_are_found() -> None:
    page = factories.article("Zieldokument")
    factories.article("Verwandt", related=[page])
    factories.article("Danach", next_step_page=page)
    factories.article("Fließtext", body=factories.markdown(f"Siehe [dort]({page.get_url()}#pruefschritte)."))
    factories.article("Nur genannt", body=factories.markdown(f"Die Adresse lautete {page.get_url()}alt/."))
    factories.article("Unbeteiligt")
    index()
    found = {item.title: item.how for item in dependents_of_pages([page])}
    assert found == {
        "Verwandt": ["verwandte Seite"], "Danach": ["nächster Schritt"], "Fließtext": ["Link im Text"],
    }  # fmt: skip


def test_an_address_is_recognised_in_every_form() -> None:
    topic = factories.topic("Verwaltung")
    page = factories.article("Zieldokument", parent=topic)
    Redirect.objects.create(old_path="/frueher", redirect_page=page)
    Site.objects.create(hostname="zweit.example", port=80, root_page=Site.objects.get().root_page)
    path = reader_path(page)
    bare = path.rstrip("/")
    forms = [
        path, bare, f"{bare}.md", f"{bare}.pdf", f"{path}?seite=2#fristen", f"http://testserver{path}",
        f"https://testserver{bare}", f"//testserver{path}", f"HTTPS://TESTSERVER:8443{path}",
        f"http://zweit.example{bare}.md", f"../{page.slug}/", f"{path}versionen/", f"{path}feed.atom",
        "/frueher/?x=1",
    ]  # fmt: skip
    for number, form in enumerate(forms):
        factories.article(f"Form {number}", parent=topic, body=factories.markdown(f"Siehe [dort]({form})."))
    others = [f"https://fremd.example{path}", f"{bare}-alt/", "/", "#fristen", "mailto:a@b.example", "http://["]
    text = " ".join(f"[x]({other})" for other in others)
    factories.article("Anderes", parent=topic, body=factories.markdown(text))
    found = dependents_of_pages([page])
    assert {item.title for item in found} == {f"Form {number}" for number in range(len(forms))}
    assert {way for item in found for way in item.how} == {"Link im Text"}


def test_every_text_of_ours_counts() -> None:
    page = factories.article("Zieldokument")
    link = f"Siehe [dort]({reader_path(page)})."
    address = f"http://testserver{reader_path(page)}"
    source = factories.article("Mit Quelle")
    source.sources.create(title="Leitfaden", url=address)
    source.save()
    factories.template(title="Vorlage", body=factories.markdown(link))
    factories.question("Frage?", body=factories.markdown(link), live=False)
    factories.standard_page(
        title="Seite", body=[("text", f'<p><a href="{address}">dort</a></p>'), ("markdown", "x")]
    )
    factories.term("Begriff", meaning=link)
    factories.act(summary=link, source_url=address)
    found = {item.title: item.how for item in dependents_of_pages([page])}
    assert found == {
        "Mit Quelle": ["Quelle"], "Vorlage": ["Link im Text"], "Frage?": ["Link im Text"],
        "Seite": ["Link im Text"], "Begriff": ["Bedeutung"],
        "OZG": ["Adresse der Quelle", "Bedeutung für Kommunen"],
    }  # fmt: skip


def test_a_link_taken_out_is_forgotten() -> None:
    page = factories.article("Zieldokument")
    other = factories.article("Fließtext", body=factories.markdown(f"[dort]({reader_path(page)})"))
    assert dependents_of_pages([page])
    other.body = factories.markdown("Nichts mehr.")
    other.save()
    assert not dependents_of_pages([page])


def test_a_draft_without_the_link_does_not_hide_that_readers_have_it() -> None:
    page = factories.article("Zieldokument")
    other = factories.article("Fließtext", body=factories.markdown(f"[dort]({reader_path(page)})"))
    other.body = factories.markdown("Nichts mehr.")
    other.save_revision()
    assert dependents_of_pages([page])
    other.refresh_from_db()
    term = factories.term("Prüfung", meaning=f"[dort]({reader_path(page)})")
    term.meaning = "Nichts."
    term.save_revision()
    assert {item.title for item in dependents_of_pages([page])} == {"Fließtext", "Prüfung"}


def test_a_large_tree_warns_too_with_as_many_queries_as_a_small_one() -> None:
    topic = factories.topic("Großes Thema")
    pages = [factories.article("Unterseite", parent=topic)]
    rows = [Page(title=f"Seite {number}", slug=f"seite-{number}", depth=topic.depth + 1, locale=topic.locale,
                 content_type=pages[0].content_type, path=f"{topic.path}{number + 1000:04d}",
                 url_path=f"{topic.url_path}seite-{number}/")
            for number in range(300)]  # fmt: skip
    Page.objects.bulk_create(rows)
    below = reader_path(topic)
    for number in range(30):
        factories.article(f"Außen {number:02d}", body=factories.markdown(f"[x]({below}seite-{number + 250}/)"))
    with CaptureQueriesContext(connection) as small:
        assert dependents_of_pages([pages[0]]) == []
    with CaptureQueriesContext(connection) as large:
        assert len(dependents_of_pages([topic])) == 30
    assert len(large) <= len(small) + 1  # the listing itself
    assert len(dependents_of_pages(rows)) == 30


def test_links_to_acts_and_terms_are_found() -> None:
    act, term = factories.act(), factories.term("Prüfung")
    text = f"[a](/recht/{act.slug}/wortlaut/) [b](/glossar/{term.slug})"
    factories.article("Beides", body=factories.markdown(text))
    assert "Link im Text" in {way for item in dependents_of([act]) for way in item.how}
    assert [(item.title, item.how) for item in dependents_of([term])] == [("Beides", ["Link im Text"])]


def test_an_update_records_what_was_saved_before() -> None:
    page = factories.article("Zieldokument")
    factories.article("Fließtext", body=factories.markdown(f"[dort]({reader_path(page)})"))
    InternalLink.objects.all().delete()
    call_command("render_pages", stale=True, verbosity=0, stdout=StringIO())
    assert [item.title for item in dependents_of_pages([page])] == ["Fließtext"]


def test_an_update_records_the_deadlines_a_version_before_left_out() -> None:
    page = factories.article("Zieldokument", body=factories.markdown("[dort](/kontakt/)"))
    factories.deadline("Übergang", text=f"Siehe [dort]({reader_path(page)}).")
    InternalLink.objects.exclude(deadline=None).delete()
    call_command("render_pages", stale=True, verbosity=0, stdout=StringIO())
    assert [item.title for item in dependents_of_pages([page])] == ["Übergang"]


def test_deadlines_depend_and_are_depended_on() -> None:
    act, page = factories.act(), factories.article("Ziel")
    shown = factories.deadline("Gezeigt", pages=[page], legal_basis="§ 9 OZG")
    linking = factories.deadline("Verlinkt", text=f"Siehe [dort]({reader_path(page)}).")
    factories.article("Weist hin", body=factories.markdown("[Frist](/fristen/gezeigt/)"))
    index()
    found = {(item.title, item.url): item.how for item in dependents_of([page])}
    address = "wagtailsnippets_knowledge_deadline:edit"
    assert found == {
        ("Gezeigt", reverse(address, args=[shown.pk])): ["Seite, die die Frist zeigt"],
        ("Verlinkt", reverse(address, args=[linking.pk])): ["Was gilt"],
    }
    assert {item.title: item.how for item in dependents_of([act])}["Gezeigt"] == ["Rechtsgrundlage: § 9 OZG"]
    assert [item.title for item in dependents_of([shown])] == ["Weist hin"]


def test_predecessors_and_drafts_are_named() -> None:
    new = factories.question("Neue Frage?")
    factories.question("Alte Frage?", successor=new, live=False)
    index()
    [item] = dependents_of_pages([new])
    assert (item.how, item.live) == (["ersetzt durch diese Seite"], False)


def test_what_goes_with_the_page_does_not_count() -> None:
    topic = factories.topic("Thema")
    page = factories.article("Unterseite", parent=topic)
    factories.article("Schwester", parent=topic, related=[page])
    factories.article("Außen", related=[page])
    index()
    assert [item.title for item in dependents_of_pages([topic])] == ["Außen"]


def test_pages_that_cite_an_act_are_found_in_our_own_table() -> None:
    act = factories.act()
    factories.article("Auf Grundlage", legal_basis="§ 9 OZG", body=factories.markdown("Nichts."))
    factories.article("Im Text", body=factories.markdown("Nach § 3 Abs. 1 OZG gilt."))
    Act.objects.create(
        abbreviation="HOZG", slug="hozg", title="Landesrecht", level="land", binds="ja", counterpart=act
    )
    index()
    found = {item.title: item.how for item in dependents_of([act])}
    assert found["Auf Grundlage"][0].startswith("Rechtsgrundlage: § 9")
    assert any("§ 3" in way for way in found["Im Text"])
    assert any("HOZG" in title for title in found)


def test_asking_costs_few_queries() -> None:
    page = factories.article("Ziel")
    for number in range(12):
        factories.article(f"Verwandt {number}", related=[page])
    index()
    dependents_of([page])
    with CaptureQueriesContext(connection) as found:
        assert len(dependents_of([page])) == 12
    assert len(found) <= 10


def test_the_admin_warns_on_every_way_to_take_something_away(operator: Client) -> None:
    act, page = factories.act(), factories.article("Ziel", body=factories.markdown("Nichts."))
    factories.article("Verweisende Seite", related=[page], legal_basis="§ 9 OZG")
    index()
    snippet = f"{act._meta.app_label}_{act._meta.model_name}"
    urls = [
        reverse("wagtailadmin_pages:unpublish", args=[page.pk]),
        reverse("wagtailadmin_pages:delete", args=[page.pk]),
        f"/cms/bulk/wagtailcore/page/unpublish/?id={page.pk}",
        f"/cms/bulk/wagtailcore/page/delete/?id={page.pk}",
        reverse(f"wagtailsnippets_{snippet}:unpublish", args=[act.pk]),
        reverse(f"wagtailsnippets_{snippet}:delete", args=[act.pk]),
        f"/cms/bulk/knowledge/act/delete/?id={act.pk}",
    ]
    for url in urls:
        text = operator.get(url).content.decode()
        assert "Eine andere Stelle verweist darauf" in text, url
        assert "Verweisende Seite" in text, url


def test_nothing_is_said_of_what_nobody_uses(operator: Client) -> None:
    page = factories.article("Ungenutzt")
    text = operator.get(reverse("wagtailadmin_pages:unpublish", args=[page.pk])).content.decode()
    assert "verweis" not in text
