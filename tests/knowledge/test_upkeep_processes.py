"""Upkeep when processes die or work at the same time: real commits, real processes."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.models import ArticlePage, ReviewReminder
from portal.accounts.models import User
from portal.core.models import AuditEntry, OutboxMessage
from tests import factories, processes

DUE = date(2027, 3, 1)
REMIND = """
import os, datetime
from knowledge.upkeep import reminders
post, left = reminders._post, [LIFE]
def dying(*args):
    post(*args)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)
reminders._post = dying
reminders.remind_all(datetime.date(2027, 3, 1))
"""
HAND_OVER = """
import sys
from django.core.exceptions import ValidationError
from portal.accounts.leaving import hand_over_and_deactivate
from portal.accounts.models import User
person, successor, by = (User.objects.get(email=f"{name}@kkv.example") for name in (FIRST, SECOND, "adam"))
print("ready", flush=True)
sys.stdin.readline()
try:
    hand_over_and_deactivate(person=person, successors={"pages": successor}, by=by)
    print("done", flush=True)
except ValidationError as error:
    print("refused", error.messages, flush=True)
"""


@pytest.mark.slow
def test_a_killed_run_sends_each_mail_once(real_db: None) -> None:
    """The process dies three times in the middle; the next run goes on where the last commit was."""
    topic = factories.topic()
    for number in range(6):
        owner = factories.staff(f"person{number}@kkv.example")
        factories.article(f"Seite {number}", parent=topic, responsible_person=owner)
    ArticlePage.objects.update(next_review_on=DUE)
    for _ in range(3):
        child = processes.start(REMIND.replace("LIFE", "2"))
        child.wait(timeout=300)
        assert child.returncode == -9
    processes.run(REMIND.replace("LIFE", "99"))
    sent = [tuple(row.payload["to"]) for row in OutboxMessage.objects.filter(kind="mail")]
    assert sorted(sent) == [(f"person{number}@kkv.example",) for number in range(6)]
    assert ReviewReminder.objects.count() == 6


@pytest.mark.slow
def test_two_people_cannot_be_handed_over_to_each_other(real_db: None) -> None:
    """Both at once would leave all pages with closed accounts: the second one is refused."""
    for name, role in (("olga", "Redaktion"), ("dieter", "Redaktion"), ("adam", "Administration")):
        factories.staff(f"{name}@kkv.example", role)
    topic = factories.topic()
    for name in ("olga", "dieter"):
        owner = User.objects.get(email=f"{name}@kkv.example")
        factories.article(f"Seite von {name}", parent=topic, responsible_person=owner)
    pairs = [('"olga"', '"dieter"'), ('"dieter"', '"olga"')]
    children = [processes.start(HAND_OVER.replace("FIRST", a).replace("SECOND", b)) for a, b in pairs]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "ready"
    answers = [child.communicate("go\n", timeout=300)[0].split()[0] for child in children]
    assert sorted(answers) == ["done", "refused"]
    active = set(User.objects.filter(is_active=True, email__in=["olga@kkv.example", "dieter@kkv.example"]))
    assert len(active) == 1
    assert {page.responsible_person for page in ArticlePage.objects.all()} == active
    assert AuditEntry.objects.filter(action="account.handed_over").count() == 1
