"""Upkeep enters what the lower apps offer: jobs, kinds of work, figures, what a leaving person hands over."""

from __future__ import annotations

from datetime import timedelta

from knowledge.upkeep import belongings, reminders, work_items
from knowledge.upkeep.due import REVIEW_DUE
from knowledge.upkeep.panels import countings, figures
from portal.core import dashboard, schedule, work
from portal.core.backup import afterwards

# Before people begin to work: 4 o'clock UTC is 5 or 6 o'clock in Germany.
EARLY = timedelta(hours=4)


def register() -> None:
    """Called when the app is ready."""
    work.register_kind(REVIEW_DUE, "Prüfung fällig")
    day = timedelta(days=1)
    schedule.register(
        "review_work_items", day, work_items.sync_work_items, title="Aufgaben für fällige Prüfungen anlegen",
        offset=EARLY, slow=True,
    )  # fmt: skip
    schedule.register(
        "review_reminders",
        day,
        reminders.remind_all,
        title="An fällige Prüfungen erinnern",
        offset=EARLY,
        slow=True,
    )
    dashboard.register_counted("reviews", countings, figures, order=15)
    belongings.register()
    afterwards.register(reminders.hold_due)
