"""Busy times from real servers and files: they block slots, and nothing a calendar does brings the portal down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from icalendar import Calendar

from consultations import busy, calendar_feed, ics_reading, queries
from consultations.models import Adviser, BusySource, BusyTime, CalendarFeed
from consultations.refusals import BookingRefused
from consultations.services import appointments, cases, groups
from consultations.statistics import reading
from knowledge.link_fetch import Fetcher
from portal.accounts import belongings, own_data
from portal.accounts.leaving import hand_over_and_deactivate
from portal.core import schedule
from portal.settings.advice import allowed_hosts
from portal.settings.env import Env
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in
from tests.querycounts import warm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails_by_outbox")]
PAGE = "/cms/beratung/eigener-kalender/"
BERLIN = ZoneInfo("Europe/Berlin")
FIRST, LAST = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _monday_morning() -> Iterator[None]:
    with time_machine.travel(make.NOW, tick=False):
        yield


def event(*lines: str, uid: str = "a") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20270101T000000Z", *lines, "END:VEVENT"])


def ics(*events: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//DE\r\n"
    return (head + "\r\n".join(events) + "\r\nEND:VCALENDAR\r\n").encode()


TUESDAY = event(
    "DTSTART;TZID=Europe/Berlin:20270302T100000", "DTEND;TZID=Europe/Berlin:20270302T113000", "SUMMARY:Zahnarzt"
)


class Handler(BaseHTTPRequestHandler):
    """A calendar, and everything a broken one does."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/nach/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/nach/").replace("~", "/"))
            self.end_headers()
            return
        if self.path == "/weg":
            self.send_error(404)
            return
        self.send_response(200)
        if self.path == "/gross":
            self.send_header("Content-Length", str(100 * 1024 * 1024))
        self.end_headers()
        if self.path in ("/gross", "/endlos"):
            try:
                for _ in range(100):
                    self.wfile.write(b"X" * 1024 * 1024)
            except OSError:  # whoever asked has hung up
                return
        self.wfile.write(b"<html>" if self.path == "/seite" else ics(TUESDAY))

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    Handler.asked.clear()
    settings.CALENDAR_ALLOWED_HOSTS = frozenset({"127.0.0.1"})
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


def fetched(adviser: Adviser, url: str) -> BusySource:
    busy.set_address(adviser=adviser, url=url, by=None)
    busy.fetch_all()
    return BusySource.objects.get()


def hours(adviser: Adviser, form: Any) -> set[int]:
    """Return the local hours of the Tuesday that are free."""
    slots = queries.free_slots(queries.Asked(form, [adviser.pk], make.NOW))
    day = make.on(1).date()
    return {slot.starts_at.astimezone(BERLIN).hour for slot in slots if slot.day == day}


def spans(*events: str) -> list[tuple[str, str]]:
    """Return the busy times of some events on the wall clock of Berlin."""
    data, host = ics(*events), "portal.example"
    ranges, _ = ics_reading.busy_times(data, first=FIRST, last=LAST, where=BERLIN, own_host=host)

    def shown(moment: int) -> str:
        return datetime.fromtimestamp(moment * 60, BERLIN).strftime("%d.%m. %H:%M")

    return [(shown(start), shown(end)) for start, end in ranges]


def test_what_is_fetched_blocks_slots_and_bookings_and_leaves_no_words(server: str) -> None:
    adviser, form = make.adviser("Größe"), make.form()
    assert {10, 11} <= hours(adviser, form)
    source = fetched(adviser, f"{server}/ich.ics")
    assert (source.problem, source.fetched_at, source.skipped) == ("", make.NOW, 0)
    assert hours(adviser, form) == {9, 12, 13, 14, 15, 16}
    with pytest.raises(BookingRefused):
        appointments.book(placement=make.placement(form, make.on(1), adviser), case=make.case(), by=None)
    assert "Zahnarzt" not in str(list(BusyTime.objects.values()))
    busy.forget(adviser=adviser, by=None)
    assert {10, 11} <= hours(adviser, form)


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/weg", "404"), ("/gross", "größer als 5 MB"), ("/endlos", "größer als 5 MB"), ("/seite", "kein Kalender")],
)
def test_a_broken_address_is_told_and_what_was_read_stays(server: str, path: str, problem: str) -> None:
    adviser = make.adviser("Größe")
    fetched(adviser, f"{server}/ich.ics")
    BusySource.objects.update(url=f"{server}{path}")
    with time_machine.travel(make.NOW + timedelta(hours=25), tick=False):
        assert busy.fetch_all() == "0 Kalender gelesen, 1 nicht"
        source = BusySource.objects.get()
        assert problem in source.problem
        assert busy.is_stale(source, make.NOW + timedelta(hours=25))
    assert source.fetched_at == make.NOW
    assert BusyTime.objects.count() == 1


