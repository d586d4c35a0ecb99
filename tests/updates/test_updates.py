"""An installation of an earlier state is updated without loss: every state kept here, on the tested database."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, child_environment

STATES = sorted(Path(__file__).parent.glob("*.json.xz"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("state", STATES, ids=[path.name.partition(".")[0] for path in STATES])
def test_an_older_state_is_updated_without_loss(state: Path, empty_database: str, tmp_path: Path) -> None:
    environment = child_environment(CHILD_DATABASE=empty_database, TEST_DIR=str(tmp_path / "run"))
    command = [sys.executable, "-m", "tests.updates.oldstate", str(state)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    before, after, answers = result["before"], result["after"], result["answers"]
    assert before["wagtailcore_page"] > 20
    lost = {name: (count, after[name]) for name, count in before.items() if after[name] < count}
    assert lost == {}
    assert set(answers["status"].values()) == {200}
    assert answers["old address"] == 301
    assert answers["title"]
    assert answers["reviewed"]
    assert answers["draft"] == "Ein Entwurf, der noch nicht veröffentlicht ist."
    assert answers["live"] != answers["draft"]
    assert answers["groups"] == ["Fachprüfung"]
    assert answers["found"]
    assert answers["publications"] > 20
    assert answers["levels"]


def test_there_is_a_state_to_start_from() -> None:
    assert STATES
