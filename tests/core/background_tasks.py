"""Tasks and loops for tests of the background process; each leaves a mark in a file."""

import os
import time
from pathlib import Path

from django_tasks import task


def mark(text: str) -> None:
    with Path(os.environ["CHILD_MARKS"]).open("a") as file:
        file.write(text + "\n")


@task(queue_name="slow")
def slow_then_done(seconds: float) -> None:
    """Takes long the first time, nothing afterwards."""
    first = not Path(os.environ["CHILD_MARKS"]).exists()
    mark(f"begin {os.getpid()}")
    if first:
        time.sleep(seconds)
    mark("done")


@task()
def failing() -> None:
    raise ValueError("kaputt")


@task()
def harmless(text: str) -> None:
    mark(text)
