"""Write the state of an earlier commit's database, with content, as a small file that an update test starts from.

    python scripts/make_old_state.py COMMIT tests/updates/NAME.json.xz

The portal of that commit makes the database itself, in a checkout of its own: reference data, starter content of
one topic with law and terms, demo accounts, an edited page, a review due, a message in the outbox. The file
holds the migrations that had run and the rows of every table, so that SQLite and PostgreSQL can both be brought to
that state (tests/updates/oldstate.py). Made once for a state; an existing file is never made anew.
"""

from __future__ import annotations

import json
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOPIC = "registermodernisierung"
# Rows that only repeat what a migration or an import makes, or that another database keeps elsewhere.
LEFT_OUT = ("sqlite_", "django_migrations", "wagtailsearch_", "modelsearch_", "wagtailimages_rendition")

FILL = """
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.utils import timezone
from portal.core import work
from knowledge.models import ArticlePage, GlossaryTerm, TopicPage
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Comment

for topic in TopicPage.objects.exclude(slug=TOPIC):
    topic.delete()  # one topic is enough, and the file stays small
people = {user.email.split("@")[0]: user for user in get_user_model().objects.all()}
article = ArticlePage.objects.live().order_by("path").first()
edited = ArticlePage.objects.live().order_by("path").last()
edited.short_answer = "Ein Entwurf, der noch nicht veröffentlicht ist."
edited.save_revision(user=people["redaktion"])
article.get_workflow().start(article, people["redaktion"])
Comment.objects.create(page=article, user=people["pruefung"], text="Stimmt das noch?", contentpath="short_answer")
from knowledge.services import record_review
record_review(page=article, reviewer=people["pruefung"])
work.open_item(kind="review", title="Größenklassen prüfen", dedupe_key="old", page=article,
               owner=people["pruefung"], due_on=timezone.localdate())
Redirect.objects.create(old_path="/alte-adresse", redirect_page=article)
EmailMessage("Betreff mit Umlaut: Größe", "Text", to=["kommune@demo.example"]).send()
term = GlossaryTerm.objects.first()
term.save_revision(user=people["redaktion"])
"""


def manage(checkout: Path, environment: dict[str, str], *arguments: str, code: str | None = None) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=checkout, env=environment, input=code, text=True, check=True)


def rows_of(database: Path) -> dict[str, dict[str, list[object]]]:
    """Return {table: {"columns": [...], "rows": [[...], ...]}} of all tables that hold rows."""
    connection = sqlite3.connect(database)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables: dict[str, dict[str, list[object]]] = {}
    for name in sorted(names):
        if name.startswith(LEFT_OUT):
            continue
        cursor = connection.execute(f'SELECT * FROM "{name}" ORDER BY 1')  # noqa: S608 - names of our own tables
        columns: list[object] = [column[0] for column in cursor.description]
        rows: list[object] = [list(row) for row in cursor]
        if rows:
            tables[name] = {"columns": columns, "rows": rows}
    connection.close()
    return tables


def targets_of(database: Path) -> list[list[str]]:
    connection = sqlite3.connect(database)
    found = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    connection.close()
    return [list(row) for row in found]


def main() -> int:
    commit, target = sys.argv[1], Path(sys.argv[2])
    if target.exists():
        print(f"{target} exists; a state that tests start from is not made anew.")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        checkout, var = Path(folder) / "checkout", Path(folder) / "var"
        subprocess.run(["git", "worktree", "add", "--detach", str(checkout), commit], cwd=ROOT, check=True)
        try:
            environment = {
                **os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings.dev", "VAR_DIR": str(var),
                "DATABASE_URL": f"sqlite:///{var}/old.sqlite3", "LOG_LEVEL": "ERROR",
            }  # fmt: skip
            var.mkdir()
            manage(checkout, environment, "migrate", "--verbosity", "0")
            manage(checkout, environment, "import_municipalities", "--verbosity", "0")
            starter = str(checkout / "knowledge" / "starter")
            manage(checkout, environment, "import_content", starter, "--starter")
            manage(checkout, environment, "seed_demo")
            manage(checkout, environment, "shell", code=f"TOPIC = {TOPIC!r}{FILL}")
            state = {"commit": commit, "migrations": targets_of(var / "old.sqlite3"),
                     "tables": rows_of(var / "old.sqlite3")}  # fmt: skip
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(checkout)], cwd=ROOT, check=True)
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    target.write_bytes(lzma.compress(text.encode(), preset=9))
    print(f"{target}: {len(state['tables'])} tables, {target.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
