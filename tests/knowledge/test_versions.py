"""The list of a page's published versions and their difference, as readers get them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from faq.models import QuestionPage
from knowledge.models import ArticlePage
from knowledge.models.article import RelatedPage
from portal.core import publications
from portal.core.models import PageTag, Publication, Significance, Tag
from portal.core.visibility import Visibility
from tests import factories, querycounts
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
LIST = "/themen/aemter/antraege-pruefen/versionen/"


def publish(page: Any, note: str = "", **changes: Any) -> Publication:
    """Publish a version of a page as a release does."""
    draft = type(page).objects.get(pk=page.pk).get_latest_revision_as_object()
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.change_significance = Significance.MAJOR if note else Significance.MINOR
    draft.change_summary = note
    draft.save_revision(clean=False).publish()
    return publications.of(page).latest("version")


@pytest.fixture
def page() -> ArticlePage:
    """An article with two published versions."""
    page = factories.article("Anträge prüfen", parent=factories.topic("Ämter"), live=False)
    publish(page, body=factories.markdown("Die Frist endet am 31. März.\n\n- Antrag\n- Nachweis"))
    publish(
        page, "Die Frist endet später.", title="Anträge zügig prüfen",
        body=factories.markdown("Die Frist endet am 30. Juni.\n\n- Antrag\n- Nachweis"),
    )  # fmt: skip
    return page


def text(address: str, client: Client | None = None, status: int = 200) -> str:
    response = (client or Client()).get(address)
    assert response.status_code == status, address
    return response.content.decode()


def test_the_list_names_number_date_meaning_and_note_but_no_person(page: ArticlePage) -> None:
    make = Publication.objects.get(version=2)
    make.released_by = make_user("geheim@kkv.example", first_name="Gerda", last_name="Geheim")
    make.save()
    html = text(LIST)
    assert html.index("Fassung 2") < html.index("Fassung 1")
    assert "Wesentliche Änderung" in html
    assert "Kleine Änderung" in html
    assert "Die Frist endet später." in html
    assert f"{timezone.localdate():%Y-%m-%d}" in html
    assert "Geheim" not in html
    assert f'href="{LIST}1-2/"' in html
    assert "noindex" not in html


def test_the_page_leads_to_its_versions(page: ArticlePage) -> None:
    assert f'href="{LIST}"' in text("/themen/aemter/antraege-pruefen/")
    question = factories.question("Müssen wir prüfen?", live=False)
    publish(question)
    assert f'href="{question.url}versionen/"' in text(question.url)
    assert "Fassung 1" in text(f"{question.url}versionen/")


def test_what_surrounds_a_text_is_compared_too() -> None:
    """Topics, next step, related pages and tags of an article; date, licence and note of a template."""
    closed = factories.article("Geheime Planung", live=False)
    target, topic = factories.article("Fristen berechnen"), factories.topic("Öffentlichkeit")
    article = factories.article("Anträge annehmen", live=False)
    publish(article)
    tag = Tag.objects.create(name="Größenklasse", slug="groessenklasse")
    publish(
        article, next_step_label="Frist berechnen", next_step_page=target, topics=[topic],
        curated_related=[RelatedPage(target=target), RelatedPage(target=closed)],
        tagged_items=[PageTag(tag=tag)],
    )  # fmt: skip
    html = text(f"{article.url}versionen/1-2/")
    for words in ("Nächster Schritt", "Fristen berechnen", "Öffentlichkeit", "Größenklasse", "Verwandte Seiten",
                  "eine Seite, die nicht öffentlich ist"):  # fmt: skip
        assert words in html, words
    assert "Geheime Planung" not in html
    template = factories.template("Antragsmuster", live=False)
    publish(template)
    publish(template, licence="CC BY 4.0", change_note="Zwei Felder mehr", version_date=date(2027, 3, 1))
    html = text(f"{template.url}versionen/1-2/")
    for words in ("CC BY 4.0", "Zwei Felder mehr", "01.03.2027", "Datum der Version"):
        assert words in html, words


def test_the_difference_is_marked_for_eyes_and_ears(page: ArticlePage) -> None:
    html = text(f"{LIST}1-2/")
    assert '<del><span class="kern-sr-only">gelöscht: </span>31. März.' in html
    assert '<ins><span class="kern-sr-only">eingefügt: </span>30. Juni.' in html
    assert '<span class="kern-sr-only">eingefügt: </span>zügig' in html
    assert "Unverändert:" in html
    assert 'content="noindex' in html


def test_what_somebody_wrote_is_never_markup(page: ArticlePage) -> None:
    publish(page, title="<script>alert(1)</script>", short_answer="<b>Ja</b> & <img src=x onerror=y>",
            body=[("text", "<p>Gut &lt;script&gt;x&lt;/script&gt;</p>")])  # fmt: skip
    for address in (LIST, f"{LIST}2-3/"):
        html = text(address)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<script>x" not in html
    assert "&lt;b&gt;Ja&lt;/b&gt;" in html


def test_two_versions_are_chosen_by_a_form(page: ArticlePage) -> None:
    for query, target in (("von=1&bis=2", "1-2/"), ("von=2&bis=1", "1-2/")):
        response = Client().get(f"{LIST}?{query}")
        assert (response.status_code, response["Location"]) == (302, f"{LIST}{target}")
    for query in ("von=1&bis=1", "von=1", "von=x&bis=2", "von=1&bis=99", f"von={'9' * 400}&bis=2", "von=&bis="):
        assert "Bitte wählen Sie zwei verschiedene Fassungen" in text(f"{LIST}?{query}")
    assert Client().get(f"{LIST}2-1/")["Location"] == f"{LIST}1-2/"
    assert Client().get(f"{LIST}2-2/")["Location"] == LIST
    for wrong in ("1-9/", "0-1/", "a-b/", "1-2-3/", f"1-{'9' * 30}/"):
        text(f"{LIST}{wrong}", status=404)


def test_drafts_and_foreign_revisions_are_in_no_comparison(page: ArticlePage) -> None:
    draft = ArticlePage.objects.get(pk=page.pk)
    draft.short_answer = "Vertraulicher Entwurf."
    draft.save_revision(clean=False)
    other = factories.article("Anderes", parent=page.get_parent(), live=False)
    for number in range(3):
        publish(other, short_answer=f"Fremd {number}.")
    assert "Vertraulicher Entwurf" not in text(LIST) + text(f"{LIST}1-2/")
    text(f"{LIST}1-3/", status=404)
    text(f"{LIST}2-3/", status=404)


def test_only_those_who_may_read_the_page_see_its_versions(page: ArticlePage) -> None:
    addresses = (LIST, f"{LIST}1-2/", LIST[:-1] + ".md", f"{LIST}1-2.md")
    member, staff = PortalClient(), PortalClient()
    member.force_login(make_user("k@kommune.example", role="Kommune"))
    staff.force_login(make_user("r@kkv.example", role="Redaktion"))
    fresh = ArticlePage.objects.get(pk=page.pk)
    for level, allowed in ((Visibility.MUNICIPALITY, (member, staff)), (Visibility.CENTRE, (staff,))):
        fresh.visibility = level
        fresh.save()
        for address in addresses:
            for client in (Client(), member, staff):
                response = client.get(address)
                if client in allowed:
                    assert response.status_code == 200
                else:
                    assert response.status_code in {302, 403}
                    assert "Frist endet" not in response.content.decode()
    assert "noindex" in text(LIST, staff)
    fresh.unpublish()
    for address in addresses:
        text(address, staff, status=404)


def test_a_version_that_was_closed_stays_closed_when_the_page_opens(page: ArticlePage) -> None:
    publish(page, "Nur intern.", visibility=Visibility.CENTRE, short_answer="Interne Telefonliste.")
    publish(page, "Für alle.", visibility=Visibility.PUBLIC, short_answer="Ja.")
    html = text(LIST)
    assert "Nur intern." not in html
    assert "nur für die Kompetenzstelle sichtbar" in html
    assert f"{LIST}2-4/" in html
    assert "3-4/" not in html
    text(f"{LIST}3-4/", status=404)
    text(f"{LIST}3-4.md", status=404)
    assert "Telefonliste" not in text(f"{LIST}2-4/")
    staff = PortalClient()
    staff.force_login(make_user("r@kkv.example", role="Redaktion"))
    assert "Telefonliste" in text(f"{LIST}3-4/", staff)


def test_notes_of_a_version_that_was_closed_are_told_to_nobody_else(page: ArticlePage) -> None:
    publish(page, "Nur intern.", visibility=Visibility.CENTRE)
    publish(page, "Für alle.", visibility=Visibility.PUBLIC)
    for address in ("/aenderungen/", "/aenderungen.md", "/aenderungen.atom", f"{LIST[:-10]}aenderungen.atom"):
        told = Client().get(address).content.decode()
        assert "Für alle" in told, address
        assert "Nur intern" not in told, address
    staff = PortalClient()
    staff.force_login(make_user("r@kkv.example", role="Redaktion"))
    assert "Nur intern" in text("/aenderungen/", staff)


def test_a_page_with_its_versions_can_be_deleted(page: ArticlePage) -> None:
    ArticlePage.objects.get(pk=page.pk).delete()
    text(LIST, status=404)


def test_markdown_forms(page: ArticlePage) -> None:
    listed = text(LIST[:-1] + ".md")
    assert "- Fassung 2," in listed
    assert f"({LIST}1-2.md)" in listed
    compared = Client().get(f"{LIST}1-2.md")
    assert "{--31. März.--} {++30. Juni.++}" in compared.content.decode().replace("\\", "")
    assert compared["X-Robots-Tag"] == "noindex"
    assert Client().get(f"{LIST}2-1.md")["Location"] == f"{LIST}1-2.md"


def test_moved_and_replaced_pages_lead_on(page: ArticlePage) -> None:
    topic = page.get_parent()
    old = factories.question("Alte Frage?", parent=topic)
    new = factories.question("Neue Frage?", parent=topic)
    QuestionPage.objects.filter(pk=old.pk).update(successor=new)
    response = Client().get(f"{old.url}versionen/")
    assert response.status_code == 301
    assert response["Location"].endswith(f"{new.url}versionen/")


def test_a_closed_question_tells_nobody_outside_its_successor() -> None:
    topic = factories.topic("Ämter")
    new = factories.question("Neue Frage?", parent=topic, visibility=Visibility.CENTRE)
    old = factories.question("Alte Frage?", parent=topic, visibility=Visibility.CENTRE, successor=new)
    for form in ("/versionen/", "/versionen.md"):
        response = Client().get(f"{old.url.rstrip('/')}{form}")
        assert response.status_code == 302
        assert "neue-frage" not in response["Location"]


def test_a_page_may_be_called_as_the_list_is() -> None:
    topic = factories.topic("Ämter")
    assert "noch keine Fassung" in text("/themen/aemter/versionen/")
    assert "Noch keine" in text("/themen/aemter/versionen.md")
    text("/gibt/es/nicht/versionen/", status=404)
    factories.article("Versionen", parent=topic)
    assert "Versionen" in text("/themen/aemter/versionen/")
    assert "Versionen" in text("/themen/aemter/versionen.md")
    assert "Noch keine" in text("/themen/aemter/versionen/versionen.md")
    assert "noch keine Fassung" in text("/themen/aemter/versionen/versionen/")


def test_changing_is_not_possible_here(page: ArticlePage) -> None:
    for address in (LIST, f"{LIST}1-2/", f"{LIST}1-2.md"):
        assert Client().post(address).status_code == 405


@pytest.mark.slow
def test_queries_do_not_grow_with_the_number_of_versions(page: ArticlePage) -> None:
    few = querycounts.cold(LIST), querycounts.cold(f"{LIST}1-2/")
    for number in range(60):
        publish(page, f"Änderung {number}.")
    many = querycounts.cold(LIST), querycounts.cold(f"{LIST}1-2/")
    assert many[0] <= few[0]
    assert many[1] <= few[1]
    assert max(many) <= 14
