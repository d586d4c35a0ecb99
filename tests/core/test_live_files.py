"""The files of live pages are changed by two people: no swap and no deletion by one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ReferenceIndex

from portal.core.live_files import NO_SWAP
from portal.core.models import AuditEntry, PortalDocument, PortalImage
from portal.core.review import services
from tests import factories
from tests.core import files
from tests.factories.content import document as make_document
from tests.factories.review import REVIEWER, draft_article, person, save, submit
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
STAYS = "bleibt deshalb erhalten"


@pytest.fixture
def editor() -> Client:
    client = PortalClient()
    client.force_login(make_user("olga@kkv.example", role="Redaktion"))
    return client


@pytest.fixture
def administrator() -> Client:
    client = PortalClient()
    client.force_login(make_user("root@kkv.example", is_superuser=True))
    return client


def _used(*, live: bool = True) -> PortalDocument:
    page = factories.template(live=live)
    ReferenceIndex.create_or_update_for_object(page)
    found: PortalDocument = PortalDocument.objects.get()
    return found


def _image(*, live: bool = True) -> PortalImage:
    image: PortalImage = PortalImage.objects.create(
        title="Bild",
        description="Ein Bild",
        licence="eigenes Bild",
        file=ContentFile(files.png(), name="bild.png"),
    )
    if not live:
        return image
    block = {"image": image, "alt": "", "caption": ""}
    page = factories.standard_page(body=[("image", block)])
    ReferenceIndex.create_or_update_for_object(page)
    assert ReferenceIndex.get_references_to(image).exists()
    return image


def _swap(client: Client, document: PortalDocument) -> Any:
    data = {
        "title": "Neuer Titel", "licence": "", "tags": "", "collection": document.collection_id,
        "file": SimpleUploadedFile("neu.txt", b"anderer Inhalt"),
    }  # fmt: skip
    return client.post(reverse("wagtaildocs:edit", args=[document.pk]), data)


def test_the_file_of_a_live_page_is_not_replaced(editor: Client) -> None:
    document = _used()
    before = document.file.name
    assert NO_SWAP in _swap(editor, document).content.decode()
    document.refresh_from_db()
    assert (document.file.name, document.title) == (before, "Prüfliste")


def test_the_file_of_a_draft_is_replaced_and_logged(editor: Client) -> None:
    document = _used(live=False)
    assert _swap(editor, document).status_code == 302
    document.refresh_from_db()
    assert document.title == "Neuer Titel"
    assert "neu" in document.file.name
    assert AuditEntry.objects.filter(action="wagtail.edit", object_type="core.portaldocument").exists()


def test_the_words_of_a_live_file_may_change(editor: Client) -> None:
    document = _used()
    data = {"title": "Besser", "licence": "", "tags": "", "collection": document.collection_id}
    assert editor.post(reverse("wagtaildocs:edit", args=[document.pk]), data).status_code == 302
    document.refresh_from_db()
    assert document.title == "Besser"


def test_the_picture_of_a_live_page_is_not_replaced(editor: Client) -> None:
    image = _image()
    data = {
        "title": "Bild", "description": "Ein Bild", "licence": "eigenes Bild", "credit": "", "tags": "",
        "collection": image.collection_id, "file": SimpleUploadedFile("neu.png", files.png(9, 9)),
    }  # fmt: skip
    assert NO_SWAP in editor.post(reverse("wagtailimages:edit", args=[image.pk]), data).content.decode()
    image.refresh_from_db()
    assert image.width == 8


@pytest.mark.parametrize("name", ["wagtaildocs:delete", "wagtaildocs:delete_multiple"])
def test_the_file_of_a_live_page_is_not_deleted(administrator: Client, name: str) -> None:
    document = _used()
    assert STAYS in administrator.post(reverse(name, args=[document.pk]), follow=True).content.decode()
    assert PortalDocument.objects.filter(pk=document.pk).exists()


@pytest.mark.parametrize("name", ["wagtailimages:delete", "wagtailimages:delete_multiple"])
def test_the_picture_of_a_live_page_is_not_deleted(administrator: Client, name: str) -> None:
    image = _image()
    assert STAYS in administrator.post(reverse(name, args=[image.pk]), follow=True).content.decode()
    assert PortalImage.objects.filter(pk=image.pk).exists()


def test_many_are_deleted_only_when_readers_have_none_of_them(administrator: Client) -> None:
    used, free = make_document(), make_document("Frei.txt")
    page = factories.standard_page(body=[("file", {"document": used, "title": ""})])
    ReferenceIndex.create_or_update_for_object(page)
    address = reverse("wagtail_bulk_action", args=["core", "portaldocument", "delete"])
    listing = reverse("wagtaildocs:index")
    answer = administrator.post(f"{address}?id={used.pk}&id={free.pk}&next={listing}", follow=True)
    assert STAYS in answer.content.decode()
    assert PortalDocument.objects.count() == 2
    administrator.post(f"{address}?id={free.pk}")
    assert list(PortalDocument.objects.all()) == [used]


def _bulk(model: str, *ids: int | None) -> str:
    return (
        reverse("wagtail_bulk_action", args=["core", model, "delete"]) + "?" + "&".join(f"id={pk}" for pk in ids)
    )


def test_many_are_refused_with_a_message_wherever_they_stand(administrator: Client) -> None:
    live = _used()
    picture = _image()
    draft = factories.template(title="Entwurf einer Vorlage", live=False, file=make_document("Entwurf.txt"))
    ReferenceIndex.create_or_update_for_object(draft)
    before = PortalDocument.objects.count()
    for address, words in (
        (_bulk("portaldocument", live.pk), STAYS),
        (_bulk("portalimage", picture.pk), STAYS),
        (_bulk("portaldocument", draft.file_id), "gehört zu „Entwurf einer Vorlage“ und bleibt deshalb erhalten"),
    ):
        for ask in (administrator.get, administrator.post):
            answer = ask(address, follow=True)
            assert answer.status_code == 200
            assert words in answer.content.decode()
            assert "nicht berechtigt" not in answer.content.decode()
    single = administrator.post(reverse("wagtaildocs:delete", args=[draft.file_id]), follow=True)
    assert "gehört zu „Entwurf einer Vorlage“" in single.content.decode()
    assert PortalDocument.objects.count() == before
    assert PortalImage.objects.count() == 1


def test_a_file_named_in_the_text_of_a_live_page_stays(administrator: Client) -> None:
    document = make_document()
    factories.article("Mit Link", body=factories.markdown(f"[Formular]({document.url})"))
    assert NO_SWAP in _swap(administrator, document).content.decode()
    answer = administrator.post(reverse("wagtaildocs:delete", args=[document.pk]), follow=True)
    assert STAYS in answer.content.decode()


@pytest.mark.parametrize("way", ["block", "address"])
@pytest.mark.parametrize("stage", ["review", "scheduled"])
def test_what_a_second_person_confirms_keeps_its_files(administrator: Client, way: str, stage: str) -> None:
    anna, bernd = person("Anna"), person("Bernd", REVIEWER)
    document = make_document()
    body = (
        json.dumps([{"type": "file", "value": {"document": document.pk, "title": ""}}])
        if way == "block" else factories.markdown(f"[Formular]({document.url})")
    )  # fmt: skip
    draft = draft_article(anna, "Mit Datei")
    later = timezone.now() + timedelta(days=1) if stage == "scheduled" else None
    save(draft, anna, body=body, go_live_at=later)
    assert _swap(administrator, document).status_code == 302
    state = submit(draft, anna)
    if stage == "scheduled":
        assert services.approve(task_state=state, user=bernd)
    document.refresh_from_db()
    before = document.file.name
    assert "gehört zu „Mit Datei“" in _swap(administrator, document).content.decode()
    for address in (reverse("wagtaildocs:delete", args=[document.pk]), _bulk("portaldocument", document.pk)):
        shown = administrator.post(address, follow=True).content.decode()
        assert "gehört zu „Mit Datei“" in shown
        assert "Prüfung zurückziehen oder den Zeitplan aufheben" in shown
    document.refresh_from_db()
    assert document.file.name == before
    if stage == "review":
        services.reject(task_state=state, user=bernd, comment="Andere Datei.")
        assert _swap(administrator, document).status_code == 302


def test_a_picture_under_review_is_not_replaced(administrator: Client) -> None:
    anna = person("Anna")
    image = _image(live=False)
    block = [{"type": "image", "value": {"image": image.pk, "alt": "", "caption": ""}}]
    draft = draft_article(anna, "Mit Bild", body=json.dumps(block))
    submit(draft, anna)
    assert (
        "gehört zu „Mit Bild“" in administrator.post(_bulk("portalimage", image.pk), follow=True).content.decode()
    )
    assert PortalImage.objects.filter(pk=image.pk).exists()


def test_what_nobody_uses_is_deleted_and_logged(administrator: Client) -> None:
    document = make_document()
    administrator.post(reverse("wagtaildocs:delete", args=[document.pk]))
    assert not PortalDocument.objects.exists()
    assert AuditEntry.objects.filter(action="wagtail.delete", object_type="core.portaldocument").exists()
