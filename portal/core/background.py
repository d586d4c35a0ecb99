"""The background process: few child processes, each with some loops, started anew when they die.

The parent loads the application once and forks, so that the children share its memory. It never touches the
database itself. Loops are grouped by what must not disturb each other (docs/background.md).
"""

from __future__ import annotations

import fcntl
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import FrameType

from django.db import connections

from portal.core import outbox, schedule, taskqueue, workers

log = logging.getLogger(__name__)

LoopFunction = Callable[[threading.Event], None]
GRACE_SECONDS = 10.0
LONGEST_PAUSE = 60.0
HEALTHY_SECONDS = 120.0

_loops: dict[str, tuple[str, LoopFunction]] = {}


def register_loop(name: str, function: LoopFunction, *, group: str = "index") -> None:
    """Register a function that works until its argument, a stop event, is set.

    It runs in a thread of the group's process, once per node, and is called again after an error.
    """
    _loops[name] = (group, function)


def register_core_loops() -> None:
    """Register the loops of the base; called when the app is ready."""
    register_loop("tasks-default", partial(taskqueue.loop, queues=("default",)), group="main")
    register_loop("tasks-mail", partial(taskqueue.loop, queues=("mail",)), group="main")
    register_loop("outbox", outbox.loop, group="main")
    register_loop("schedule", partial(schedule.loop, lane=schedule.Lane.QUICK), group="main")
    register_loop("tasks-index", partial(taskqueue.loop, queues=("index",)), group="index")
    register_loop("tasks-slow", partial(taskqueue.loop, queues=("slow",)), group="slow")
    register_loop("schedule-often", partial(schedule.loop, lane=schedule.Lane.OFTEN), group="slow")
    register_loop("schedule-slow", partial(schedule.loop, lane=schedule.Lane.SLOW), group="slow")


def groups() -> dict[str, dict[str, LoopFunction]]:
    """Return the loops by process group."""
    result: dict[str, dict[str, LoopFunction]] = {}
    for name, (group, function) in _loops.items():
        result.setdefault(group, {})[name] = function
    return result


def pause_after(failures: int) -> float:
    """Return the seconds to wait before starting something again that has failed so often in a row."""
    return float(min(2 ** min(failures, 10) / 2, LONGEST_PAUSE))


# -- inside a child ---------------------------------------------------------------------------------


def keep_running(name: str, function: LoopFunction, stop: threading.Event) -> None:
    """Call a loop again whenever it fails, with growing pauses."""
    failures = 0
    while not stop.is_set():
        started = time.monotonic()
        try:
            function(stop)
            if stop.is_set():
                return
            log.error("loop.ended", extra={"loop": name})
        except Exception:  # whatever happens in a loop must not end it for good
            log.exception("loop.failed", extra={"loop": name})
        except BaseException:  # a panic of a native library leaves the process in an unknown state
            log.exception("loop.panicked", extra={"loop": name})
            os._exit(70)
        finally:
            connections.close_all()
        failures = 0 if time.monotonic() - started > HEALTHY_SECONDS else failures + 1
        stop.wait(pause_after(failures))


def run_group(group: str, loops: dict[str, LoopFunction], parent: int) -> None:
    """Run the loops of a group in threads until told to stop or the parent is gone."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    workers.beat(group)
    workers.bury_dead()
    threads = [threading.Thread(target=workers.beat_until, args=(stop, group), daemon=True)]
    threads += [
        threading.Thread(target=keep_running, args=(name, function, stop), name=name, daemon=True)
        for name, function in loops.items()
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        if os.getppid() != parent:
            stop.set()
    end = time.monotonic() + GRACE_SECONDS - 2
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    workers.sign_off() if not any(thread.is_alive() for thread in threads) else workers.bury(workers.own_name())
    connections.close_all()


# -- the parent -------------------------------------------------------------------------------------


@dataclass
class Child:
    """One group's process and how often it has died lately."""

    group: str
    process: ForkProcess | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0


@dataclass
class Supervisor:
    """Starts the children, restarts what dies, ends them in order."""

    only: Sequence[str] = ()
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Supervise until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        connections.close_all()
        gc.collect()
        gc.freeze()  # what is loaded now stays shared with the children
        children = [Child(group) for group in groups() if not self.only or group in self.only]
        while not self.stopping:
            for child in children:
                self._look_after(child)
            wait([child.process.sentinel for child in children if child.process], timeout=0.5)
        self._end(children)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and child.process.exitcode is not None:
            child.failures = 0 if now - child.started > HEALTHY_SECONDS else child.failures + 1
            child.not_before = now + pause_after(child.failures)
            log.error("background.died", extra={"group": child.group, "exit": child.process.exitcode})
            child.process = None
        if child.process is None and now >= child.not_before and not self.stopping:
            context = multiprocessing.get_context("fork")
            child.process = context.Process(
                target=run_group, args=(child.group, groups()[child.group], os.getpid()), name=child.group
            )
            child.process.start()
            child.started = now

    def _end(self, children: list[Child]) -> None:
        running = [child.process for child in children if child.process and child.process.is_alive()]
        for process in running:
            process.terminate()
        end = time.monotonic() + GRACE_SECONDS
        for process in running:
            process.join(max(0.0, end - time.monotonic()))
        for process in running:
            if process.is_alive():
                log.error("background.killed", extra={"group": process.name})
                process.kill()
                process.join()


class AlreadyRunningError(Exception):
    """Another background process works in the same folder."""


def hold_lock(folder: Path, group: str, *, patience: float = 15.0) -> int:
    """Make sure that a group runs once per folder; returns the open file that is the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"background-{group}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                os.close(handle)
                raise AlreadyRunningError from error
            time.sleep(0.2)
        else:
            return handle
