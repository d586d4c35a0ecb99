"""What privacy adds when the app is ready: the nightly run of retention, a person's own data, the check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from consultations import busy, noted_addresses
from consultations.privacy import retention
from consultations.privacy.table import table
from portal.accounts import own_data
from portal.core import periods, schedule


def register_jobs() -> None:
    """Called when the app is ready."""
    periods.take_from(lambda: table().jobs())
    own_data.register(own_data.Part("own_calendar", busy.export_of, busy.forget_person, order=41))
    own_data.register(own_data.Part("contact_notes", noted_addresses.export, noted_addresses.erase, order=43))
    schedule.register(
        "consultation_retention", timedelta(days=1), retention.run, title="Aufbewahrung der Beratung",
        offset=timedelta(hours=2, minutes=40), slow=True,
    )  # fmt: skip


@register()
def table_is_usable(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """A table that cannot be read would stop retention and the notices."""
    try:
        table()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="See docs/consultations-privacy.md.", id="portal.E070")]
    return []
