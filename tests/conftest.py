"""Shared fixtures: a migrated database that is copied, not migrated anew, and content to read.

The migrated database is cached by a hash of everything migrations depend on; each worker gets a copy. Tests
that need real transactions or other processes use the `real_db` fixture, which hands the copy out as it is and
replaces it afterwards, so that nothing leaks and no flush empties reference data.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.mail.backends import filebased
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client

ROOT = Path(__file__).resolve().parents[1]
IS_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


def _migrations_hash() -> str:
    digest = hashlib.sha256(settings.DATABASES["default"]["ENGINE"].encode())
    for path in sorted(ROOT.glob("**/migrations/*.py")):
        if ".venv" not in path.parts and "node_modules" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    after = [  # what follows on migrations
        *(ROOT / path for path in ("portal/accounts/roles.py", "portal/core/appendonly.py")),
        *(ROOT / "consultations" / name for name in ("overlap.py", "triggers.py")),
    ]
    for path in (*sorted((ROOT / "portal" / "accounts" / "data").glob("*")), *after):
        digest.update(path.read_bytes())
    for name in ("Django", "wagtail", "django-allauth", "django-tasks-db", "django-taggit"):
        digest.update(importlib.metadata.version(name).encode())
    return digest.hexdigest()[:16]


def _drop_sqlite(name: str | Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{name}{suffix}").unlink(missing_ok=True)


class SqliteCopies:
    """The test database as a copy of a cached, migrated file."""

    def __init__(self) -> None:
        self.target = Path(str(settings.DATABASES["default"]["TEST"]["NAME"]))
        self.cached = settings.TEST_DIR.parent / f"migrated-{_migrations_hash()}.sqlite3"

    def create(self) -> None:
        if not self.cached.exists():
            draft = self.cached.with_suffix(f".{settings.TEST_DIR.name}")
            _drop_sqlite(draft)
            self._point_at(draft)
            call_command("migrate", verbosity=0, interactive=False)
            call_command("import_municipalities", verbosity=0)
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connections.close_all()
            draft.rename(self.cached)
            _drop_sqlite(draft)
        self.restore()

    def restore(self) -> None:
        connections.close_all()
        _drop_sqlite(self.target)
        shutil.copyfile(self.cached, self.target)
        self._point_at(self.target)

    def _point_at(self, name: Path) -> None:
        connections.close_all()
        settings.DATABASES["default"]["NAME"] = str(name)
        connection.settings_dict["NAME"] = str(name)

    def destroy(self) -> None:
        connections.close_all()
        _drop_sqlite(self.target)


class PostgresCopies:
    """The test database as a copy of a cached, migrated template database."""

    def __init__(self) -> None:
        base = str(settings.DATABASES["default"]["NAME"]).removeprefix("test_")
        self.target = f"test_{base}_{settings.TEST_DIR.name}"
        self.cached = f"migrated_{base}_{_migrations_hash()}"

    def _admin(self) -> Any:
        import psycopg

        config = connection.get_connection_params()
        keys = {key: config[key] for key in ("host", "port", "user", "password") if config.get(key)}
        return psycopg.connect(dbname="postgres", autocommit=True, **keys)

    def create(self) -> None:
        with self._admin() as admin:
            admin.execute("SELECT pg_advisory_lock(815)")
            exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.cached]).fetchone()
            if not exists:
                admin.execute(f'DROP DATABASE IF EXISTS "{self.cached}_draft" WITH (FORCE)')
                admin.execute(f'CREATE DATABASE "{self.cached}_draft"')
                self._point_at(f"{self.cached}_draft")
                call_command("migrate", verbosity=0, interactive=False)
                call_command("import_municipalities", verbosity=0)
                connections.close_all()
                admin.execute(f'ALTER DATABASE "{self.cached}_draft" RENAME TO "{self.cached}"')
        self.restore()

    def restore(self) -> None:
        connections.close_all()
        with self._admin() as admin:
            admin.execute("SELECT pg_advisory_lock(815)")
            admin.execute(f'DROP DATABASE IF EXISTS "{self.target}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{self.target}" TEMPLATE "{self.cached}"')
        self._point_at(self.target)

    def _point_at(self, name: str) -> None:
        connections.close_all()
        settings.DATABASES["default"]["NAME"] = name
        connection.settings_dict["NAME"] = name

    def destroy(self) -> None:
        connections.close_all()
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{self.target}" WITH (FORCE)')


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for no database, or is marked as the same on each, is not repeated on PostgreSQL."""
    if IS_SQLITE:
        return
    kept = [item for item in items if _depends_on_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _depends_on_the_database(item: pytest.Item) -> bool:
    if os.environ.get("POSTGRES_ALL") == "1":
        return True
    if item.get_closest_marker("once"):
        return False
    wanted = {"django_db_setup", "empty_database", "portal"}
    return bool(item.get_closest_marker("django_db") or wanted & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def database_copies() -> SqliteCopies | PostgresCopies:
    return SqliteCopies() if IS_SQLITE else PostgresCopies()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, database_copies: SqliteCopies | PostgresCopies
) -> Iterator[None]:
    with django_db_blocker.unblock():
        database_copies.create()
        # Asked once for each process, with queries of its own: tests that count queries depend on no order.
        assert connection.features.supports_json_field
    yield
    with django_db_blocker.unblock():
        database_copies.destroy()


@pytest.fixture
def real_db(
    django_db_setup: None, django_db_blocker: Any, database_copies: SqliteCopies | PostgresCopies
) -> Iterator[None]:
    """A database with real commits, visible to other connections and processes; replaced afterwards."""
    with django_db_blocker.unblock():
        yield
        database_copies.restore()


@pytest.fixture
def empty_database(tmp_path: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a new database beside the tests' own."""
    if IS_SQLITE:
        yield str(tmp_path / "old.sqlite3")
        return
    import psycopg

    config = connection.get_connection_params()
    keys = {key: config[key] for key in ("host", "port", "user", "password") if config.get(key)}
    name = f"old_{settings.TEST_DIR.name}"
    with psycopg.connect(dbname="postgres", autocommit=True, **keys) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
        yield name
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def client() -> Client:
    """A client that opens staff sessions as if with a second factor (tests/people.py)."""
    from tests.people import PortalClient

    return PortalClient()


@pytest.fixture
def admin_client(admin_user: Any, client: Client) -> Client:
    client.force_login(admin_user)
    return client


@pytest.fixture
def drain() -> Callable[[], None]:
    """Run all background tasks that are ready; a failed one fails the test."""
    from portal.core import taskqueue

    def run() -> None:
        failed = taskqueue.drain()
        assert not failed, [f"{row.task_path}: {row.traceback}" for row in failed]

    return run


@pytest.fixture
def mails_by_outbox(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails go the way they go in operation; pytest-django would keep them in a list.

    Each gets a file of its own: Django names them by the second and the address of an object in memory, which
    stands still and comes again where the clock of a test does not move.
    """
    settings.EMAIL_BACKEND = "portal.core.mail.OutboxBackend"
    numbers = itertools.count()

    def own_name(backend: Any) -> str:
        if backend._fname is None:
            backend._fname = str(Path(backend.file_path) / f"{next(numbers):06d}-{os.getpid()}.log")
        return str(backend._fname)

    monkeypatch.setattr(filebased.EmailBackend, "_get_filename", own_name)


@pytest.fixture(autouse=True)
def _clean_state(tmp_path: Path) -> Iterator[None]:
    """No test sees another one's cache, mails or index."""
    cache.clear()
    yield
    cache.clear()
    for folder in (settings.EMAIL_FILE_PATH, settings.SEARCH_INDEX_DIR, settings.MEDIA_ROOT):
        shutil.rmtree(folder, ignore_errors=True)
