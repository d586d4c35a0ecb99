"""Whatever is deleted leaves one row in the log, by whatever way it went: ids of what and who, no texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Collection, Page, Task

from portal.accounts.models import User
from portal.accounts.roles import sync_roles
from portal.core.models import AuditEntry, PortalDocument, PortalImage, ReviewTask
from tests import factories
from tests.core import files
from tests.factories.content import document
from tests.people import make_user, signed_in

pytestmark = pytest.mark.django_db

DELETED = "wagtail.delete"


def image(title: str) -> PortalImage:
    file = SimpleUploadedFile("bild.png", files.png(8, 8), content_type="image/png")
    made: PortalImage = PortalImage.objects.create(title=title, description="Größe", licence="CC0", file=file)
    return made


SNIPPETS: dict[str, Callable[[int], Any]] = {
    "act": lambda number: factories.act(f"GrößenG{number}"),
    "glossaryterm": lambda number: factories.term(f"Größenklasse {number}"),
    "deadline": lambda number: factories.deadline(f"Größenfrist {number}"),
    "fact": lambda number: factories.fact(f"O-{number}", statement="Größe"),
}
FILES: dict[str, Callable[[int], Any]] = {
    "portaldocument": lambda number: document(f"Größe{number}.txt"),
    "portalimage": lambda number: image(f"Größe {number}"),
}


@pytest.fixture
def anna() -> User:
    return make_user(role="Administration")


@pytest.fixture
def browser(anna: User) -> Client:
    return signed_in(anna)


Row = tuple[str, str, int | None]
Rows = Callable[..., list[Row]]


@pytest.fixture
def rows() -> Rows:
    """Return what was logged of deletions (or another action) since the test began: kind, number, person."""
    sync_roles()  # which deletes groups of Wagtail's
    before = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def found(action: str = DELETED) -> list[Row]:
        entries = list(AuditEntry.objects.filter(action=action, pk__gt=before))
        assert "Größe" not in str([vars(entry) for entry in entries])
        return sorted([(entry.object_type, entry.object_id, entry.actor) for entry in entries], key=str)

    return found


def expected(actor: User | None, *objects: tuple[str, Any]) -> list[Row]:
    return sorted([(kind, str(pk), actor.pk if actor else None) for kind, pk in objects], key=str)


def bulk(app: str, model: str, action: str, *ids: Any) -> str:
    address = reverse("wagtail_bulk_action", args=[app, model, action])
    return f"{address}?{'&'.join(f'id={pk}' for pk in ids)}"


@pytest.mark.parametrize("model", SNIPPETS)
def test_a_snippet_deleted_alone(rows: Rows, browser: Client, anna: User, model: str) -> None:
    pk = SNIPPETS[model](1).pk
    browser.post(reverse(f"wagtailsnippets_knowledge_{model}:delete", args=[pk]))
    assert rows() == expected(anna, (f"knowledge.{model}", pk))


@pytest.mark.parametrize("model", SNIPPETS)
def test_several_snippets_deleted_at_once(rows: Rows, browser: Client, anna: User, model: str) -> None:
    ids = [SNIPPETS[model](number).pk for number in (1, 2)]
    browser.post(bulk("knowledge", model, "delete", *ids))
    assert rows() == expected(anna, *[(f"knowledge.{model}", pk) for pk in ids])


@pytest.mark.parametrize("model", SNIPPETS)
def test_a_snippet_deleted_by_code(rows: Rows, model: str) -> None:
    first, second = SNIPPETS[model](1), SNIPPETS[model](2)
    ids = [first.pk, second.pk]
    first.delete()
    type(second).objects.all().delete()
    assert rows() == expected(None, *[(f"knowledge.{model}", pk) for pk in ids])


@pytest.mark.parametrize("model", FILES)
def test_files_and_pictures_alone_and_several(rows: Rows, browser: Client, anna: User, model: str) -> None:
    ids = [FILES[model](number).pk for number in (1, 2, 3)]
    app = "wagtaildocs" if model == "portaldocument" else "wagtailimages"
    browser.post(reverse(f"{app}:delete", args=[ids[0]]))
    assert rows() == expected(anna, (f"core.{model}", ids[0]))
    browser.post(bulk("core", model, "delete", *ids[1:]))
    assert not (PortalDocument if model == "portaldocument" else PortalImage).objects.exists()
    assert rows() == expected(anna, *[(f"core.{model}", pk) for pk in ids])


def test_files_deleted_by_code_with_their_renditions(rows: Rows) -> None:
    picture = image("Größe")
    picture.get_rendition("fill-4x4")
    pk = picture.pk
    PortalImage.objects.filter(pk=pk).delete()
    assert rows() == expected(None, ("core.portalimage", pk))


def test_a_deleted_topic_takes_its_pages_along(rows: Rows, browser: Client, anna: User) -> None:
    gone = []
    topics = [factories.topic(f"Größenthema {number}") for number in (1, 2, 3)]
    for number, topic in enumerate(topics):
        article = factories.article(f"Größe {number}", parent=topic)
        question = factories.question(f"Welche Größe {number}?", parent=topic)
        gone += [("knowledge.topicpage", topic.pk), ("knowledge.articlepage", article.pk)]
        gone.append(("faq.questionpage", question.pk))
    browser.post(reverse("wagtailadmin_pages:delete", args=[topics[0].pk]))
    assert rows() == expected(anna, *gone[:3])
    assert not AuditEntry.objects.filter(action__contains="unpublish").exists(), "gone, not taken offline besides"
    browser.post(bulk("wagtailcore", "page", "delete", *[topic.pk for topic in topics[1:]]))
    assert rows() == expected(anna, *gone)


def test_pages_deleted_by_code(rows: Rows, anna: User) -> None:
    topic = factories.topic()
    pages = [factories.article(f"Größe {number}", parent=topic) for number in (1, 2, 3)]
    ids = [("knowledge.articlepage", page.pk) for page in pages]
    pages[0].delete(user=anna)
    assert rows() == expected(anna, ids[0])
    Page.objects.get(pk=pages[1].pk).delete()
    Page.objects.filter(pk=pages[2].pk).delete()
    assert rows() == sorted(expected(anna, ids[0]) + expected(None, *ids[1:]), key=str)


def test_a_deletion_that_is_undone_leaves_no_row(rows: Rows, browser: Client) -> None:
    fact = factories.fact("O-1")
    factories.article("Größe", facts=["O-1"])
    browser.post(bulk("knowledge", "fact", "delete", fact.pk))
    assert type(fact).objects.filter(pk=fact.pk).exists()
    assert rows() == []


def test_pages_taken_offline_and_moved_many_at_once(rows: Rows, browser: Client, anna: User) -> None:
    source, target = factories.topic("Größenthema"), factories.topic("Ziel")
    pages = [factories.article(f"Größe {number}", parent=source) for number in (1, 2)]
    ids = [("knowledge.articlepage", page.pk) for page in pages]
    browser.post(bulk("wagtailcore", "page", "move", *[page.pk for page in pages]), {"chooser": target.pk})
    assert rows("wagtail.move") == expected(anna, *ids)
    browser.post(bulk("wagtailcore", "page", "unpublish", *[page.pk for page in pages]))
    assert rows("wagtail.unpublish") == expected(anna, *ids)
    browser.post(bulk("wagtailcore", "page", "publish", *[page.pk for page in pages]))
    assert rows("wagtail.publish") == []
    assert not Page.objects.filter(pk__in=[page.pk for page in pages], live=True).exists()


def test_what_decides_about_rights_and_settings_goes_with_one_row_each(rows: Rows) -> None:
    group = Group.objects.create(name="Größe")
    collection = Collection.get_first_root_node().add_child(name="Größe")
    task = ReviewTask.objects.create(name="Größe")
    made = Redirect.add_redirect("/größe", redirect_to="/neu")
    own = Redirect.add_redirect("/von-selbst", redirect_to="/neu", automatically_created=True)
    gone = [
        ("auth.group", group.pk), ("wagtailcore.collection", collection.pk),
        ("core.reviewtask", task.pk), ("wagtailredirects.redirect", made.pk),
    ]  # fmt: skip
    for one in (group, collection, Task.objects.get(pk=task.pk), made, own):
        one.delete()
    assert rows() == expected(None, *gone)
