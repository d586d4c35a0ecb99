"""What mailing registers when the app is ready: jobs, the handler of the outbox, a part of the own area."""

from __future__ import annotations

from datetime import timedelta

from consultations.mailing import choices, own_area, reminders
from consultations.mailing.incoming import start as incoming
from portal.accounts import own_data
from portal.core import schedule
from portal.core.backup import afterwards

EVERY = timedelta(minutes=5)


def register() -> None:
    reminders.register()
    own_area.register()
    own_data.register(own_data.Part("consultation_reminders", choices.export, order=41))
    afterwards.register(reminders.hold_due)
    incoming.register()
    schedule.register("send_reminders", EVERY, reminders.run, title="Erinnerungen an Termine")
