"""A checked Word file to HTML (by mammoth), its images, and what was lost."""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, tostring

import mammoth

from knowledge.word.images import Gallery, too_many
from knowledge.word.losses import Losses
from knowledge.word.package import BROKEN, DOCUMENT, MAX_IMAGES, RefusedError, WordPackage, attribute, local
from knowledge.word.prepare import prepare
from knowledge.word.scan import Scan, scan_margin, text_of
from knowledge.word.styles import Styles
from portal.core.blocks import MAX_BODY

IMAGE_SCHEME = "portal-image:"
MAX_TEXT = 2 * MAX_BODY  # beyond it no draft can come of it; the exact bound is checked on the draft
_NOTES = ("word/footnotes.xml", "word/endnotes.xml")
_UNCHANGED = ("[Content_Types].xml", "_rels/.rels", "word/styles.xml", "word/numbering.xml")
_LEVELS = range(1, 10)


def _list_map() -> str:
    lines = []
    for level in _LEVELS:
        above = "ul|ol > li > " * (level - 1)
        lines += [
            f"p:unordered-list({level}) => {above}ul > li:fresh",
            f"p:ordered-list({level}) => {above}ol > li:fresh",
        ]
    return "\n".join(lines)


STYLE_MAP = f"""
p.KpTitle => p.titel:fresh
p.KpCaption => p.beschriftung:fresh
p.KpQuote => blockquote > p:fresh
p.Heading1 => h1:fresh
p.Heading2 => h2:fresh
p.Heading3 => h3:fresh
p.Heading4 => h4:fresh
p.Heading5 => h5:fresh
p.Heading6 => h6:fresh
{_list_map()}
r[style-name='Strong'] => strong
r[style-name='Emphasis'] => em
p => p:fresh
"""


def to_html(file: BinaryIO, name: str, gallery: Gallery, losses: Losses) -> str:
    """Return the HTML of a Word file; images stand as `portal-image:<number>`. Raises RefusedError."""
    try:
        package = WordPackage(file, name)
        return _Conversion(package, gallery, losses).run()
    except RecursionError:
        raise RefusedError(
            "Das Dokument ist zu tief verschachtelt. Lösen Sie Tabellen in Tabellen und Textfelder auf und laden "
            "Sie es erneut hoch.",
            code="too_deep",
        ) from None


def _is_read(style: Element) -> bool:
    """True for the styles the converter still needs; those of paragraphs are resolved, and there are hundreds."""
    return attribute(style, "type") in {"character", "numbering"}


class _Conversion:
    def __init__(self, package: WordPackage, gallery: Gallery, losses: Losses) -> None:
        self.package = package
        self.gallery = gallery
        self.losses = losses
        self.styles = Styles(package.xml("word/styles.xml"), package.xml("word/numbering.xml"))
        self.parts: dict[str, Element] = {}

    def run(self) -> str:
        self._read_parts()
        self._check_size()
        for name, root in self.parts.items():
            Scan(self.styles, self.losses, "" if name == DOCUMENT else "Fußnoten").run(root)
        for name in sorted(self.package.names):
            folder, _, part = name.rpartition("/")
            if folder == "word" and part.startswith(("header", "footer")) and part.endswith(".xml"):
                root_of_margin = self.package.xml(name)
                if root_of_margin is not None:
                    scan_margin(root_of_margin, self.losses)
        for root in self.parts.values():
            prepare(root, self.styles)
        return self._convert()

    def _read_parts(self) -> None:
        for name in (DOCUMENT, *_NOTES):
            root = self.package.xml(name)
            if root is not None:
                self.parts[name] = root
        if DOCUMENT not in self.parts or not any(local(item) == "body" for item in self.parts[DOCUMENT]):
            raise RefusedError(BROKEN, code="broken")

    def _check_size(self) -> None:
        """Refuse what is far too much before it costs time."""
        size = sum(len(text_of(root)) for root in self.parts.values())
        if size > MAX_TEXT:
            raise too_long(size)
        images = {
            target for name in self.parts
            for kind, target, external in self.package.relations(name).values() if kind == "image" and not external
        }  # fmt: skip
        if len(images) > MAX_IMAGES:
            raise too_many(len(images))

    def _plain_copy(self) -> io.BytesIO:
        """Return a .docx of the prepared parts and the images: nothing else reaches the converter."""
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
            for name in _UNCHANGED:
                root = self.package.xml(name)
                if root is not None:
                    root[:] = [item for item in root if local(item) != "style" or _is_read(item)]
                    archive.writestr(name, tostring(root))
            for name, root in self.parts.items():
                archive.writestr(name, tostring(root))
                folder, _, part = name.rpartition("/")
                relations = self.package.xml(f"{folder}/_rels/{part}.rels")
                if relations is not None:
                    archive.writestr(f"{folder}/_rels/{part}.rels", tostring(relations))
            for name in self._media():
                archive.writestr(name, self.package.read(name, 100 * 1024 * 1024))
        copy.seek(0)
        return copy

    def _media(self) -> list[str]:
        found = set()
        for part in self.parts:
            for kind, target, external in self.package.relations(part).values():
                path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"word/{target}")
                if kind == "image" and not external and path in self.package.names:
                    found.add(path)
        return sorted(found)

    def _image(self, image: Any) -> dict[str, str]:
        try:
            with image.open() as content:
                data = content.read()
        except mammoth.docx.files.InvalidFileReferenceError:
            self.losses.add("image_linked")
            return {"src": ""}
        except (KeyError, OSError, ValueError):
            self.losses.add("image_broken")
            return {"src": ""}
        number, loss = self.gallery.add(data, image.alt_text or "")
        if number is None:
            self.losses.add(loss)
            return {"src": ""}
        return {"src": f"{IMAGE_SCHEME}{number}", "alt": ""}

    def _convert(self) -> str:
        try:
            result = mammoth.convert_to_html(
                self._plain_copy(),
                style_map=STYLE_MAP,
                include_default_style_map=False,
                include_embedded_style_map=False,
                external_file_access=False,
                convert_image=mammoth.images.img_element(self._image),
            )
        except (RefusedError, RecursionError, MemoryError):
            raise
        except Exception:  # the converter raises anything on files that break Word's own rules
            raise RefusedError(BROKEN, code="broken") from None
        return str(result.value)


def too_long(size: int) -> RefusedError:
    """Return the refusal of a text of `size` characters."""
    shown, allowed = (f"{number:,}".replace(",", ".") for number in (size, MAX_BODY))
    return RefusedError(
        f"Der Text ist mit {shown} Zeichen zu lang für eine Seite, erlaubt sind {allowed}. Teilen Sie das "
        "Dokument auf mehrere auf und laden Sie sie zusammen als ZIP hoch.",
        code="too_long",
    )
