"""Making a backup and putting one back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.cache import cache
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from portal.core import audit
from portal.core.backup import afterwards, database, manifest, media
from portal.core.backup.manifest import BackupError, DiskFullError, Manifest, is_full

Progress = Callable[[str], None]


@contextmanager
def _told_in_german(folder: Path) -> Iterator[None]:
    """Turn what a disk or a database says into a sentence somebody can act on."""
    try:
        yield
    except (OSError, DatabaseError, DiskFullError) as error:
        if isinstance(error, DiskFullError) or is_full(error):
            reason = (
                "dort ist kein Platz mehr (selten ist der Datenträger gestört). Schaffen Sie Platz, oder nennen "
                "Sie einen Ordner auf einem anderen Datenträger, und wiederholen Sie die Sicherung"
            )
        else:
            reason = (
                "der Ordner lässt sich nicht beschreiben oder die Datenbank nicht lesen. Prüfen Sie Rechte und "
                f"Verbindung (Meldung des Systems: {error})"
            )
        raise BackupError(
            f"Die Sicherung nach „{folder}“ ist nicht gelungen: {reason}. Was angefangen war, ist entfernt; "
            "das Portal läuft unverändert weiter."
        ) from error


def make(folder: Path, *, progress: Progress) -> Manifest:
    """Write a backup into a new or empty folder; the portal may go on working meanwhile."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"Der Ordner „{folder}“ ist nicht leer. Nennen Sie einen neuen oder leeren Ordner.")
    if folder.resolve().is_relative_to(media.root_folder()):
        raise BackupError(f"Der Ordner „{folder}“ liegt im Ordner der Dateien. Nennen Sie einen außerhalb davon.")
    made_here = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with _told_in_german(folder):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            return _write(folder, progress)
    except BaseException:
        _clear(folder, made_here)
        raise


def _clear(folder: Path, made_here: list[Path]) -> None:
    """Take half a backup away, and the folders made for it: nobody shall take it for a whole one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    with suppress(OSError):  # somebody else has put something there meanwhile
        for path in made_here:
            path.rmdir()


def _write(folder: Path, progress: Progress) -> Manifest:
    progress("Datenbank …")
    migrations, named = database.applied_migrations(), media.named()
    counts = database.dump(folder)
    written = Manifest(
        created_at=timezone.now().isoformat(timespec="seconds"),
        vendor=database.vendor(),
        database=database.FILES[database.vendor()],
        migrations=migrations,
        counts=counts,
    )
    progress("Dateien …")
    gone = media.copy_to(folder / media.FOLDER, progress)
    named &= media.named()  # what came or went while the files were copied is no loss
    lost = media.absent(named, folder / media.FOLDER)
    written.missing = sorted({*gone, *lost})
    for path in media.files(folder):
        name = path.relative_to(folder).as_posix()
        written.files[name] = {"size": path.stat().st_size, "sha256": manifest.digest_of(path)}
    written.write(folder)
    audit.record("backup.made", files=len(written.files))
    for line in media.told_missing(lost, "in der Sicherung"):
        progress(line)
    return written


def check(folder: Path, *, replace: bool, running: bool = False) -> Manifest:
    """Prove that a backup is whole, fits this version and meets an empty installation at rest; changes nothing."""
    stored = manifest.read(folder)
    if stored.vendor != database.vendor():
        raise BackupError(
            f"Die Sicherung ist aus {stored.vendor}, dieses Portal läuft mit {database.vendor()}. "
            "Stellen Sie DATABASE_URL auf dieselbe Art von Datenbank ein."
        )
    if unknown := database.unknown_migrations(stored.migrations):
        raise BackupError(
            "Die Sicherung stammt von einer neueren Fassung des Portals (unbekannt: "
            f"{', '.join(unknown[:3])}). Aktualisieren Sie zuerst das Portal."
        )
    if broken := list(manifest.faults(folder, stored, needed=database.FILES[stored.vendor])):
        raise BackupError("Die Sicherung ist beschädigt, nichts wurde geändert:\n" + "\n".join(broken[:20]))
    if not running and (names := _working()):
        raise BackupError(
            f"Hintergrundprozesse des Portals laufen noch ({', '.join(names[:5])}). Halten Sie sie und die "
            "Webprozesse an (nach einem Absturz warten Sie zwei Minuten), oder sagen Sie mit --while-running, "
            "dass sie dürfen."
        )
    if not replace and (held := _held()):
        raise BackupError(
            f"Dieses Portal enthält schon Daten ({held}). Mit --replace werden sie durch die Sicherung ersetzt; "
            "sichern Sie sie vorher mit „manage.py backup“."
        )
    return stored


def _working() -> list[str]:
    """Return the names of the background processes that are alive."""
    from portal.core import workers
    from portal.core.models import Worker

    if Worker._meta.db_table not in connection.introspection.table_names():
        return []  # nothing has been migrated here yet
    return sorted(row.name for row in workers.working(timezone.now()))


def _held() -> str:
    """Return in German what this installation holds beyond what it has by itself; "" when it is empty."""
    rows = sorted(database.content().items(), key=lambda item: -item[1])
    root = media.root_folder()
    try:
        files = sum(1 for _ in media.files(root)) if root.is_dir() else 0
    except OSError as error:
        raise BackupError(f"Der Ordner der Uploads ist nicht zu lesen: {error.filename}.") from error
    said = [f"{name}: {count}" for name, count in rows[:5]]
    if len(rows) > 5:
        said.append(f"{len(rows) - 5} weitere Tabellen")
    if files:
        said.append(f"Dateien: {files}")
    return ", ".join(said)


def restore(folder: Path, *, replace: bool, progress: Progress, running: bool = False) -> list[str]:
    """Put a backup in place of this installation's data; returns tables whose rows differ from the manifest."""
    progress("Prüfsummen …")
    stored = check(folder, replace=replace, running=running)
    progress("Dateien bereitstellen …")
    staged = media.stage(folder)
    try:
        progress("Datenbank …")
        _load(folder)
        different = _differences(stored)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    try:
        _freshen(progress)
    except BaseException:  # whatever became of the rows, the uploads belong to them; this is the error to be told
        with suppress(BackupError):
            _put_in_place(staged, progress)
        raise
    _put_in_place(staged, progress)
    for line in media.told_missing(media.absent(media.named(), media.root_folder()), "im Ordner der Dateien"):
        progress(line)
    return different


