"""The page of somebody invited: date, place, participants, agenda, minutes of one appointment, and no more.

The link is signed for this purpose and bound to the invitation's generation. Whoever has it answers for this
person. A GET changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consultations.models import Appointment, Invitation
from consultations.opening import when_open
from consultations.refusals import NotPossible
from consultations.requester import cases, conversation, ics, words
from consultations.services import invitations
from consultations.states import AppointmentState
from portal.accounts.models import Membership
from portal.accounts.queries import acting_user, has_verified
from portal.core import ratelimit
from portal.core.signed_links import made_before

SALT = "consultations.requester.invitation"
ANSWERS_PER_HOUR = 60
HOME = {"title": "Startseite", "url": "/"}
MOST = 20


class NoInvitation(Exception):  # noqa: N818 - no fault of the program
    """The link is damaged, or the invitation is withdrawn: the page says no more than that."""


def token_of(invitation: Invitation) -> str:
    """Return the part of an address that opens an invitation without login."""
    return signing.dumps([invitation.pk, invitation.generation], salt=SALT)


def path_of(invitation: Invitation) -> str:
    return reverse("consultation_invitation", args=[token_of(invitation)])


def url_for(invitation: Invitation) -> str:
    """Return the whole address of a person's own page, as mails need it."""
    return settings.BASE_URL + path_of(invitation)


def invitation_of(token: str) -> Invitation:
    """Return the invitation of a link.

    Raises:
        NoInvitation: Not ours, of an earlier generation, or withdrawn.
    """
    try:
        value: Any = signing.loads(token, salt=SALT)
        pk, generation = (int(part) for part in value)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoInvitation from error
    rows = Invitation.objects.select_related("participant__case__municipality", "participant__case__lead__user")
    found = rows.filter(pk=pk, generation=generation, withdrawn_at=None).first()
    if found is None or made_before(token, found.created_at):
        raise NoInvitation
    return found


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "same-origin"  # the address is a key
    response["X-Robots-Tag"] = "noindex"
    return response


def _problem(request: HttpRequest) -> HttpResponse:
    title = "Diese Einladung gilt nicht (mehr)"
    context = {"title": title, "breadcrumbs": [HOME], "meta": {"title": title, "noindex": True}}
    return render(request, "consultations/requester/no_invitation.html", context, status=404)


def _appointment(invitation: Invitation) -> Appointment:
    found = invitations.current(invitation.participant.case_id, invitation.thread)
    if found is None or found.state not in cases.SHOWN:
        raise Http404
    return found


def may_answer(appointment: Appointment) -> bool:
    """True until the appointment begins, while it takes place."""
    begun = appointment.starts_at is not None and appointment.starts_at <= timezone.now()
    return appointment.state in cases.COMING and not begun


@when_open
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Show one appointment to one of its participants, and take the answer."""
    try:
        invitation = invitation_of(token)
    except NoInvitation:
        return _private(_problem(request))
    problem, code = "", 200
    if request.method == "POST":
        problem, code = _answer(request, invitation)
        if not problem:
            return _private(HttpResponseRedirect(f"{request.path}?fertig=1"))
    return _private(_shown(request, invitation, problem, code))


def _answer(request: HttpRequest, invitation: Invitation) -> tuple[str, int]:
    """Keep an answer; returns what stands against it, and the status that goes with it."""
    if ratelimit.is_exhausted(request, "consultation_answer", ANSWERS_PER_HOUR):
        return "Das waren sehr viele Antworten. Bitte versuchen Sie es in einer Stunde noch einmal.", 429
    ratelimit.count(request, "consultation_answer")
    said = request.POST.get("answer", "")
    if said not in ("accept", "refuse"):
        return "Bitte wählen Sie „Zusagen“ oder „Absagen“.", 422
    person = request.user if request.user.is_authenticated else None
    try:
        about = request.POST.get("about", "")
        invitations.answer(invitation=invitation, accept=said == "accept", by=person, about=about)
    except NotPossible as error:
        return str(error), 409
    return "", 302


def _advisers(invitation: Invitation, row: Appointment) -> list[str]:
    """Return who advises; before the appointment is confirmed who leads the case."""
    asked = row.state == AppointmentState.REQUESTED
    return cases.advisers_of(invitation.participant.case, None if asked else row)


def _asked_anew(invitation: Invitation, row: Appointment) -> bool:
    """True for an open answer to an appointment that has got another time since the person was invited."""
    if row.moved_from_id is None or invitation.answer != Invitation.Answer.OPEN or not may_answer(row):
        return False
    left = Appointment.objects.filter(thread=row.thread, moved_to__created_at__gt=invitation.created_at)
    return left.exclude(starts_at=row.starts_at, ends_at=row.ends_at).exists()


def _shown(request: HttpRequest, invitation: Invitation, problem: str, code: int) -> HttpResponse:
    row, case = _appointment(invitation), invitation.participant.case
    title = "Ihre Einladung"
    context = {
        "title": title, "person": invitation.participant, "invitation": invitation, "appointment": row,
        "when": words.when(row.starts_at, row.ends_at), "state": words.state_of(row), "zone": words.zone_words(),
        "asked_by": cases.contact_of(case)[0], "leading": case.municipality,
        "advisers": _advisers(invitation, row),
        "people": conversation.participants_of(case, invitation.thread),
        "agenda": conversation.agendas_of(case).get(invitation.thread, ""),
        "minutes": conversation.minutes_of(case, invitation.thread), "may_answer": may_answer(row),
        "about": invitations.time_of(row), "asked_anew": _asked_anew(invitation, row),
        "token": token_of(invitation), "mailbox": cases.mailbox(), "problem": problem,
        "done": "Ihre Antwort ist gespeichert." if request.GET.get("fertig") and not problem else "",
        "breadcrumbs": [HOME], "meta": {"title": title, "noindex": True},
    }  # fmt: skip
    return render(request, "consultations/requester/invited.html", context, status=code)


@when_open
@never_cache
@require_safe
def calendar_entry(request: HttpRequest, token: str) -> HttpResponse:
    """The appointment as a calendar entry."""
    try:
        invitation = invitation_of(token)
    except NoInvitation:
        return _private(_problem(request))
    row = _appointment(invitation)
    if row.starts_at is None:
        raise Http404
    address = request.build_absolute_uri(path_of(invitation))
    who = ", ".join(_advisers(invitation, row))
    event = ics.of_appointment(row, address, advising=who)
    return _private(ics.answer(ics.calendar([event], title=row.format.name), "termin"))


def section(request: HttpRequest, memberships: Sequence[Membership]) -> dict[str, Any] | None:
    """Return the invitations of a person's confirmed address to appointments to come; None without any."""
    if not settings.CONSULTATIONS_OPEN:
        return None
    person = acting_user(request)
    email = person.email if has_verified(person) else ""
    rows = Invitation.objects.filter(participant__email__iexact=email, withdrawn_at=None).exclude(
        participant__email=""
    )
    asked = {
        row.thread: row for row in rows.select_related("participant__case__municipality").order_by("-pk")[:200]
    }
    ahead = Appointment.objects.filter(thread__in=asked, state__in=cases.COMING).select_related("format")
    coming = ahead.exclude(ends_at__lte=timezone.now()).order_by("starts_at", "pk")
    found = [
        {"appointment": row, "when": words.when(row.starts_at, row.ends_at), "invitation": asked[row.thread],
         "url": path_of(asked[row.thread]), "by": asked[row.thread].participant.case.municipality}
        for row in coming[:MOST]
    ]  # fmt: skip
    return {"rows": found} if found else None
