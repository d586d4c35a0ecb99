"""A backup put back is the same portal: rows, files, search. What is wrong with it is said before anything."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from wagtail.models import Site

from portal.core import audit, outbox, work
from portal.core.backup import database, manifest, media, services
from portal.core.backup.manifest import BackupError, DiskFullError
from portal.core.models import SiteNotice, Subscriber, Tag
from portal.core.review import recording
from tests import factories
from tests.factories import content
from tests.people import make_user
from tests.processes import ROOT, child_environment

pytestmark = pytest.mark.slow

QUERIES = ("Zuständigkeit", "Anträge prüfen", "Quastenflosser")

# What an installation holds, in words that two of them can be compared by.
STATE = (
    f"QUERIES = {QUERIES!r}"
    """
import hashlib, json
from pathlib import Path
from django.conf import settings
from django.test import Client
from portal.core.backup import database
def hits(query):
    text = Client().get("/suche/", {"q": query}).content.decode()
    return [line.strip() for line in text.splitlines() if "<mark>" in line]
root = Path(settings.MEDIA_ROOT)
files = {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
         for path in sorted(root.rglob("*")) if path.is_file()}
print("STATE" + json.dumps({"rows": database.row_counts(), "files": files,
      "hits": {query: hits(query) for query in QUERIES}}))
"""
)

RESTORE = """
import sys
from django.core.management import CommandError, call_command
try:
    call_command("restore", *sys.argv[1:])
except CommandError as error:
    print("REFUSED " + str(error))
