"""The subscriptions of an account: the same page as behind the link in a mail, without a link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts.queries import acting_user
from portal.core.subscriptions import managing, queries, services


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_subscriptions(request: HttpRequest) -> HttpResponse:
    """See, change and end the own subscriptions; those of the address from before the account included."""
    user = acting_user(request)
    subscriber = queries.of_user(user)
    if request.method == "POST" and subscriber is not None:
        subscriber = services.adopt(user=user)
        outcome = managing.apply(subscriber, request.POST)
        (messages.error if outcome.failed else messages.success)(request, outcome.text)
    if request.method == "POST":
        return HttpResponseRedirect(reverse("account_subscriptions"))
    return render(request, "accounts/subscriptions.html", managing.context(subscriber))
