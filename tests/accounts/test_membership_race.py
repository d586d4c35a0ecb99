"""Two administrators act at the same moment, each with a connection of their own: one of them stays."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection

from portal.accounts import erasing, memberships
from portal.accounts.models import Membership
from portal.accounts.queries import administrators_of
from tests.factories.bodies import belongs, person_of, town
from tests.people import make_user

Act = Callable[[Membership, Membership], object]


def end_the_other(own: Membership, other: Membership) -> object:
    return memberships.remove(membership=other, by=own.user)


def leave(own: Membership, other: Membership) -> object:
    return memberships.leave(membership=own)


def step_down(own: Membership, other: Membership) -> object:
    return memberships.change_role(membership=own, role="member", by=own.user)


def erase(own: Membership, other: Membership) -> object:
    return erasing.erase(user=own.user)


@pytest.mark.parametrize(
    ("first", "second"),
    [(end_the_other, end_the_other), (leave, leave), (step_down, leave), (erase, erase), (erase, leave)],
)
def test_an_administrator_is_left(real_db: None, first: Act, second: Act) -> None:
    anna = belongs(make_user("anna@buedingen.example"), town(), role="admin")
    bernd = belongs(make_user("bernd@buedingen.example"), town(), role="admin")
    person_of(town(), "clara@buedingen.example")
    start, outcomes = Barrier(2), []

    def run(act: Act, own: Membership, other: Membership) -> None:
        start.wait()
        try:
            act(own, other)
            outcomes.append("done")
        except (ValidationError, PermissionDenied):
            outcomes.append("refused")
        except OperationalError as error:  # pragma: no cover - would be a deadlock
            outcomes.append(f"database: {error}")
        finally:
            connection.close()

    threads = [Thread(target=run, args=(first, anna, bernd)), Thread(target=run, args=(second, bernd, anna))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    assert administrators_of(town()).count() == 1


def test_asking_at_the_same_time_is_one_membership(real_db: None) -> None:
    user = make_user("neu@stadt.example")
    start, found = Barrier(2), []

    def run() -> None:
        start.wait()
        try:
            found.append(memberships.ask_to_join(user=user, municipality=town(), wants_admin=False).pk)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert Membership.objects.count() == 1
