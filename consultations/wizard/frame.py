"""How a page of the wizard is shown: its place among the steps, the way back, and what has happened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from consultations.models import RequestDraft
from consultations.wizard import drafts
from consultations.wizard.drafts import STEPS, TITLES

HOME = {"title": "Startseite", "url": "/"}
# What another page can say here, by its word in the address.
NOTICES = {
    "vergeben": "Der gewählte Termin ist jetzt vergeben. Bitte wählen Sie einen neuen; alles Übrige ist da.",
    "abgelaufen": "Die Vormerkung ist abgelaufen. Bitte wählen Sie noch einmal; alles Übrige ist da.",
    "fehlt": "Hier fehlt noch eine Angabe, bevor Sie senden können.",
    "dateien": "Eine der Dateien lässt sich nicht übernehmen. Entfernen Sie sie, oder senden Sie noch einmal.",
    "kommune": "Diese Kommune gehört nicht zu Ihrem Konto. Bitte wählen Sie noch einmal.",
}
TOO_OFTEN = (
    "Von Ihrem Anschluss kamen in der letzten Stunde sehr viele Anfragen. Bitte versuchen Sie es in einer Stunde "
    "noch einmal oder schreiben Sie uns. Ihre Angaben bleiben gespeichert."
)


def show(
    request: HttpRequest,
    step: str,
    context: dict[str, Any],
    *,
    draft: RequestDraft | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return a page of the wizard."""
    number = STEPS.index(step) + 1
    previous = STEPS[number - 2] if number > 1 else ""
    values = {
        "step": step, "step_number": number, "step_count": len(STEPS), "step_title": TITLES[step], "draft": draft,
        "back": drafts.address_of(draft, previous) if draft is not None and previous else "",
        "notice": NOTICES.get(request.GET.get("hinweis", ""), ""), "breadcrumbs": [HOME],
        "meta": {"title": "Beratung anfragen", "noindex": number > 1}, **context,
    }  # fmt: skip
    return render(request, f"consultations/wizard/{step}.html", values, status=status)


def onward(draft: RequestDraft, step: str, *, notice: str = "", fragment: str = "", **query: str) -> HttpResponse:
    """Lead to a step of a draft, with a word of NOTICES."""
    words = {**({"hinweis": notice} if notice else {}), **query}
    address = drafts.address_of(draft, step)
    return HttpResponseRedirect(
        address + (f"?{urlencode(words)}" if words else "") + (f"#{fragment}" if fragment else "")
    )
