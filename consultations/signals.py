"""What other parts of the portal can listen to: mails, calendar entries, reminders."""

from django.dispatch import Signal

# Sent inside the transaction of the change, after it: `kind` ("appointment", "case", "session", "waiting",
# "invitation"), `subject` (the row), `action` (a name of consultations.states), `by` (a user or None), `detail`
# (ids, as in the log). What leaves the portal goes through the outbox.
calendar_changed = Signal()
