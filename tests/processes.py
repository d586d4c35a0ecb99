"""Further processes for tests that need them: a Python snippet with Django set up, on the test database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]
SETUP = "import django; django.setup()\n"


def child_environment(**extra: str) -> dict[str, str]:
    """The environment that makes a child use the test's database and folders."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.childsettings",
        "CHILD_DATABASE": str(settings.DATABASES["default"]["NAME"]),
        "CHILD_MAIL": str(settings.EMAIL_FILE_PATH),
        "PYTHONPATH": str(ROOT),
        **extra,
    }


def start(code: str, **extra: str) -> subprocess.Popen[str]:
    """Start a process that runs `code` after Django's set-up; it talks through its pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", SETUP + code],
        env=child_environment(**extra),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(code: str, **extra: str) -> str:
    """Run `code` to its end and return what it printed; a failing child fails the test with its message."""
    child = start(code, **extra)
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    return out


def ask(child: subprocess.Popen[str], line: str) -> str:
    """Send one line to a child and return the line it answers."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(line + "\n")
    child.stdin.flush()
    answer = child.stdout.readline().strip()
    if not answer:
        assert child.stderr is not None
        raise AssertionError(child.stderr.read())
    return answer


def wait_until(condition: Callable[[], Any], *, seconds: float = 120) -> Any:
    """Return the first truthy value of `condition()`; fails the test when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")
