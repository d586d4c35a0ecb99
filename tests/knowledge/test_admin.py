"""The editing forms: German, complete, with messages at the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from faq.models import QuestionPage
from knowledge.forms import ActForm, TermForm
from knowledge.models import Act, ArticlePage, GlossaryTerm, TemplatePage
from knowledge.wagtail_hooks import ActViewSet, GlossaryViewSet
from portal.accounts.models import User
from tests import factories
from tests.people import PortalClient, add_totp

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return User.objects.create_superuser("leitung@example.org", "ein-langes-Kennwort")


def _article_data(**changes: Any) -> dict[str, Any]:
    data = {
        "title": "Anträge prüfen",
        "slug": "antraege-pruefen",
        "kind": "leitfaden",
        "short_answer": "Ja. Die Behörde prüft.",
        "body": streamfield([("markdown", "Über **Größe**.")]),
        "next_step_label": "",
        "next_step_page": "",
        "legal_basis": "",
        "no_legal_basis": "on",
        "sources": inline_formset([{"title": "Amtsblatt, 19.08.2026", "url": ""}]),
        "curated_related": inline_formset([]),
        "field_reports": inline_formset([]),
        "comments": inline_formset([]),
        "review_interval_days": "365",
        "content_as_of": "2026-08-19",
        "responsible_unit": "Kompetenzstelle",
        "contact_email": "fragen@example.org",
        "visibility": "public",
        "tags": "",
        **changes,
    }
    return {**nested_form_data(data), "audience": ["it", "leitung"]}


def _form(page: Any, data: dict[str, Any], user: User, parent: Page) -> Any:
    form_class = type(page).get_edit_handler().get_form_class()
    return form_class(data, instance=page, parent_page=parent, for_user=user)


def test_article_is_saved_with_lists_of_choices(admin: User) -> None:
    data = _article_data(responsible_person=str(admin.pk))
    form = _form(ArticlePage(), data, admin, factories.topic())
    assert form.is_valid(), form.errors
    page = form.save(commit=False)
    assert page.audience == ["leitung", "it"]


@pytest.mark.parametrize(
    "field",
    ["content_as_of", "responsible_unit", "contact_email", "responsible_person", "review_interval_days"],
)
def test_what_the_trust_line_lacks_stops_the_submission_at_its_field_but_not_a_draft(
    admin: User, field: str
) -> None:
    data = _article_data(**{"responsible_person": str(admin.pk), field: ""})
    form = _form(ArticlePage(), data, admin, factories.topic())
    assert list(form.errors) == [field]
    if field != "review_interval_days":
        draft = _form(ArticlePage(), data, admin, factories.topic())
        draft.defer_required_fields()
        assert draft.is_valid(), draft.errors


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "change_significance"),
        ({"change_significance": "major", "change_summary": " "}, "change_summary"),
        ({"change_significance": "minor"}, ""),
        ({"change_significance": "major", "change_summary": "Neue Frist."}, ""),
    ],
)
def test_a_change_of_what_readers_know_names_its_significance(
    admin: User, changes: dict[str, str], field: str
) -> None:
    page = factories.article("Anträge prüfen")
    data = _article_data(slug=page.slug, responsible_person=str(admin.pk), **changes)
    form = _form(page, data, admin, page.get_parent())
    assert list(form.errors) == ([field] if field else [])


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"short_answer": "Eins. Zwei. Drei. Vier. Fünf. Sechs."}, "short_answer", "6 Sätze, erlaubt sind 5"),
        ({"legal_basis": "§ 1 XYZG", "no_legal_basis": ""}, "legal_basis", "„§ 1 XYZG“ nennt keine bekannte"),
        ({"no_legal_basis": ""}, "legal_basis", "Nennen Sie die Rechtsgrundlage"),
        ({"legal_basis": "§ 9 OZG"}, "legal_basis", "nicht beides"),
        ({"body": streamfield([("markdown", "ä" * 5_000_000)])}, "body", "5.000.000 Zeichen zu lang"),
        ({"body": streamfield([("markdown", ">" * 40 + " tief")])}, "body", "40 Ebenen tief"),
    ],
)  # fmt: skip
def test_wrong_input_gets_a_message_at_its_field(
    admin: User, changes: dict[str, Any], field: str, message: str
) -> None:
    factories.act()
    form = _form(ArticlePage(), _article_data(**changes), admin, factories.topic())
    assert not form.is_valid()
    errors = form.errors[field]
    shown = str(errors) + str([getattr(error, "block_errors", "") for error in errors.as_data()])
    assert message in shown


def test_draft_may_lack_legal_basis_and_sources(admin: User) -> None:
    form = _form(
        ArticlePage(), _article_data(no_legal_basis="", sources=inline_formset([])), admin, factories.topic()
    )
    form.defer_required_fields()
    assert form.is_valid(), form.errors


def test_published_article_needs_a_source(admin: User) -> None:
    form = _form(ArticlePage(), _article_data(sources=inline_formset([])), admin, factories.topic())
    assert not form.is_valid()
    assert form.formsets["sources"].non_form_errors()


def test_slug_in_use_is_refused_in_german(admin: User) -> None:
    topic = factories.topic()
    factories.article("Anträge prüfen", parent=topic)
    form = _form(ArticlePage(), _article_data(), admin, topic)
    assert not form.is_valid()
    assert "antraege-pruefen" in str(form.errors["slug"])


def test_questions_cannot_replace_each_other_in_a_circle(admin: User) -> None:
    topic = factories.topic()
    old = factories.question("Alt?", parent=topic)
    new = factories.question("Neu?", parent=topic, successor=old)
    data = _article_data(title="Alt?", slug="alt", successor=str(new.pk), sort_order="1")
    form = _form(QuestionPage.objects.get(pk=old.pk), data, admin, topic)
    assert not form.is_valid()
    assert "im Kreis" in str(form.errors["successor"])


def test_topic_cannot_be_moved_under_itself(admin: User) -> None:
    topic = factories.topic()
    below = factories.topic(parent=topic)
    topic.refresh_from_db()
    assert not topic.permissions_for_user(admin).can_move_to(below)


def _term_form(data: dict[str, Any], instance: GlossaryTerm | None = None) -> TermForm:
    handler = GlossaryViewSet.edit_handler.bind_to_model(GlossaryTerm)
    return handler.get_form_class()(data, instance=instance or GlossaryTerm())


def test_synonym_belongs_to_one_term_only() -> None:
    factories.term("BundID", synonyms="Nutzerkonto Bund")
    form = _term_form({"term": "Bürgerkonto", "meaning": "Konto.", "synonyms": "nutzerkonto  bund"})
    assert not form.is_valid()
    assert "steht schon beim Begriff „BundID“" in str(form.errors["synonyms"])


def test_address_of_a_term_follows_from_its_name() -> None:
    form = _term_form({"term": "Größenklasse", "meaning": "Einteilung.", "synonyms": ""})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["slug"] == "groessenklasse"


def _act_form(data: dict[str, Any]) -> ActForm:
    handler = ActViewSet.edit_handler.bind_to_model(Act)
    base = {"abbreviation": "EGovG", "title": "E-Government-Gesetz", "level": "bund", "binds": "ja", "aliases": ""}
    data = nested_form_data({"provisions": inline_formset([]), **base, **data})
    return handler.get_form_class()(data, instance=Act())


def test_provision_entered_twice_is_named() -> None:
    rows = [{"ref": "§ 9 Abs. 1", "summary": ""}, {"ref": "§ 9 Absatz 1", "summary": ""}]
    form = _act_form({"provisions": inline_formset(rows)})
    assert not form.is_valid()
    assert "„§ 9 Absatz 1“ steht zweimal" in str(form.errors)


def test_spelling_leads_to_one_act_only() -> None:
    factories.act("OZG", aliases="Onlinezugangsgesetz")
    form = _act_form({"aliases": "onlinezugangs-gesetz"})
    assert not form.is_valid()
    assert "ist schon eine Schreibweise von OZG" in str(form.errors["aliases"])


def test_provision_key_follows_its_wording() -> None:
    act = factories.act(provisions=[("§ 9 Abs. 1", ""), ("Anhang II", "")])
    assert list(act.provisions.values_list("key", flat=True)) == ["9/1", "anhang-ii"]


@pytest.mark.parametrize("kind", ["article", "question", "topic", "template", "home", "standard_page"])
def test_editing_page_opens_in_german(admin: User, kind: str) -> None:
    page = getattr(factories, kind)()
    client = PortalClient()
    add_totp(admin)
    client.force_login(admin)
    response = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert response.status_code == 200
    content = response.content.decode()
    assert "Veröffentlich" in content
    assert "Adresse und S" in content
    assert ">None<" not in "".join(content.split())


def test_menu_and_lists_of_snippets(admin: User) -> None:
    client = PortalClient()
    add_totp(admin)
    term = factories.term()
    factories.act()
    client.force_login(admin)
    for name in ("glossaryterm", "act"):
        response = client.get(reverse(f"wagtailsnippets_knowledge_{name}:list") + "?q=OZG")
        assert response.status_code == 200
    edit = client.get(reverse("wagtailsnippets_knowledge_glossaryterm:edit", args=[term.pk]))
    assert "Langform" in edit.content.decode()


def test_snippets_have_a_preview() -> None:
    for made in (factories.term(), factories.act(summary="Was **Größe** heißt.")):
        response = made.make_preview_request(original_request=RequestFactory().get("/"))
        assert response.status_code == 200
        assert b"kp-prose" in response.content


@pytest.mark.parametrize("model", [ArticlePage, QuestionPage, TemplatePage])
def test_the_address_of_a_new_page_follows_its_title(model: Any, admin: User, rf: RequestFactory) -> None:
    """Else the form asks for it, on a tab nobody has opened."""
    request: Any = rf.get("/")
    request.user = admin
    handler = model.get_edit_handler()
    form = handler.get_form_class()(instance=model(), for_user=admin)
    handler.get_bound_panel(instance=model(), request=request, form=form).render_html()
    assert form.fields["title"].widget.attrs["data-w-sync-target-value"] == "#id_slug"
