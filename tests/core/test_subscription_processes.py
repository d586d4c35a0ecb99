"""A large run whose worker is really killed: every mail exists once, and is sent once."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.utils import timezone

from portal.core import outbox, workers
from portal.core.models import (
    Change,
    Delivery,
    Frequency,
    OutboxMessage,
    Subscriber,
    Subscription,
    Worker,
)
from portal.core.subscriptions import digest
from tests import mails, processes
from tests.factories import reading
from tests.factories.subscribing import publish

SUBSCRIBERS, EACH, CHANGES, TOPICS = 1000, 5, 200, 20

RUN = """
from portal.core.subscriptions import digest
print("los", flush=True)
digest.tell_all()
print("fertig", flush=True)
"""

SEND = """
import os
from pathlib import Path
from portal.core import outbox, workers
from portal.core.subscriptions import sending
hand_over = sending.hand_over
sent = 0
def marked(mail):
    global sent
    if sent == int(os.environ["CHILD_STOPS_AT"]):
        workers.beat("main")
        Path(os.environ["CHILD_MARKS"]).touch()
        import time
        time.sleep(60)
    hand_over(mail)
    sent += 1
sending.hand_over = marked
outbox.work_off(limit=6000)
"""


def _fill() -> None:
    """5,000 subscriptions of topics and 200 changes, told a week later."""
    topics = [reading.topic(f"Thema {number}") for number in range(TOPICS)]
    then = timezone.now() - timedelta(days=8)
    people = Subscriber.objects.bulk_create(
        Subscriber(
            address=f"p{number}@gemeinde.example", confirmed_at=then, told_until=then, frequency=Frequency.WEEKLY
        )
        for number in range(SUBSCRIBERS)
    )
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=person, kind="topic", object_id=topics[(number + step * 7) % TOPICS].pk, confirmed_at=then
        )
        for number, person in enumerate(people)
        for step in range(EACH)
    )
    for number in range(CHANGES):
        publish(reading.article(topics[number % (TOPICS - 1)], f"Seite {number}"), f"Änderung {number}.")
    Change.objects.update(recorded_at=timezone.now() - timedelta(days=7, hours=12))


def _kill_in_the_run(at_least: int) -> None:
    child = processes.start(RUN)
    processes.wait_until(lambda: Delivery.objects.count() >= at_least)
    child.kill()
    child.wait()


@pytest.mark.slow
def test_a_run_killed_three_times_sends_each_mail_once(real_db: None, tmp_path: Path) -> None:
    _fill()
    for at_least in (1, 201, 401):
        _kill_in_the_run(at_least)
        assert Delivery.objects.count() == OutboxMessage.objects.filter(kind="subscription").count()
    assert Delivery.objects.count() < SUBSCRIBERS, "the third kill came in the middle, too"
    started = time.monotonic()
    assert processes.run(RUN) == "los\nfertig\n"
    assert digest.tell_all() == ""
    told = Counter(Delivery.objects.values_list("subscriber_id", flat=True))
    assert len(told) == SUBSCRIBERS
    assert set(told.values()) == {1}
    assert all(len(row.changes) == len(set(row.changes)) for row in Delivery.objects.all())
    _send_with_kills(tmp_path)
    print(f"last run and sending: {time.monotonic() - started:.1f} s")
    sent = mails.sent()
    assert Counter(str(mail["To"]) for mail in sent) == dict.fromkeys(
        (f"p{number}@gemeinde.example" for number in range(SUBSCRIBERS)), 1
    )
    assert len({mail["Message-ID"] for mail in sent}) == SUBSCRIBERS


def _is_in_hand(mark: Path) -> bool:
    return mark.exists() and Worker.objects.exists()


def _send_with_kills(tmp_path: Path) -> None:
    """Kill the sender three times with a mail in hand, then let it finish."""
    for number in range(3):
        mark = tmp_path / f"mark-{number}"
        child = processes.start(SEND, CHILD_STOPS_AT="40", CHILD_MARKS=str(mark))
        processes.wait_until(partial(_is_in_hand, mark))
        child.kill()
        child.wait()
        assert workers.bury_dead() == 1
    outbox.work_off(limit=6000)


@pytest.mark.slow
def test_two_runs_at_once_tell_everybody_once(real_db: None) -> None:
    _fill()
    children = [processes.start(RUN) for _ in range(2)]
    for child in children:
        _, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
    processes.run(RUN)
    told = Counter(Delivery.objects.values_list("subscriber_id", flat=True))
    assert len(told) == SUBSCRIBERS
    assert set(told.values()) == {1}
