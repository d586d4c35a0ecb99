"""What the database itself refuses, and previews of what is not saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from wagtail.models import ReferenceIndex

from knowledge.models import LawSection, LegalReference, Provision
from knowledge.services import record_review
from tests import factories

pytestmark = pytest.mark.django_db


def _refused(action: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        action()


def test_provision_stands_once_and_ends_after_it_begins() -> None:
    act = factories.act(provisions=[("§ 9", "9")])
    _refused(lambda: Provision.objects.create(act=act, ref="§ 9"))
    _refused(
        lambda: Provision.objects.create(
            act=act, ref="§ 10", in_force_from=date(2026, 2, 1), in_force_to=date(2026, 1, 1)
        )
    )


def test_anchor_and_reference_are_unique() -> None:
    act = factories.act()
    text = factories.law_text(act, {"1": "Größe"})
    section = text.sections.get()
    _refused(
        lambda: LawSection.objects.create(
            law_text=text, position=2, number="§ 1", anchor=section.anchor, html="", text="", text_hash=""
        )
    )
    page = factories.article(legal_basis="§ 9 OZG")
    _refused(lambda: LegalReference.objects.create(page=page, act=act, key="9", origin="basis"))


def test_draft_and_new_page_have_a_preview() -> None:
    topic = factories.topic()
    page = factories.article(parent=topic, tags=["Öffnung"])
    page.body = factories.markdown("Entwurf: Größe")
    draft = page.save_revision().as_object()
    response = draft.make_preview_request()
    assert response.status_code == 200
    assert "Entwurf: Größe" in response.content.decode()
    assert "Entwurf" not in type(page).objects.get(pk=page.pk).rendered["html"]


def test_template_lists_the_articles_that_use_it() -> None:
    template = factories.template()
    article = factories.article("Nutzt sie", related=[template])
    context = template.get_context(_request())
    assert [item["title"] for item in context["used_by"]] == ["Nutzt sie"]
    offered = article.get_context(_request())["templates"]
    assert offered[0]["title"] == template.title
    assert offered[0]["type"] == "DOCX"


def test_template_lists_the_articles_whose_text_offers_its_file() -> None:
    template = factories.template()
    body = [("file", {"document": template.file, "title": "Prüfliste"})]
    article = factories.article("Bietet die Datei an", body=body)
    ReferenceIndex.create_or_update_for_object(article)
    assert [item["title"] for item in template.get_context(_request())["used_by"]] == ["Bietet die Datei an"]


def test_a_copy_is_a_page_nobody_has_reviewed() -> None:
    page = factories.article("Geprüft")
    record_review(page=page, reviewer=factories.staff())
    page.refresh_from_db()
    assert page.reviewed_at is not None
    copy = page.copy(update_attrs={"slug": "kopie"})
    copy.refresh_from_db()
    assert (copy.reviewed_at, copy.reviewed_by, copy.is_starter_content) == (None, None, False)


def _request() -> Any:
    from django.contrib.auth.models import AnonymousUser
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return request
