"""A port that is taken is told before the long set-up, by Python alone."""

from __future__ import annotations

import socket
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from portal.home import ports


def test_taken_port_names_another_one() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        expected = f"Der Port {port} ist belegt."
        program = [sys.executable, "-S", str(settings.BASE_DIR / "portal/home/ports.py"), "127.0.0.1", str(port)]
        done = subprocess.run(program, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(expected)
        with pytest.raises(CommandError, match=expected):
            call_command("serve", "--prepare", port=port, stdout=StringIO())
    assert ports.problem_of("127.0.0.1", port) == ""


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1"])
def test_what_is_no_port_says_which_are(port: str) -> None:
    assert "zwischen 1024 und 65535" in ports.main("127.0.0.1", port)


def test_run_asks_for_the_port_before_anything_else() -> None:
    lines = (settings.BASE_DIR / "Makefile").read_text().splitlines()
    assert next(line for line in lines if line.startswith("run:")).split()[1] == "port"
