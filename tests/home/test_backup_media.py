"""Uploads on other disks: links are followed, loops and dead ends are told, missing files are named."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal.core import workers
from portal.core.backup import database, manifest, media, services
from portal.core.models import Worker
from tests.factories import content


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
