"""PostgreSQL's client programs where they are of another version than its server."""

from __future__ import annotations

import re
from collections.abc import Collection

_SETTING = re.compile(rb"^SET (\w+) = .*;\n", re.MULTILINE)
# What is set comes before the first object; further down such a line may be the words of a row.
_FIRST_OBJECT = re.compile(rb"^(?:ALTER|COMMENT|COPY|CREATE|DROP|INSERT) ", re.MULTILINE)


def _head(script: bytes) -> int:
    found = _FIRST_OBJECT.search(script)
    return found.start() if found else len(script)


def settings_of(script: bytes) -> list[str]:
    """Return the parameters that a script of pg_restore sets before it makes anything."""
    return [match[1].decode() for match in _SETTING.finditer(script[: _head(script)])]


def without(script: bytes, parameters: Collection[str]) -> bytes:
    """Leave out that parameters are set, such as `transaction_timeout`, which servers before 17 do not know."""
    end = _head(script)
    kept = _SETTING.sub(lambda match: b"" if match[1].decode() in parameters else match[0], script[:end])
    return kept + script[end:]


def major_of(said: bytes) -> int:
    """Return the major version a program names at `--version`; 0 when it says something else."""
    found = re.search(rb"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def told_behind(versions: dict[str, int], server: int) -> list[str]:
    """Return a German line for the programs that are older than the server; none when all are new enough."""
    behind = [f"{name} {version}" for name, version in versions.items() if version < server]
    if not behind:
        return []
    return [
        f"Achtung: Die Datenbank ist PostgreSQL {server}, älter sind die Programme {', '.join(behind)}. "
        "Damit gelingt eine Sicherung oder ihr Einspielen nicht sicher. Installieren Sie die Fassung der "
        f"Datenbank: apt-get install postgresql-client-{server}."
    ]
