"""Subscribing, confirming, looking after and ending. No GET changes anything: mail scanners open every link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from portal.core import ratelimit
from portal.core.context import level_of_request
from portal.core.markdown_answers import offer_markdown
from portal.core.models import SubjectKind, Subscriber
from portal.core.seo import optional_url
from portal.core.subscriptions import managing, queries, registry, services, tokens
from portal.core.subscriptions.forms import AddressForm, SubscribeForm
from portal.core.subscriptions.registry import Subject
from portal.core.visibility import Visibility

HOME = {"title": "Startseite", "url": "/"}
PAGE_LENGTH = 1000
WITHOUT_FEED = (SubjectKind.ALL, SubjectKind.SEARCH)
TOO_OFTEN = (
    "Von Ihrem Anschluss kamen in der letzten Stunde viele Anfragen. Bitte versuchen Sie es in einer Stunde noch "
    "einmal. Ihre Angaben bleiben hier stehen."
)
FORM_METHODS = ["GET", "HEAD", "POST"]


def _signed_in(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated


def _meta(title: str, *, noindex: bool = True) -> dict[str, Any]:
    return {"breadcrumbs": [HOME], "meta": {"title": title, "noindex": noindex}}


def _accept(request: HttpRequest, form: Any, action: str) -> int:
    """Validate a sent form and count it; returns the status of the answer, 200 when it was accepted."""
    if not form.is_valid():
        return 422
    if ratelimit.is_exhausted(request, action):
        form.add_error(None, TOO_OFTEN)
        return 429
    ratelimit.count(request, action)
    return 200


def _path(request: HttpRequest) -> str:
    """Return the page of ?seite=; what does not begin at this site's root is ignored."""
    path = request.GET.get("seite", "").strip()
    return path[:PAGE_LENGTH] if path.startswith("/") and not path.startswith("//") else ""


def _subscribe_account(request: HttpRequest, form: SubscribeForm) -> HttpResponse:
    subject = registry.settled(form.subject())
    services.subscribe_account(user=request.user, subject=subject, frequency=form.chosen())
    messages.success(request, f"Abonniert: {subject.title}")
    return HttpResponseRedirect(optional_url("account_subscriptions") or "/")


def _of_account(request: HttpRequest) -> Subscriber | None:
    return queries.of_user(request.user) if _signed_in(request) else None


def _with_feed(request: HttpRequest, path: str, subjects: list[Subject]) -> list[Subject]:
    """Return what has a feed: a feed reader is signed in nowhere, so nothing that only this person may read."""
    if level_of_request(request) is not Visibility.PUBLIC:
        subjects = registry.offered(request, path, Visibility.PUBLIC)
    return [subject for subject in subjects if subject.kind not in WITHOUT_FEED]


@never_cache
@require_http_methods(FORM_METHODS)
def subscribe(request: HttpRequest) -> HttpResponse:
    """Subscribe to the page of ?seite=, its topic, or everything."""
    account = _signed_in(request)
    path = _path(request)
    subjects = registry.offered(request, path, level_of_request(request))
    known = _of_account(request)
    initial = {"frequency": known.frequency} if known else {}
    data = request.POST if request.method == "POST" else None
    form = SubscribeForm(data, subjects=subjects, with_address=not account, initial=initial)
    status = 200
    if form.is_bound:
        status = _accept(request, form, "subscribe")
        if status == 200:
            if account:
                return _subscribe_account(request, form)
            subject = registry.settled(form.subject())
            services.request_subscription(
                address=form.cleaned_data["email"], subject=subject, frequency=form.chosen()
            )
            return HttpResponseRedirect(reverse("subscription_requested"))
    context = {**_meta("Änderungen abonnieren", noindex=bool(path)), "form": form, "account": account}
    context["feeds"] = _with_feed(request, path, subjects)
    response = render(request, "subscriptions/subscribe.html", context, status=status)
    return response if path else offer_markdown(response, reverse("subscribe"))


