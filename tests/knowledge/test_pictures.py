"""Pictures without text alternative: on live pages, and in the library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge.models import PicturePlace
from knowledge.pictures.places import pictures_of, pictures_without_description, places_without_text
from knowledge.reading.passes import read_all
from portal.core.models import PortalImage
from tests import factories
from tests.core import files
from tests.factories import bulk
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
PLACES, LIBRARY = "/cms/berichte/bilder-ohne-alternativtext/", "/cms/berichte/bilder-ohne-beschreibung/"


@pytest.fixture
def editing() -> Client:
    client = PortalClient()
    client.force_login(make_user("redaktion@kkv.example", role="Redaktion"))
    return client


def image(title: str = "Schaubild", description: str = "bild_3.png") -> PortalImage:
    """A picture; the database takes none with an empty description, but cannot know what a file's name is."""
    made: PortalImage = PortalImage.objects.create(
        title=title, file=ContentFile(files.png(), name="bild.png"), description=description, licence="CC0"
    )
    return made


def page(title: str, *pictures: tuple[PortalImage, str], text: str = "", **fields: Any) -> Any:
    stream: list[dict[str, Any]] = [
        {"type": "image", "value": {"image": item.pk, "alt": alt, "caption": ""}} for item, alt in pictures
    ]
    if text:
        stream.append({"type": "markdown", "value": text})
    return factories.article(title, body=json.dumps(stream), **fields)


def test_the_text_at_the_place_or_of_the_picture_counts() -> None:
    silent, told, named = image("A"), image("B", "Weg des Antrags"), image("C", "IMG_2041.JPG")
    page("Ohne", (silent, ""), (silent, "   "))
    page("Mit", (silent, "Weg des Antrags"), (told, ""), text="![Weg](/media/a.png)")
    page("Dateiname", (named, ""), (told, "dsc00412"), text="![](/media/b.png)")
    page("Entwurf", (silent, ""), live=False)
    read_all()
    found = [(place.page.title, place.label.split()[1], place.alt) for place in places_without_text()]
    assert found == [
        ("Dateiname", "1", ""), ("Dateiname", "2", "dsc00412"), ("Dateiname", "3", ""),
        ("Ohne", "1", ""), ("Ohne", "2", ""),
    ]  # fmt: skip
    silent.description = "Weg des Antrags"
    silent.save()
    assert {place.page.title for place in places_without_text()} == {"Dateiname"}


def test_pictures_in_markdown_of_any_block_are_found() -> None:
    body = [{"type": "callout", "value": {"kind": "hinweis", "title": "", "text": "![](/media/x.png)"}}]
    (place,) = pictures_of(factories.article(body=json.dumps(body)))
    assert (place.source, place.image_id, place.label) == ("/media/x.png", None, "Abschnitt 1 (Hinweiskasten)")


def test_the_library_lists_the_most_used_first() -> None:
    used, unused = image("Viel"), image("Nie", "scan 12")
    image("Gut", "Organigramm der Kompetenzstelle")
    page("Eine", (used, ""))
    page("Zwei", (used, "Eigener Text"))
    read_all()
    assert [(item.title, item.used) for item in pictures_without_description()] == [("Viel", 2), ("Nie", 0)]
    unused.delete()
    assert PicturePlace.objects.count() == 2


def test_both_reports(editing: Client) -> None:
    picture = image("Schaubild")
    page("Größen", (picture, ""))
    read_all()
    text = editing.get(PLACES).content.decode()
    assert "Größen" in text
    assert "Schaubild" in text
    assert "Nur ein Dateiname: bild_3.png" in text
    assert len(editing.get(f"{PLACES}?title=nichts").context["object_list"]) == 0
    assert len(editing.get(f"{LIBRARY}?used=ja").context["object_list"]) == 1
    assert len(editing.get(f"{LIBRARY}?used=nein").context["object_list"]) == 0
    for address, first in ((PLACES, "Seite,Art,Stelle,Bild,Befund,Pfad"), (LIBRARY, "Bild,Befund,Stellen")):
        csv = b"".join(editing.get(f"{address}?export=csv").streaming_content).decode()  # type: ignore[attr-defined]
        assert csv.startswith(first)
        assert csv.count("\n") == 2
    adviser = PortalClient()
    adviser.force_login(make_user("beratung@kkv.example", role="Beratung"))
    assert [adviser.get(address).status_code for address in (PLACES, LIBRARY)] == [302, 302]


def places(count: int, parent: Any) -> None:
    picture = image(f"Bild {parent.numchild}")
    rows = [
        PicturePlace(page_id=pk, image=picture, spot="a", label="Abschnitt 1 (Bild)")
        for pk in bulk.articles(count, parent=parent)
    ]
    PicturePlace.objects.bulk_create(rows, batch_size=500)


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return len(found)


def test_more_pictures_cost_no_more_queries(editing: Client) -> None:
    topic = factories.topic()
    places(60, topic)
    few = [queries_of(editing, url) for url in (PLACES, LIBRARY)]
    places(200, topic)
    assert [queries_of(editing, url) for url in (PLACES, LIBRARY)] == few
    assert max(few) <= 15


@pytest.mark.slow
@pytest.mark.once
def test_ten_thousand_pages(editing: Client) -> None:
    places(10_000, factories.topic())
    assert max(queries_of(editing, url) for url in (PLACES, LIBRARY)) <= 15
