"""Uploads on other disks: links are followed, loops and dead ends are told, missing files are named."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from consultations.models import CaseFile
from portal.core import outbox, workers
from portal.core.backup import database, manifest, media, services
from portal.core.models import OutboxMessage, Worker
from tests.factories import content, desk


@pytest.fixture
def root(real_db: None, settings: Any, tmp_path: Path) -> Path:
    """A media folder whose documents lie on another disk, linked into it."""
    root, disk = tmp_path / "media", tmp_path / "platte" / "documents"
    disk.mkdir(parents=True)
    root.mkdir()
    (root / "documents").symlink_to(disk, target_is_directory=True)
    settings.MEDIA_ROOT = str(root)
    return root


def test_a_linked_folder_is_part_of_the_backup_and_comes_back(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = content.document("Prüfliste.txt").file.name
    call_command("backup", str(tmp_path / "sicherung"))
    assert "Achtung" not in capsys.readouterr().out
    assert f"media/{name}" in manifest.read(tmp_path / "sicherung").files
    shutil.rmtree(root.parent / "platte")
    (root / "documents").unlink()
    said: list[str] = []
    services.restore(tmp_path / "sicherung", replace=True, progress=said.append)
    assert (root / name).is_file()
    assert not any("Achtung" in line for line in said)


def test_links_in_a_circle_and_into_nowhere_are_told_and_end(root: Path, tmp_path: Path) -> None:
    name = content.document().file.name
    (root / "documents" / "zurueck").symlink_to(root)
    (root / "hinauf").symlink_to(tmp_path)
    (root / "weg").symlink_to(tmp_path / "gibt-es-nicht")
    said: list[str] = []
    services.make(tmp_path / "sicherung", progress=said.append)
    assert sum("im Kreis" in line for line in said) == 2
    assert sum("ins Leere" in line and "weg" in line for line in said) == 1
    stored = manifest.read(tmp_path / "sicherung")
    assert [path for path in stored.files if path.startswith("media/")] == [f"media/{name}"]


def test_files_the_database_names_but_the_folder_lacks_are_named(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = content.document().file.name
    (root / name).unlink()
    folder = tmp_path / "sicherung"
    call_command("backup", str(folder))
    assert "1 Datei fehlt in der Sicherung, obwohl die Datenbank sie nennt" in capsys.readouterr().out
    call_command("restore", str(folder), check=True, replace=True)
    checked = capsys.readouterr().out
    assert "vollständig und passt" in checked
    assert name in checked
    said: list[str] = []
    services.restore(folder, replace=True, progress=said.append)
    assert any("1 Datei fehlt im Ordner der Dateien" in line for line in said)
    assert f"  {name}" in said


def test_files_of_cases_are_named_too(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = CaseFile.objects.create(
        case=desk.working_case(desk.adviser_with_role()),
        file=ContentFile(b"a", name="a.txt"),
        name="a.txt",
        size=1,
    )
    assert row.file.name in media.named()
    (root / row.file.name).unlink()
    call_command("backup", str(tmp_path / "sicherung"))
    assert row.file.name in capsys.readouterr().out


def test_a_link_in_place_of_the_media_folder_is_followed_not_replaced(
    root: Path, settings: Any, tmp_path: Path
) -> None:
    place = tmp_path / "verweis"
    place.symlink_to(root, target_is_directory=True)
    settings.MEDIA_ROOT = str(place)
    name = content.document().file.name
    services.make(tmp_path / "sicherung", progress=lambda line: None)
    said: list[str] = []
    services.restore(tmp_path / "sicherung", replace=True, progress=said.append)
    assert place.is_symlink()
    assert place.resolve() == root.resolve()
    assert (root / name).is_file()
    assert any("„documents“ war dort eine Verknüpfung" in line for line in said)
    assert not media.absent(media.named(), root)


def test_a_backup_into_the_media_folder_is_refused(root: Path) -> None:
    before = database.row_counts()
    with pytest.raises(CommandError, match="im Ordner der Dateien"):
        call_command("backup", str(root / "sicherung"))
    assert not (root / "sicherung").exists()
    assert database.row_counts() == before


def test_a_restore_is_refused_while_background_processes_are_alive(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sicherung"
    services.make(folder, progress=lambda line: None)
    workers.beat("mail")
    for options in ({"check": True}, {}):
        with pytest.raises(CommandError, match="Hintergrundprozesse des Portals laufen noch"):
            call_command("restore", str(folder), replace=True, **options)
    call_command("restore", str(folder), replace=True, check=True, while_running=True)
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=3))
    call_command("restore", str(folder), replace=True, check=True)


# Of <sched.h> and <sys/mount.h>.
CLONE_NEWNS, CLONE_NEWUSER, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 4096, 16384, 1 << 18
NO_MOUNTS = 77


def bound(source: Path, place: Path, action: Callable[[], object]) -> int:
    """Do something in a process that alone sees `source` bound to `place`; returns 0 when it did not fail."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            libc = ctypes.CDLL(None)
            flags = CLONE_NEWNS | (CLONE_NEWUSER if os.getuid() else 0)
            if libc.unshare(flags) or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None):
                os._exit(NO_MOUNTS)
            if libc.mount(bytes(source), bytes(place), None, MS_BIND, None):
                os._exit(NO_MOUNTS)
            action()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def uploads_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in media.files(folder))


