"""Run the test suites and say plainly what was left out.

Suites: `unit` (SQLite, the plain run), `slow` (what kills processes or imports everything), `postgres` (both again
on PostgreSQL), `elasticsearch` (both search engines against a real server), `browser` (Chromium, SQLite),
`browser-postgres` (the same on PostgreSQL). Without a name all run. `elasticsearch-client8`, only by its name, is
`elasticsearch` with the client that clusters of servers 8 need. A suite whose program is missing is skipped with
a line that says how to get it; with REQUIRE_ALL=1 that is a failure.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
WORKERS = os.environ.get("TEST_WORKERS", str(min(4, os.cpu_count() or 1)))


def pytest(*arguments: str, **environment: str) -> bool:
    """Run pytest; an exit code other than 0 is a failure, "no tests collected" too.

    A cluster is for the suite that names it: portals that other tests start would share its indexes.
    """
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    full = {**os.environ, "ELASTICSEARCH_URL": "", **environment}
    return subprocess.run(command, cwd=ROOT, env=full, check=False).returncode == 0


def find_chromium() -> str | None:
    """The browser without a window comes first: it draws the same pages with a third less work."""
    names = (
        os.environ.get("CHROMIUM", ""),
        "chromium-headless-shell",
        "chromium",
        "chromium-browser",
        "google-chrome",
    )
    return next((found for name in names if name and (found := shutil.which(name))), None)


def find_postgres() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def postgres_server(binaries: Path) -> Iterator[str]:
    """A throw-away PostgreSQL cluster on a free port; yields its address. Root hands it to the user postgres."""
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    port = free_port()
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*prefix, str(binaries / program), "-D", str(data), *arguments]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    try:
        run("initdb", "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgres://portal@127.0.0.1:{port}/portal"
    finally:
        stop = [*prefix, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(stop, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def missing(what: str, how: str) -> bool:
    print(f"{'FAILED' if REQUIRE_ALL else 'SKIPPED'}: {what} is not installed. {how}", flush=True)
    return not REQUIRE_ALL


def run_unit() -> bool:
    return pytest("-n", WORKERS, "-m", "not browser and not slow and not elasticsearch")


def run_slow() -> bool:
    return pytest("-n", WORKERS, "-m", "slow and not browser and not elasticsearch")


@contextlib.contextmanager
def postgres_address() -> Iterator[str | None]:
    """The address of a PostgreSQL server to test on: a given one, or a cluster made for it; None without any."""
    url = os.environ.get("TEST_POSTGRES_URL")
    if url:
        yield url
        return
    binaries = find_postgres()
    if binaries is None:
        yield None
        return
    with postgres_server(binaries) as address:
        yield address


def no_postgres() -> bool:
    return missing("PostgreSQL", "Debian: apt-get install postgresql (or set TEST_POSTGRES_URL).")


def run_postgres() -> bool:
    with postgres_address() as address:
        if address is None:
            return no_postgres()
        # Random sequences are about the rule, not the database: fewer of them here (docs/testing.md).
        fewer = os.environ.get("REVIEW_SEQUENCES", "100")
        return pytest(
            "-n", WORKERS, "-m", "not browser and not elasticsearch", DATABASE_URL=address, REVIEW_SEQUENCES=fewer
        )


def run_elasticsearch(**environment: str) -> bool:
    """One test after the other: those of outages measure seconds, and their server is started once."""
    address = os.environ.get("ELASTICSEARCH_URL")
    if not address:
        return missing("Elasticsearch", "make elasticsearch, then set ELASTICSEARCH_URL to the address it says.")
    return pytest("-m", "elasticsearch", "tests/search/conformance", ELASTICSEARCH_URL=address, **environment)


def run_elasticsearch_client8() -> bool:
    folder = ROOT / "var" / "elasticsearch-client8"
    if not folder.exists():
        install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), "elasticsearch>=8.19,<9"]
        subprocess.run(install, check=True)
    return run_elasticsearch(PYTHONPATH=str(folder))


def browser_tests(**environment: str) -> bool:
    """Each worker drives a browser of its own against a portal of its own (tests/browser/served.py)."""
    chromium = find_chromium()
    if chromium is None:
        return missing("Chromium", "Debian: apt-get install chromium-headless-shell (or set CHROMIUM).")
    return pytest("-n", WORKERS, "-m", "browser", "tests/browser", CHROMIUM=chromium, **environment)


def run_browser() -> bool:
    return browser_tests(DATABASE_URL="sqlite:///var/portal.sqlite3")


def run_browser_postgres() -> bool:
    with postgres_address() as address:
        return no_postgres() if address is None else browser_tests(DATABASE_URL=address)


SUITES = {
    "unit": run_unit, "slow": run_slow, "postgres": run_postgres, "elasticsearch": run_elasticsearch,
    "browser": run_browser, "browser-postgres": run_browser_postgres,
}  # fmt: skip
BY_NAME_ONLY = {"elasticsearch-client8": run_elasticsearch_client8}


def main() -> int:
    chosen = sys.argv[1:] or list(SUITES)
    results: dict[str, bool] = {}
    for name in chosen:
        print(f"\n→ {name}", flush=True)
        started = time.monotonic()
        results[name] = (SUITES | BY_NAME_ONLY)[name]()
        print(f"  {name}: {'ok' if results[name] else 'FAILED'} in {time.monotonic() - started:.0f} s", flush=True)
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
