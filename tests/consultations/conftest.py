"""What many tests of advice begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tests.factories import calendar, mailing


@pytest.fixture
def advice_on_monday(settings: Any) -> Iterator[None]:
    """Advice is open, it is Monday morning and stays so, and no day is a public holiday."""
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    with time_machine.travel(calendar.NOW, tick=False):
        yield


@pytest.fixture
def mails_in_memory(settings: Any) -> None:
    """What the outbox sends is kept in a list, as mails and not as files."""
    settings.OUTBOX_EMAIL_BACKEND = mailing.LOCMEM
