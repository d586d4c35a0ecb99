"""The demonstration of advice: who is missing is made, and each concern that is not there yet is told.

Repeatable: a concern is known by its subject, a session by its title. What somebody has changed since stays.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from consultations import queries
from consultations.demo import people
from consultations.demo.clock import Clock
from consultations.demo.people import Cast
from consultations.demo.stories import Telling, World, free_time
from consultations.models import Appointment, Case, Channel, ContactNote, GroupSession
from consultations.refusals import BookingRefused, NotPossible
from consultations.services import appointments, cases, groups, minutes
from consultations.services.placing import Placement
from consultations.states import CaseState, SessionState
from portal.core import audit

FILE = Path(__file__).parent / "cases.toml"
HOLDERS = ("demo-given-up", "demo-now")
FOLLOWED_TOWNS = (1, 6, 19)


def fill() -> tuple[int, list[str]]:
    """Make what is missing; returns how many concerns are new, and a sentence for each that was left out."""
    clock = Clock(timezone.now())
    facts = tomllib.loads(FILE.read_text(encoding="utf-8"))
    cast = people.assemble(clock)
    sessions, left = _sessions(facts["sessions"], cast, clock)
    world = World(cast, clock, facts["texts"], facts["tasks"], sessions)
    known = set(Case.objects.filter(subject__in=[row["subject"] for row in facts["case"]]).values_list("subject"))
    added = 0
    for row in facts["case"]:
        if (row["subject"],) in known:
            continue
        cast.requester(row["town"])  # kept when the concern itself is left out and undone
        try:
            _tell(row, world)
            added += 1
        except BookingRefused as error:
            left.append(f"{row['subject']}: {error}")
    _end_past_session(world)
    _hold(cast, clock)
    _note_contacts(world)
    return added, left


@transaction.atomic
def _tell(row: dict[str, Any], world: World) -> None:
    if row["story"] in ("seat", "queue") and "full" not in world.sessions:
        raise NotPossible("Die Sprechstunde dafür fehlt.")
    if row["story"] == "group_done" and "past" not in world.sessions:
        raise NotPossible("Die Sprechstunde dafür fehlt.")
    Telling(row, world).tell()


def _sessions(rows: list[dict[str, Any]], cast: Cast, clock: Clock) -> tuple[dict[str, GroupSession], list[str]]:
    found: dict[str, GroupSession] = {}
    left: list[str] = []
    for row in rows:
        try:
            session = GroupSession.objects.filter(title=row["title"]).first() or _plan(row, cast, clock)
        except BookingRefused as error:
            left.append(f"{row['title']}: {error}")
        else:
            found[row["key"]] = session
    return found, left


def _plan(row: dict[str, Any], cast: Cast, clock: Clock) -> GroupSession:
    form, topic = cast.formats.get("sprechstunde"), cast.topics.get(row["topic"])
    if form is None:
        raise NotPossible("Das Format „Sprechstunde“ wird nicht angeboten.")
    with clock.at(clock.moment(-row["planned"], 8, 30)) as now:
        own = {adviser.pk for adviser in cast.advisers}
        asked = [pk for pk in queries.competent_advisers(form=form, topic=topic) if pk in own]
        lead = asked[0] if asked else cast.advisers[0].pk
        placement = Placement(
            form=form, starts_at=free_time(form, lead, now=now, earliest=clock.working_day(row["day"])),
            candidates=[lead], place=form.places[0] if form.places else "video",
            place_detail=f"https://video.example/{row['key']}", by_centre=True,
        )  # fmt: skip
        return groups.plan(
            placement=placement, title=row["title"], by=cast.coordinator, capacity=row["seats"], topic=topic
        )


@transaction.atomic
def _end_past_session(world: World) -> None:
    """Let the session of the past take place, and close the concerns that came for it."""
    session = world.sessions.get("past")
    if session is None or session.state != SessionState.CONFIRMED or session.ends_at > world.clock.now:
        return
    by = world.cast.coordinator
    with world.clock.at(session.ends_at):
        groups.complete(session=session, by=by)
        done = Case.objects.filter(appointments__session=session, state=CaseState.IN_PROGRESS)
        for case in done.select_related("lead__user"):
            user = case.lead.user if case.lead is not None else by
            minutes.write(
                case=case, by=user, question=case.subject, answer="", text=world.texts["minutes"], release=True
            )
            cases.advance(case=case, action="advise", by=user)
            cases.close(case=case, by=user)


def _hold(cast: Cast, clock: Clock) -> None:
    """Keep one time as somebody does who fills in the form now, and give up one of yesterday."""
    form, adviser = cast.formats.get("erstgespraech"), cast.advisers[0]
    if form is None or Appointment.objects.filter(holder__in=HOLDERS).exists():
        return
    earliest = clock.working_day(18)
    for holder, moment in zip(HOLDERS, (clock.now - timedelta(days=1), clock.now), strict=True):
        with clock.at(moment) as now:
            try:
                starts_at = free_time(form, adviser.pk, now=now, earliest=earliest)
                placement = Placement(form=form, starts_at=starts_at, candidates=[adviser.pk], place="video")
                held = appointments.hold(placement=placement, holder=holder)
            except BookingRefused:
                return
            if holder == HOLDERS[0]:
                appointments.release(appointment=held)


@transaction.atomic
def _note_contacts(world: World) -> None:
    """Write down contacts outside of cases with some municipalities, once."""
    text, adviser = world.texts["contact"], world.cast.advisers[0]
    if ContactNote.objects.filter(text=text).exists():
        return
    for number, days in zip(FOLLOWED_TOWNS, (-5, -30, -61), strict=True):
        moment = world.clock.moment(days, 15)
        with world.clock.at(moment):
            note = ContactNote.objects.create(
                municipality=world.cast.town(number), channel=Channel.PHONE, day=timezone.localdate(), text=text,
                author=adviser.user,
            )  # fmt: skip
            audit.record(
                "municipality.contact", actor=adviser.user, subject=note, municipality=note.municipality_id
            )
