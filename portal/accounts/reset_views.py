"""The admin's pages for lost second factors: one administrator asks, another one decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin.auth import require_admin_access

from portal.accounts import services
from portal.accounts.forms import ReasonForm
from portal.accounts.models import FactorReset, User
from portal.accounts.queries import acting_user, closed_factor_resets, open_factor_resets
from portal.accounts.second_factor import has_second_factor

MAY_ASK = permission_required("accounts.add_factorreset", raise_exception=True)
MAY_DECIDE = permission_required("accounts.change_factorreset", raise_exception=True)


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {"page_title": title, "header_icon": "key", **context})


@never_cache
@require_admin_access
@MAY_DECIDE
def overview(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "accounts/admin/factor_resets.html",
        "Zweiten Faktor zurücksetzen",
        open_resets=list(open_factor_resets()),
        closed_resets=list(closed_factor_resets()),
    )


@never_cache
@require_admin_access
@MAY_ASK
@require_http_methods(["GET", "POST"])
def request_reset(request: HttpRequest, user_pk: int) -> HttpResponse:
    account = get_object_or_404(User, pk=user_pk)
    if not has_second_factor(account):
        messages.info(request, "Für dieses Konto ist kein zweiter Faktor eingerichtet.")
        return redirect("accounts_factor_resets")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.request_factor_reset(
                user=account,
                by=acting_user(request),
                reason=form.cleaned_data["reason"],
            )
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(
                request, "Antrag gestellt. Eine zweite Person mit der Rolle Administration gibt ihn frei."
            )
            return redirect("accounts_factor_resets")
    return _page(
        request,
        "accounts/admin/factor_reset_request.html",
        "Zurücksetzen beantragen",
        form=form,
        account=account,
    )


@never_cache
@require_admin_access
@MAY_DECIDE
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    reset = get_object_or_404(FactorReset.objects.select_related("user", "requested_by"), pk=pk)
    if request.method == "POST":
        try:
            if request.POST.get("decision") == "approve":
                services.approve_factor_reset(reset=reset, by=acting_user(request))
                messages.success(
                    request, "Freigegeben: Der zweite Faktor ist entfernt, alle Sitzungen sind beendet."
                )
            else:
                services.decline_factor_reset(reset=reset, by=acting_user(request))
                messages.success(request, "Der Antrag ist abgelehnt. Es wurde nichts verändert.")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("accounts_factor_resets")
    may_approve = reset.is_open and request.user.pk not in (reset.requested_by_id, reset.user_id)
    return _page(
        request,
        "accounts/admin/factor_reset.html",
        "Antrag prüfen",
        reset=reset,
        may_approve=may_approve,
    )


@require_admin_access
@permission_required("accounts.change_user", raise_exception=True)
@require_http_methods(["GET", "POST"])
def invite_again(request: HttpRequest, user_pk: int) -> HttpResponse:
    account = get_object_or_404(User, pk=user_pk, is_active=True)
    if account.is_superuser and not acting_user(request).is_superuser:
        raise PermissionDenied
    if request.method == "GET":
        return _page(request, "accounts/admin/invite.html", "Einladung senden", account=account)
    services.invite(user=account, by=acting_user(request))
    messages.success(request, "Die Einladung ist unterwegs.")
    return redirect("wagtailusers_users:edit", account.pk)