def test_internal_addresses_only_for_named_hosts_also_after_a_redirect(server: str, settings: Any) -> None:
    adviser = make.adviser("Größe")
    port = server.rpartition(":")[2]
    assert fetched(adviser, f"{server}/nach/{server.replace('/', '~')}~ich.ics").problem == ""
    assert "internen Netz" in fetched(adviser, f"{server}/nach/http:~~localhost:{port}~ich.ics").problem
    assert "internen Netz" in fetched(adviser, f"{server}/nach/http:~~169.254.169.254~latest").problem
    settings.CALENDAR_ALLOWED_HOSTS = frozenset()
    before = len(Handler.asked)
    for address in (f"{server}/ich.ics", f"http://localhost:{port}/", "http://10.0.0.1/x", "http://[::1]/x"):
        assert "internen Netz" in fetched(adviser, address).problem
    settings.CALENDAR_ALLOWED_HOSTS = frozenset({"169.254.169.254"})
    metadata = fetched(adviser, "http://169.254.169.254/latest").problem
    assert "internen Netz" in metadata, "no cloud's metadata, ever"
    assert len(Handler.asked) == before
    assert isinstance(busy.fetcher(), Fetcher)


def test_a_name_is_judged_by_what_it_resolves_to(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name with an internal address is refused: the resolver of the test stands for the operator's."""
    port = server.rpartition(":")[2]
    from knowledge.link_download import NotFetched, download

    def lookup(host: str, number: int) -> list[str]:
        return ["127.0.0.1"]

    with pytest.raises(NotFetched, match="internen Netz"):
        download(Fetcher(agent="Test", lookup=lookup), f"http://kalender.example:{port}/", limit=1000)
    named = Fetcher(agent="Test", lookup=lookup, inside=frozenset({"kalender.example"}))
    assert b"VEVENT" in download(named, f"http://kalender.example:{port}/", limit=1000)


def test_recurrence_runs_on_the_wall_clock_over_the_change_of_clocks() -> None:
    weekly = event(
        "DTSTART;TZID=Europe/Berlin:20270321T100000", "DTEND;TZID=Europe/Berlin:20270321T110000",
        "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20270404T100000",
    )  # fmt: skip
    assert spans(weekly) == [("21.03. 10:00", "21.03. 11:00"), ("28.03. 10:00", "28.03. 11:00")]
    whole = event("DTSTART;VALUE=DATE:20270328", "DTEND;VALUE=DATE:20270329")
    assert spans(whole) == [("28.03. 00:00", "29.03. 00:00")]
    floating = event("DTSTART:20270328T013000", "DURATION:PT1H")
    assert spans(floating) == [("28.03. 01:30", "28.03. 03:30")], "an hour on the clock is left out that night"
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20270328T100000", "DTSTART;TZID=Europe/Berlin:20270329T150000",
        "DURATION:PT30M",
    )  # fmt: skip
    assert spans(weekly, moved) == [("21.03. 10:00", "21.03. 11:00"), ("29.03. 15:00", "29.03. 15:30")]


@pytest.mark.parametrize(
    "lines",
    [
        ["TRANSP:TRANSPARENT"],
        ["STATUS:CANCELLED"],
        ["X-MICROSOFT-CDO-BUSYSTATUS:FREE"],
        ["X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"],
    ],
)
def test_what_takes_no_time_blocks_nothing(lines: list[str]) -> None:
    assert spans(event("DTSTART:20270302T100000", "DURATION:PT1H", *lines)) == []
    own = event("DTSTART:20270302T100000", "DURATION:PT1H", uid="x@portal.example")
    assert spans(own) == [], "the portal's own appointments come back by its feed"