@pytest.mark.once
@pytest.mark.parametrize("place", ["media", "media/mit leer", "unseen"])
def test_a_folder_bound_from_the_same_disk_is_filled_where_it_is(
    settings: Any, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the system does not say what is mounted, and where the mount point lies in the media folder."""
    root, source, folder = tmp_path / "media", tmp_path / "quelle", tmp_path / "backup"
    name = "mit leer/neu.txt"
    for path in (root / "mit leer", source, folder / "media" / "mit leer"):
        path.mkdir(parents=True)
    (folder / "media" / name).write_text("neu")
    (source / "alt.txt").write_text("alt")
    settings.MEDIA_ROOT = str(root)
    if place == "unseen":
        monkeypatch.setattr(media, "_MOUNTS", tmp_path / "gibt-es-nicht")
    mounted = tmp_path / place if place != "unseen" else root
    code = bound(source, mounted, lambda: media.swap(media.stage(folder)))
    if code == NO_MOUNTS:
        pytest.skip("mounting is not allowed here")
    assert code == 0
    assert uploads_in(source) == (["neu.txt"] if mounted != root else [name])
    kept = next(path for path in (root if mounted != root else source).iterdir() if path.name[0] == ".")
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["alt.txt"]
    assert not list(tmp_path.rglob("*restoring*"))


def test_uploads_that_cannot_be_put_in_place_leave_the_former_ones_and_a_settled_database(
    root: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = content.document("Vorher.txt").file.name
    outbox.enqueue(kind="mail", key="case:1", payload={"text": "Größe"})
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=timezone.now())
    services.make(tmp_path / "sicherung", progress=lambda line: None)
    (root / "neuer.txt").write_text("seitdem")
    before = uploads_in(root)
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path == root or path.parent.name == f"{root.name}.restoring":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(CommandError, match="die Dateien sind es nicht") as raised:
        call_command("restore", str(tmp_path / "sicherung"), replace=True)
    assert str(root) in str(raised.value)
    assert "--replace noch einmal" in str(raised.value)
    assert uploads_in(root) == before
    assert (root / "documents").is_symlink()
    assert sorted(path.name for path in root.iterdir()) == ["documents", "neuer.txt"]
    assert not Session.objects.exists()
    assert OutboxMessage.objects.get().state == OutboxMessage.State.FAILED
    monkeypatch.setattr(Path, "rename", rename)
    call_command("restore", str(tmp_path / "sicherung"), replace=True)
    assert uploads_in(root) == [name]
