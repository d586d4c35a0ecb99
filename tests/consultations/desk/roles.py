"""Everybody who might try a screen of advice in the admin, and a case with something in every part of it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from consultations.models import Case, Concern, FaqDraft
from consultations.requester import invited, tokens
from consultations.services import appointments, case_files, correspondence, groups, invitations, minutes
from portal.accounts.models import Membership
from portal.core.visibility import EXTERNAL_ADVISER_GROUP, MUNICIPALITY_GROUP, STAFF_GROUPS
from tests.factories import calendar as make
from tests.factories import desk
from tests.people import make_user, signed_in

SECRET = "Zwischen uns gesagt"
WORK = {"Beratung", "Koordination", "Superuser", "lead from outside"}
INSIDE = {"Beratung", "Koordination", "Superuser"}
ROLES = [
    "anonymous", *STAFF_GROUPS, "Superuser", "guest by link", "member", "requester", "member of B",
    "participant of B", "group of outside advisers", "lead from outside", "other from outside",
]  # fmt: skip


def case_of(lead: Any, **fields: Any) -> tuple[Case, dict[str, Any]]:
    """Make a case with something in every part of it."""
    case = desk.working_case(lead, **fields)
    correspondence.add_note(case=case, text=SECRET, by=lead.user)
    (inside,) = case_files.store(case=case, files=[desk.pdf(f"{SECRET}.pdf")], by=lead.user, internal=True)
    (shown,) = case_files.store(case=case, files=[desk.pdf()], by=lead.user)
    booked = appointments.book(placement=make.placement(make.form(), make.on(1), lead), case=case, by=None)
    task = minutes.add_task(case=case, by=lead.user, side="centre", text="Muster senden")
    written = minutes.write(case=case, by=lead.user, question="Wie?", answer="So.", text="")
    dated = make.placement(make.group_form(), make.on(2), lead, place="video")
    session = groups.plan(placement=dated, title="Sprechstunde", by=None)
    draft = FaqDraft.objects.create(case=case, minutes=written, question="Wie?", answer="So.")
    return case, {
        "case": case.pk, "faq": draft.pk, "town": case.municipality_id, "file": shown.pk, "internal": inside.pk,
        "session": session.pk, "task": task.pk, "minutes": written.pk, "appointment": booked.pk,
        "thread": booked.thread,
    }  # fmt: skip


def make_world() -> dict[str, Any]:
    """A case led from outside, its requester, a link to it, and somebody of another municipality invited."""
    outside = desk.adviser_with_role("Extern", external=True)
    requester = make_user("amt@stadt.example")
    case, ids = case_of(outside, requester=requester)
    concern = Concern.objects.create(case=case, goal="Anschluss im Sommer")
    booked = case.appointments.get(pk=ids["appointment"])
    invitation = invitations.invite(appointment=booked, name="Jörg Süß", email="gast@nidda.example", by=None)
    return {
        "case": case, "ids": ids, "outside": outside, "requester": requester, "concern": concern,
        "invitation": invitation, "other town": make.municipality("Nidda"),
    }  # fmt: skip


def _member(email: str, town: Any, group: str = MUNICIPALITY_GROUP) -> Client:
    user = make_user(email)
    Membership.objects.create(user=user, municipality=town, state="confirmed", confirmed_at=make.NOW)
    user.groups.add(Group.objects.get_or_create(name=group)[0])
    return signed_in(user)


def _signed_in(role: str, world: dict[str, Any]) -> Client | None:
    """Return a client for a role that is an account and nothing else."""
    if role in STAFF_GROUPS:
        return signed_in(desk.person(role, "wer@kkv.example"))
    if role == "Superuser":
        return signed_in(make_user("wer@kkv.example", is_superuser=True))
    if role == "other from outside":
        return signed_in(desk.adviser_with_role("Fremd", external=True).user)
    known = {"requester": world["requester"], "lead from outside": world["outside"].user}
    return signed_in(known[role]) if role in known else None


def client_for(role: str, world: dict[str, Any]) -> Client:
    """Return somebody of a role, signed in where the role has an account; own links are opened already."""
    client = _signed_in(role, world)
    if client is not None:
        return client
    town = world["case"].municipality
    if role == "member":
        return _member("wer@stadt.example", town)
    if role == "group of outside advisers":
        return _member("wer@stadt.example", town, EXTERNAL_ADVISER_GROUP)
    if role == "member of B":
        return _member("wer@nidda.example", world["other town"])
    if role == "participant of B":
        client = _member("gast@nidda.example", world["other town"])
        assert client.get(invited.path_of(world["invitation"])).status_code == 200
        return client
    assert role in ("anonymous", "guest by link")
    client = Client()
    if role == "guest by link":
        assert client.get(f"/beratung/vorgang/{tokens.make(world['concern'])}/").status_code == 200
    return client