def test_entries_that_cannot_be_read_are_counted_and_the_others_count() -> None:
    odd = [event("SUMMARY:ohne Beginn"), event("DTSTART:20270303T100000", "DURATION:PT1H", "RRULE:FREQ=SECONDLY")]
    ranges, skipped = ics_reading.busy_times(ics(*odd, TUESDAY), first=FIRST, last=LAST, where=BERLIN)
    assert (len(ranges), skipped) == (1, 2)
    with pytest.raises(ics_reading.NotReadable):
        ics_reading.busy_times(b"%PDF", first=FIRST, last=LAST, where=BERLIN)


def test_endless_recurrence_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    daily = event("DTSTART:19700101T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    assert len(spans(daily)) == 60
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    hostile = ics(*(event("DTSTART:20270101T100000", "DURATION:PT1H", never, uid=str(n)) for n in range(500)))
    monkeypatch.setattr(busy, "READ_SECONDS", 3)
    with pytest.raises(busy.NotUsable, match="zu aufwendig"):
        busy.read(hostile, now=make.NOW)


def test_addresses() -> None:
    assert busy.checked_address(" webcal://kalender.example/x ") == "https://kalender.example/x"
    for wrong in (
        "",
        "ftp://x.example/",
        "https://",
        "https://x.example:x/",
        "https://u:p@x.example/",
        "file:///x",
    ):
        with pytest.raises(ValidationError):
            busy.checked_address(wrong)
    assert allowed_hosts(Env({"CALENDAR_ALLOWED_HOSTS": "Mail.intern, 10.0.0.5"})) == {"mail.intern", "10.0.0.5"}
    with pytest.raises(ImproperlyConfigured):
        allowed_hosts(Env({"CALENDAR_ALLOWED_HOSTS": "https://mail.intern"}))
    assert {"fetch_calendars"} <= schedule.jobs.keys()


def feed_path(client: Client, action: str = "renew") -> str:
    answer = client.post(f"{PAGE}abo/", {"action": action})
    text = answer.content.decode()
    return text.partition('value="http://testserver')[2].partition('"')[0]


def test_the_feed_has_the_appointments_and_no_concern_and_can_be_revoked() -> None:
    adviser, form = desk.adviser_with_role("Größe"), make.form()
    other = desk.adviser_with_role("Weiß")
    case = desk.working_case(adviser, subject="Streng geheimes Anliegen")
    placed = make.placement(form, make.on(1), adviser, place="phone", place_detail="0123 456")
    appointments.book(placement=placed, case=case, by=None)
    appointments.hold(placement=make.placement(form, make.on(2), adviser), holder="x")
    group = make.group_form()
    groups.plan(placement=make.placement(group, make.on(7), adviser, by_centre=True), title="Runde", by=None)
    client = signed_in(make.user_of(adviser))
    first = feed_path(client)
    assert first.startswith("/beratung/kalender/")
    answer = Client().get(first)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "no-store" in answer["Cache-Control"]
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    assert [item.decoded("dtstart") for item in found] == [make.on(1), make.on(7)]
    for word in ("geheim", "0123", case.reference, case.municipality.name):
        assert word not in answer.content.decode()
    assert first.split("/")[-1].removesuffix(".ics") not in str(list(CalendarFeed.objects.values()))
    assert first not in client.get(PAGE).content.decode(), "shown once"
    second = feed_path(client)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    empty = Client().get(feed_path(signed_in(make.user_of(other)))).content
    assert Calendar.from_ical(empty).walk("VEVENT") == []
    client.post(f"{PAGE}abo/", {"action": "revoke"})
    assert Client().get(second).status_code == 404
    third = feed_path(client)
    Adviser.objects.filter(pk=adviser.pk).update(active=False)
    assert Client().get(third).status_code == 404
    assert Client().get("/beratung/kalender/erfunden.ics").status_code == 404


def test_the_screen_takes_address_and_file_and_keeps_what_was_typed() -> None:
    adviser = desk.adviser_with_role("Größe")
    client = signed_in(make.user_of(adviser))
    refused = client.post(f"{PAGE}quelle/", {"action": "address", "url": "kein Kalender"})
    assert refused.status_code == 422
    assert "kein Kalender" in refused.content.decode()
    file = SimpleUploadedFile("ich.ics", b"Unsinn")
    assert "kein Kalender" in client.post(f"{PAGE}quelle/", {"action": "upload", "file": file}).content.decode()
    assert not BusySource.objects.exists()
    file = SimpleUploadedFile("ich.ics", ics(TUESDAY))
    assert client.post(f"{PAGE}quelle/", {"action": "upload", "file": file}).status_code == 302
    assert BusyTime.objects.count() == 1
    assert "Die Datei ist älter" not in client.get(PAGE).content.decode()
    BusySource.objects.update(fetched_at=make.NOW - timedelta(days=8))
    assert "Die Datei ist älter als eine Woche" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}quelle/", {"action": "address", "url": "webcal://k.example/x"}).status_code == 302
    assert (BusySource.objects.get().url, BusyTime.objects.count()) == ("https://k.example/x", 1)
    BusySource.objects.update(fetched_at=make.NOW - timedelta(hours=30), problem="Kaputt.")
    text = client.get(PAGE).content.decode()
    assert "älter als 24 Stunden" in text
    assert "Kaputt." in text
    assert client.post(f"{PAGE}quelle/", {"action": "forget"}).status_code == 302
    assert not BusySource.objects.exists()


