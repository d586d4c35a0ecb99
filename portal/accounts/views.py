"""The account's start page, and the ways that lead from other logins to ours."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from portal.accounts.models import Membership
from portal.accounts.own_area import sections_for
from portal.accounts.queries import memberships_of, works_in_admin


@never_cache
@login_required
def account_start(request: HttpRequest) -> HttpResponse:
    """What concerns a person and their municipality; to people of the centre without one, where their work is."""
    user: Any = request.user
    memberships = memberships_of(user)
    confirmed = [row for row in memberships if row.state == Membership.State.CONFIRMED]
    staff = works_in_admin(user)
    sections = [] if staff and not memberships else sections_for(request, confirmed)
    context = {"memberships": memberships, "account": user, "sections": sections, "works_in_admin": staff}
    return render(request, "accounts/start.html", context)


@csrf_exempt  # it reads nothing from the form but the address to return to
@never_cache
def to_login(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Lead every other login form of the software to the portal's; credentials sent here are not looked at."""
    wanted = request.GET.get("next") or request.POST.get("next") or ""
    default = reverse("wagtailadmin_home") if request.path.startswith("/cms/") else ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    target = wanted if wanted and safe else default
    query = f"?{urlencode({'next': target})}" if target else ""
    return HttpResponseRedirect(reverse("account_login") + query)


@csrf_exempt
@never_cache
def to_password_reset(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse("account_reset_password"))


@csrf_exempt
def gone(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Functions of the software the portal does not offer."""
    raise Http404


class RemovePasskeyView(RemoveWebAuthnView):
    """allauth asks only the authenticator app's form whether a factor may go; passkeys follow the same rule."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_mfa_adapter().can_delete_authenticator(self.get_object()):
            text = "Das ist Ihr letzter zweiter Faktor. Richten Sie erst einen anderen ein."
            get_account_adapter().add_message(self.request, messages.ERROR, message=text)
            return HttpResponseRedirect(reverse("mfa_list_webauthn"))
        return super().form_valid(form)


remove_webauthn = RemovePasskeyView.as_view()
