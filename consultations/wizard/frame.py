"""How a page of the wizard is shown: its place among the steps, the way back, and what has happened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode

from consultations import refusals
from consultations.models import RequestDraft
from consultations.refusals import BookingRefused
from consultations.services import seats
from consultations.wizard import drafts
from consultations.wizard.drafts import STEPS, TITLES

HOME = {"title": "Startseite", "url": "/"}
# What another page can say here, by its word in the address.
NOTICES = {
    "begonnen": refusals.BEGUN,
    "nicht-mehr-frei": refusals.HOLD_OVER,
    "ausgebucht": refusals.NO_SEAT,
    "verschoben": refusals.MOVED,
    "geschlossen": f"{seats.GONE} Bitte wählen Sie einen anderen; alles Übrige ist da.",
    "wuensche": "Einer Ihrer Wunschtage ist schon vorbei. Bitte ändern Sie ihn; alles Übrige ist da.",
    "wunschtag": "An einem Ihrer Wunschtage finden keine Beratungen statt. Bitte ändern Sie ihn; alles "
    "Übrige ist da.",
    "frist": "Die Frist ist schon vorbei. Bitte ändern oder leeren Sie das Feld; alles Übrige ist da.",
    "zustaendig": "Mit Ihren neuen Angaben berät Sie jemand anderes. Der vorgemerkte Termin ist wieder frei; "
    "bitte wählen Sie bei „Format und Termin“ einen neuen.",
    "nicht-moeglich": "So ließ sich die Anfrage nicht senden. Bitte wählen Sie noch einmal; alles Übrige ist da.",
    "vergeben": "Der gewählte Termin ist jetzt vergeben. Bitte wählen Sie einen neuen; alles Übrige ist da.",
    "abgelaufen": "Die Vormerkung ist abgelaufen. Bitte wählen Sie noch einmal; alles Übrige ist da.",
    "fehlt": "Hier fehlt noch eine Angabe, bevor Sie senden können.",
    "dateien": "Eine der Dateien lässt sich nicht übernehmen. Entfernen Sie sie, oder senden Sie noch einmal.",
    "kommune": "Diese Kommune gehört nicht zu Ihrem Konto. Bitte wählen Sie noch einmal.",
}
OF_WISHES = frozenset({"wuensche", "wunschtag"})
"""Those that lead to the wishes, where the day is marked."""
_WORDS = {
    refusals.TAKEN: "vergeben", refusals.BEGUN: "begonnen", refusals.HOLD_OVER: "nicht-mehr-frei",
    refusals.NO_SEAT: "ausgebucht", refusals.MOVED: "verschoben", seats.GONE: "geschlossen",
}  # fmt: skip
TOO_OFTEN = (
    "Von Ihrem Anschluss kamen in der letzten Stunde sehr viele Anfragen. Bitte versuchen Sie es in einer Stunde "
    "noch einmal oder schreiben Sie uns. Ihre Angaben bleiben gespeichert."
)


def word_of(error: BookingRefused) -> str:
    """Return the word of NOTICES for what stopped the sending."""
    return _WORDS.get(str(error), "nicht-moeglich")


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
