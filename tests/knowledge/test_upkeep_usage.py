"""Before a page or an act is taken away, everything that cites or links it is listed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ReferenceIndex

from knowledge.models import Act
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

    for model in (ArticlePage, QuestionPage, Act):
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