"""
OUTBOX = """
from tests.people import make_user, signed_in
page = signed_in(make_user("betrieb@kkv.example", role="Administration")).get("/cms/betrieb/postausgang/")
print(page.content.decode())
"""
# Rows that a restore changes on purpose: what is derived, ended or logged.
CHANGED = ("django_session", "core_worker", "core_auditentry", "django_migrations", "core_scheduledrun")


def child(code: str, *arguments: str, limit: str = "", **environment: str) -> str:
    """Run code in an installation of its own (by environment); `limit` bounds each file it writes, in bytes."""
    full = child_environment(**environment)
    command = [sys.executable, "-c", "import django; django.setup()\n" + code, *arguments]

    def small_disk() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))

    done = subprocess.run(
        command, cwd=ROOT, env=full, capture_output=True, text=True, check=False, preexec_fn=small_disk
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def state_of(output: str) -> dict[str, Any]:
    line = next(line for line in output.splitlines() if line.startswith("STATE"))
    found: dict[str, Any] = json.loads(line.removeprefix("STATE"))
    return found


@pytest.fixture
def filled(real_db: None) -> None:
    """An installation with pages, a draft, files, people and a waiting mail."""
    topic = content.topic("Zuständigkeiten")
    content.article("Anträge in Ämtern prüfen", parent=topic)
    draft = content.article("Noch nicht fertig", parent=topic, live=False)
    draft.save_revision()
    content.question("Müssen wir die Zuständigkeit prüfen?", parent=topic)
    content.template()
    make_user("änne@gemeinde.example".replace("ä", "ae"), role="Redaktion", factor=True)
    outbox.enqueue(kind="mail", key="case:1", payload={"text": "Größe"})
    recording.backfill()  # as after any migration


@pytest.fixture
def backup(filled: None, tmp_path: Path) -> Path:
    folder = tmp_path / "sicherung"
    services.make(folder, progress=lambda line: None)
    return folder


def lines_of(action: Any) -> str:
    with pytest.raises((BackupError, CommandError)) as raised:
        action()
    return str(raised.value)


def spoil(folder: Path, **changes: Any) -> None:
    path = folder / manifest.NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_backup_restored_into_an_empty_installation_is_the_same_portal(
    filled: None, empty_database: str, tmp_path: Path
) -> None:
    folder = tmp_path / "sicherung"
    call_command("rebuild_index", verbosity=0)
    before = state_of(child(STATE, TEST_DIR=str(settings.TEST_DIR.parent)))
    call_command("backup", str(folder), verbosity=0)
    other = {"CHILD_DATABASE": empty_database, "TEST_DIR": str(tmp_path / "other")}
    assert "REFUSED" not in child(RESTORE, str(folder), **other)
    after = state_of(child(STATE, **other))
    for rows in (before["rows"], after["rows"]):
        for name in CHANGED:
            rows.pop(name, None)
    assert after == before
    assert before["rows"]["wagtailcore_page"] > 6
    assert any(before["files"])
    assert before["hits"]["Zuständigkeit"]
    assert not before["hits"]["Quastenflosser"]


def test_a_waiting_mail_of_a_backup_is_held_and_sessions_end(
    backup: Path, empty_database: str, tmp_path: Path
) -> None:
    other = {"CHILD_DATABASE": empty_database, "TEST_DIR": str(tmp_path / "other")}
    said = child(RESTORE, str(backup), **other)
    assert "1 offene Nachrichten wurden angehalten" in said
    assert "Rechte sind wieder die vom Zeitpunkt der Sicherung" in said
    refused = child(RESTORE, str(backup), **other)
    assert "REFUSED Dieses Portal enthält schon Daten" in refused
    code = "from portal.core.models import OutboxMessage as M; print(M.objects.get().state)"
    assert child(code, **other).strip() == "failed"
    assert "/erneut/" in child(OUTBOX, **other), "whoever decides that it was not sent can send it"
    assert "REFUSED" not in child(RESTORE, str(backup), "--replace", **other)


def test_a_backup_goes_into_a_new_or_empty_folder_only(filled: None, tmp_path: Path) -> None:
    (tmp_path / "voll").mkdir()
    (tmp_path / "voll" / "brief.txt").write_text("wichtig")
    message = lines_of(lambda: call_command("backup", str(tmp_path / "voll")))
    assert "nicht leer" in message
    assert (tmp_path / "voll" / "brief.txt").read_text() == "wichtig"


def test_a_full_disk_leaves_no_half_backup(filled: None, tmp_path: Path) -> None:
    folder = tmp_path / "neu" / "sicherung"
    code = "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + RESTORE.replace(
        '"restore"', '"backup"'
    )
    printed = child(code, str(folder), limit="40000", TEST_DIR=str(settings.TEST_DIR.parent))
    assert f"REFUSED Die Sicherung nach „{folder}“ ist nicht gelungen: dort ist kein Platz mehr" in printed
    assert "Schaffen Sie Platz" in printed
    assert not folder.parent.exists()


def test_a_disk_that_is_full_only_for_the_uploads_is_told_the_same(filled: None, tmp_path: Path) -> None:
    big = Path(str(settings.MEDIA_ROOT)) / "grosse-datei.bin"
    big.write_bytes(b"x" * 5_000_000)
    folder = tmp_path / "platte" / "sicherung"
    folder.mkdir(parents=True)  # an empty folder that was there stays, and is empty again
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_500_000, old[1]))
    try:
        message = lines_of(lambda: call_command("backup", str(folder), verbosity=0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert "kein Platz mehr" in message
    assert list(folder.iterdir()) == []


@pytest.mark.once
def test_what_the_programs_of_the_database_say_of_a_full_disk_is_told_in_german(
    filled: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of pg_dump and of a server, from programs of the same name that say them."""
    said = "pg_dump: error: could not write to output file: No space left on device"
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with pytest.raises(DiskFullError):
        database._run("pg_dump", "x")
    program.write_text("#!/bin/sh\necho 'pg_dump: error: connection refused' >&2\nexit 1\n")
    with pytest.raises(BackupError, match="pg_dump ist gescheitert") as raised:
        database._run("pg_dump", "x")
    assert not isinstance(raised.value, DiskFullError)


