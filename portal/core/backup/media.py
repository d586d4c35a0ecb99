"""The uploads of a backup: which files belong to them, how they come into a backup and back into their place."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import FileField
from django.utils import timezone
from wagtail.images.models import AbstractRendition

from portal.core.backup.manifest import BackupError, is_full

FOLDER = "media"
# Where the media folder cannot be renamed, these lie in it: neither uploads nor part of a backup.
STAGED, KEPT = ".restoring", ".before-"
MOST_NAMED = 20
_MOUNTS = Path("/proc/self/mountinfo")
# A mount point, another file system, something in the way: what stops a rename, but no move piece by piece.
_NOT_RENAMED = (errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY, errno.EEXIST)
Note = Callable[[str], object]


def root_folder() -> Path:
    """Return where the uploads lie; a link in place of the media folder is followed, never replaced."""
    return Path(str(settings.MEDIA_ROOT)).resolve()


def _is_upload(name: str) -> bool:
    """True for what in the media folder belongs to the portal; `lost+found` belongs to the file system."""
    return name != "lost+found" and not name.startswith((STAGED, KEPT))


def _mounted() -> list[Path]:
    """Return where the system has mounted something; none where it does not say."""
    try:
        lines = _MOUNTS.read_bytes().splitlines()
    except OSError:
        return []
    places = (fields[4] for fields in map(bytes.split, lines) if len(fields) > 4)
    return [Path(os.fsdecode(re.sub(rb"\\([0-7]{3})", _character, place))) for place in places]


def _character(octal: re.Match[bytes]) -> bytes:
    return bytes([int(octal[1], 8) & 0xFF])


def _is_fixed(root: Path) -> bool:
    """True for a folder that cannot be renamed (volume, share, bound folder), or in a folder closed to us.

    A folder bound from the same file system looks like any other to `ismount`; and one with a mount point in it
    would take that along.
    """
    if not root.is_dir():
        return False
    mounted = os.path.ismount(root) or any(place.is_relative_to(root) for place in _mounted())
    return mounted or not os.access(root.parent, os.W_OK)


def files(root: Path, note: Note = lambda line: None) -> Iterator[Path]:
    """Yield the files below a folder, also those behind links; `note` hears in German what is left out."""
    yield from _below(root, (root.resolve(),), note)


def _below(folder: Path, above: tuple[Path, ...], note: Note) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:  # deleted in between
        return
    for entry in entries:
        if len(above) == 1 and not _is_upload(entry.name):
            continue
        path = Path(entry.path)
        if entry.is_symlink() and not path.exists():
            note(f"„{path}“ ist eine Verknüpfung, die ins Leere führt; sie fehlt in der Sicherung.")
        elif entry.is_dir():
            real = path.resolve()
            if any(known.is_relative_to(real) for known in above):
                note(f"„{path}“ ist eine Verknüpfung, die im Kreis führt; ihr wurde nicht gefolgt.")
            else:
                yield from _below(path, (*above, real), note)
        else:
            yield path


def linked_folders() -> list[str]:
    """Return the links to folders directly in the media folder."""
    root = root_folder()
    entries = root.iterdir() if root.is_dir() else ()
    return sorted(path.name for path in entries if path.is_symlink() and path.is_dir())


def copy_to(target: Path, note: Note) -> list[str]:
    """Copy the uploads; returns those deleted in between, no error: the database may not have them either."""
    root, gone = root_folder(), []
    target.mkdir(parents=True, exist_ok=True)
    for path in files(root, note) if root.is_dir() else ():
        copy = target / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, copy)
        except FileNotFoundError:
            gone.append(path.relative_to(root).as_posix())
    return gone


def named() -> set[str]:
    """Return the files of the media folder that the database names; renditions are drawn anew and not asked."""
    there = set(connection.introspection.table_names())  # a newer release may not have migrated yet
    fields = [
        (model, field)
        for model in apps.get_models()
        if model._meta.db_table in there and not issubclass(model, AbstractRendition) and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, FileField) and field.storage == default_storage
    ]
    return {
        str(name)
        for model, field in fields
        for name in model._base_manager.values_list(field.name, flat=True).iterator()
        if name
    }


def absent(names: Collection[str], folder: Path) -> list[str]:
    """Return those names that are no file in a folder of uploads."""
    return sorted(name for name in names if not (folder / name).is_file())


def told_missing(names: Collection[str], where: str) -> list[str]:
    """Return German lines that name the missing files; none when nothing is missing."""
    if not names:
        return []
    shown = sorted(names)[:MOST_NAMED]
    more = len(names) - len(shown)
    number = "1 Datei fehlt" if len(names) == 1 else f"{len(names)} Dateien fehlen"
    return [
        f"Achtung: {number} {where}, obwohl die Datenbank sie nennt (Bilder, Dokumente, Dateien von Vorgängen). "
        "Suchen Sie sie in einer älteren Sicherung, oder laden Sie sie im Portal neu hoch:",
        *(f"  {name}" for name in shown),
        *([f"  und {more} weitere"] if more else []),
    ]


def stage(folder: Path) -> Path:
    """Copy the uploads beside their place, so that a full disk is noticed before anything is replaced."""
    root = root_folder()
    staged = root / STAGED if _is_fixed(root) else root.with_name(f"{root.name}.restoring")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(folder / FOLDER, staged)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(staged, ignore_errors=True)
        reason = (
            f"In „{staged.parent}“ ist kein Platz mehr für die Dateien. Schaffen Sie Platz"
            if is_full(error)
            else f"Die Dateien lassen sich nicht nach „{staged.parent}“ kopieren. Prüfen Sie die Rechte "
            f"(Meldung des Systems: {error})"
        )
        raise BackupError(
            f"{reason} und spielen Sie die Sicherung noch einmal ein. Nichts wurde geändert."
        ) from error
    return staged


def swap(staged: Path) -> Path | None:
    """Put the staged uploads in place; returns where the former ones are, None when there were none.

    After an OSError the former ones are back in their place.
    """
    root = root_folder()
    if staged.parent == root:
        return _swap_entries(staged, root)
    if not root.exists():
        staged.rename(root)
        return None
    kept = root.with_name(f"{root.name}.before-{timezone.now():%Y%m%d%H%M%S}")
    try:
        root.rename(kept)
    except OSError:  # a mount point that did not look like one
        return _swap_entries(staged, root)
    try:
        staged.rename(root)
    except OSError:
        kept.rename(root)
        raise
    if any(kept.iterdir()):
        return kept
    kept.rmdir()
    return None


def _swap_entries(staged: Path, root: Path) -> Path | None:
    """Swap entry by entry; the former ones get a name nobody guesses from outside."""
    former = [path for path in root.iterdir() if _is_upload(path.name)]
    kept = root / f"{KEPT}{timezone.now():%Y%m%d%H%M%S}-{secrets.token_hex(8)}" if former else None
    moved: list[tuple[Path, Path]] = []
    try:
        if kept is not None:
            kept.mkdir(mode=0o700)
            for path in former:
                moved.append((path, kept / path.name))
                _move(*moved[-1])
        for path in list(staged.iterdir()):
            moved.append((path, root / path.name))
            _move(*moved[-1])
    except OSError:
        _undo(moved, kept)
        raise
    staged.rmdir()
    return kept


def _undo(moved: list[tuple[Path, Path]], kept: Path | None) -> None:
    """Move back what half a swap has moved; what cannot be moved stays where it is."""
    for source, target in reversed(moved):
        if os.path.lexists(target):
            with suppress(OSError):
                _move(target, source)
    if kept is not None:
        with suppress(OSError):
            kept.rmdir()


def _move(source: Path, target: Path) -> None:
    """Rename a file or folder; what cannot be renamed is moved piece by piece, and a mount point stays, empty."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno not in _NOT_RENAMED:
            raise
        if source.is_symlink() or not source.is_dir():
            shutil.move(source, target)
            return
        target.mkdir(exist_ok=True)
        for path in list(source.iterdir()):
            _move(path, target / path.name)
        with suppress(OSError):
            source.rmdir()