def test_nobody_else_gets_at_an_own_calendar() -> None:
    adviser = desk.adviser_with_role("Größe")
    busy.set_address(adviser=adviser, url="https://k.example/geheim-42", by=None)
    coordinator = signed_in(make_user("koord@kkv.example", role="Koordination"))
    text = coordinator.get(PAGE).content.decode()
    assert "noch nie gelesen" in text
    assert "geheim-42" not in text
    coordinator.post(f"{PAGE}quelle/", {"action": "forget"})
    assert BusySource.objects.exists(), "each adviser their own"
    for role in ("Redaktion", "Leitung", "Fachprüfung"):
        client = signed_in(make_user(f"{len(role)}@kkv.example", role=role))
        for address in (PAGE, f"{PAGE}abo/", f"{PAGE}quelle/"):
            assert client.get(address).status_code in (302, 403, 405)
            assert client.post(address, {"action": "renew"}).status_code in (302, 403, 405)
    assert Client().get(PAGE).status_code == 302
    assert not CalendarFeed.objects.exists()


def test_who_leaves_takes_the_own_calendar_along() -> None:
    adviser = desk.adviser_with_role("Größe")
    busy.upload(adviser=adviser, data=ics(TUESDAY), by=None)
    calendar_feed.renew(adviser=adviser, by=None)
    assert own_data.export(make.user_of(adviser))["own_calendar"]["feed"]
    admin = make_user("admin@kkv.example", role="Administration")
    cases.assign(case=make.case(), lead=adviser, by=None)
    successor = make.user_of(desk.adviser_with_role("Weiß"))
    hand_over_and_deactivate(person=make.user_of(adviser), successors={"advice": successor}, by=admin)
    for model in (CalendarFeed, BusySource, BusyTime):
        assert not model._default_manager.exists()


def test_an_own_calendar_ends_also_with_nothing_ahead() -> None:
    adviser = desk.adviser_with_role("Größe")
    person = make.user_of(adviser)
    assert belongings.held_by(person) == []
    busy.upload(adviser=adviser, data=ics(TUESDAY), by=None)
    busy.set_address(adviser=adviser, url="https://kalender.example/geheim.ics", by=None)
    calendar_feed.renew(adviser=adviser, by=None)
    assert {kind.name: number for kind, number in belongings.held_by(person)} == {"own_calendar": 3}
    admin = make_user("admin@kkv.example", role="Administration")
    page = signed_in(admin).get(f"/cms/uebergabe/{person.pk}/").content.decode()
    assert "Eigener Kalender" in page
    assert hand_over_and_deactivate(person=person, successors={}, by=admin) == {"own_calendar": 3}
    for model in (CalendarFeed, BusySource, BusyTime):
        assert not model._default_manager.exists()
    assert adviser.pk not in reading.team()


def test_the_screen_costs_the_same_for_one_and_for_many() -> None:
    client = signed_in(make_user("koord@kkv.example", role="Koordination"))
    for number in range(12):
        busy.set_address(adviser=make.adviser(f"P{number}"), url="https://k.example/x", by=None)
    assert warm(PAGE, client) <= 15
