from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.core import outbox
from portal.core.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A handler of kind "probe" that notes what it carries out and fails on "böse" and "aus"."""
    seen: list[str] = []

    def handle(message: OutboxMessage) -> None:
        text = message.payload["text"]
        seen.append(text)
        if text == "böse":
            raise ConnectionError("nicht erreichbar")
        if text == "aus":
            raise outbox.PermanentError("abgelehnt")

    monkeypatch.setitem(outbox._handlers, "probe", handle)
    return seen


def _put(key: str, *texts: str) -> list[OutboxMessage]:
    return [outbox.enqueue(kind="probe", key=key, payload={"text": text}) for text in texts]


def test_sequence_counts_per_key() -> None:
    assert [message.sequence for message in _put("fall-1", "a", "b")] == [1, 2]
    assert [message.sequence for message in _put("fall-2", "a")] == [1]


def test_database_refuses_the_same_place_twice() -> None:
    message = _put("fall-1", "a")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.create(
            kind="probe", key="fall-1", sequence=message.sequence, next_attempt_at=timezone.now()
        )


def test_database_refuses_an_end_without_time() -> None:
    message = _put("fall-1", "a")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(state="done")


def test_order_within_a_key_and_forgetting(sent: list[str]) -> None:
    _put("fall-1", "eins", "zwei", "drei")
    assert outbox.work_off() == 3
    assert sent == ["eins", "zwei", "drei"]
    assert {(row.state, str(row.payload)) for row in OutboxMessage.objects.all()} == {("done", "{}")}


def test_a_failure_holds_back_its_key_only(sent: list[str]) -> None:
    first, _ = _put("fall-1", "böse", "später")
    _put("fall-2", "anderes")
    outbox.work_off()
    assert sent == ["böse", "anderes"]
    first.refresh_from_db()
    assert first.state == "waiting"
    assert first.error == "ConnectionError: nicht erreichbar"
    assert first.next_attempt_at > timezone.now() + timedelta(seconds=20)


def test_pauses_grow_up_to_an_hour() -> None:
    pauses = [outbox.pause_after(attempt).total_seconds() for attempt in range(1, outbox.MAX_ATTEMPTS)]
    assert 27 <= pauses[0] <= 33
    assert max(pauses) <= 3960
    assert sum(pauses) > 5 * 3600


def test_given_up_after_the_last_attempt_then_later_ones_go_on(sent: list[str]) -> None:
    _put("fall-1", "böse", "später")
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        OutboxMessage.objects.filter(state="waiting").update(next_attempt_at=timezone.now())
        outbox.work_off()
    assert sent == ["böse"] * outbox.MAX_ATTEMPTS + ["später"]
    assert list(OutboxMessage.objects.order_by("sequence").values_list("state", flat=True)) == ["failed", "done"]


def test_permanent_errors_and_unknown_kinds_end_at_once(sent: list[str]) -> None:
    _put("fall-1", "aus")
    outbox.enqueue(kind="unbekannt", key="fall-2", payload={})
    outbox.work_off()
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("failed", 1)}


def test_a_lease_excludes_others_until_it_ends(sent: list[str]) -> None:
    _put("fall-1", "eins", "zwei")
    held = outbox.claim("a")
    assert held is not None
    assert outbox.claim("b") is None
    OutboxMessage.objects.filter(pk=held.pk).update(leased_until=timezone.now())
    taken = outbox.claim("b")
    assert taken is not None
    assert (taken.pk, taken.attempts) == (held.pk, 2)
    assert outbox.process(held)  # the first one wakes up late and carries it out once more
    held.refresh_from_db()
    assert held.state == "waiting"  # but no longer decides about it
    assert outbox.process(taken)
    held.refresh_from_db()
    assert held.state == "done"


def test_a_message_that_kills_workers_ends() -> None:
    message = _put("fall-1", "x")[0]
    OutboxMessage.objects.filter(pk=message.pk).update(attempts=outbox.MAX_ATTEMPTS)
    outbox.work_off()
    message.refresh_from_db()
    assert message.state == "failed"


def test_a_message_that_takes_its_worker_with_it_ends_much_sooner(sent: list[str]) -> None:
    message = _put("fall-1", "eins", "zwei")[0]
    for attempt in range(outbox.MOST_REFUSALS):
        held = outbox.claim("a")
        assert held is not None
        assert (held.pk, held.attempts) == (message.pk, attempt + 1)
        OutboxMessage.objects.filter(pk=held.pk).update(leased_until=timezone.now())
    after = outbox.claim("a")  # given up, and the one behind it goes on
    assert after is not None
    assert after.pk != message.pk
    message.refresh_from_db()
    assert (message.state, message.error) == ("failed", outbox.WORKER_DIED)


def test_retry_by_hand(sent: list[str]) -> None:
    message = _put("fall-1", "aus")[0]
    outbox.work_off()
    outbox.retry(message=message)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    assert outbox.work_off() == 1


def test_retry_brings_back_all_given_up_ones_of_the_key_in_their_order(sent: list[str]) -> None:
    first, _, third = _put("fall-1", "eins", "zwei", "drei")
    other = _put("fall-2", "anderes")[0]
    OutboxMessage.objects.update(state="failed", finished_at=timezone.now(), attempts=outbox.MAX_ATTEMPTS)
    assert outbox.retry(message=third) == 3
    assert outbox.work_off() == 3
    assert sent == ["eins", "zwei", "drei"]
    other.refresh_from_db()
    assert other.state == "failed"
    assert outbox.retry(message=first) == 0  # done


def test_a_message_refused_again_and_again_is_given_up_sooner_than_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers: list[Exception] = []

    def handle(message: OutboxMessage) -> None:
        raise answers.pop(0)

    monkeypatch.setitem(outbox._handlers, "probe", handle)
    message = _put("fall-1", "voll")[0]
    away, full = ConnectionError("nicht erreichbar"), outbox.HeldUpError("Postfach voll")
    answers += [away] * outbox.MOST_REFUSALS + [full, full]
    for state in ["waiting"] * (outbox.MOST_REFUSALS + 1) + ["failed"]:
        OutboxMessage.objects.update(next_attempt_at=timezone.now())
        outbox.work_off()
        message.refresh_from_db()
        assert message.state == state


def test_messages_may_wait_for_their_time(sent: list[str]) -> None:
    outbox.enqueue(
        kind="probe", key="k", payload={"text": "morgen"}, not_before=timezone.now() + timedelta(days=1)
    )
    assert outbox.work_off() == 0


def test_a_rolled_back_change_sends_nothing(sent: list[str]) -> None:
    with transaction.atomic():
        _put("fall-1", "nie")
        transaction.set_rollback(True)
    assert outbox.work_off() == 0


def test_what_follows_from_a_message_costs_no_note_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def handle(message: OutboxMessage) -> None:
        outbox.with_note(lambda: done.append(OutboxMessage.objects.get().state))
        outbox.with_note(lambda: OutboxMessage.objects.create(kind="x", key=message.key, sequence=1))
        outbox.after_note(lambda: done.append("goodbye"))

    monkeypatch.setitem(outbox._handlers, "probe", handle)
    _put("fall-1", "a")
    assert outbox.work_off() == 1
    assert done == ["done", "goodbye"]
    assert OutboxMessage.objects.get().state == "done"
