"""What readers are told about a file or a picture before they load it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django.utils.formats import date_format
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.models import SourceImageIOError

from portal.core.templatetags.portal import filesize

_WIDTHS = (480, 768, 1200)


def file_facts(document: Any) -> dict[str, Any]:
    """Return address, type, size in bytes and name of a document; an unreadable file has no size."""
    name = PurePosixPath(document.filename).name
    return {
        "url": document.url,
        "type": PurePosixPath(name).suffix.removeprefix(".").upper() or "Datei",
        "size": document.get_file_size(),
        "name": name,
    }


def file_context(value: Any) -> dict[str, Any] | None:
    """Return what the file block shows; None when the document is gone."""
    document = value["document"]
    if document is None:
        return None
    facts = file_facts(document)
    parts = [
        facts["type"],
        filesize(facts["size"]),
        f"Stand {date_format(document.created_at, 'd.m.Y')}",
        f"Lizenz: {document.licence}" if document.licence else "",
    ]
    return {
        "url": facts["url"],
        "title": value["title"] or document.title,
        "facts": ", ".join(part for part in parts if part),
    }


def image_context(value: Any) -> dict[str, Any] | None:
    """Return addresses and sizes of the renditions; None when the picture cannot be read."""
    image = value["image"]
    if image is None:
        return None
    try:
        if image.is_svg():
            renditions = [image.get_rendition("original")]
        else:
            renditions = [image.get_rendition(f"width-{width}|format-webp") for width in _WIDTHS]
    except (OSError, SourceImageIOError, InvalidFilterSpecError, ValueError):
        return None
    # one drawing for all sizes; its measures may be fractions, which no attribute takes
    sizes = [] if image.is_svg() else renditions
    largest = renditions[-1]
    credit = f"Bild: {image.credit}" if image.credit else ""
    return {
        "src": renditions[min(1, len(renditions) - 1)].url,
        "srcset": ", ".join(f"{rendition.url} {rendition.width}w" for rendition in sizes),
        "width": round(largest.width),
        "height": round(largest.height),
        "alt": value["alt"] or image.description,
        "caption": value["caption"],
        "credit": f"{credit} ({image.licence})" if credit and image.licence else credit,
    }
