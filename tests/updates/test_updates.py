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

# What an update changes on purpose, by table and column (or "row": gone): in how many rows, and why. Everything
# else of every table must be as it was.
ROLES = "Rights are set by code (portal/accounts/roles.py): no group publishes any more."
BEGUN = "What was in progress in a workflow that is no more starts anew in ours, from the same draft."
OURS = "There is one workflow, ours; pages get it, others are switched off (portal/core/review/setup.py)."
NAMED = "Bodies name other pages by number (knowledge/embedded.py): each is rendered anew."
RANGES = "Ranges are written with two signs: the rows of § 3 bis 5 are made anew as §§ 3 bis 5."
EXPECTED: dict[str, dict[str, dict[str, tuple[int, str]]]] = {
    "before-the-workflow": {
        "auth_group_permissions": {"row": (4, ROLES)},
        "faq_questionpage": {"rendered": (15, NAMED)},
        "home_easylanguagepage": {"rendered": (1, NAMED)},
        "home_signlanguagepage": {"rendered": (1, NAMED)},
        "home_standardpage": {"rendered": (5, NAMED)},
        "knowledge_articlepage": {"rendered": (8, NAMED)},
        "knowledge_legalreference": {"row": (3, RANGES)},
        "knowledge_templatepage": {"rendered": (2, NAMED)},
        "wagtailcore_grouppagepermission": {"row": (2, ROLES)},
        "wagtailcore_taskstate": {"status": (1, BEGUN), "finished_at": (1, BEGUN)},
        "wagtailcore_workflowstate": {"status": (1, BEGUN)},
        "wagtailcore_workflow": {"active": (1, OURS)},
        "wagtailcore_workflowpage": {"workflow_id": (1, OURS)},
    }
}

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
    expected = EXPECTED[state.name.partition(".")[0]]
    assert result["differences"] == {
        name: {what: number for what, (number, _) in found.items()} for name, found in expected.items()
    }
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
