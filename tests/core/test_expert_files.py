"""An expert has the files of exactly the revision they are shown, as long as the link holds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from wagtail.models import Collection, CollectionViewRestriction

from knowledge.models import ArticlePage
from portal.core.experts import services, views
from portal.core.models import ExpertInvitation, PortalDocument, PortalImage
from portal.core.review import services as reviews
from tests import factories
from tests.core import files
from tests.factories.content import document
from tests.factories.experts import invited
from tests.factories.review import REVIEWER, draft_article, person, save, submit
from tests.people import PortalClient

pytestmark = pytest.mark.django_db
NOT_HERE = "Diese Datei gehört nicht zum Entwurf"


def block(file: PortalDocument) -> str:
    return json.dumps([{"type": "file", "value": {"document": file.pk, "title": "Formular"}}])


def rich_text(file: PortalDocument) -> str:
    return json.dumps([{"type": "text", "value": f'<p><a linktype="document" id="{file.pk}">Formular</a></p>'}])


WAYS: dict[str, Callable[[PortalDocument], Any]] = {
    "block": block,
    "rich text": rich_text,
    "address": lambda file: factories.markdown(f"[Formular]({file.url})"),
    "whole address": lambda file: factories.markdown(f"[Formular](http://testserver{file.url}#seite=2)"),
}


def hrefs(html: str, words: str = "Formular") -> list[str]:
    return re.findall(rf'href="([^"]+)"[^>]*>{words}<', html)


def shown(link: str) -> str:
    response = Client().get(link)
    assert response.status_code == 200
    return response.content.decode()


def with_file(anna: Any, file: PortalDocument) -> tuple[ArticlePage, str]:
    """A draft with a file in its body, and the link of an expert."""
    page = draft_article(anna, body=block(file))
    return page, invited(page, anna)[1]


def refused(link: str, file: PortalDocument, status: int = 404, words: str = NOT_HERE) -> None:
    response = Client().get(f"{link}datei/{file.pk}/")
    assert (response.status_code, words in response.content.decode()) == (status, True)
    assert "Größe prüfen" not in response.content.decode()
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("way", WAYS)
def test_a_file_the_draft_alone_links_is_opened_from_it(anna: Any, way: str) -> None:
    file = document("Formular.txt")
    link = invited(draft_article(anna, body=WAYS[way](file)), anna)[1]
    assert hrefs(shown(link)) == [f"{link}datei/{file.pk}/"]
    response = Client().get(f"{link}datei/{file.pk}/")
    assert (response.status_code, b"".join(response)) == (200, "Größe prüfen".encode())
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert Client().get(file.url).status_code == 302, "for everybody else it stays closed"


def test_the_file_of_a_template_and_a_web_page_as_attachment(anna: Any) -> None:
    template = factories.template(live=False)
    template.save_revision(user=anna)
    link = invited(template, anna)[1]
    assert f'href="{link}datei/{template.file_id}/"' in shown(link)
    assert Client().get(f"{link}datei/{template.file_id}/").status_code == 200
    file = document("Seite.html", b"<script>alert(1)</script>")
    _, link = with_file(anna, file)
    assert Client().get(f"{link}datei/{file.pk}/")["Content-Disposition"].startswith("attachment")


def test_a_picture_the_draft_alone_shows_is_seen(anna: Any) -> None:
    upload = SimpleUploadedFile("bild.png", files.png(9, 9), content_type="image/png")
    image = PortalImage.objects.create(title="Bild", description="Ein Bild", licence="CC0", file=upload)
    scan = document("Scan.png", files.png(9, 9))
    body = [
        {"type": "image", "value": {"image": image.pk, "alt": "", "caption": ""}},
        {"type": "markdown", "value": f"![Ein Scan]({scan.url})"},
    ]
    link = invited(draft_article(anna, body=json.dumps(body)), anna)[1]
    html = shown(link)
    sources = [re.findall(r'src="([^"]+)"', tag)[0] for tag in re.findall(r"<img[^>]*>", html) if "Ein " in tag]
    assert sources[1] == f"{link}datei/{scan.pk}/"
    for source in sources:
        response = Client().get(source)
        assert (response.status_code, response["Content-Type"].startswith("image/")) == (200, True)


def test_a_video_is_answered_in_parts(anna: Any) -> None:
    file = document("Film.mp4", b"0123456789")
    _, link = with_file(anna, file)
    response = Client().get(f"{link}datei/{file.pk}/", headers={"Range": "bytes=2-4"})
    assert (response.status_code, response.content) == (206, b"234")
    assert "no-store" in response["Cache-Control"]


def test_no_other_file_is_opened_by_the_link(anna: Any) -> None:
    file, other = document("Formular.txt"), document("Andere.txt")
    _, link = with_file(anna, file)
    with_file(anna, other)
    refused(link, other)
    assert Client().get(f"{link}datei/{2**62}/").status_code == 404
    assert Client().post(f"{link}datei/{file.pk}/").status_code == 405


def test_what_counts_is_the_revision_that_is_shown(anna: Any) -> None:
    old, new = document("Alt.txt"), document("Neu.txt")
    page, link = with_file(anna, old)
    save(page, anna, body=block(new))
    assert hrefs(shown(link)) == [f"{link}datei/{old.pk}/"]
    refused(link, new)
    submit(page, anna)
    assert hrefs(shown(link)) == [f"{link}datei/{new.pk}/"]
    assert Client().get(f"{link}datei/{new.pk}/").status_code == 200
    refused(link, old)


def test_a_file_in_a_closed_collection_stays_closed(anna: Any) -> None:
    file = document("Formular.txt")
    collection = Collection.get_first_root_node().add_child(name="Intern")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    PortalDocument.objects.filter(pk=file.pk).update(collection=collection)
    _, link = with_file(anna, file)
    assert hrefs(shown(link)) == [file.url]
    refused(link, file)


def test_who_is_signed_in_gets_no_more(anna: Any) -> None:
    file, other = document("Formular.txt"), document("Andere.txt")
    _, link = with_file(anna, file)
    client = PortalClient()
    client.force_login(anna)
    assert client.get(f"{link}datei/{file.pk}/").status_code == 200
    assert client.get(f"{link}datei/{other.pk}/").status_code == 404


def test_it_ends_with_the_link(anna: Any) -> None:
    file = document("Formular.txt")
    page, link = with_file(anna, file)
    invitation = ExpertInvitation.objects.get()
    services.revoke(invitation=invitation, user=anna)
    refused(link, file, 410, "Die Einladung wurde zurückgezogen")
    past = timezone.now() - timedelta(minutes=1)
    ExpertInvitation.objects.update(revoked_at=None, created_at=past - timedelta(days=1), expires_at=past)
    refused(link, file, 410, "Der Link ist abgelaufen")
    ExpertInvitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert Client().get(f"{link}datei/{file.pk}/").status_code == 200
    refused("/entwurf/falsch/", file, 404, "Diesen Entwurf gibt es nicht")
    reviews.approve(task_state=submit(page, anna), user=person("Bernd", REVIEWER))
    refused(link, file, 410, "inzwischen veröffentlicht")


def test_a_deleted_file_and_a_deleted_page(anna: Any) -> None:
    file = document("Formular.txt")
    page, link = with_file(anna, file)
    PortalDocument.objects.filter(pk=file.pk).delete()
    refused(link, file)
    page.delete()
    refused(link, file, 404, "Diesen Entwurf gibt es nicht")


def test_floods_and_guesses_are_limited(anna: Any, monkeypatch: Any) -> None:
    file = document("Formular.txt")
    _, link = with_file(anna, file)
    monkeypatch.setattr(views, "FILES", 2)
    for status in (200, 200, 429):
        assert Client().get(f"{link}datei/{file.pk}/").status_code == status
    for _ in range(views.WRONG_LINKS):
        Client().get(f"/entwurf/falsch/datei/{file.pk}/")
    assert Client().get(link).status_code in {200, 429}
