"""What /readyz looks at: the things without which requests fail, and those somebody should look after."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone

from portal.core import outbox, schedule, workers

MIN_FREE = 200 * 1024 * 1024
WARN_FREE = 2 * 1024 * 1024 * 1024

_migrated = False


def check_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def check_migrations() -> str:
    """Every migration this release brings is applied; once that is so it stays so."""
    global _migrated  # noqa: PLW0603 - a process never loses migrations
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if _migrated else "missing"


def check_cache() -> str:
    mark = secrets.token_hex(8)
    cache.set("portal:readyz", mark, 30)
    return "ok" if cache.get("portal:readyz") is not None else "not writable"


def _free() -> int:
    folder = Path(settings.VAR_DIR)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def check_disk() -> str:
    return "ok" if _free() > MIN_FREE else "full"


CHECKS: dict[str, Callable[[], str]] = {
    "database": check_database,
    "migrations": check_migrations,
    "cache": check_cache,
    "disk": check_disk,
}


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # a probe reports what is wrong, whatever it is
        return type(error).__name__


def warnings() -> list[str]:
    """Return what works, but not as it should; short words, since anybody may read them."""
    now = timezone.now()
    found = []
    if late := schedule.overdue(now):
        found.append(f"overdue jobs: {', '.join(late)}")
    backlog = outbox.backlog(now)
    if backlog["stuck"]:
        found.append(f"outbox: {backlog['stuck']} stuck")
    if backlog["failed"]:
        found.append(f"outbox: {backlog['failed']} given up")
    if not workers.alive(now):
        found.append("background process: not running")
    if _free() < WARN_FREE:
        found.append("disk: little space left")
    return found


def readiness() -> tuple[bool, dict[str, Any]]:
    """Return whether requests can be served, and the details."""
    results = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(result == "ok" for result in results.values())
    details: dict[str, Any] = {"ready": ready, "checks": results, "warnings": []}
    if ready:
        try:
            details["warnings"] = warnings()
        except DatabaseError as error:
            details["warnings"] = [type(error).__name__]
    return ready, details


def readiness_response() -> JsonResponse:
    """The answer of /readyz."""
    ready, details = readiness()
    return JsonResponse(details, status=200 if ready else 503, headers={"Cache-Control": "no-store"})
