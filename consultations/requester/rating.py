"""The page on which a municipality says how content it was: by a link of its own, without login."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consultations.citizen_form import WarnsOfCitizenData
from consultations.models import Case, Rating
from consultations.models.learning import RATING_LENGTH
from consultations.opening import when_open
from consultations.refusals import BookingRefused
from consultations.services import ratings
from consultations.wizard.forms import PrintableForm
from portal.core import ratelimit
from portal.core.widgets import LongText

TITLE = "Beratung bewerten"
PER_HOUR = 30
HOME = {"title": "Startseite", "url": "/"}
STARS = [
    ("5", "5 – sehr zufrieden"), ("4", "4 – zufrieden"), ("3", "3 – teils, teils"), ("2", "2 – unzufrieden"),
    ("1", "1 – sehr unzufrieden"),
]  # fmt: skip
TOO_OFTEN = "Das waren sehr viele Bewertungen in kurzer Zeit. Bitte versuchen Sie es in einer Stunde noch einmal."


class RatingForm(WarnsOfCitizenData, PrintableForm):
    stars = forms.TypedChoiceField(
        label="Wie zufrieden sind Sie mit der Beratung?", choices=STARS, coerce=int, widget=forms.RadioSelect,
        error_messages={
            "required": "Bitte wählen Sie, wie zufrieden Sie sind.",
            "invalid_choice": "Bitte wählen Sie eine Zahl von 1 bis 5.",
        },
    )  # fmt: skip
    solved = forms.TypedChoiceField(
        label="Ist Ihr Anliegen gelöst?", choices=[("ja", "Ja"), ("nein", "Nein")], widget=forms.RadioSelect,
        coerce=lambda value: value == "ja",
        error_messages={
            "required": "Bitte sagen Sie, ob Ihr Anliegen gelöst ist.",
            "invalid_choice": "Bitte wählen Sie Ja oder Nein.",
        },
    )  # fmt: skip
    text = forms.CharField(
        label="Was sollen wir wissen?", max_length=RATING_LENGTH, required=False,
        widget=LongText(attrs={"rows": 4}),
        error_messages={
            "max_length": "Der Text hat %(show_value)d Zeichen, möglich sind %(limit_value)d. Bitte kürzen."
        },
    )  # fmt: skip


def _show(request: HttpRequest, title: str, *, code: int = 200, **context: Any) -> HttpResponse:
    values = {"title": title, "breadcrumbs": [HOME], "meta": {"title": title, "noindex": True}, **context}
    response = render(request, "consultations/requester/rating.html", values, status=code)
    response["Referrer-Policy"] = "same-origin"  # the address is a key
    response["X-Robots-Tag"] = "noindex"
    return response


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form with what was said before, or take it. A GET changes nothing."""
    try:
        case = ratings.case_of(token)
    except ratings.LinkReplaced:
        return _show(request, "Dieser Link gilt nicht mehr", code=404, replaced=True)
    except ratings.LinkBroken:
        return _show(request, "Dieser Link ist nicht vollständig", code=404, broken=True)
    rating: Rating | None = getattr(case, "rating", None)
    problem = ratings.refusal(case)
    sends = request.method == "POST"
    if request.GET.get("fertig") and rating is not None and not sends:
        return _show(request, TITLE, done="Vielen Dank. Ihre Bewertung ist gespeichert.", closed=problem)
    if problem:
        return _show(request, TITLE, code=409 if sends else 200, problem=problem)
    form = RatingForm(request.POST if sends else None, initial=_begun(rating))
    if sends and (answer := _take(request, case, form)) is not None:
        return answer
    return _show(request, TITLE, code=422 if sends else 200, case=case, form=form, known=rating)


def _begun(rating: Rating | None) -> dict[str, Any]:
    if rating is None:
        return {}
    return {"stars": rating.stars, "solved": "ja" if rating.solved else "nein", "text": rating.text}


def _take(request: HttpRequest, case: Case, form: RatingForm) -> HttpResponse | None:
    """Keep what was sent; None: the form says what is wrong with it."""
    if ratelimit.is_exhausted(request, "consultation_rating", PER_HOUR):
        return _show(request, TITLE, code=429, problem=TOO_OFTEN, case=case, form=form)
    ratelimit.count(request, "consultation_rating")
    if not form.is_valid():
        return None
    try:
        ratings.rate(case=case, **{name: form.cleaned_data[name] for name in ("stars", "solved", "text")})
    except (BookingRefused, ValidationError) as error:
        sentence = error.messages[0] if isinstance(error, ValidationError) else str(error)
        return _show(request, TITLE, code=409, problem=sentence)
    return HttpResponseRedirect(f"{request.path}?fertig=ja")
