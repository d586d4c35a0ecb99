"""What apps settle once a backup is in place, so that nobody is told about the time before it a second time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Step = Callable[[datetime], list[str]]
"""Gets the moment of the restore (UTC), returns German lines for the person at the console."""

_steps: list[Step] = []


def register(step: Step) -> None:
    """Register what an app settles after a restore; called in AppConfig.ready."""
    if step not in _steps:
        _steps.append(step)


def settle(now: datetime) -> list[str]:
    """Let every app settle what it has registered; called inside the transaction that ends a restore."""
    return [line for step in _steps for line in step(now)]