def _freshen(progress: Progress) -> None:
    """Bring the rows up to this version and to this day, before anything else can fail."""
    progress("Aktualisieren …")
    call_command("migrate", verbosity=0, interactive=False)
    held, lines = _settle()
    if held:
        progress(f"{held} offene Nachrichten wurden angehalten (Berichte → Postausgang): prüfen, dann senden.")
    for line in lines:
        progress(line)


def _put_in_place(staged: Path, progress: Progress) -> None:
    """Swap the uploads and say where the former ones are; a German sentence when they cannot be swapped."""
    try:
        linked = media.linked_folders()
        kept = media.swap(staged)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise BackupError(
            "Die Datenbank ist eingespielt, die Dateien sind es nicht: In "
            f"„{media.root_folder()}“ liegen noch die bisherigen (Meldung des Systems: {error}). Alle Anmeldungen "
            "sind beendet, offene Nachrichten sind angehalten. Lassen Sie das Portal angehalten, prüfen Sie "
            "Platz, Rechte und Einbindung dieses Ordners, und spielen Sie die Sicherung mit --replace noch "
            "einmal ein."
        ) from error
    if kept is None:
        return
    progress(f"Die bisherigen Dateien liegen in „{kept}“.")
    for name in linked:
        progress(
            f"„{name}“ war dort eine Verknüpfung. Die eingespielten Dateien liegen im Ordner „{name}“ selbst; "
            "verschieben und verknüpfen Sie ihn bei Bedarf neu."
        )


def _load(folder: Path) -> None:
    try:
        database.load(folder)
    except DiskFullError as error:
        raise BackupError(
            "Für die Datenbank ist kein Platz mehr, nichts wurde geändert. Schaffen Sie dort Platz, wo sie liegt, "
            "und spielen Sie die Sicherung noch einmal ein."
        ) from error


def _differences(stored: Manifest) -> list[str]:
    now = database.row_counts()
    return [
        f"{name}: {count} gesichert, {now.get(name, 0)} eingespielt"
        for name, count in stored.counts.items()
        if now.get(name, 0) != count
    ]


def _settle() -> tuple[int, list[str]]:
    """End sessions, hold back what may have gone out since the backup, forget everything derived.

    Returns the number of held messages, and what the apps have to say.
    """
    from django.contrib.sessions.models import Session

    from portal.core.models import OutboxMessage, Worker

    with transaction.atomic():
        Session.objects.all().delete()
        Worker.objects.all().delete()
        held = OutboxMessage.objects.filter(state=OutboxMessage.State.WAITING).update(
            state=OutboxMessage.State.FAILED,
            finished_at=timezone.now(),
            leased_until=None,
            leased_by="",
            error="Aus einer Sicherung: vielleicht schon gesendet",
        )
        lines = afterwards.settle(timezone.now())
        audit.record("backup.restored", held=held)
    cache.clear()
    return held, lines
