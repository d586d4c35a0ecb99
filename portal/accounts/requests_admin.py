"""„Anfragen“ in the admin: who waits for access, and one click to grant or refuse it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import require_admin_access

from portal.accounts import memberships
from portal.accounts.models import MailDomain, Membership
from portal.accounts.queries import acting_user, domain_of, requests

Role, State = Membership.Role, Membership.State
MOST_SHOWN = 200
GRANTED = {"admit": Role.MEMBER, "admit_admin": Role.ADMIN}
REFUSED = {"refuse": False, "refuse_admin": True}
"""By button whether the wish of a member to manage the access is refused, or a request to belong there."""


def _domains(rows: list[Membership]) -> dict[str, list[str]]:
    """Return by domain which bodies have it, for all addresses in one query."""
    wanted = {domain_of(row.user.email) for row in rows}
    found: dict[str, list[str]] = {}
    known = MailDomain.objects.filter(domain__in=wanted).select_related("municipality")
    for item in known.order_by("municipality__name"):
        found.setdefault(item.domain, []).append(item.municipality.name)
    return found


def _managed(rows: list[Membership]) -> set[int]:
    """Return the bodies that have an administrator."""
    found = Membership.objects.filter(
        municipality__in={row.municipality_id for row in rows}, state=State.CONFIRMED, role=Role.ADMIN,
        user__is_active=True,
    )  # fmt: skip
    return set(found.values_list("municipality_id", flat=True))


@never_cache
@require_admin_access
@permission_required("accounts.change_membership", raise_exception=True)
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All requests, the oldest first, with what helps to decide."""
    rows = list(requests().order_by("created_at", "pk")[:MOST_SHOWN])
    domains, managed = _domains(rows), _managed(rows)
    shown = [
        {
            "membership": row,
            "wants_admin": row.admin_requested_at is not None or row.role == Role.ADMIN,
            "since": row.admin_requested_at or row.created_at,
            "bodies": domains.get(domain_of(row.user.email), []),
            "domain": domain_of(row.user.email),
            "managed": row.municipality_id in managed,
        }
        for row in rows
    ]
    context = {"page_title": "Anfragen", "header_icon": "group", "rows": shown, "most": MOST_SHOWN}
    return render(request, "accounts/admin/requests.html", context)


@never_cache
@require_admin_access
@permission_required("accounts.change_membership", raise_exception=True)
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Grant what the page showed, the membership or the administration, or refuse it."""
    membership = Membership.objects.select_related("user", "municipality").filter(pk=pk).first()
    action, by = request.POST.get("action", ""), acting_user(request)
    if membership is None or membership.state == State.ENDED:
        messages.warning(request, "Diese Anfrage ist schon erledigt.")
        return redirect("accounts_requests")
    try:
        _carry_out(request, membership, action, by)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("accounts_requests")


def _carry_out(request: HttpRequest, membership: Membership, action: str, by: Any) -> None:
    if action in GRANTED:
        membership = memberships.admit(membership=membership, by=by, role=GRANTED[action])
    elif action in REFUSED:
        memberships.refuse(membership=membership, by=by, administration=REFUSED[action])
        messages.success(request, f"Die Anfrage von {membership.user} ist abgelehnt.")
        return
    else:
        messages.error(request, "Das hat nicht geklappt. Bitte wählen Sie noch einmal.")
        return
    what = "verwaltet jetzt den Zugang von" if membership.role == Role.ADMIN else "gehört jetzt zu"
    messages.success(request, f"{membership.user} {what} {membership.municipality}.")