def test_a_full_disk_at_a_restore_changes_nothing(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.row_counts()
    uploads = sorted(Path(str(settings.MEDIA_ROOT)).rglob("*"))
    shutil_copy = shutil.copytree

    def full(*args: Any, **kwargs: Any) -> Any:
        shutil_copy(*args, **kwargs)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copytree", full)
    message = lines_of(lambda: call_command("restore", str(backup), replace=True))
    assert "kein Platz mehr für die Dateien" in message
    assert "Nichts wurde geändert" in message
    assert database.row_counts() == before
    assert sorted(Path(str(settings.MEDIA_ROOT)).rglob("*")) == uploads
    assert not Path(f"{settings.MEDIA_ROOT}.restoring").exists()


def test_uploads_on_a_mount_point_are_swapped_within_it(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume or share can be filled, but neither renamed nor removed."""
    root, folder = tmp_path / "media", tmp_path / "backup"
    for path, text in ((root / "a" / "alt.txt", "alt"), (folder / "media" / "a" / "neu.txt", "neu")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    (root / "lost+found").mkdir()
    settings.MEDIA_ROOT = str(root)
    monkeypatch.setattr("os.path.ismount", lambda path: Path(path) == root)
    inode = root.stat().st_ino
    staged = media.stage(folder)
    assert staged.parent == root
    assert [path.name for path in media.files(root)] == ["alt.txt"]
    kept = media.swap(staged)
    assert kept is not None
    assert (kept / "a" / "alt.txt").read_text() == "alt"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert [path.relative_to(root).as_posix() for path in media.files(root)] == ["a/neu.txt"]
    assert root.stat().st_ino == inode
    assert not (root / media.STAGED).exists()


def test_a_restore_refuses_an_installation_with_data(backup: Path) -> None:
    message = lines_of(lambda: call_command("restore", str(backup)))
    assert "enthält schon Daten" in message
    assert "--replace" in message


def test_an_installation_without_content_is_empty(db: None) -> None:
    """As migrations and the reference data that every `prepare` imports leave it."""
    call_command("import_formats", verbosity=0)
    assert database.content() == {}
    assert services._held() == ""


def _tag() -> None:
    Tag.objects.create(name="Öffnung", slug="oeffnung")


def _log_of_a_person() -> None:
    audit.write("rights.account", actor_id=7, object_type="", object_id="", detail={})


@pytest.mark.parametrize(
    ("make", "table"),
    [
        (content.document, "core_portaldocument"),
        (factories.act, "knowledge_act"),
        (factories.term, "knowledge_glossaryterm"),
        (_tag, "core_tag"),
        (lambda: work.open_item(kind="feedback", title="Frage", dedupe_key="1"), "core_workitem"),
        (lambda: Subscriber.objects.create(address="a@gemeinde.example"), "core_subscriber"),
        (lambda: SiteNotice.objects.create(site=Site.objects.get()), "core_sitenotice"),
        (content.topic_index, "wagtailcore_page"),
        (lambda: make_user("a@kkv.example"), "accounts_user"),
        (_log_of_a_person, "core_auditentry"),
    ],
)  # fmt: skip
def test_whatever_somebody_has_put_in_is_not_replaced_unasked(db: None, make: Any, table: str) -> None:
    make()
    assert table in database.content()
    assert table in services._held()


def test_uploads_alone_are_content_too(db: None) -> None:
    root = Path(str(settings.MEDIA_ROOT))
    root.mkdir(parents=True, exist_ok=True)
    (root / "bild.png").write_bytes(b"x")
    assert services._held() == "Dateien: 1"


def test_the_check_alone_changes_nothing(backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = database.row_counts()
    call_command("restore", str(backup), check=True, replace=True)
    assert "vollständig und passt" in capsys.readouterr().out
    assert database.row_counts() == before


def test_a_newer_version_is_refused(backup: Path) -> None:
    spoil(backup, migrations=[["core", "0001_initial"], ["core", "9999_future"]])
    message = lines_of(lambda: call_command("restore", str(backup), replace=True))
    assert "neueren Fassung" in message
    assert "core.9999_future" in message
    spoil(backup, format=2)
    assert "Format 2" in lines_of(lambda: call_command("restore", str(backup), replace=True))


def test_a_damaged_backup_is_refused_and_its_faults_are_named(backup: Path) -> None:
    before = database.row_counts()
    stored = backup / database.FILES[database.vendor()]
    stored.write_bytes(stored.read_bytes()[:-1] + b"\0\1")
    upload = next(path for path in (backup / "media").rglob("*") if path.is_file())
    upload.unlink()
    message = lines_of(lambda: call_command("restore", str(backup), replace=True))
    assert f"{stored.name}: stimmt nicht mit der Prüfsumme überein" in message
    assert f"{upload.relative_to(backup).as_posix()}: fehlt" in message
    assert database.row_counts() == before


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}', "[]"])
def test_a_manifest_that_is_none_is_refused(backup: Path, text: str) -> None:
    (backup / manifest.NAME).write_text(text)
    assert "beschädigt" in lines_of(lambda: call_command("restore", str(backup), replace=True))


@pytest.mark.once
@pytest.mark.parametrize(
    "changes",
    [
        {"migrations": [["core"]]}, {"migrations": ["core"]}, {"migrations": {}}, {"counts": {"a": "1"}},
        {"counts": []}, {"files": []}, {"files": {"a": {"sha256": ""}}}, {"files": {"a": {"size": 1}}},
        {"files": {"a": 1}}, {"missing": [1]}, {"vendor": 1}, {"created_at": None},
    ],
)  # fmt: skip
def test_a_manifest_with_an_entry_of_another_kind_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    whole = {"created_at": "", "vendor": "sqlite", "database": "", "migrations": [["a", "b"]], "counts": {"a": 1}}
    path = tmp_path / manifest.NAME
    path.write_text(json.dumps({**whole, "format": 1, "files": {"a": {"size": 1, "sha256": ""}}}))
    assert manifest.read(tmp_path).counts == {"a": 1}
    spoil(tmp_path, **changes)
    with pytest.raises(BackupError, match="beschädigt"):
        manifest.read(tmp_path)


def test_a_manifest_that_leaves_out_the_database_is_refused(backup: Path) -> None:
    before, name = database.row_counts(), database.FILES[database.vendor()]
    files = manifest.read(backup).files
    files.pop(name)
    spoil(backup, files=files)
    (backup / name).write_bytes((backup / name).read_bytes()[:1000])
    for options in ({"check": True}, {}):
        message = lines_of(lambda given=options: call_command("restore", str(backup), replace=True, **given))
        assert f"{name}: steht nicht in {manifest.NAME}" in message
    if database.vendor() == "sqlite":
        with pytest.raises(BackupError, match="Datenbank der Sicherung ist beschädigt"):
            database.load(backup)
        (backup / name).unlink()
        with pytest.raises(BackupError, match="fehlt oder ist nicht zu lesen"):
            database.load(backup)
        assert not (backup / name).exists()
    assert database.row_counts() == before


def test_a_folder_without_manifest_is_no_backup(tmp_path: Path, db: None) -> None:
    assert "fehlt" in lines_of(lambda: call_command("restore", str(tmp_path)))


def test_a_backup_of_another_database_is_refused(backup: Path) -> None:
    spoil(backup, vendor="oracle")
    assert "DATABASE_URL" in lines_of(lambda: call_command("restore", str(backup), replace=True))


def test_a_file_outside_the_folder_is_refused(backup: Path) -> None:
    stored = manifest.read(backup)
    shutil.copy(__file__, backup.parent / "fremd.txt")
    files = {**stored.files, "../fremd.txt": {"size": 1, "sha256": ""}}
    spoil(backup, files=files)
    assert "außerhalb der Sicherung" in lines_of(lambda: call_command("restore", str(backup), replace=True))
