"""Counted visits reach the database by the counter's own thread, and when a process ends: real commits."""

from __future__ import annotations

import pytest

from knowledge.models import VisitCount
from tests import factories, processes

COUNT = """
import time
from django.conf import settings
settings.VISITS_FLUSH_SECONDS = SECONDS
from knowledge.visits.counter import counter
for _ in range(7):
    counter.count(PAGE)
time.sleep(WAIT)
END
"""


def counted(*, seconds: float, wait: float, end: str) -> int:
    page = factories.article()
    code = COUNT.replace("SECONDS = SECONDS", f"SECONDS = {seconds}").replace("PAGE", str(page.pk))
    child = processes.start(code.replace("WAIT", str(wait)).replace("END", end))
    child.communicate(timeout=120)
    return sum(VisitCount.objects.filter(page=page).values_list("count", flat=True))


@pytest.mark.slow
def test_the_thread_stores_by_itself_and_the_end_of_a_process_stores_the_rest(real_db: None) -> None:
    killed = "import os; os.kill(os.getpid(), 9)"
    assert counted(seconds=0.2, wait=3, end=killed) == 7
    assert counted(seconds=600, wait=0, end="raise SystemExit(0)") == 7
    assert counted(seconds=600, wait=0, end=killed) == 0  # what docs/visits.md says is lost
