"""Files and pictures of a content folder: checked before anything is written, found again by their content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.defaultfilters import filesizeformat
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.images.fields import WagtailImageField

from portal.core.content_io import BadContentError
from portal.core.text import german_slug
from portal.core.uploads import check_document, check_svg

FOLDER = "dateien"
_PREFIX = re.compile(r"[0-9a-f]{12}-")


def export_name(title: str, suffix: str, digest: str) -> str:
    """Return the path of a file in an export; it depends on title, suffix and content only."""
    stem = german_slug(title.removesuffix(suffix)) or "datei"
    return f"{FOLDER}/{digest[:12]}-{stem}{suffix.lower()}"


def title_of(name: str) -> str:
    """Return the title a file gets when it is imported."""
    return _PREFIX.sub("", Path(name).stem, count=1) or "datei"


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class SourceFiles:
    """The folder `dateien` of one import; never reads anything outside of it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._checked: dict[tuple[str, bool], str] = {}

    def path(self, name: str) -> Path:
        """Return where a file stands, or raise `BadContentError`."""
        parts = name.split("/")
        if parts[0] != FOLDER or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
            raise BadContentError(f"„{name}“ ist kein Pfad unter „{FOLDER}/“.")
        path = self.root / name
        if "\\" in name or "\0" in name or not path.resolve().is_relative_to(self.root / FOLDER):
            raise BadContentError(f"„{name}“ führt aus dem Ordner hinaus.")
        if not path.is_file():
            raise BadContentError(f"Die Datei „{name}“ gibt es nicht.")
        return path

    def require(self, name: str, *, image: bool = False) -> None:
        """Raise `BadContentError` unless the file is there and may be imported."""
        key = (name, image)
        if key not in self._checked:
            try:
                path = self.path(name)
                _check_image(path) if image else _check_document(path)
            except BadContentError as error:
                self._checked[key] = error.message
            else:
                self._checked[key] = ""
        if self._checked[key]:
            raise BadContentError(self._checked[key])

    def document(self, name: str, licence: str = "") -> Any:
        """Return the stored document with this content and name, or store it."""
        path = self.path(name)
        model = get_document_model()
        found = _same(model, path, title_of(name))
        if found is not None:
            if licence and found.licence != licence:
                found.licence = licence
                found.save()
            return found
        with path.open("rb") as stream:
            document = model(title=title_of(name), licence=licence, file=File(stream, name=path.name))
            document._set_document_file_metadata()
            document.save()
        return document

    def image(self, name: str, *, description: str, licence: str, credit: str) -> Any:
        """Return the stored image with this content and name, or store it."""
        path = self.path(name)
        model = get_image_model()
        found = _same(model, path, title_of(name))
        if found is not None:
            if (found.licence, found.credit) != (licence, credit):
                found.licence, found.credit = licence, credit
                found.save()
            return found
        with path.open("rb") as stream:
            image = model(
                title=title_of(name),
                description=description,
                licence=licence,
                credit=credit,
                file=File(stream, name=path.name),
            )
            image._set_image_file_metadata()
            image.save()
        return image


def _same(model: type[Any], path: Path, title: str) -> Any:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha1").hexdigest()
    slug = german_slug(title)
    for item in model.objects.filter(file_hash=digest).order_by("pk"):
        if german_slug(item.title.removesuffix(path.suffix)) == slug:
            return item
    return None


def _check_document(path: Path) -> None:
    allowed = settings.WAGTAILDOCS_EXTENSIONS
    if path.suffix.lower().lstrip(".") not in allowed:
        raise BadContentError(f"„{path.name}“ hat keine erlaubte Endung ({', '.join(allowed)}).")
    size = path.stat().st_size
    if size > settings.WAGTAILDOCS_MAX_UPLOAD_SIZE:
        raise BadContentError(f"„{path.name}“ ist mit {filesizeformat(size)} zu groß.")
    try:
        with path.open("rb") as stream:
            check_document(stream, path.name)
    except ValidationError as error:
        raise BadContentError(f"„{path.name}“: {' '.join(error.messages)}") from None


def _check_image(path: Path) -> None:
    size = path.stat().st_size
    if size > settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE:
        raise BadContentError(f"„{path.name}“ ist mit {filesizeformat(size)} zu groß.")
    try:
        if path.suffix.lower() == ".svg":
            with path.open("rb") as stream:
                check_svg(stream)
        WagtailImageField().clean(SimpleUploadedFile(path.name, path.read_bytes()))
    except ValidationError as error:
        raise BadContentError(f"„{path.name}“: {' '.join(error.messages)}") from error
