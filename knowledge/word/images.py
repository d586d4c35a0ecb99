"""Images of a document: only what a browser shows and our own limits allow; counted, measured, kept once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import warnings
from dataclasses import dataclass, field

from django.conf import settings
from PIL import Image

from knowledge.word.package import MAX_IMAGES, RefusedError

FORMATS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
MAX_PIXELS = 300_000_000
MAX_BYTES = 80 * 1024 * 1024
_GENERATED = (
    "automatisch generierte beschreibung",
    "description automatically generated",
    "ki-generierte inhalte",
)
_METAFILES = (
    b"\xd7\xcd\xc6\x9a",
    b"\x01\x00\x00\x00",
    b"\x01\x00\x09\x00",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
    b"<svg",
    b"<?xm",
)


@dataclass
class Picture:
    """One image as it will be kept: content, kind of file, size in pixels, text alternative it came with."""

    data: bytes
    extension: str
    width: int
    height: int
    alt: str = ""


def written_by_hand(alt: str) -> str:
    """Return a text alternative unless the office program made it up by itself."""
    text = " ".join(alt.split())
    return "" if any(words in text.lower() for words in _GENERATED) else text[:255]


@dataclass
class Gallery:
    """The images of one document; the same content is kept once."""

    pictures: list[Picture] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)
    _pixels: int = 0
    _bytes: int = 0

    def add(self, data: bytes, alt: str) -> tuple[int | None, str]:
        """Return (number of the image, "") or (None, kind of loss); raises RefusedError beyond the limits."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._known:
            picture, loss = self._read(data)
            if picture is None:
                return None, loss
            self._count(picture)
            self._known[digest] = len(self.pictures)
            self.pictures.append(picture)
        number = self._known[digest]
        self.pictures[number].alt = self.pictures[number].alt or written_by_hand(alt)
        return number, ""

    def _read(self, data: bytes) -> tuple[Picture | None, str]:
        if len(data) > settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE:
            return None, "image_broken"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
                    width, height, kind = image.width, image.height, str(image.format)
                    if width * height * getattr(image, "n_frames", 1) > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
                        return None, "image_broken"
                    image.verify()
        except Exception:  # Pillow raises anything on broken files
            return None, "image_format" if data.lstrip()[:4].startswith(_METAFILES) else "image_broken"
        return Picture(data, FORMATS[kind], width, height), ""

    def _count(self, picture: Picture) -> None:
        self._pixels += picture.width * picture.height
        self._bytes += len(picture.data)
        if len(self.pictures) >= MAX_IMAGES:
            raise too_many(len(self.pictures) + 1)
        if self._pixels > MAX_PIXELS or self._bytes > MAX_BYTES:
            raise RefusedError(
                f"Die Bilder sind zusammen zu groß, erlaubt sind {MAX_BYTES // 1024**2} MB und "
                f"{MAX_PIXELS // 1_000_000} Millionen Bildpunkte. Verkleinern Sie sie in Word (Bildformat, Bilder "
                "komprimieren) und laden Sie das Dokument erneut hoch.",
                code="images_too_large",
            )


def too_many(count: int) -> RefusedError:
    """Return the refusal of a document with `count` images or more."""
    return RefusedError(
        f"Das Dokument enthält zu viele Bilder ({count} oder mehr, erlaubt sind {MAX_IMAGES}). Teilen Sie es auf "
        "mehrere Dokumente auf oder entfernen Sie Bilder, die nur schmücken, und laden Sie es erneut hoch.",
        code="too_many_images",
    )


def from_data_address(address: str) -> bytes | None:
    """Return the content of a `data:` address; None when it is none that can be read."""
    head, _, body = address.partition(",")
    if not head.lower().startswith("data:image/") or not head.lower().endswith(";base64"):
        return None
    try:
        return base64.b64decode(body, validate=False)
    except (binascii.Error, ValueError):
        return None
