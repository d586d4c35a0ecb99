"""Pictures on published pages: where they stand, with which text alternative, and which have none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page

from knowledge.links.extraction import children_of, html_of
from knowledge.models import PicturePlace
from portal.core.models import PortalImage

# The name of a file says nothing to whoever does not see the picture.
FILE_NAME = (
    r"(\.(png|jpe?g|gif|svg|webp|tiff?)\s*$)|(^\s*(img|dsc|dscn|image|bild|foto|scan|screenshot)[-_ ]?\d+\s*$)"
)


def _in_block(block: Any, value: Any) -> Iterator[dict[str, Any]]:
    if value in (None, ""):
        return
    html = html_of(block, value)
    if html is not None and "<img" in html:
        for tag in BeautifulSoup(html, "html.parser").find_all("img"):
            yield {"source": str(tag.get("src") or "")[:500], "alt": str(tag.get("alt") or "").strip()[:500]}
    for child, inner in children_of(block, value):
        if not isinstance(child, ImageChooserBlock):
            yield from _in_block(child, inner)
        elif inner is not None:
            said = value.get("alt") if isinstance(block, blocks.BaseStructBlock) else ""
            yield {"image": inner, "alt": str(said or "").strip()[:500]}


def pictures_of(page: Any) -> list[PicturePlace]:
    """Return the pictures of a page's streams in order, not stored."""
    found = []
    for field in page._meta.concrete_fields:
        if not isinstance(field, StreamField):
            continue
        for number, child in enumerate(getattr(page, field.name) or [], start=1):
            label = f"Abschnitt {number} ({child.block.label})"[:120]
            for values in _in_block(child.block, child.value):
                spot = str(child.id or f"block-{number}")[:60]
                found.append(PicturePlace(page_id=page.pk, spot=spot, label=label, **values))
    return found


@transaction.atomic
def store(subject: Any) -> None:
    """Store the pictures of a live page; the rows of before are replaced."""
    if isinstance(subject, Page):
        PicturePlace.objects.filter(page_id=subject.pk).delete()
        PicturePlace.objects.bulk_create(pictures_of(subject))


@transaction.atomic
def forget(kind: str, pk: int) -> None:
    """Remove the pictures of a page that is live no more."""
    if kind == "page":
        PicturePlace.objects.filter(page_id=pk).delete()


def undescribed(prefix: str = "") -> Q:
    """Return the condition that a picture of the library has no description, or only the name of a file."""
    name = f"{prefix}description"
    return Q(**{name: ""}) | Q(**{f"{name}__iregex": r"^\s+$"}) | Q(**{f"{name}__iregex": FILE_NAME})


def places_without_text() -> QuerySet[PicturePlace]:
    """Return the places on live pages where a screen reader has nothing to say."""
    silent = Q(alt="") & (Q(image__isnull=True) | undescribed("image__"))
    rows = PicturePlace.objects.filter(silent | Q(alt__iregex=FILE_NAME), page__live=True)
    return rows.select_related("page", "image").order_by("page__title", "pk")


def pictures_without_description() -> QuerySet[PortalImage]:
    """Return the pictures of the library without description, with the number of live places they stand at."""
    used = Count("picture_places", filter=Q(picture_places__page__live=True))
    rows: QuerySet[PortalImage] = PortalImage.objects.filter(undescribed()).annotate(used=used)
    return rows.order_by("-used", "title", "pk")
