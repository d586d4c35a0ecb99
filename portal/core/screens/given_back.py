"""When what a form was about is gone: the reason, and what was typed, to copy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from wagtail.admin import messages

LONGEST = 10_000


def answer(request: HttpRequest, message: str, *, field: str, back: str = "") -> HttpResponse:
    """Show the message with the typed text of a field; without any, lead back with the message."""
    back = back or reverse("wagtailadmin_home")
    typed = request.POST.get(field, "").strip()[:LONGEST]
    if not typed:
        messages.error(request, message)
        return redirect(back)
    title = "Nicht gespeichert"
    context = {"header_title": title, "page_title": title, "message": message, "typed": typed, "back": back}
    return render(request, "core/screens/given_back.html", context, status=410)
