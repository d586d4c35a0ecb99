import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.models import ReferenceIndex

from portal.core.models import PortalDocument
from portal.core.ranges import parse_range
from portal.home.models import HomePage, SignLanguagePage

pytestmark = pytest.mark.django_db
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", (0, 99)), ("bytes=10-19", (10, 19)), ("bytes=90-500", (90, 99)), ("bytes=-5", (95, 99)),
        ("bytes=-500", (0, 99)), ("bytes=0-1,5-6", None), ("bytes=-", None), ("lines=1-2", None),
    ],
)  # fmt: skip
def test_ranges(header: str, expected: tuple[int, int] | None) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_ranges_outside(header: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        parse_range(header, 100)


@pytest.fixture
def video() -> PortalDocument:
    document = PortalDocument.objects.create(title="Film", file=ContentFile(VIDEO, name="gebärden.mp4"))
    page = HomePage.objects.get().add_child(
        instance=SignLanguagePage(title="Gebärdensprache", slug="dgs", video=document)
    )
    ReferenceIndex.create_or_update_for_object(page)
    return document


def test_a_part_of_a_video(client: Client, video: PortalDocument) -> None:
    response = client.get(video.url, headers={"Range": "bytes=4-11"})
    assert response.status_code == 206
    assert response.content == VIDEO[4:12]
    assert response["Content-Range"] == f"bytes 4-11/{len(VIDEO)}"
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert client.get(video.url, headers={"Range": "bytes=99999-"}).status_code == 416
    assert b"".join(client.get(video.url)) == VIDEO


def test_a_part_is_no_way_around_the_level(client: Client, video: PortalDocument) -> None:
    SignLanguagePage.objects.get().unpublish()
    assert client.get(video.url, headers={"Range": "bytes=0-"}).status_code == 302
