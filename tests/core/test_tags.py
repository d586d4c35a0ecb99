from typing import Any

import pytest
from django.utils import timezone
from wagtail.models import Revision

from knowledge.models import ArticlePage
from portal.core.models import Tag
from portal.core.review.changes import substance
from portal.core.screens.tags import TagForm
from portal.core.services import merge_tags, tag_changed
from portal.home.models import HomePage
from search.models import SearchChange
from tests import factories

pytestmark = pytest.mark.django_db


def test_start_page_exists_after_migration() -> None:
    assert HomePage.objects.get().url_path == "/start/"


def test_tag_slug_is_german() -> None:
    assert Tag.objects.create(name="Bürgerbüro").slug == "buergerbuero"


def test_one_word_is_one_tag_on_every_database() -> None:
    page = _tagged_article("Öffentlichkeit", "öffentlichkeit", "Straße")
    other = factories.article("Maße", tags=["ÖFFENTLICHKEIT", "strasse", "Presse"])
    other.save_revision().publish()

    assert _names(page) == ["Straße", "Öffentlichkeit"]
    assert _names(other) == ["Presse", "Straße", "Öffentlichkeit"]


def test_a_tag_moved_to_another_address_takes_no_other_word() -> None:
    Tag.objects.create(name="Öffentlichkeit", slug="presse")

    assert _names(_tagged_article("Presse")) == ["Presse"]


def test_the_form_refuses_a_second_spelling() -> None:
    tag = Tag.objects.create(name="Öffentlichkeit")

    assert "name" in TagForm({"name": "öffentlichkeit"}).errors
    assert not TagForm({"name": "öffentlichkeit", "slug": tag.slug}, instance=tag).errors


def test_real_database(real_db: None) -> None:
    HomePage.objects.all().update(title="x")


def _tagged_article(*names: str) -> ArticlePage:
    page = factories.article("Anträge prüfen", tags=list(names))
    page.save_revision().publish()
    return ArticlePage.objects.get(pk=page.pk)


def _draft(page: ArticlePage, *names: str) -> Any:
    draft = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.tags.set(names)
    return draft.save_revision(clean=False)


def _merge(target: str, *others: str) -> None:
    merge_tags(target=Tag.objects.get(name=target), others=Tag.objects.filter(name__in=others))


def _names(page: Any) -> list[str]:
    return sorted(tag.name for tag in ArticlePage.objects.get(pk=page.pk).tags.all())


@pytest.mark.parametrize(
    ("live", "draft", "then"),
    [
        (["Größe"], ["Größe"], ["Maß"]),
        (["Größe", "Maß"], ["Größe", "Maß"], ["Maß"]),
        (["Maß"], ["Größe"], ["Maß"]),
        (["Größe", "Maß"], ["Größe"], ["Maß"]),
        ([], ["Größe", "Amt"], ["Amt", "Maß"]),
        (["Größe"], [], []),
    ],
)
def test_a_draft_published_after_a_merger_has_the_merged_tag(
    live: list[str], draft: list[str], then: list[str]
) -> None:
    for name in ("Größe", "Maß"):
        Tag.objects.get_or_create(name=name)
    page = _tagged_article(*live)
    revision = _draft(page, *draft)
    _merge("Maß", "Größe")
    Revision.objects.get(pk=revision.pk).publish()
    assert _names(page) == then
    assert not Tag.objects.filter(name="Größe").exists()


def test_the_next_draft_starts_with_the_merged_tag_and_a_scheduled_one_brings_it() -> None:
    Tag.objects.create(name="Maß")
    page = _tagged_article("Größe")
    scheduled = _draft(page, "Größe", "Amt")
    Revision.objects.filter(pk=scheduled.pk).update(approved_go_live_at=timezone.now())
    _draft(page, "Größe")
    never = factories.article(live=False, tags=["Größe"])
    never.save_revision()
    _merge("Maß", "Größe")
    for item, names in ((scheduled, ["Amt", "Maß"]), (never.get_latest_revision(), ["Maß"])):
        fresh = Revision.objects.get(pk=item.pk).as_object()
        assert sorted(tag.name for tag in fresh.tags.all()) == names
    fresh = ArticlePage.objects.get(pk=page.pk).get_latest_revision_as_object()
    assert [tag.name for tag in fresh.tags.all()] == ["Maß"]


def test_a_merger_makes_nobody_an_author() -> None:
    """What a review confirms is compared with what readers see: both name the same tag."""
    Tag.objects.create(name="Maß")
    page = _tagged_article("Größe")
    _draft(page, "Größe")
    _merge("Maß", "Größe")
    live, draft = (substance(revision.content)["tagged_items"] for revision in Revision.objects.order_by("pk"))
    assert live == draft != []


def test_a_deleted_tag_changes_its_pages_for_readers_and_search() -> None:
    page = _tagged_article("Presse", "Straße")
    SearchChange.objects.all().delete()
    Tag.objects.filter(name="Presse").delete()
    assert f"wagtailcore.page:{page.pk}" in SearchChange.objects.values_list("object_key", flat=True)
    assert _names(page) == ["Straße"]


def test_a_renamed_tag_stays_on_drafts() -> None:
    page = _tagged_article("Größe")
    revision = _draft(page, "Größe")
    tag = Tag.objects.get(name="Größe")
    tag.name = "Übergröße"
    tag.save()
    tag_changed(tag=tag, old_slug="groesse")
    Revision.objects.get(pk=revision.pk).publish()
    assert _names(page) == ["Übergröße"]