def requested(request: HttpRequest) -> HttpResponse:
    """What happens next; the same whether the address is known or not."""
    return render(request, "subscriptions/requested.html", _meta("Bitte bestätigen Sie Ihr Abo"))


@never_cache
@require_http_methods(FORM_METHODS)
def request_link(request: HttpRequest) -> HttpResponse:
    """Ask for the link to the own subscriptions; people who are logged in find them in their account."""
    if _signed_in(request):
        return HttpResponseRedirect(optional_url("account_subscriptions") or "/")
    form = AddressForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound:
        status = _accept(request, form, "subscribe")
        if status == 200:
            services.request_link(address=form.cleaned_data["email"])
            return HttpResponseRedirect(reverse("subscription_link_sent"))
    return render(
        request, "subscriptions/request_link.html", {**_meta("Abos verwalten"), "form": form}, status=status
    )


def link_sent(request: HttpRequest) -> HttpResponse:
    """What happens next; the same whether the address is known or not."""
    return render(request, "subscriptions/link_sent.html", _meta("Link angefordert"))


def _link_problem(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say what to do about a link that leads nowhere (any more)."""
    expired = isinstance(error, tokens.LinkExpiredError)
    title = "Dieser Link gilt nicht mehr" if expired else "Dieser Link ist nicht vollständig"
    context = {**_meta(title), "title": title, "expired": expired}
    return render(request, "subscriptions/link_problem.html", context, status=410 if expired else 404)


def _nothing_left(request: HttpRequest) -> HttpResponse:
    return render(request, "subscriptions/ended.html", _meta("Keine Abos"))


def _behind_link(request: HttpRequest, token: str, purpose: str, template: str, title: str) -> HttpResponse:
    """Show or carry out what a link of a mail leads to."""
    try:
        subscriber = tokens.open_link(token, purpose)
    except (tokens.LinkExpiredError, tokens.LinkBrokenError) as error:
        return _link_problem(request, error)
    if subscriber is None:
        return _nothing_left(request)
    if request.method != "POST":
        return render(request, template, {**_meta(title), **managing.context(subscriber)})
    outcome = managing.apply(subscriber, request.POST)
    if outcome.gone:
        return HttpResponseRedirect(reverse("subscription_ended"))
    (messages.error if outcome.failed else messages.success)(request, outcome.text)
    current = Subscriber.objects.get(pk=subscriber.pk)
    return HttpResponseRedirect(tokens.url(current, tokens.MANAGE).removeprefix(settings.BASE_URL))


@never_cache
@require_http_methods(FORM_METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be confirmed, and the button; afterwards the own subscriptions."""
    title = "Abos bestätigen"
    return _behind_link(request, token, tokens.CONFIRM, "subscriptions/confirm.html", title)


@never_cache
@require_http_methods(FORM_METHODS)
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """The own subscriptions: rhythm, ending one, ending all."""
    return _behind_link(request, token, tokens.MANAGE, "subscriptions/manage.html", "Ihre Abos")


@csrf_exempt  # RFC 8058: the mail program posts without cookie; the token is the proof
@never_cache
@require_http_methods(FORM_METHODS)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End everything by one click of a mail program, or by the button of the page; twice does no harm."""
    try:
        subscriber = tokens.open_link(token, tokens.UNSUBSCRIBE)
    except (tokens.LinkExpiredError, tokens.LinkBrokenError) as error:
        return _link_problem(request, error)
    if request.method == "POST" and subscriber is not None:
        services.forget(subscriber=subscriber, reason="one-click")
        subscriber = None
    if subscriber is None:
        return _nothing_left(request)
    context = {**_meta("Alle Abos beenden"), "subscriptions": queries.rows(subscriber, confirmed=True)}
    return render(request, "subscriptions/unsubscribe.html", context)


def ended(request: HttpRequest) -> HttpResponse:
    """Nothing is subscribed to, and nothing is kept."""
    return _nothing_left(request)
