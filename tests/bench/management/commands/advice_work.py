"""What the benchmark of advice does within a site, in a process of its own; prints JSON after the word RESULT.

`slots`, `prepare`, `book`, `check`, `desk`: see scripts/bench_advice.py, which calls it in the site's environment.
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from consultations import queries
from consultations.models import Adviser, Allocation, Appointment, Case, Format
from consultations.refusals import BookingRefused
from consultations.services import appointments, cases
from consultations.services.placing import Placement
from consultations.states import BLOCKING, AppointmentState
from portal.accounts.models import Municipality, User
from portal.accounts.roles import COORDINATOR
from scripts.load import HOST
from tests.people import PortalClient

SUBJECT = "Buchung der Messung"
COORDINATION = "messung-koordination@demo.example"
STATISTICS = ("consultations_statistics", "consultations_figures")


def form() -> Format:
    return Format.objects.get(key="erstgespraech")


def advisers(count: int) -> list[int]:
    rows = Adviser.objects.filter(active=True, external=False)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:count])


def slots(count: str, rounds: str) -> dict[str, Any]:
    """Ask for the free times of the next 60 days of so many advisers; seconds of each round, number of queries."""
    asked = queries.Asked(form(), advisers(int(count)), timezone.now())
    found = queries.free_slots(asked)
    with CaptureQueriesContext(connection) as captured:
        queries.free_slots(asked)
    times: list[float] = []
    busy: list[float] = []
    for _ in range(int(rounds)):
        started, worked = time.perf_counter(), time.process_time()
        queries.free_slots(asked)
        times.append(time.perf_counter() - started)
        busy.append(time.process_time() - worked)
    ahead = Allocation.objects.filter(adviser__in=asked.advisers, state__in=BLOCKING).count()
    return {"times": times, "busy": busy, "queries": len(captured), "slots": len(found), "booked": ahead}


def prepare(clients: str, each: str) -> dict[str, Any]:
    """Choose the times all clients want, and open a case for each booking; what was booked before is withdrawn."""
    for case in Case.objects.filter(subject=SUBJECT, ended_at=None):
        cases.withdraw(case=case, by=None)
    town = Municipality.objects.filter(active=True).order_by("pk")[0]
    made = [
        [cases.receive(municipality=town, subject=SUBJECT, by=None).pk for _ in range(int(each))]
        for _ in range(int(clients))
    ]
    found = queries.free_slots(queries.Asked(form(), advisers(40), timezone.now()))
    wanted = [(slot.starts_at.isoformat(), adviser) for slot in found for adviser in slot.advisers]
    random.Random(len(wanted)).shuffle(wanted)  # noqa: S311 - nothing secret
    return {"cases": made, "wanted": wanted[: int(clients) * int(each) * 2]}


def book(plan: str) -> dict[str, Any]:
    """Book for some clients at once, one thread each, from a moment on; seconds and outcome of each attempt."""
    asked = json.loads(plan)
    outcome: dict[str, Any] = {"times": [], "booked": [], "refused": 0, "errors": []}
    lock = threading.Lock()
    threads = [
        threading.Thread(target=_client, args=(number, own, asked, outcome, lock))
        for number, own in asked["cases"]
    ]
    connection.close()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def _client(number: int, own: list[int], asked: dict[str, Any], outcome: dict[str, Any], lock: Any) -> None:
    """Try the wanted times in an order of its own, until each of its cases has one."""
    wanted, chosen, todo = list(asked["wanted"]), form(), list(Case.objects.filter(pk__in=own))
    random.Random(number).shuffle(wanted)  # noqa: S311 - nothing secret
    time.sleep(max(0.0, asked["from"] - time.time()))
    for starts_at, adviser in wanted:
        if not todo:
            break
        placement = Placement(
            form=chosen, starts_at=datetime.fromisoformat(starts_at), candidates=[adviser], place="video"
        )
        began = time.perf_counter()
        booked, error = _attempt(placement, todo[-1])
        with lock:
            outcome["times"].append(time.perf_counter() - began)
            if booked is not None:
                outcome["booked"].append(booked)
                todo.pop()
            elif error:
                outcome["errors"].append(error)
            else:
                outcome["refused"] += 1
    outcome["ended"] = max(outcome.get("ended", 0.0), time.time())
    connection.close()


def _attempt(placement: Placement, case: Case) -> tuple[int | None, str]:
    try:
        return appointments.book(placement=placement, case=case, by=None).pk, ""
    except BookingRefused:
        return None, ""
    except OperationalError as error:  # would reach a person as a fault: the benchmark fails on it
        return None, str(error)


def check() -> dict[str, Any]:
    """Return the bookings of the measurement, and how many times are given twice (there must be none)."""
    rows = Appointment.objects.filter(case__subject=SUBJECT, case__ended_at=None)
    booked = list(rows.filter(state=AppointmentState.CONFIRMED).values_list("pk", flat=True))
    twice, latest = 0, dict[int, datetime]()
    taken = Allocation.objects.filter(state__in=BLOCKING).order_by("adviser", "blocks_from")
    for adviser, start, end in taken.values_list("adviser", "blocks_from", "blocks_until"):
        twice += adviser in latest and latest[adviser] > start
        latest[adviser] = max(end, latest.get(adviser, end))
    alone = Allocation.objects.filter(appointment__in=booked, state=AppointmentState.CONFIRMED).count()
    return {"booked": booked, "allocations": alone, "overlaps": twice}


def _addresses() -> dict[str, str]:
    desk = reverse("consultations_desk")
    found = {
        f"desk {queue}": f"{desk}?ansicht={queue}" for queue in ("team", "unzugeordnet", "ueberfaellig", "alle")
    }
    reference = Case.objects.order_by("pk").values_list("reference", flat=True)[0]
    found |= {"desk word": f"{desk}?q=Wohnsitzanmeldung", "desk number": f"{desk}?q={reference}"}
    for name in STATISTICS:
        try:
            found[name.removeprefix("consultations_")] = reverse(name)
        except NoReverseMatch:
            continue
    return found


def _worked(client: PortalClient, address: str) -> float:
    """Return the milliseconds of processor time a page takes, whatever else the machine does."""
    began = time.process_time()
    client.get(address)
    return round((time.process_time() - began) * 1000, 1)


def desk() -> dict[str, Any]:
    """Sign somebody of Koordination in; the session, addresses, and how many queries each costs."""
    user, _ = User.objects.get_or_create(
        email=COORDINATION, defaults={"first_name": "Demo", "last_name": "Messung"}
    )
    user.groups.add(Group.objects.get(name=COORDINATOR))
    client = PortalClient(HTTP_HOST=HOST)
    client.force_login(user)
    costs: dict[str, int] = {}
    busy: dict[str, float] = {}
    for name, address in _addresses().items():
        busy[name] = statistics.median(_worked(client, address) for _ in range(15))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200, address
        costs[name] = len(captured)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    return {
        "cookie": cookie,
        "addresses": _addresses(),
        "queries": costs,
        "cpu_ms": busy,
        "cases": Case.objects.count(),
    }


WORK: dict[str, Callable[..., dict[str, Any]]] = {
    "slots": slots, "prepare": prepare, "book": book, "check": check, "desk": desk,
}  # fmt: skip


class Command(BaseCommand):
    help = "Parts of `make bench` for advice; called by scripts/bench_advice.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=sorted(WORK))
        parser.add_argument("arguments", nargs="*")

    def handle(self, *args: Any, part: str, arguments: list[str], **options: Any) -> None:
        self.stdout.write("RESULT" + json.dumps(WORK[part](*arguments)))
