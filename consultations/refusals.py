"""What a booking can be refused for, in sentences that say what to do next."""

from __future__ import annotations

from consultations.slots import Refusal

TAKEN = "Dieser Termin ist gerade vergeben worden. Bitte wählen Sie einen anderen."
HOLD_OVER = (
    "Die Vormerkung ist abgelaufen und die Zeit nicht mehr frei. Bitte wählen Sie einen anderen Termin; "
    "Ihre Angaben bleiben erhalten."
)
NO_SEAT = "Der letzte Platz ist gerade vergeben worden. Sie können sich auf die Warteliste setzen lassen."
BEGUN = "Der gewählte Termin hat schon begonnen. Bitte wählen Sie einen anderen; Ihre Angaben bleiben erhalten."
MOVED = (
    "Dieser Gruppentermin ist inzwischen verschoben. Bitte wählen Sie noch einmal; Ihre Angaben bleiben erhalten."
)
REASONS = {
    Refusal.LATE: "Dieser Termin ist nicht mehr buchbar, er beginnt zu bald. Bitte wählen Sie einen späteren.",
    Refusal.FAR: "So weit im Voraus ist noch nichts buchbar. Bitte wählen Sie einen früheren Termin.",
    Refusal.CLOSED: "An diesem Tag finden keine Beratungen statt. Bitte wählen Sie einen anderen Tag.",
    Refusal.AWAY: "An diesem Tag wird nicht beraten. Bitte wählen Sie einen anderen Termin.",
    Refusal.HOURS: "Zu dieser Zeit wird nicht beraten. Bitte wählen Sie einen der angebotenen Termine.",
    Refusal.LIMIT: "An diesem Tag oder in dieser Woche ist nichts mehr frei. Bitte wählen Sie einen anderen.",
    Refusal.TAKEN: TAKEN,
}


class BookingRefused(Exception):  # noqa: N818 - a refusal of the rules, no fault of the program
    """Something cannot be done; the text is a German sentence for the person who asked."""


class SlotTaken(BookingRefused):
    """Somebody else has the time, or the seat: also what races, deadlocks and lock timeouts become."""

    def __init__(self, text: str = TAKEN) -> None:
        super().__init__(text)


class NotOffered(BookingRefused):
    """The time is none that can be booked, whoever asks: `reason` says why."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


class NotPossible(BookingRefused):
    """The state of things does not allow it (any more)."""


def of(reason: Refusal) -> BookingRefused:
    """Return the exception for a reason: taken times and full days are races, the rest is not offered at all."""
    return SlotTaken(REASONS[reason]) if reason in (Refusal.TAKEN, Refusal.LIMIT) else NotOffered(reason)
