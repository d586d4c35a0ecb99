"""Every variable the settings read is in docs/settings.md, with its default, and the other way round."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings.databases import database_from_url
from portal.settings.env import Env
from tests.processes import ROOT

READ = """
import json
from portal.settings.env import env
import portal.settings.base
print(json.dumps(env.known))
"""
REQUIRED = {"SECRET_KEY": "x" * 60, "BASE_URL": "https://portal.example", "ALLOWED_HOSTS": "portal.example"}
OF_OTHERS = {
    "VAR_DIR", "DATABASE_URL", "MEDIA_ROOT", "STATIC_ROOT", "SEARCH_INDEX_DIR", "STAGING_DIR",
    "CONTACT_EMAIL", "LINK_CHECK_CONTACT_URL",
}  # fmt: skip


def _read(**environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-c", READ], env=clean, capture_output=True, text=True, check=False)


def documented() -> dict[str, str]:
    text = (ROOT / "docs" / "settings.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", text, re.MULTILINE)
    return {name: default.strip().strip("`") for name, default in rows}


def test_the_table_is_complete_and_right() -> None:
    known = json.loads(_read(**REQUIRED).stdout)
    told = documented()
    assert set(told) == set(known)
    for name, default in known.items():
        if name in REQUIRED:
            assert told[name] == "required"
        elif name not in OF_OTHERS:
            assert told[name] == (default or "empty"), name


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_production_refuses_to_start_without(name: str) -> None:
    others = {key: value for key, value in REQUIRED.items() if key != name}
    for done in (_read(**others), _read(**others, **{name: " "})):
        assert done.returncode != 0
        assert f"environment variable {name}" in done.stderr


def test_values_are_typed() -> None:
    env = Env({"A": "ja", "B": "7", "C": " x, y ,", "D": "vielleicht", "E": "sieben"})
    assert env.flag("A") is True
    assert env.integer("B") == 7
    assert env.items("C") == ["x", "y"]
    with pytest.raises(ImproperlyConfigured, match="D must be true or false"):
        env.flag("D")
    assert Env({"F": "https://portal.example:8443/"}).address("F") == "https://portal.example:8443"
    for wrong in ("portal.example", "https://portal.example/unten", "ftp://portal.example"):
        with pytest.raises(ImproperlyConfigured, match="F must look like"):
            Env({"F": wrong}).address("F")
    with pytest.raises(ImproperlyConfigured, match="E must be a whole number"):
        env.integer("E")


def test_database_addresses() -> None:
    assert database_from_url("sqlite:///var/x.sqlite3", base_dir=ROOT)["NAME"] == str(ROOT / "var/x.sqlite3")
    assert database_from_url("sqlite:////srv/x.sqlite3", base_dir=ROOT)["NAME"] == "/srv/x.sqlite3"
    remote = database_from_url("postgres://m%C3%BCller:a%2Fb@db:5433/portal?sslmode=require", base_dir=ROOT)
    assert (remote["USER"], remote["PASSWORD"], remote["PORT"]) == ("müller", "a/b", "5433")
    assert remote["OPTIONS"] == {"options": "-c jit=off", "sslmode": "require"}
    with pytest.raises(ImproperlyConfigured):
        database_from_url("mysql://x", base_dir=ROOT)
