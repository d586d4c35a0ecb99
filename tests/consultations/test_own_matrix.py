"""Every view of a municipality's side × everybody: nobody sees or changes what is not theirs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from consultations.models import CaseTask, Concern, Invitation, Message, RequestDraft
from consultations.requester import invited, tokens
from consultations.services import appointments, case_files, correspondence, groups, invitations, minutes, seats
from consultations.urls import urlpatterns
from consultations.wizard import drafts, sending
from portal.accounts.models import User
from portal.core.visibility import STAFF_GROUPS
from tests.factories import calendar, desk, requests
from tests.people import signed_in as with_factor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("advice_on_monday", "mails_by_outbox")]
SECRET = "Was nur uns angeht"
EVERYBODY = [
    "anonymous", "guest by link", "requester", "named colleague of A", "member of A", "administrator of A",
    "member of B", "administrator of B", "participant of B", "external adviser", "external lead", *STAFF_GROUPS,
]  # fmt: skip
SEE = {"guest by link", "requester", "named colleague of A", "member of A", "administrator of A"}
CHANGE = SEE - {"member of A"}
PRIVATE_SEE = {"guest by link", "requester", "named colleague of A"}
# Name: (the rest of the address, who may, whether it takes POST alone). All below /beratung/vorgang/<ref>/.
CASE_VIEWS: dict[str, tuple[str, set[str], bool]] = {
    "consultation_case": ("", SEE, False),
    "consultation_confirmation": ("bestaetigung/", SEE, False),
    "consultation_confirmation_pdf": ("bestaetigung.pdf", SEE, False),
    "consultation_choose": ("termin-waehlen/", CHANGE, False),
    "consultation_case_file": ("datei/{file}/", SEE, False),
    "consultation_case_ics": ("termin/{thread}.ics", SEE, False),
    "consultation_message": ("nachricht/", CHANGE, False),
    "consultation_withdraw": ("zurueckziehen/", CHANGE, False),
    "consultation_appointment": ("termin/{thread}/", CHANGE, False),
    "consultation_participants": ("termin/{thread}/personen/", CHANGE, False),
    "consultation_share": ("sichtbar/", CHANGE, False),
    "consultation_hand_over": ("uebergeben/", CHANGE, False),
    "consultation_claim": ("uebernehmen/", SEE, True),
    "consultation_task_done": ("aufgabe/{task}/", CHANGE, True),
    "consultation_task_reopen": ("aufgabe/{task}/offen/", CHANGE, True),
    "consultation_take_back": ("einladung/{invitation}/", CHANGE, True),
    "consultation_waiting": ("warteliste/{waiting}/", CHANGE, False),
}
# What shows nothing of anybody, or is found by a key of its own (tested below).
OTHERS = {
    "contact", "contact_sent", "report_barrier", "barrier_reported", "contact_markdown",
    "report_barrier_markdown", "consultation_start", "consultation_answered", "consultation_mail_sent",
    "consultation_step", "consultation_confirm", "consultation_link", "consultation_handed_over",
    "consultation_invitation", "consultation_invitation_ics", "consultation_sessions",
    "consultation_sessions_markdown", "consultation_sessions_feed", "consultation_sessions_ics",
    "consultation_session_ics", "consultation_privacy", "consultation_privacy_markdown",
    # Opened by a secret of their own alone (test_ratings.py, test_reminders.py, test_own_calendar.py).
    "consultation_rating", "consultation_reminders", "consultation_own_reminders", "consultations_own_feed",
    "consultation_cases",  # a list of one's own, tested below
}  # fmt: skip


@pytest.fixture
def world() -> dict[str, Any]:
    """A case with something in every part of it, and its people."""
    town, other = calendar.municipality(), calendar.municipality("Größingen")
    outside = desk.adviser_with_role("Extern", role="", external=True, weekdays=range(7))
    people = {
        "requester": requests.member(town), "named colleague of A": requests.member(town, "nora"),
        "member of A": requests.member(town, "otto"),
        "administrator of A": requests.member(town, "leitung", role="admin"),
        "member of B": requests.member(other, "fremd"),
        "administrator of B": requests.member(other, "chefin", role="admin"),
        "external adviser": requests.member(town, "berater", is_external_adviser=True),
        "external lead": outside.user,
    }  # fmt: skip
    case = desk.working_case(outside, municipality=town, requester=people["requester"], subject=SECRET)
    concern = Concern.objects.create(case=case, goal=SECRET)
    concern.colleagues.add(User.objects.get(email="nora@muehltal.example"))
    placement = calendar.placement(calendar.form(), calendar.on(1, 9), outside, place="video")
    row = appointments.book(placement=placement, case=case, by=None)
    (file,) = case_files.store(case=case, files=[desk.pdf(f"{SECRET}.pdf")], by=None)
    correspondence.answer(case=case, text=SECRET, by=outside.user)
    task = minutes.add_task(case=case, by=None, side="municipality", text=SECRET)
    invitation = invitations.invite(appointment=row, name="Jörg Süß", email="fremd@muehltal.example", by=None)
    waiting = _waiting(case, outside)
    ids = {"file": file.pk, "thread": row.thread, "task": task.pk, "invitation": invitation.pk, "waiting": waiting}
    return {"case": case, "concern": concern, "people": people, "ids": ids, "invitation": invitation}


def _waiting(case: Any, adviser: Any) -> int:
    placement = calendar.placement(calendar.group_form(capacity=1), calendar.on(2, 9), adviser, place="video")
    session = groups.plan(placement=placement, title="Sprechstunde", by=None)
    seats.book(session=session, case=calendar.case("Andere"), by=None)
    return seats.join(session=session, case=case, by=None).pk


def client_for(role: str, world: dict[str, Any]) -> Client:
    if role in STAFF_GROUPS:
        return with_factor(desk.person(role, "wer@kkv.example"))
    person = world["people"].get(role)
    if person is None:
        return Client()
    client = Client()
    client.force_login(person)
    if role in ("external adviser", "external lead"):
        return with_factor(person)
    return client


def base_for(role: str, world: dict[str, Any]) -> str:
    if role == "guest by link":
        return f"/beratung/vorgang/{tokens.make(world['concern'])}/"
    return f"/beratung/vorgang/{world['case'].reference}/"


def asked(client: Client, address: str, *, post: bool) -> Any:
    return client.post(address) if post else client.get(address)


def body_of(answer: Any) -> str:
    parts = b"".join(answer) if answer.streaming else answer.content
    return str(parts.decode("utf-8", "replace"))


def test_every_view_is_in_a_list() -> None:
    names = {str(row.name) for row in urlpatterns if isinstance(row, URLPattern)}
    known = set(CASE_VIEWS) | OTHERS
    assert {name for name in names if name.startswith("consultation")} - known == set()
    assert set(CASE_VIEWS) - names == set()


@pytest.mark.parametrize("role", EVERYBODY)
def test_of_a_case(role: str, world: dict[str, Any]) -> None:
    client, base = client_for(role, world), base_for(role, world)
    if role == "participant of B":
        client.get(invited.path_of(world["invitation"]))  # the own link opens nothing else
    for name, (rest, allowed, post) in CASE_VIEWS.items():
        answer = asked(client, base + rest.format(**world["ids"]), post=post)
        if role in allowed:
            assert answer.status_code in (200, 302, 409), (role, name)
            assert not answer.get("Location", "").startswith("/konto/anmelden/"), (role, name)
            continue
        assert answer.status_code in (302, 403, 404), (role, name)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/konto/"), (role, name)
        if role not in SEE:
            assert SECRET not in body_of(answer), (role, name)


@pytest.mark.parametrize("role", EVERYBODY)
def test_of_a_case_that_is_limited(role: str, world: dict[str, Any]) -> None:
    Concern.objects.filter(pk=world["concern"].pk).update(private=True)
    client, base = client_for(role, world), base_for(role, world)
    for name, (rest, _, post) in CASE_VIEWS.items():
        if role in PRIVATE_SEE:
            continue
        answer = asked(client, base + rest.format(**world["ids"]), post=post)
        assert answer.status_code in (302, 403, 404), (role, name)
        assert SECRET not in body_of(answer), (role, name)
    if role in PRIVATE_SEE:
        assert client.get(base).status_code == 200
    elif world["people"].get(role) is not None and not role.startswith("external"):
        assert SECRET not in client.get("/konto/").content.decode()


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("role", EVERYBODY)
def test_of_the_list_of_cases(role: str, private: bool, world: dict[str, Any]) -> None:
    """Whoever is signed in has a list, and on it what they may open by its number."""
    Concern.objects.filter(pk=world["concern"].pk).update(private=private)
    answer = client_for(role, world).get("/beratung/vorgaenge/")
    if role in ("anonymous", "guest by link", "participant of B"):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/konto/anmelden/")
        return
    assert answer.status_code == 200
    assert (SECRET in body_of(answer)) == (role in (PRIVATE_SEE if private else SEE)), role


@pytest.mark.parametrize("role", [role for role in EVERYBODY if role not in CHANGE])
def test_nothing_is_changed_by_who_may_not(role: str, world: dict[str, Any]) -> None:
    client, base = client_for(role, world), base_for(role, world)
    typed = {
        "text": "Eingeschleust", "action": "cancel", "name": "X", "email": "x@muehltal.example", "private": "on",
        "colleague": world["people"]["member of A"].pk, "answer": "accept",
    }  # fmt: skip
    number = Message.objects.count()
    for rest, _, _ in CASE_VIEWS.values():
        client.post(base + rest.format(**world["ids"]), typed)
    case = world["case"]
    case.refresh_from_db()
    assert case.state == "in_progress"
    assert case.requester == world["people"]["requester"]
    assert case.appointments.get(thread=world["ids"]["thread"]).state == "confirmed"
    assert Message.objects.count() == number
    assert CaseTask.objects.get().done_at is None
    assert Invitation.objects.get().withdrawn_at is None
    assert not Concern.objects.get().private


@pytest.mark.parametrize("role", EVERYBODY)
def test_of_a_draft(role: str, world: dict[str, Any]) -> None:
    owner = world["people"]["requester"]
    answers = {"municipality": world["case"].municipality_id, "topic": None, "subject": SECRET}
    draft = RequestDraft.objects.create(user=owner, answers=answers)
    client = client_for(role, world)
    for step in drafts.STEPS:
        answer = client.get(drafts.address_of(draft, step))
        if role == "requester":
            assert answer.status_code in (200, 302), step
            continue
        signed_in = "_auth_user_id" in client.session
        assert answer.status_code == (404 if signed_in else 302), (role, step)
        assert SECRET not in body_of(answer)
        sent = client.post(drafts.address_of(draft, step), {"subject": "X"})
        assert sent.status_code == (404 if signed_in else 403), (role, step)
        assert SECRET not in body_of(sent)
    sent = client.get(f"/beratung/anfragen/{drafts.token_of(draft)}/bestaetigen/")
    assert sent.status_code == (200 if role == "requester" else 404)
    link = sending.link_of(draft)
    assert client.get(f"{link[link.index('/beratung/') : -3]}/").status_code == 404


@pytest.mark.parametrize("role", EVERYBODY)
def test_of_an_invitation(role: str, world: dict[str, Any]) -> None:
    """Its link shows the one appointment to whoever has it, and nothing of the case to anybody."""
    client, address = client_for(role, world), invited.path_of(world["invitation"])
    for path in (address, f"{address}termin.ics"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert SECRET not in body_of(answer)
        assert world["case"].reference not in body_of(answer)
    assert client.get(f"{address[:-2]}/").status_code == 404
    case_link = tokens.make(world["concern"])
    assert client.get(f"/beratung/einladung/{case_link}/").status_code == 404
    assert client.get(f"/beratung/vorgang/{invited.token_of(world['invitation'])}/").status_code == 404
