"""What reading, checking and writing an object needs to know about everything else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol


class ExportContext(Protocol):
    """What writing an object needs to know about the rest of the content.

    `ids`: whether the ids of blocks and facts, which readers do not see, are written.
    """

    ids: bool

    def path_of(self, page_id: int | None) -> str:
        """Return the slug path of a page; empty where it may not be named."""
        ...

    def file_name(self, item: Any) -> str:
        """Return the path under `dateien/` (or the address) of a document or an image."""
        ...

    def document(self, pk: Any) -> Any:
        """Return a document, or None."""
        ...

    def image(self, pk: Any) -> Any:
        """Return an image, or None."""
        ...


class World(Protocol):
    """Everything that exists or is about to be imported, for checking references."""

    cache: dict[str, Any]  # for what is worked out once for all files

    @property
    def broken(self) -> Collection[str]:
        """Return the slug paths of files that cannot be read at all."""
        ...

    def type_of(self, path: str) -> str:
        """Return the type of the page at a slug path; empty where there is none, `?` where its file is broken."""
        ...

    def require_file(self, name: str, *, image: bool = False) -> None:
        """Raise `BadContentError` unless the file may be imported."""
        ...

    def paths(self) -> Collection[str]:
        """Return all slug paths of pages, for suggestions."""
        ...

    def documents(self, kind: str) -> Collection[Any]:
        """Return what is about to be imported of a kind."""
        ...


class ImportContext(Protocol):
    """What filling an object needs: references become objects here."""

    def page_id(self, path: str) -> int:
        """Return the primary key of the page at a slug path."""
        ...

    def document(self, name: str, licence: str = "") -> Any:
        """Return the document for a path under `dateien/`, made when there is none yet."""
        ...

    def image(self, name: str, *, description: str, licence: str, credit: str) -> Any:
        """Return the image for a path under `dateien/`, made when there is none yet."""
        ...

    def object_id(self, kind: str, slug: str) -> int:
        """Return the primary key of the snippet of a kind."""
        ...
