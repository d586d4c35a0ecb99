"""Web server and background process live and end together, also when the terminal is closed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from portal.home import ports
from tests.processes import ROOT, child_environment


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(what: str, condition: bool | object, seconds: float = 90) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGTERM])
def test_both_end_with_the_terminal_and_the_port_is_free(ending: signal.Signals) -> None:
    port = _free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port), "--workers", "1"]
    served = subprocess.Popen(
        command, env=child_environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert served.stdout is not None
        assert any("Beenden mit Strg+C" in line for line in served.stdout)
        assert ports.is_served("127.0.0.1", port)  # what is printed is true
        os.killpg(served.pid, ending)  # as a terminal does to all it has started
        _wait("serve goes on", lambda: served.poll() is not None)
        _wait("somebody still listens", lambda: not ports.is_served("127.0.0.1", port))
        assert ports.problem_of("127.0.0.1", port) == ""
    finally:
        served.kill()
