"""The vote below a page and what follows: nothing here is cached, needs a login or a script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from knowledge.feedback import services
from knowledge.feedback.forms import Reason, ReasonForm
from knowledge.feedback.queries import votable_page
from portal.core import origin, ratelimit
from portal.core.open_form import accept, status_for

HOME = {"title": "Startseite", "url": "/"}
ANSWERS = {"ja": True, "nein": False}
# One vote per address and page in this time; reloading and double clicks count once.
SAME_VOTE_SECONDS = 600
VOTES_PER_HOUR = 60


class _SeeOther(HttpResponseRedirect):
    """After a vote the next page is fetched by GET (RFC 9110, section 15.4.4)."""

    status_code = 303


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    meta = {"title": context["title"], "noindex": True}
    context = {"breadcrumbs": [HOME], "meta": meta, **context}
    return render(request, f"knowledge/feedback/{template}.html", context, status=status)


def _gone(request: HttpRequest, text: str = "") -> HttpResponse:
    """Say that the page is no longer there, whether deleted, withdrawn or closed, and give the text back."""
    return _page(request, "gone", {"title": "Seite nicht mehr verfügbar", "typed": text}, status=410)


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0


@csrf_exempt  # cached pages carry no token; `origin.is_own` takes its place
@never_cache
@require_POST
def vote(request: HttpRequest) -> HttpResponse:
    """Count a vote and lead on: "Ja" to thanks, "Nein" to the question why."""
    if not origin.is_own(request):
        return _page(request, "refused", {"title": "Rückmeldung nicht angenommen"}, status=403)
    page = votable_page(request, _number(request.POST.get("seite", "")))
    helpful = ANSWERS.get(request.POST.get("antwort", ""))
    if page is None:
        return _gone(request)
    if helpful is None:
        return _page(
            request, "unclear", {"title": "Ja oder Nein?", "about": page, "url": page.get_url(request)}, 422
        )
    _count(request, page, helpful=helpful)
    return _SeeOther(reverse("feedback_thanks" if helpful else "feedback_reason", args=[page.pk]))


def _count(request: HttpRequest, page: Any, *, helpful: bool) -> None:
    """Count the vote unless this address has just voted here or votes by the dozen; readers see no difference."""
    if ratelimit.is_exhausted(request, "vote", VOTES_PER_HOUR):
        return
    if ratelimit.is_first(request, f"vote:{page.pk}", SAME_VOTE_SECONDS):
        ratelimit.count(request, "vote")
        services.count_vote(page=page, helpful=helpful)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask what was wrong; at least a reason or some words make a work item."""
    page = votable_page(request, page_id)
    if page is None:
        return _gone(request, request.POST.get("text", "")[:10_000])
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
    if form.is_bound and accept(request, form, "feedback"):
        data = form.cleaned_data
        label = str(Reason(data["reason"]).label) if data["reason"] else ""
        services.report(page=page, reason=label, text=data["text"], email=data["email"])
        return _SeeOther(f"{reverse('feedback_thanks', args=[page.pk])}?danke=grund")
    context = {"title": "Was hat nicht geholfen?", "about": page, "url": page.get_url(request), "form": form}
    return _page(request, "reason", context, status_for(form))


@never_cache
@require_safe
def thanks(request: HttpRequest, page_id: int) -> HttpResponse:
    """Say thank you and lead back."""
    page = votable_page(request, page_id)
    if page is None:
        return _gone(request)
    reported = request.GET.get("danke") == "grund"
    context = {"title": "Danke", "about": page, "url": page.get_url(request), "reported": reported}
    return _page(request, "thanks", context)
