"""A portal with starter content: prepared once for a test run, copied for each worker, served as `make run` does.

The database comes from DATABASE_URL where that names a PostgreSQL server: each copy gets a database of its own
there. Everything else runs on SQLite files.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
LAW = ROOT / "tests" / "browser" / "data"
TEMPLATE = "template"


class Databases(Protocol):
    """Where the portals of one test run keep their data."""

    def address(self, folder: Path) -> str: ...
    def create(self, folder: Path) -> None: ...
    def copy(self, source: Path, folder: Path) -> None: ...
    def drop(self, folder: Path) -> None: ...


class SqliteDatabases:
    """One file in the folder of each portal; it is copied with the folder."""

    def address(self, folder: Path) -> str:
        return f"sqlite:///{folder}/portal.sqlite3"

    def create(self, folder: Path) -> None: ...

    def copy(self, source: Path, folder: Path) -> None:
        for file in source.glob("portal.sqlite3*"):
            shutil.copy(file, folder)

    def drop(self, folder: Path) -> None: ...


class PostgresDatabases:
    """One database for each portal on the server of an address, named after that address and the folder."""

    def __init__(self, url: str) -> None:
        self.url = urlsplit(url)

    def _name(self, folder: Path) -> str:
        return f"{self.url.path.strip('/')}_browser_{folder.name}"

    def _run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.url._replace(path="/postgres").geturl(), autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())

    def address(self, folder: Path) -> str:
        return self.url._replace(path=f"/{self._name(folder)}").geturl()

    def create(self, folder: Path) -> None:
        # What an earlier run noted as done was done in a database that is gone now.
        (folder / "prepared.json").unlink(missing_ok=True)
        self.drop(folder)
        self._run(f'CREATE DATABASE "{self._name(folder)}"')

    def copy(self, source: Path, folder: Path) -> None:
        self.drop(folder)
        self._run(f'CREATE DATABASE "{self._name(folder)}" TEMPLATE "{self._name(source)}"')

    def drop(self, folder: Path) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{self._name(folder)}" WITH (FORCE)')


def databases() -> Databases:
    url = os.environ.get("DATABASE_URL", "")
    return PostgresDatabases(url) if url.startswith("postgres") else SqliteDatabases()


@dataclass
class Portal:
    """A portal: its address, its folder, and Django's command line for it."""

    url: str
    folder: Path
    environment: dict[str, str]
    facts: dict[str, Any] = field(default_factory=dict)
    desk: subprocess.Popen[str] | None = None

    def manage(self, *arguments: str) -> str:
        return self.run("manage.py", *arguments)

    def result(self, code: str) -> Any:
        """Run Python in the portal; return what it prints as JSON behind the word RESULT."""
        lines = self.python(code).splitlines()
        return json.loads(next(line.partition("RESULT")[2] for line in lines if "RESULT" in line))

    def python(self, code: str) -> str:
        """Run Python in the portal, in one process for all pieces (desk.py); return what it prints."""
        if self.desk is None:
            self.desk = subprocess.Popen(
                [sys.executable, "-m", "tests.browser.desk"],
                cwd=ROOT, env=self.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self.desk.stdin is not None
        assert self.desk.stdout is not None
        print(json.dumps(code), file=self.desk.stdin, flush=True)
        reply = json.loads(self.desk.stdout.readline())
        assert "failed" not in reply, reply["failed"]
        return str(reply["printed"])

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.environment, text=True, check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        return done.stdout

    def close(self) -> None:
        if self.desk is not None:
            self.desk.communicate(timeout=30)


def _portal(folder: Path, kept: Databases, static: Path) -> Portal:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.dev", "VAR_DIR": str(folder), "BASE_URL": url,
        "DATABASE_URL": kept.address(folder), "STATIC_ROOT": str(static), "LOG_LEVEL": "ERROR",
        "LINK_CHECK_PER_RUN": "0",  # tests ask nobody
    }  # fmt: skip
    return Portal(url, folder, environment)


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one worker at a time in."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def template_folder(shared: Path) -> Path:
    """A developer may keep the prepared site between runs."""
    kept = os.environ.get("BROWSER_VAR_DIR")
    return Path(kept).resolve() / TEMPLATE if kept else shared / TEMPLATE


def _prepared(shared: Path, store: Databases) -> tuple[Path, dict[str, Any]]:
    """Prepare the portal that all workers of this run copy, unless another worker has; return what it offers."""
    folder = template_folder(shared)
    facts = shared / "facts.json"
    if not facts.exists():
        folder.mkdir(parents=True, exist_ok=True)
        store.create(folder)
        site = _portal(folder, store, folder / "static")
        site.manage("prepare", "--no-demo-cases")  # each test makes the cases it looks at
        site.manage("import_laws", str(LAW), "--state", "2026-08-19")
        site.manage("run_indexer", "--once")
        facts.write_text(site.run("-m", "tests.browser.made_up"))
    return folder, json.loads(facts.read_text())


@contextlib.contextmanager
def served_portal(shared: Path, worker: str) -> Iterator[Portal]:
    """Serve a copy of the prepared portal; `shared` is the folder of the test run, for all its workers."""
    store = databases()
    folder = shared / worker
    with _alone(shared / "prepared.lock"):
        template, facts = _prepared(shared, store)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder, ignore=shutil.ignore_patterns("static", "cache", "portal.sqlite3*"))
        store.copy(template, folder)
    site = _portal(folder, store, template / "static")
    site.facts = facts
    command = [sys.executable, "manage.py", "serve", "--port", site.url.rpartition(":")[2]]
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=site.environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait(f"{site.url}/healthz", server)
        yield site
    finally:
        site.close()
        server.terminate()
        server.wait(timeout=30)
        store.drop(folder)


def drop_template(shared: Path) -> None:
    """Leave no database on a server that outlives the tests."""
    if (shared / "facts.json").exists():
        databases().drop(template_folder(shared))


def _wait(url: str, server: subprocess.Popen[bytes], *, seconds: int = 180) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError("the portal ended while starting")
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own server on the loopback
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the portal did not start within {seconds} seconds")
