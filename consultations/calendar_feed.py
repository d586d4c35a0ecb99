"""The private feed of an adviser's appointments: a secret address, revocable, without any text of a concern."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from icalendar import Event

from consultations import from_outside, links
from consultations.models import Adviser, Allocation, CalendarFeed, Place
from consultations.opening import when_open
from consultations.requester import ics
from consultations.states import AppointmentState
from portal.core import audit

BEHIND = timedelta(days=30)
_SHOWN = (AppointmentState.REQUESTED, AppointmentState.CONFIRMED, AppointmentState.DONE)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def renew(*, adviser: Adviser, by: Any) -> str:
    """Make a new address and end the former one; returns it, which nobody can read again later."""
    key = secrets.token_urlsafe(32)
    CalendarFeed.objects.filter(adviser=adviser).delete()
    feed = CalendarFeed.objects.create(adviser=adviser, key_hash=_hash(key))
    audit.record("calendar.feed", actor=by, subject=feed, adviser=adviser.pk)
    return settings.BASE_URL + reverse("consultations_own_feed", args=[key])


@transaction.atomic
def revoke(*, adviser: Adviser, by: Any) -> None:
    """End the address; whoever has it gets nothing from now on."""
    feed = CalendarFeed.objects.filter(adviser=adviser).first()
    if feed is not None:
        audit.record("calendar.feed_off", actor=by, subject=feed, adviser=adviser.pk)
        feed.delete()


def _events(adviser: Adviser) -> Iterator[Event]:
    """Yield appointments and sessions from a month ago on; a telephone number may be a person's: left out."""
    rows = Allocation.objects.filter(
        adviser=adviser, state__in=_SHOWN, blocks_until__gt=timezone.now() - BEHIND
    ).select_related("appointment__format", "appointment__case", "session__format")
    for part in rows.order_by("blocks_from", "pk"):
        if part.session is not None:
            yield ics.of_session(part.session, settings.BASE_URL + reverse("consultation_sessions"))
        elif part.appointment is not None and part.appointment.case is not None:
            address = links.for_centre(part.appointment.case, adviser.user)
            if part.appointment.place == Place.PHONE:
                part.appointment.place_detail = ""
            yield ics.of_appointment(part.appointment, address)


@when_open
@never_cache
@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    """Answer with the calendar of whoever this secret belongs to; 404 for every other, and for who has left."""
    rows = CalendarFeed.objects.select_related("adviser__user")
    feed = rows.filter(key_hash=_hash(key), adviser__active=True, adviser__user__is_active=True).first()
    if feed is None or not from_outside.counts(feed.adviser):
        raise Http404
    response = ics.answer(ics.calendar(_events(feed.adviser), title=f"{settings.SITE_NAME}: Beratung"), "beratung")
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response
