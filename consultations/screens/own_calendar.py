"""An adviser's own calendar in the admin: the private feed, busy times from elsewhere, how old they are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from consultations import busy, calendar_feed
from consultations.desk.rights import adviser_of
from consultations.mailing import advisers
from consultations.models import Adviser, BusySource, CalendarFeed
from consultations.screens.advisers import PROFILE
from consultations.screens.rights import OWN_TIMES

TITLE = "Eigener Kalender"
SHOWN_BUSY = 20
UNKNOWN = (
    "Noch kennt das Portal Ihre belegten Zeiten nicht: Es bietet auch Termine an, zu denen Sie schon etwas "
    "vorhaben."
)


class AddressForm(forms.Form):
    """Where busy times are fetched from."""

    url = forms.CharField(
        label="Adresse Ihres Kalenders (ICS)", max_length=1000,
        help_text="Am besten ein Freigabelink, der nur belegte Zeiten zeigt. Er wird alle 15 Minuten abgerufen.",
    )  # fmt: skip


class UploadForm(forms.Form):
    """A file in place of an address."""

    file = forms.FileField(
        label="Kalenderdatei (.ics)", help_text="Ersetzt die Adresse. Gespeichert werden nur belegte Zeiten."
    )


def may_use(user: Any) -> bool:
    """True for who has an own calendar here, or sees to those of others."""
    return bool(user.has_perm(OWN_TIMES) or user.has_perm(PROFILE))


def _own(request: HttpRequest) -> Adviser:
    adviser = adviser_of(request.user)
    if adviser is None or not adviser.active or not may_use(request.user):
        raise PermissionDenied
    return adviser


def _sources(user: Any) -> list[dict[str, Any]]:
    """Return of everybody how old the busy times are, for who sees to them; never the addresses."""
    if not user.has_perm(PROFILE):
        return []
    rows = BusySource.objects.filter(adviser__active=True).select_related("adviser__user").order_by("pk")
    return [{"row": row, "stale": busy.is_stale(row, timezone.now())} for row in rows]


def _context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    adviser = adviser_of(request.user)
    own = adviser if adviser is not None and adviser.active else None
    source = BusySource.objects.filter(adviser=own).first() if own else None
    coming: Any = own.busy_times.filter(ends_at__gt=timezone.now())[:SHOWN_BUSY] if own else []
    return {
        "header_title": TITLE, "page_title": TITLE, "header_icon": "calendar-alt",
        "breadcrumbs_items": [{"url": "", "label": TITLE}], "own": own, "source": source,
        "stale": source is not None and busy.is_stale(source, timezone.now()),
        "feed": CalendarFeed.objects.filter(adviser=own).first() if own else None,
        "entries": own is not None and advisers.by_mail(own), "coming": list(coming),
        "sources": _sources(request.user),
        "unknown": UNKNOWN, "hosts": sorted(settings.CALENDAR_ALLOWED_HOSTS),
        "address_form": AddressForm(initial={"url": source.url if source else ""}), "upload_form": UploadForm(),
        **more,
    }  # fmt: skip


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "consultations/own_calendar/page.html", _context(request, **more), status=status)


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show the own calendar, and to Koordination how old everybody's busy times are."""
    if not may_use(request.user):
        raise PermissionDenied
    return _page(request)


@never_cache
@require_POST
def change_feed(request: HttpRequest) -> HttpResponse:
    """Make a new address, which is shown this once, or end it; or switch entries by mail."""
    adviser, action = _own(request), request.POST.get("action")
    if action in ("entries", "no_entries"):
        wanted = action == "entries"
        advisers.choose(adviser, by_mail=wanted)
        messages.success(request, advisers.CHOSEN[wanted])
        return redirect("consultations_own_calendar")
    if action == "revoke":
        calendar_feed.revoke(adviser=adviser, by=request.user)
        messages.success(request, "Das Abo ist widerrufen. Die bisherige Adresse führt nirgends mehr hin.")
        return redirect("consultations_own_calendar")
    if action != "renew":
        raise Http404
    return _page(request, new_address=calendar_feed.renew(adviser=adviser, by=request.user))


@never_cache
@require_POST
def change_source(request: HttpRequest) -> HttpResponse:
    """Take busy times from an address or a file, or none any more; what was typed stays when it is refused."""
    adviser, action = _own(request), request.POST.get("action", "")
    if action == "forget":
        busy.forget(adviser=adviser, by=request.user)
        messages.success(request, "Belegte Zeiten aus Ihrem Kalender blockieren keine Termine mehr.")
        return redirect("consultations_own_calendar")
    if action == "address":
        return _take_address(request, adviser)
    if action == "upload":
        return _take_file(request, adviser)
    raise Http404


def _take_address(request: HttpRequest, adviser: Adviser) -> HttpResponse:
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            source = busy.set_address(adviser=adviser, url=form.cleaned_data["url"], by=request.user)
        except ValidationError as error:
            form.add_error("url", error)
        else:
            until = " Bis dahin gelten die zuletzt gelesenen Zeiten weiter." if source.fetched_at else ""
            messages.success(
                request, f"Die Adresse ist gespeichert. Sie wird in den nächsten 15 Minuten abgerufen.{until}"
            )
            return redirect("consultations_own_calendar")
    return _page(request, status=422, address_form=form)


def _take_file(request: HttpRequest, adviser: Adviser) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            source = busy.upload(adviser=adviser, data=file.read(busy.LARGEST + 1), by=request.user)
        except busy.NotUsable as error:
            form.add_error("file", str(error))
        else:
            left = f" {source.skipped} Einträge waren nicht lesbar." if source.skipped else ""
            messages.success(request, f"Die belegten Zeiten sind übernommen.{left}")
            return redirect("consultations_own_calendar")
    return _page(request, status=422, upload_form=form)


def urls() -> list[Any]:
    """Return the addresses below the admin."""
    return [
        path("beratung/eigener-kalender/", show, name="consultations_own_calendar"),
        path("beratung/eigener-kalender/abo/", change_feed, name="consultations_own_calendar_feed"),
        path("beratung/eigener-kalender/quelle/", change_source, name="consultations_own_calendar_source"),
    ]
