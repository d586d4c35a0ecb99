"""The people's side of memberships: asking for one, the colleagues, decisions of administrators, leaving."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.accounts import departures, memberships, renewal
from portal.accounts.joining_forms import JoinForm
from portal.accounts.models import Membership, Municipality
from portal.accounts.queries import acting_user, body_of_address, memberships_of, people_of
from portal.core import ratelimit
from portal.core.work import SAME_WITHIN

Role, State = Membership.Role, Membership.State
REQUESTS_PER_HOUR = 10
MAILS_PER_HOUR = 3
AS_A_MEMBER = (
    "Die Verwaltung des Zugangs ist damit noch nicht beantragt. Das geht unter „Meine Kommune“, sobald Sie "
    "dazugehören."
)
TOO_OFTEN = "Sie haben in der letzten Stunde oft gefragt. Bitte versuchen Sie es in einer Stunde noch einmal."


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a membership; the page says at once whether it is confirmed or who decides."""
    person = acting_user(request)
    form = JoinForm(request.POST if request.method == "POST" else None, person=person)
    status = 200
    if request.method == "POST":
        status = 422
        action = f"join-{person.pk}"
        if form.is_valid() and ratelimit.is_exhausted(request, action, REQUESTS_PER_HOUR):
            form.add_error(None, TOO_OFTEN)
            status = 429
        elif form.is_valid():
            ratelimit.count(request, action)
            try:
                membership = memberships.ask_to_join(user=person, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                messages.success(request, _asked(membership, wants_admin=form.cleaned_data["wants_admin"]))
                return HttpResponseRedirect(reverse("account_start"))
    return render(request, "accounts/join.html", {"form": form, "own": memberships_of(person)}, status=status)


def _asked(membership: Membership, *, wants_admin: bool) -> str:
    """Return what is the case now: it may have been asked for, and decided, before."""
    body = membership.municipality
    if membership.state != State.CONFIRMED:
        said = f"Ihre Anfrage für {body} ist eingegangen. Wir schreiben Ihnen, sobald entschieden ist."
    elif body_of_address(membership.user.email) == body:
        said = f"Sie gehören jetzt zu {body}: Ihre E-Mail-Adresse weist Sie aus."
    else:
        said = f"Sie gehören schon zu {body}."
    asked_too = membership.role == Role.ADMIN or membership.admin_requested_at is not None
    return said if asked_too or not wants_admin else f"{said} {AS_A_MEMBER}"


def _own_municipality(request: HttpRequest, slug: str) -> tuple[Municipality, Membership]:
    """Return a municipality the person belongs to; for all others it does not exist."""
    rows = Membership.objects.select_related("municipality__district", "user")
    own = rows.filter(user=acting_user(request), municipality__slug=slug, state=State.CONFIRMED).first()
    if own is None:
        raise Http404
    return own.municipality, own


@never_cache
@login_required
@require_safe
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """The colleagues of a municipality; administrators see addresses and requests, and decide."""
    municipality, own = _own_municipality(request, slug)
    found = people_of(municipality)
    context = {
        "municipality": municipality,
        "own": own,
        "manages": own.role == Role.ADMIN,
        "colleagues": [row for row in found if row.state == State.CONFIRMED],
        "requests": [row for row in found if row.state == State.REQUESTED or row.admin_requested_at is not None],
    }
    return render(request, "accounts/people.html", context)


# What the buttons of the page do, and what is said then.
def _admit(membership: Membership, by: Any) -> str:
    membership = memberships.admit(membership=membership, by=by, role=Role.MEMBER)
    return f"{membership.user} gehört jetzt zu {membership.municipality}."


def _admit_admin(membership: Membership, by: Any) -> str:
    membership = memberships.admit(membership=membership, by=by, role=Role.ADMIN)
    return f"{membership.user} verwaltet jetzt den Zugang von {membership.municipality}."


def _refuse(membership: Membership, by: Any) -> str:
    membership = memberships.refuse(membership=membership, by=by)
    return f"Die Anfrage von {membership.user} ist abgelehnt."


def _refuse_admin(membership: Membership, by: Any) -> str:
    membership = memberships.refuse(membership=membership, by=by, administration=True)
    return f"Die Anfrage von {membership.user} ist abgelehnt."


def _make_admin(membership: Membership, by: Any) -> str:
    memberships.change_role(membership=membership, role=Role.ADMIN, by=by)
    return f"{membership.user} verwaltet jetzt den Zugang."


def _make_member(membership: Membership, by: Any) -> str:
    memberships.change_role(membership=membership, role=Role.MEMBER, by=by)
    return f"{membership.user} verwaltet den Zugang nicht mehr."


ACTIONS = {
    "admit": _admit,
    "admit_admin": _admit_admin,
    "refuse": _refuse,
    "refuse_admin": _refuse_admin,
    "make_admin": _make_admin,
    "make_member": _make_member,
}


@never_cache
@login_required
@require_POST
def decide(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """A button of an administrator: admit, refuse, change a role."""
    municipality, own = _own_municipality(request, slug)
    action = ACTIONS.get(request.POST.get("action", ""))
    membership = Membership.objects.select_related("user", "municipality").filter(pk=pk, municipality=municipality)
    found = membership.exclude(state=State.ENDED).first()
    if own.role != Role.ADMIN or action is None:
        raise Http404
    if found is None:
        messages.info(request, "Das ist schon erledigt.")
    else:
        try:
            messages.success(request, action(found, acting_user(request)))
        except ValidationError as error:
            messages.error(request, error.messages[0])
    return HttpResponseRedirect(reverse("municipality_people", args=[slug]))


def _to_end(request: HttpRequest, pk: int) -> Membership:
    """Return a membership the person may end: their own, or one of a municipality whose access they manage.

    One that has just ended is there for a second click.
    """
    membership = get_object_or_404(Membership.objects.select_related("user", "municipality"), pk=pk)
    if membership.state == State.ENDED and not (request.method == "POST" and _has_just_ended(membership)):
        raise Http404
    person = acting_user(request)
    managed = membership.municipality.memberships.filter(user=person, state=State.CONFIRMED, role=Role.ADMIN)
    if membership.user_id != person.pk and not managed.exists():
        raise Http404
    return membership


def _has_just_ended(membership: Membership) -> bool:
    return membership.ended_at is not None and membership.ended_at > timezone.now() - SAME_WITHIN


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the own membership or that of a colleague; GET asks, POST does it, and says so a second time."""
    membership = _to_end(request, pk)
    person = acting_user(request)
    is_own = membership.user_id == person.pk
    back = (
        reverse("account_start") if is_own else reverse("municipality_people", args=[membership.municipality.slug])
    )
    meant = request.POST.get("state", membership.state)
    if request.method == "POST" and meant == State.REQUESTED and membership.state == State.CONFIRMED:
        messages.info(request, _admitted(membership, is_own=is_own))  # a request is taken back, not what it led to
    elif request.method == "POST":
        try:
            memberships.remove(membership=membership, by=person)
        except ValidationError as error:
            messages.error(request, error.messages[0])
            return HttpResponseRedirect(reverse("municipality_people", args=[membership.municipality.slug]))
        messages.success(request, _ended(membership, is_own=is_own))
        return HttpResponseRedirect(back)
    ends = membership.state == State.CONFIRMED
    context = {
        "membership": membership, "is_own": is_own, "back": back, "who": "" if is_own else str(membership.user),
        "left_open": _left_open(membership, seen_by=person) if ends else [],
        "is_last": memberships.is_last_administrator(membership),
    }  # fmt: skip
    return render(request, "accounts/end_membership.html", context)


def _left_open(membership: Membership, *, seen_by: Any) -> list[departures.Open]:
    return departures.left_open(membership.user, seen_by=seen_by, municipality=membership.municipality)


def _admitted(membership: Membership, *, is_own: bool) -> str:
    who = "Sie gehören" if is_own else f"{membership.user} gehört"
    return f"{who} inzwischen zu {membership.municipality}. Beendet ist nichts."


def _ended(membership: Membership, *, is_own: bool) -> str:
    if is_own:
        return f"Ihre Zugehörigkeit zu {membership.municipality} ist beendet."
    return f"{membership.user} gehört nicht mehr zu {membership.municipality}."


def _own_membership(request: HttpRequest, pk: int) -> Membership:
    rows = Membership.objects.select_related("user", "municipality")
    return get_object_or_404(rows, pk=pk, user=acting_user(request), state=State.CONFIRMED)


@never_cache
@login_required
@require_POST
def ask_for_administration(request: HttpRequest, pk: int) -> HttpResponse:
    """A member asks to manage the access of the municipality."""
    membership = memberships.ask_for_administration(membership=_own_membership(request, pk))
    if membership.admin_requested_at is not None:
        messages.success(request, "Ihre Anfrage ist eingegangen. Wir schreiben Ihnen, sobald entschieden ist.")
    return HttpResponseRedirect(reverse("account_start"))


# -- the yearly confirmation -------------------------------------------------------------------------


@never_cache
@login_required
@require_POST
def send_renewal(request: HttpRequest) -> HttpResponse:
    """Send the link of the yearly confirmation once more."""
    person = acting_user(request)
    action = f"renewal-{person.pk}"
    if ratelimit.is_exhausted(request, action, MAILS_PER_HOUR):
        messages.error(request, TOO_OFTEN)
    elif renewal.to_confirm(person).exists():
        ratelimit.count(request, action)
        renewal.mail_question(person)
        messages.success(request, f"Die E-Mail mit dem Link ist unterwegs an {person.email}.")
    return HttpResponseRedirect(reverse("account_start"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of the mail: it works without login, and only a POST changes something."""
    if ratelimit.is_exhausted(request, "renewal-link", 60):
        return render(request, "accounts/renewal_problem.html", {"too_often": True}, status=429)
    try:
        person = renewal.person_of(token)
    except renewal.LinkError:
        ratelimit.count(request, "renewal-link")
        return render(request, "accounts/renewal_problem.html", status=404)
    if request.method == "POST":
        _renew_or_end(request, person)
        return HttpResponseRedirect(request.path)
    rows = list(renewal.to_confirm(person))
    context = {
        "rows": [
            (row, timezone.localtime(renewal.ends_at(row)), bool(_left_open(row, seen_by=person))) for row in rows
        ],
        "confirmed": [row for row in memberships_of(person) if row.state == State.CONFIRMED and not row.asked_at],
        "path": request.path,
    }
    return render(request, "accounts/renewal.html", context)


def _renew_or_end(request: HttpRequest, person: Any) -> None:
    number = request.POST.get("membership", "")
    rows = renewal.to_confirm(person)
    membership = rows.filter(pk=int(number)).first() if number.isascii() and number.isdigit() else None
    if membership is None:
        messages.info(request, "Hier ist nichts mehr zu bestätigen.")
    elif request.POST.get("action") == "confirm":
        renewal.renew(membership=membership)
        messages.success(
            request, f"Danke. Ihre Zugehörigkeit zu {membership.municipality} gilt ein weiteres Jahr."
        )
    elif request.POST.get("action") == "end":
        try:
            memberships.leave(membership=membership)
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, f"Ihre Zugehörigkeit zu {membership.municipality} ist beendet.")
