"""Busy times from an adviser's own calendar: fetched by a job or uploaded, read in a process of its own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from consultations import times
from consultations.models import Adviser, BusySource, BusyTime, CalendarFeed, EntryChoice
from knowledge.link_download import NotFetched, TooLarge, download
from knowledge.link_fetch import Fetcher
from portal.core import audit

log = logging.getLogger(__name__)
LARGEST = 5 * 1024 * 1024
FETCH_SECONDS, READ_SECONDS, RUN_SECONDS = 20, 45, 600
BEHIND, AHEAD = timedelta(days=1), timedelta(days=400)
STALE_AFTER, FILE_STALE_AFTER = timedelta(hours=24), timedelta(days=7)
TOO_LONG = (
    "Der Kalender ist zu aufwendig zu lesen, etwa wegen einer Wiederholung ohne Ende. Veröffentlichen Sie einen "
    "Kalender nur mit belegten Zeiten, oder laden Sie eine .ics-Datei mit den nächsten Wochen hoch."
)
TOO_LARGE = (
    f"Die Datei ist größer als {LARGEST // (1024 * 1024)} MB. Geben Sie nur belegte Zeiten frei, oder laden Sie "
    "eine .ics-Datei mit den nächsten Wochen hoch."
)
NO_ADDRESS = "Bitte geben Sie eine Adresse an, die mit https:// oder webcal:// beginnt."


class NotUsable(Exception):  # noqa: N818 - no fault of the program
    """A calendar cannot be used; the German sentence says why and what to do."""


def fetcher() -> Fetcher:
    """Return how calendars are asked: internal addresses only for the hosts of CALENDAR_ALLOWED_HOSTS."""
    return Fetcher(
        agent="Kompetenzportal-Kalender/1.0", seconds=FETCH_SECONDS, inside=settings.CALENDAR_ALLOWED_HOSTS
    )


def read(data: bytes, *, now: datetime) -> tuple[list[tuple[int, int]], int]:
    """Return the busy ranges of a calendar (minutes since 1970) and the number of entries left out.

    Raises:
        NotUsable: It is no calendar, too large, or costs too much time or memory.
    """
    if len(data) > LARGEST:
        raise NotUsable(TOO_LARGE)
    window = [(moment.date()).isoformat() for moment in (now - BEHIND, now + AHEAD)]
    host = urlsplit(settings.BASE_URL).hostname or ""
    command = [sys.executable, "-m", "consultations.ics_reading", *window, settings.TIME_ZONE, host]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, nothing of the calendar in the command
            command, input=data, capture_output=True, timeout=READ_SECONDS, cwd=settings.BASE_DIR, check=True
        )
        answer = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        log.warning("calendar.unreadable", extra={"error": type(error).__name__})
        raise NotUsable(TOO_LONG) from error
    if "problem" in answer:
        raise NotUsable(answer["problem"])
    return [(start, end) for start, end in answer["busy"]], int(answer["skipped"])


def checked_address(url: str) -> str:
    """Return an address to fetch; webcal is https.

    Raises:
        ValidationError: It is none.
    """
    url = url.strip()
    if url.lower().startswith("webcal://"):
        url = f"https://{url[9:]}"
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or any(ord(sign) <= 32 for sign in url):
        raise ValidationError(NO_ADDRESS)
    if parts.username or parts.password:
        raise ValidationError("Kennwörter in der Adresse sind nicht möglich. Nutzen Sie einen Freigabelink.")
    return url


def _store(adviser: Adviser, ranges: Sequence[tuple[int, int]]) -> None:
    BusyTime.objects.filter(adviser=adviser).delete()
    BusyTime.objects.bulk_create(
        BusyTime(adviser=adviser, starts_at=times.from_minute(start), ends_at=times.from_minute(end))
        for start, end in ranges
    )


@transaction.atomic
def set_address(*, adviser: Adviser, url: str, by: Any) -> BusySource:
    """Take busy times from an address from now on; what an earlier source said holds until it has been read.

    Raises:
        ValidationError: It is no address.
    """
    url = checked_address(url)
    fields = {"url": url, "tried_at": None, "problem": ""}
    source, _ = BusySource.objects.update_or_create(adviser=adviser, defaults=fields)
    audit.record("calendar.source", actor=by, subject=source, adviser=adviser.pk)
    return source


def upload(*, adviser: Adviser, data: bytes, by: Any) -> BusySource:
    """Take busy times from a file, in place of an address.

    Raises:
        NotUsable: It cannot be read; what was there before stays.
    """
    now = timezone.now()
    ranges, skipped = read(data, now=now)
    with transaction.atomic():
        fields = {"url": "", "fetched_at": now, "tried_at": now, "problem": "", "skipped": skipped}
        source, _ = BusySource.objects.update_or_create(adviser=adviser, defaults=fields)
        _store(adviser, ranges)
        audit.record("calendar.source", actor=by, subject=source, adviser=adviser.pk)
    return source


@transaction.atomic
def forget(*, adviser: Adviser, by: Any) -> None:
    """Take no busy times any more; the slots they blocked are free again."""
    source = BusySource.objects.filter(adviser=adviser).first()
    if source is not None:
        audit.record("calendar.source", actor=by, subject=source, adviser=adviser.pk)
        source.delete()
    _store(adviser, [])


def fetch(source: BusySource) -> bool:
    """Ask an address and store what is busy; when it fails the earlier times stay, and the reason is kept.

    Network and reading take place outside any transaction. An address that changed meanwhile is left alone.
    """
    now, skipped, problem = timezone.now(), 0, ""
    ranges: list[tuple[int, int]] = []
    try:
        ranges, skipped = read(download(fetcher(), source.url, limit=LARGEST), now=now)
    except TooLarge:
        problem = TOO_LARGE
    except (NotFetched, NotUsable) as error:
        problem = str(error)
    with transaction.atomic():
        row = BusySource.objects.select_for_update().filter(pk=source.pk, url=source.url).first()
        if row is None:
            return False
        row.tried_at, row.problem = now, problem[:300]
        if not problem:
            row.fetched_at, row.skipped = now, skipped
            _store(row.adviser, ranges)
        row.save()
    return not problem


def fetch_all() -> str:
    """Fetch the calendars of all active advisers, the longest unasked first; the job of the schedule."""
    ends, good, bad = time.monotonic() + RUN_SECONDS, 0, 0
    rows = BusySource.objects.exclude(url="").filter(adviser__active=True, adviser__user__is_active=True)
    for source in list(rows.order_by(F("tried_at").asc(nulls_first=True), "pk")):
        if time.monotonic() > ends:
            break
        if fetch(source):
            good += 1
        else:
            bad += 1
    return f"{good} Kalender gelesen" + (f", {bad} nicht" if bad else "") if good or bad else ""


def is_stale(source: BusySource, now: datetime) -> bool:
    """True when busy times from an address are older than a day, or were never read; of a file after a week."""
    after = STALE_AFTER if source.url else FILE_STALE_AFTER
    return source.fetched_at is None or now - source.fetched_at > after


def export_of(user: Any) -> dict[str, Any]:
    """Return what is kept of a person's own calendar, for the export of their data."""
    source = BusySource.objects.filter(adviser__user=user).first()
    rows, chosen = BusyTime.objects.filter(adviser__user=user), EntryChoice.objects.filter(adviser__user=user)
    return {
        "address": source.url if source is not None else "",
        "feed": CalendarFeed.objects.filter(adviser__user=user).exists(),
        "busy": list(rows.values("starts_at", "ends_at")),
        "entries_by_mail": chosen.values_list("by_mail", flat=True).first(),
    }


_OWN = (CalendarFeed, BusySource, BusyTime, EntryChoice)


def count_of(user: Any) -> int:
    """Return how many rows are kept of a person's own calendar: source, feed, busy times, choice; four queries."""
    return sum(model._default_manager.filter(adviser__user=user).count() for model in _OWN)


def forget_person(user: Any) -> None:
    """Delete address, busy times and feed of somebody who leaves: the adviser's row outlives the account."""
    for model in _OWN:
        model._default_manager.filter(adviser__user=user).delete()
