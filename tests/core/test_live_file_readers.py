"""The Redaktion alone does not change who reads a file of live pages; no picture has a name to guess."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, CollectionViewRestriction, ReferenceIndex

from portal.core.models import PortalDocument, PortalImage
from portal.core.visibility import STAFF_GROUPS
from tests import factories
from tests.core import files
from tests.factories.content import document as make_document
from tests.factories.review import EDITOR, REVIEWER, draft_article, person, submit
from tests.people import PortalClient, add_totp

pytestmark = pytest.mark.django_db
REASON = "ein anderer Leserkreis"
RANDOM = re.compile(r"original_images/[a-z0-9]{16}-bild\.png")


def client(role: str = EDITOR) -> Client:
    user = person(f"Olga{role[:3]}", role)
    add_totp(user)
    found = PortalClient()
    found.force_login(user)
    return found


def closed() -> Collection:
    collection = Collection.get_first_root_node().add_child(name="Intern")
    restriction = CollectionViewRestriction.objects.create(collection=collection, restriction_type="groups")
    restriction.groups.set([Group.objects.get_or_create(name=name)[0] for name in STAFF_GROUPS])
    return collection


def placed(collection: Any, *, used: bool = True) -> PortalDocument:
    """A file in a collection, on a live page if wanted."""
    document = make_document()
    PortalDocument.objects.filter(pk=document.pk).update(collection=collection)
    document.refresh_from_db()
    if used:
        page = factories.standard_page(body=[("file", {"document": document, "title": ""})])
        ReferenceIndex.create_or_update_for_object(page)
    return document


def post(browser: Client, document: PortalDocument, collection: Any, way: str) -> str:
    """Put a file into a collection in one of three ways, and return what the screen says."""
    data = {"title": document.title, "licence": "", "tags": "", "collection": collection.pk}
    if way == "bulk":
        address = reverse("wagtail_bulk_action", args=["core", "portaldocument", "add_to_collection"])
        answer = browser.post(f"{address}?id={document.pk}", {"collection": collection.pk}, follow=True)
    elif way == "several":
        address = reverse("wagtaildocs:edit_multiple", args=[document.pk])
        sent = {f"doc-{document.pk}-{name}": value for name, value in data.items()}
        answer = browser.post(address, sent, headers={"x-requested-with": "XMLHttpRequest"})
        return str(answer.json())
    else:
        answer = browser.post(reverse("wagtaildocs:edit", args=[document.pk]), data, follow=True)
    return answer.content.decode()


@pytest.mark.parametrize("way", ["form", "several", "bulk"])
@pytest.mark.parametrize("opened", [True, False])
def test_the_readers_of_a_live_file_stay(way: str, opened: bool) -> None:
    collections = (closed(), Collection.get_first_root_node())
    old, new = collections if opened else reversed(collections)
    document, browser = placed(old), client()
    before = Client().get(document.url).status_code
    assert REASON in post(browser, document, new, way)
    document.refresh_from_db()
    assert document.collection == old
    assert Client().get(document.url).status_code == before == (302 if opened else 200)


def test_the_readers_of_a_file_under_review_stay() -> None:
    anna, document = person("Anna"), placed(closed(), used=False)
    submit(draft_article(anna, body=factories.markdown(f"[Formular]({document.url})")), anna)
    assert REASON in post(client(), document, Collection.get_first_root_node(), "form")


@pytest.mark.parametrize("way", ["form", "bulk"])
def test_the_reviewers_move_it(way: str) -> None:
    document, root = placed(closed()), Collection.get_first_root_node()
    assert REASON not in post(client(REVIEWER), document, root, way)
    assert PortalDocument.objects.get(pk=document.pk).collection == root


@pytest.mark.parametrize("way", ["form", "bulk"])
def test_files_move_where_the_same_may_read_them_and_drafts_anywhere(way: str) -> None:
    inner = closed()
    live, free, browser = placed(inner), placed(inner, used=False), client()
    below, root = inner.add_child(name="Darunter"), Collection.get_first_root_node()
    for document, target in ((live, below), (free, root)):
        assert REASON not in post(browser, document, target, way)
        assert PortalDocument.objects.get(pk=document.pk).collection == target


def test_no_picture_has_a_name_to_guess() -> None:
    data = {"title": "Bild", "description": "Ein Bild", "licence": "eigenes Bild", "credit": "", "tags": "",
            "collection": Collection.get_first_root_node().pk}  # fmt: skip
    browser = client()
    browser.post(reverse("wagtailimages:add"), {**data, "file": SimpleUploadedFile("bild.png", files.png())})
    image = PortalImage.objects.get()
    assert RANDOM.fullmatch(image.file.name)
    assert Path(image.get_rendition("width-4").file.name).name.startswith(Path(image.file.name).name[:17])
    before = image.file.name
    image.save()
    assert PortalImage.objects.get().file.name == before
    long = image.get_upload_to(f"{'ä' * 90}.png")
    assert long.endswith("a.png")
    assert len(long) < 100
