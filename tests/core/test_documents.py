from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.models import CollectionViewRestriction, ReferenceIndex

from portal.core import documents
from portal.core.models import PortalDocument, PortalImage
from portal.core.visibility import MUNICIPALITY_GROUP, STAFF_GROUPS, Visibility
from portal.home.models import HomePage, StandardPage
from tests.core import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def document() -> PortalDocument:
    return PortalDocument.objects.create(title="Muster", file=ContentFile(files.docx("Größe"), name="muster.docx"))


def _link(document: PortalDocument, slug: str, **fields: object) -> StandardPage:
    page: StandardPage = HomePage.objects.get().add_child(
        instance=StandardPage(
            title=slug.title(), slug=slug, body=[("file", {"document": document, "title": ""})], **fields
        )
    )
    ReferenceIndex.create_or_update_for_object(page)
    return page


def _reader(client: Client, *groups: str) -> Client:
    user = get_user_model().objects.create_user(f"{len(groups)}@example.org", "geheim-geheim")
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    client.force_login(user)
    return client


def test_a_file_nobody_links_is_the_centres(client: Client, document: PortalDocument) -> None:
    assert documents.level_of_document(document) is Visibility.CENTRE
    response = client.get(document.url)
    assert response.status_code == 302
    assert "/konto/" in response["Location"]


def test_a_file_of_a_public_page_is_public_and_a_download(client: Client, document: PortalDocument) -> None:
    _link(document, "hilfe-zum-muster")
    response = client.get(document.url)
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'"


def test_drafts_open_nothing(document: PortalDocument) -> None:
    _link(document, "entwurf", live=False)
    assert documents.level_of_document(document) is Visibility.CENTRE


def test_the_most_open_page_counts(client: Client, document: PortalDocument) -> None:
    _link(document, "intern", visibility=Visibility.CENTRE)
    assert documents.level_of_document(document) is Visibility.CENTRE
    _link(document, "kommunen", visibility=Visibility.MUNICIPALITY)
    assert documents.level_of_document(document) is Visibility.MUNICIPALITY
    assert _reader(client).get(document.url).status_code == 403
    assert _reader(Client(), MUNICIPALITY_GROUP).get(document.url).status_code == 200


def test_a_restricted_collection_stays_restricted(document: PortalDocument) -> None:
    _link(document, "offen")
    restriction = CollectionViewRestriction.objects.create(
        collection=document.collection, restriction_type="groups"
    )
    restriction.groups.set([Group.objects.get_or_create(name=name)[0] for name in STAFF_GROUPS])
    assert documents.level_of_document(document) is Visibility.CENTRE
    restriction.groups.set([Group.objects.get(name="Redaktion")])
    assert documents.level_of_document(document) is Visibility.NOBODY


def test_other_apps_may_name_further_links(document: PortalDocument, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_sources", list(documents._sources))
    documents.register_link_source(lambda ids: [(pk, Visibility.PUBLIC) for pk in ids])
    assert documents.level_of_document(document) is Visibility.PUBLIC


def test_images_are_served_and_files_are_not(client: Client, document: PortalDocument) -> None:
    image = PortalImage.objects.create(
        title="Zeichen", description="Ein Kreis", licence="eigen", width=10, height=10,
        file=ContentFile(files.SVG.encode(), name="a.svg"),
    )  # fmt: skip
    response = client.get(image.file.url)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(f"/media/{document.file.name}").status_code == 404
    assert client.get("/media/images/../documents/x").status_code == 404
    assert client.get("/media/images/fehlt.png").status_code == 404


@pytest.mark.parametrize("folder", ["images", "images/", "original_images", "images/unter"])
def test_a_folder_of_images_is_no_image(client: Client, folder: str) -> None:
    (Path(settings.MEDIA_ROOT) / folder).mkdir(parents=True, exist_ok=True)
    assert client.get(f"/media/{folder}").status_code == 404
