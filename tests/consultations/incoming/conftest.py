"""A mailbox of each test's own on a real server, and a case with people who write."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from consultations.models import Adviser, Appointment, Case, Participant
from portal.accounts.models import User
from tests import imap_server
from tests.consultations.incoming.boxes import Box
from tests.factories import calendar, desk, incoming, mailing, requests
from tests.imap_server import ImapServer


@pytest.fixture(scope="session")
def imap() -> Iterator[ImapServer]:
    if imap_server.find_dovecot() is None:
        say = pytest.fail if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip
        say(f"No IMAP server: {imap_server.HOW}.")
    with imap_server.running() as server:
        yield server


@pytest.fixture(autouse=True)
def _open(settings: Any, mails_by_outbox: None) -> Iterator[None]:
    settings.CONSULTATIONS_OPEN = True
    settings.HOLIDAYS = ""
    settings.DEFAULT_FROM_EMAIL = "Portal <portal@kkv.example>"
    with time_machine.travel(calendar.NOW):
        yield


@pytest.fixture
def box(imap: ImapServer, settings: Any) -> Box:
    user = f"b{uuid.uuid4().hex[:10]}"
    for name, value in {
        "HOST": "127.0.0.1", "PORT": imap.tls, "SECURITY": "tls", "USER": user, "PASSWORD": imap_server.PASSWORD,
        "ADDRESS": incoming.BOX, "CA_FILE": str(imap.certificate),
    }.items():  # fmt: skip
        setattr(settings, f"IMAP_{name}", value)
    return Box(imap, user)


@pytest.fixture
def lead() -> Adviser:
    return desk.adviser_with_role(weekdays=range(7))


@pytest.fixture
def person() -> User:
    return requests.member(calendar.municipality(), "kaethe")


@pytest.fixture
def case(lead: Adviser, person: User) -> Case:
    return desk.working_case(lead, municipality=calendar.municipality(), requester=person, subject="Nur für uns")


@pytest.fixture
def guest(case: Case) -> Participant:
    return Participant.objects.create(case=case, name="Nora Öz", email=mailing.GUEST)


@pytest.fixture
def appointment(case: Case, guest: Participant, lead: Adviser) -> Appointment:
    return mailing.booked(case, lead, calendar.form())
