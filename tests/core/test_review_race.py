"""Two reviewers decide at the same moment, each with a connection of their own."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection

from portal.core import publications
from portal.core.review import services
from portal.core.review.errors import ReviewRefused
from tests.factories.review import REVIEWER, draft_article, draft_term, person, submit


@pytest.mark.parametrize("make", [draft_term, draft_article])
@pytest.mark.parametrize("other", ["approve", "reject", "withdraw"])
def test_one_decision_counts_and_the_other_is_told(real_db: None, other: str, make: Any) -> None:
    anna, bernd, clara = person("Anna"), person("Bernd", REVIEWER), person("Clara", REVIEWER)
    subject = make(anna)
    state = submit(subject, anna)
    start, outcomes = Barrier(2), []

    def decide(user: Any, what: str) -> None:
        start.wait()
        try:
            if what == "approve":
                services.approve(task_state=state, user=user)
            elif what == "reject":
                services.reject(task_state=state, user=user, comment="Bitte ändern.")
            else:
                services.withdraw(workflow_state=state.workflow_state, user=user)
            outcomes.append(what)
        except ReviewRefused as error:
            outcomes.append(str(error))
        except OperationalError as error:  # pragma: no cover - would be a deadlock
            outcomes.append(f"database: {error}")
        finally:
            connection.close()

    threads = [Thread(target=decide, args=(bernd, "approve")), Thread(target=decide, args=(clara, other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome in {"approve", other} for outcome in outcomes) == [False, True], outcomes
    assert services.ENDED in outcomes
    approved = "approve" in outcomes
    assert type(subject).objects.get(pk=subject.pk).live is approved
    assert publications.of(subject).count() == int(approved)
