"""An installation of an earlier state is updated without loss: every state kept here, on the tested database."""

from __future__ import annotations

import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, child_environment

STATES = sorted(Path(__file__).parent.glob("*.json.xz"))

# What an update changes on purpose, by table and column (or "row"), and why. Everything else must be as it was.
EXPECTED: dict[str, dict[str, str]] = {}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("state", STATES, ids=[path.name.partition(".")[0] for path in STATES])
def test_an_older_state_is_updated_without_loss(state: Path, empty_database: str, tmp_path: Path) -> None:
    environment = child_environment(CHILD_DATABASE=empty_database, TEST_DIR=str(tmp_path / "run"))
    command = [sys.executable, "-m", "tests.updates.oldstate", str(state)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    before, answers = result["before"], result["answers"]
    assert before["wagtailcore_page"] > 20
    stored = json.loads(lzma.decompress(state.read_bytes()))["tables"]
    assert {name: before.get(name) for name in stored} == {
        name: len(found["rows"]) for name, found in stored.items()
    }
    unexpected = {
        name: {what: number for what, number in found.items() if what not in EXPECTED.get(name, {})}
        for name, found in result["differences"].items()
    }
    assert {name: found for name, found in unexpected.items() if found} == {}
    assert set(answers["status"].values()) == {200}
    assert answers["old address"] == 301
    assert answers["title"]
    assert answers["reviewed"]
    assert answers["draft"] == "Ein Entwurf, der noch nicht veröffentlicht ist."
    assert answers["live"] != answers["draft"]
    assert answers["groups"] == ["Fachprüfung"]
    assert answers["found"]


def test_there_is_a_state_to_start_from() -> None:
    assert STATES
