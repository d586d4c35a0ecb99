"""Workers that are really killed and writers that really compete: nothing lost, order kept."""

from pathlib import Path

import pytest
from django.utils import timezone

from portal.core import outbox, workers
from portal.core.models import OutboxMessage, Worker
from tests import processes

HANDLER = """
import os, sys, time
from pathlib import Path
from portal.core import outbox, workers
def handle(message):
    with Path(os.environ["CHILD_MARKS"]).open("a") as file:
        file.write(message.payload["text"] + "\\n")
    if os.environ.get("CHILD_HANGS") == message.payload["text"]:
        workers.beat("main")
        time.sleep(60)
outbox.register_handler("probe", handle)
outbox.work_off()
"""


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def three_messages(real_db: None) -> None:
    for text in ("eins", "zwei", "drei"):
        outbox.enqueue(kind="probe", key="fall-1", payload={"text": text})


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(three_messages: None, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    child = processes.start(HANDLER, CHILD_MARKS=str(marks), CHILD_HANGS="zwei")
    processes.wait_until(lambda: "zwei" in _lines(marks) and Worker.objects.exists())
    child.kill()
    child.wait()
    held = OutboxMessage.objects.get(sequence=2)
    assert (held.state, held.attempts) == ("waiting", 1)
    assert held.leased_until
    processes.run(HANDLER, CHILD_MARKS=str(marks))
    assert _lines(marks) == ["eins", "zwei"], "the lease still holds, and it holds back what comes later"
    assert workers.bury_dead() == 1
    processes.run(HANDLER, CHILD_MARKS=str(marks))
    assert _lines(marks) == ["eins", "zwei", "zwei", "drei"]
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.slow
def test_an_expired_lease_is_taken_over(three_messages: None, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    child = processes.start(HANDLER, CHILD_MARKS=str(marks), CHILD_HANGS="eins")
    processes.wait_until(lambda: "eins" in _lines(marks))
    child.kill()
    child.wait()
    OutboxMessage.objects.filter(sequence=1).update(leased_until=timezone.now())
    processes.run(HANDLER, CHILD_MARKS=str(marks))
    assert _lines(marks) == ["eins", "eins", "zwei", "drei"]


WRITER = """
from portal.core import outbox
for number in range(40):
    outbox.enqueue(kind="probe", key="gemeinsam", payload={"text": str(number)})
print("ok")
"""


@pytest.mark.slow
def test_competing_writers_share_one_sequence(real_db: None) -> None:
    children = [processes.start(WRITER) for _ in range(3)]
    for child in children:
        out, err = child.communicate(timeout=120)
        assert out == "ok\n", err
    assert list(OutboxMessage.objects.order_by("sequence").values_list("sequence", flat=True)) == list(
        range(1, 121)
    )


@pytest.mark.slow
def test_competing_workers_carry_out_each_message_once(real_db: None, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    for number in range(30):
        outbox.enqueue(kind="probe", key=f"k{number % 5}", payload={"text": f"{number % 5}-{number // 5:02}"})
    children = [processes.start(HANDLER, CHILD_MARKS=str(marks)) for _ in range(2)]
    for child in children:
        _, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
    processes.run(HANDLER, CHILD_MARKS=str(marks))
    lines = _lines(marks)
    assert len(lines) == len(set(lines)) == 30
    for key in range(5):
        own = [line for line in lines if line.startswith(f"{key}-")]
        assert own == sorted(own)
