"""Reminders off and on: by the link of a reminder, and in the own area; there entries for the calendar, too.

A GET changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from consultations.mailing import advisers, choices
from consultations.models import Adviser
from consultations.opening import when_open
from portal.accounts.queries import acting_user

TITLE = "Erinnerungen an Termine"


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show whether reminders go to whoever the link is for, and switch them."""
    context: dict[str, Any] = {
        "title": TITLE, "breadcrumbs": [{"title": "Startseite", "url": "/"}],
        "meta": {"title": TITLE, "noindex": True},
    }  # fmt: skip
    try:
        person = choices.person_of(token)
    except choices.LinkInvalid:
        return _private(render(request, "consultations/reminders.html", {**context, "invalid": True}, status=404))
    if request.method == "POST":
        choices.switch(person.email, off=request.POST.get("off") == "1")
        return _private(redirect(request.path))
    context["off"] = choices.is_off(person.email)
    return _private(render(request, "consultations/reminders.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "same-origin"  # the address is a key
    response["X-Robots-Tag"] = "noindex"
    return response


@when_open
@require_POST
@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Switch the reminders of the account, or the entries for the calendar of who advises."""
    if "entries" in request.POST:
        return _entries(request)
    off = request.POST.get("off") == "1"
    choices.switch(acting_user(request).email, off=off)
    messages.success(request, f"Erinnerungen an Termine sind {'aus' if off else 'ein'}geschaltet.")
    return redirect("account_start")


def _entries(request: HttpRequest) -> HttpResponse:
    adviser = get_object_or_404(Adviser, user=acting_user(request), active=True)
    wanted = request.POST["entries"] == "1"
    advisers.choose(adviser, by_mail=wanted)
    messages.success(request, advisers.CHOSEN[wanted])
    return redirect("account_start")
