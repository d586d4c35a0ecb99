"""compose.yaml and the image: every variable exists, secrets come from outside, nothing runs as root or writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.core.test_settings import documented
from tests.processes import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("prepare", "web", "background")
# What ends by itself is healthy when it has ended well.
ONCE = {"prepare", "certificates"}


def test_every_variable_the_portal_gets_is_one_of_its_settings() -> None:
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= set(documented()), name


def test_what_is_secret_comes_from_outside_and_may_not_be_missing() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked = dict(re.findall(r"\$\{([A-Z_]+)(:[?-])", text))
    for name in re.findall(r"(?<!\$)\$\{?([A-Z_]+)", text):
        assert name in asked, f"{name} has neither a default nor a message"
    optional = {"EMAIL_HOST_PASSWORD", "IMAP_PASSWORD"}
    secret = {name for name in asked if re.search(r"KEY|PASSWORD", name)} - optional
    assert secret == {"SECRET_KEY", "POSTGRES_PASSWORD", "ELASTIC_PASSWORD"}
    assert {asked[name] for name in secret} == {":?"}


def test_our_containers_write_nowhere_but_in_their_volume() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "user" not in service  # the image's own, which is not root
        assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == [
            "portal-data:/srv/portal/var"
        ]
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")
    assert re.findall(r"^USER (\S+)$", stages[-1], re.MULTILINE) == ["portal"]


def test_each_service_says_how_it_is_and_volumes_are_named() -> None:
    for name, service in SERVICES.items():
        assert ("healthcheck" in service) is (name not in ONCE), name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"], volume
    assert set(COMPOSE["volumes"]) == {
        volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])
    }


def test_what_waits_for_another_waits_for_the_right_state() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            state = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert how == {"condition": state}, (name, other)


def test_files_of_the_certificate_tool_are_named_whole() -> None:
    """Elasticsearch's tools change into its folder first, so that a bare name is written somewhere else."""
    script = SERVICES["certificates"]["command"][-1]
    named = re.findall(r"--(?:out|ca-cert|ca-key) (\S+)|unzip -q (\S+)", script)
    assert len(named) == 6
    assert all(path.startswith("/") for pair in named for path in pair if path)


def test_the_image_gets_all_that_is_copied_into_it() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for words in re.findall(r"^COPY (?!--)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in words.split()[:-1]:
            assert source == "." or source in kept, source
    assert {"consultations", "faq", "knowledge", "portal", "search", "static", "manage.py"} <= kept


def test_the_client_programs_are_as_new_as_the_server() -> None:
    """`pg_dump` refuses a server of a newer version; Debian 12 has 15, Debian 13 has 17."""
    clients = {"bookworm": 15, "trixie": 17}
    [debian] = set(re.findall(r"^FROM python:\S+-slim-(\w+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    assert clients[debian] >= int(SERVICES["database"]["image"].removeprefix("postgres:"))


def test_docker_reads_it_without_complaint() -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker compose is not here")
    values = dict.fromkeys(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "compose.yaml").read_text()), "x")
    done = subprocess.run(
        [docker, "compose", "-f", str(ROOT / "compose.yaml"), "config", "--quiet"],
        env={**os.environ, **values}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
