"""Looking after the own subscriptions: the same page behind a link in a mail and in the account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from portal.core.models import Frequency, Subscriber
from portal.core.subscriptions import queries, services
from portal.core.subscriptions.forms import FrequencyForm

UNKNOWN = "Das hat nicht geklappt. Bitte wählen Sie noch einmal."


@dataclass(frozen=True)
class Outcome:
    """What was done, for the reader; `failed` where nothing was, `gone` when no subscription is left."""

    text: str
    failed: bool = False
    gone: bool = False
    renewed: bool = False


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19]


def _remove(subscriber: Subscriber, value: str) -> Outcome:
    numbers = _numbers([value])
    if not numbers:
        return Outcome(UNKNOWN, failed=True)
    services.remove(subscriber=subscriber, subscription_id=numbers[0])
    gone = not Subscriber.objects.filter(pk=subscriber.pk).exists()
    return Outcome("Das Abo ist beendet.", gone=gone)


def _confirm(subscriber: Subscriber, data: QueryDict) -> Outcome:
    number = services.confirm(subscriber=subscriber, ids=_numbers(data.getlist("abo")))
    if number:
        return Outcome("Bestätigt. Wir schreiben Ihnen, wenn sich etwas Wesentliches ändert.")
    return Outcome("Hier war nichts mehr zu bestätigen.")


def _set_frequency(subscriber: Subscriber, data: QueryDict) -> Outcome:
    form = FrequencyForm(data)
    if not form.is_valid():
        return Outcome("Bitte wählen Sie, wie oft wir schreiben sollen.", failed=True)
    chosen = form.chosen()
    services.set_frequency(subscriber=subscriber, frequency=chosen)
    return Outcome(f"Gespeichert. Wir schreiben Ihnen: {Frequency(chosen).label}.")


def _renew(subscriber: Subscriber) -> Outcome:
    services.renew_links(subscriber=subscriber)
    return Outcome("Die Links aus früheren E-Mails gelten nicht mehr. Diese Seite hat einen neuen.", renewed=True)


def _forget(subscriber: Subscriber) -> Outcome:
    services.forget(subscriber=subscriber, reason="asked")
    return Outcome("Alle Abos sind beendet.", gone=True)


def apply(subscriber: Subscriber, data: QueryDict) -> Outcome:
    """Carry out what a button of the page asks for."""
    action = data.get("action", "")
    if removed := data.get("remove"):
        return _remove(subscriber, removed)
    if action == "confirm":
        return _confirm(subscriber, data)
    if action == "frequency":
        return _set_frequency(subscriber, data)
    if action == "renew":
        return _renew(subscriber)
    if action == "forget":
        return _forget(subscriber)
    return Outcome(UNKNOWN, failed=True)


def context(subscriber: Subscriber | None) -> dict[str, Any]:
    """Return what the page shows."""
    if subscriber is None:
        return {"subscriber": None, "subscriptions": [], "pending": [], "frequency_form": FrequencyForm()}
    return {
        "subscriber": subscriber,
        "subscriptions": queries.rows(subscriber, confirmed=True),
        "pending": queries.rows(subscriber, confirmed=False),
        "frequency_form": FrequencyForm(initial={"frequency": subscriber.frequency}),
    }
