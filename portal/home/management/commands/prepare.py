"""Bring an installation up to date: database, static files, reference data, starter content, search index."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a hash over names, sizes and times of files: cheap, and it changes when a file does."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path}:{stat.st_size}:{stat.st_mtime_ns};".encode())
    return digest.hexdigest()


class Command(BaseCommand):
    help = "Prepare database, static files, reference data and content; run again it does only what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="Do every step, whatever was done before.")
        parser.add_argument("--no-content", action="store_true", help="Leave out starter content and demo data.")
        parser.add_argument("--no-index", action="store_true", help="Leave the search index to others.")
        parser.add_argument("--no-demo-cases", action="store_true", help="Leave out the made-up cases of advice.")

    def handle(self, *args: Any, force: bool, no_content: bool, no_demo_cases: bool, **options: Any) -> None:
        self.force = force
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        self.stamp_file = settings.VAR_DIR / "prepared.json"
        self.stamps: dict[str, str] = {}
        base = settings.BASE_DIR
        if self.stamp_file.exists() and not force and not self.database_is_new():
            self.stamps = json.loads(self.stamp_file.read_text())
        self.forget_what_is_undone()
        database = ":".join(str(settings.DATABASES["default"].get(name, "")) for name in ("NAME", "HOST", "PORT"))
        packages = base / "requirements.txt"  # they bring migrations and static files of their own
        self.step("Datenbank", [*base.glob("**/migrations/0*.py"), packages], self.migrate, database)
        static = [*(base / "static").glob("**/*"), packages]
        self.step("Statische Dateien", static, self.collect_static, str(settings.STATIC_ROOT))
        data = base / "portal" / "accounts" / "data"
        self.step("Kommunen", data.glob("*.csv"), self.municipalities, database)
        formats = (base / "consultations" / "data").glob("*.toml")
        self.step("Beratungsformate", formats, self.formats, database)
        if not no_content:
            starter = base / "knowledge" / "starter"
            self.step("Startinhalte", starter.glob("**/*"), self.starter_content, database)
        rendering = [*(base / "knowledge").glob("*.py"), *(base / "knowledge" / "templates").glob("**/*.html")]
        self.step("Darstellung", rendering, self.render, database)
        if getattr(settings, "DEMO", False) and not no_content:
            self.step("Demo-Zugänge", (base / "portal" / "accounts").glob("*.py"), self.demo, database)
            if not no_demo_cases:
                self.step("Demo-Beratung", (base / "consultations" / "demo").glob("*.*"), self.advice, database)
        if not options["no_index"]:
            self.step("Suchindex", (base / "search").glob("**/*.*"), self.index, database)

    def step(self, title: str, inputs: Iterable[Path], action: Callable[[], None], salt: str = "") -> None:
        """Run one step unless its inputs are those of its last successful run."""
        mark = fingerprint(path for path in inputs if "__pycache__" not in path.parts) + salt
        if self.stamps.get(title) == mark:
            return
        started = time.monotonic()
        self.stdout.write(f"→ {title}")
        action()
        self.stamps[title] = mark
        self.stamp_file.write_text(json.dumps(self.stamps, indent=1))
        self.stdout.write(f"  fertig nach {time.monotonic() - started:.1f} s")

    @staticmethod
    def database_is_new() -> bool:
        """True when the database has no tables (any more): then nothing has been done yet."""
        database = settings.DATABASES["default"]
        if database["ENGINE"].endswith("sqlite3") and not Path(str(database["NAME"])).exists():
            return True
        return "django_migrations" not in connection.introspection.table_names()

    def forget_what_is_undone(self) -> None:
        """Do again what somebody has undone: an older database put back, the static files removed."""
        if self.stamps and self.lacks_migrations():
            self.stamps.pop("Datenbank", None)
        root = Path(str(settings.STATIC_ROOT))
        if not root.is_dir() or not any(root.iterdir()):
            self.stamps.pop("Statische Dateien", None)

    @staticmethod
    def lacks_migrations() -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    def migrate(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        self.name_site()

    @staticmethod
    def name_site() -> None:
        """Give Wagtail's only site the host of BASE_URL, once: later it is the administrators' to change."""
        from wagtail.models import Site

        address = urlsplit(settings.BASE_URL)
        site = Site.objects.filter(hostname="localhost", port=80, is_default_site=True).first()
        if site is not None and address.hostname:
            site.hostname = address.hostname
            site.port = address.port or (443 if address.scheme == "https" else 80)
            site.save()

    def collect_static(self) -> None:
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)

    def municipalities(self) -> None:
        call_command("import_municipalities", stdout=self.stdout)

    def formats(self) -> None:
        call_command("import_formats", stdout=self.stdout)

    def starter_content(self) -> None:
        starter = str(settings.BASE_DIR / "knowledge" / "starter")
        call_command("import_content", starter, starter=True, stdout=self.stdout)

    def render(self) -> None:
        call_command("render_pages", stale=True, stdout=self.stdout)

    def demo(self) -> None:
        call_command("seed_demo", stdout=self.stdout)

    def advice(self) -> None:
        call_command("seed_advice_demo", stdout=self.stdout)

    def index(self) -> None:
        call_command("search_rebuild", engine="embedded", stdout=self.stdout)
        if settings.ELASTICSEARCH_URL:
            try:
                # One for all machines: the first gives it an index of a new version, the others find that.
                missing = not self.force
                call_command("search_rebuild", engine="elasticsearch", if_missing=missing, stdout=self.stdout)
            except CommandError as error:
                # The background process tries again; until then the index of this machine answers.
                self.stdout.write(f"  Der Cluster bekommt seinen Index später: {error}")
