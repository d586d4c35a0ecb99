"""What happens to a made-up concern, step by step through the real services, each step at its own moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from consultations import case_words, queries
from consultations.demo.clock import Clock
from consultations.demo.people import Cast
from consultations.models import Adviser, Appointment, Case, Concern, Format, GroupSession, Participant
from consultations.models.format import Place
from consultations.refusals import NotPossible
from consultations.requester import mails
from consultations.services import (
    appointments,
    assignment,
    cases,
    changes,
    correspondence,
    intake,
    minutes,
    seats,
)
from consultations.services.placing import Placement

WITHIN = timedelta(days=42)
"""How far from the day that is wished for a free time is looked for."""


@dataclass(frozen=True)
class World:
    """What all concerns have in common: people, clock, texts, tasks, group sessions by key."""

    cast: Cast
    clock: Clock
    texts: Mapping[str, str]
    tasks: list[dict[str, Any]]
    sessions: Mapping[str, GroupSession]


def free_time(form: Format, adviser: int, *, now: datetime, earliest: date, turn: int = 0) -> datetime:
    """Return a free beginning of an adviser (id) on the first day from a local day on that has one.

    `turn` picks one of that day's, so that not everybody meets at nine.

    Raises:
        NotPossible: There is none within six weeks.
    """
    asked = queries.Asked(form, [adviser], now, by_centre=True)
    for first in (earliest, earliest + timedelta(days=7)):
        last = earliest + WITHIN if first != earliest else earliest + timedelta(days=6)
        found = queries.free_slots(asked, first=first, last=last)
        if found:
            same_day = [slot.starts_at for slot in found if slot.day == found[0].day]
            return same_day[turn % len(same_day)]
    raise NotPossible("In dieser Zeit ist niemand frei.")


class Telling:
    """One concern on its way; every method is a step, `after` counts days from its arrival."""

    def __init__(self, facts: Mapping[str, Any], world: World) -> None:
        self.facts, self.world = facts, world
        self.cast, self.clock = world.cast, world.clock
        self.person = self.cast.requester(facts["town"])
        self.form = self._form()
        self.case = Case()
        self.lead = self.cast.advisers[0]

    def tell(self) -> None:
        """Do everything the story of the concern says.

        Raises:
            BookingRefused: Something the demonstration needs is not there, such as a format or a free time.
        """
        STORIES[self.facts["story"]](self)

    def on(self, after: int, hour: int = 10, minute: int = 0) -> Any:
        """Move the clock to a time some days after the arrival."""
        return self.clock.at(self.clock.moment(after - self.facts["age"], hour, minute))

    def _form(self) -> Format:
        form = self.cast.formats.get(self.facts["format"])
        if form is None:
            raise NotPossible(f"Das Format „{self.facts['format']}“ wird nicht angeboten.")
        return form

    @property
    def topic(self) -> Any:
        return self.cast.topics.get(self.facts["topic"])

    # -- a concern comes in and is given to somebody -------------------------------------------------------------
    def receive(self) -> None:
        town = self.cast.town(self.facts["town"])
        with self.on(0, 9, 20):
            self.case = cases.receive(
                municipality=town, subject=self.facts["subject"], by=self.person, requester=self.person,
                topic=self.topic, form=self.form,
            )  # fmt: skip
            concern = Concern(case=self.case, goal=self.facts["goal"])
            if self.form.places:
                concern.place = self.form.places[0]
            concern.save()
            case_words.add(self.case, concern.goal)
            mails.confirm_receipt(self.case)

    def bring(self, name: str) -> None:
        slug = self.case.municipality.slug[:40]
        Participant.objects.create(case=self.case, name=name, email=f"fachamt-{slug}@demo.example")

    def assign(self, *, otherwise: bool = False) -> None:
        with self.on(1, 9, 45):
            suggestion = assignment.suggest(self.case)
            lead = suggestion.adviser or self.lead
            if otherwise:
                lead = next(adviser for adviser in self.cast.advisers if adviser.pk != lead.pk)
            self.give(lead, self.world.texts["override"] if otherwise else "", suggestion)

    def give(self, lead: Adviser, reason: str, suggestion: assignment.Suggestion | None, **more: Any) -> None:
        self.lead = lead
        self.case = assignment.assign(
            case=self.case, adviser=lead, by=self.cast.coordinator, reason=reason, suggestion=suggestion, **more
        )

    def take_up(self) -> None:
        """Receive, assign and begin: what most stories begin with."""
        self.receive()
        self.assign()
        self.go("start", after=1, hour=11)

    def go(self, action: str, *, after: int, hour: int = 10) -> None:
        with self.on(after, hour):
            self.case = cases.advance(case=self.case, action=action, by=self.lead.user)

    # -- what is said --------------------------------------------------------------------------------------------
    def write(self, text: str, *, after: int, wait: bool = False) -> None:
        with self.on(after, 14):
            correspondence.answer(
                case=self.case, text=self.world.texts.get(text, text), by=self.lead.user, wait=wait
            )

    def hear(self, text: str, *, after: int) -> None:
        with self.on(after, 15):
            correspondence.receive(case=self.case, text=self.world.texts[text], by=self.person)

    def note(self, *, after: int) -> None:
        with self.on(after, 12):
            correspondence.add_note(case=self.case, text=self.world.texts["note"], by=self.lead.user)

    def link_page(self, *, after: int) -> None:
        page = self.topic.get_children().live().first() if self.topic is not None else None
        if page is not None:
            with self.on(after, 12, 30):
                correspondence.link_page(case=self.case, page=page, by=self.lead.user)

    # -- appointments --------------------------------------------------------------------------------------------
    def placement(self, *, earliest: date, now: datetime, link: bool = True) -> Placement:
        place = self.form.places[0] if self.form.places else ""
        detail = f"https://video.example/raum-{self.case.pk}" if place == Place.VIDEO and link else ""
        starts_at = free_time(self.form, self.lead.pk, now=now, earliest=earliest, turn=self.facts["town"])
        return Placement(
            form=self.form, starts_at=starts_at, candidates=[self.lead.pk], place=place, place_detail=detail,
            by_centre=True,
        )  # fmt: skip

    def book(self, *, after: int, days: int, link: bool = True) -> Appointment:
        """Agree on an appointment on the first free time from a day on, `days` from today."""
        earliest = self.clock.working_day(days)
        with self.on(after, 13) as now:
            placement = self.placement(earliest=earliest, now=now, link=link)
            if self.form.is_direct:
                return appointments.book(placement=placement, case=self.case, by=self.person)
            asked = appointments.request_slot(placement=placement, case=self.case, by=self.person)
            return appointments.confirm(appointment=asked, by=self.lead.user)

    def meet(self, *, after: int) -> Appointment:
        """Have an appointment that is over: it is booked, and takes place some days later."""
        appointment = self.book(after=after, days=after + 6 - self.facts["age"])
        if appointment.ends_at is None or appointment.ends_at + timedelta(hours=3) > self.clock.now:
            raise NotPossible("Für einen Termin in der Vergangenheit war niemand frei.")
        return appointment

    def met(self, appointment: Appointment) -> None:
        """Note that an appointment took place, with minutes the municipality may read."""
        assert appointment.ends_at is not None  # noqa: S101 - it is booked
        with self.clock.at(appointment.ends_at + timedelta(minutes=10)):
            changes.complete(appointment=appointment, by=self.lead.user)
        with self.clock.at(appointment.ends_at + timedelta(hours=1)):
            self.minute(appointment)
            self.case = cases.advance(case=self.case, action="advise", by=self.lead.user)

    def minute(self, appointment: Appointment | None) -> Any:
        return minutes.write(
            case=self.case, by=self.lead.user, appointment=appointment, question=self.facts["goal"],
            answer=self.facts.get("answer", ""), text=self.world.texts["minutes"], release=True,
        )  # fmt: skip

    def promise(self) -> None:
        """Leave tasks of both sides, one of them late."""
        with self.on(20, 16):
            for task in self.world.tasks:
                due = self.clock.today + timedelta(days=task["due"])
                minutes.add_task(
                    case=self.case, by=self.lead.user, side=task["side"], text=task["text"], due_on=due
                )
            self.case = cases.advance(case=self.case, action="leave_measures", by=self.lead.user)

    def close(self, *, after: int) -> None:
        with self.on(after, 16):
            self.case = cases.close(case=self.case, by=self.lead.user)

    def sit(self, session: str) -> None:
        with self.on(0, 10):
            seats.book(session=self.world.sessions[session], case=self.case, by=self.person)


# -- the stories ---------------------------------------------------------------------------------------------


def _phoned(it: Telling) -> None:
    town, name = it.cast.town(it.facts["town"]), it.person.get_full_name()
    concern = intake.Concern(
        municipality=town, subject=it.facts["subject"], text=it.facts["goal"], topic=it.topic, form=it.form,
        name=name, email=it.person.email,
    )  # fmt: skip
    with it.on(0, 11):
        intake.take_down(concern=concern, by=it.cast.coordinator)


def _wishes(it: Telling) -> None:
    it.receive()
    days = [(it.clock.working_day(20), "morning"), (it.clock.working_day(27), "any")]
    with it.on(0, 9, 30):
        appointments.request_by_wishes(
            case=it.case, form=it.form, wishes=days, by=it.person, place=it.case.concern.place
        )


def _slot(it: Telling) -> None:
    it.receive()
    with it.on(0, 9, 30) as now:
        placement = it.placement(earliest=it.clock.working_day(7), now=now)
        appointments.request_slot(placement=placement, case=it.case, by=it.person)


def _assigned(it: Telling, *, otherwise: bool = False) -> None:
    it.receive()
    it.assign(otherwise=otherwise)


def _assigned_otherwise(it: Telling) -> None:
    _assigned(it, otherwise=True)


def _booked(it: Telling) -> None:
    it.take_up()
    it.bring("Demo Fachamt")
    it.link_page(after=2)
    # One of them still lacks its video link: the desk reminds of it.
    it.book(after=2, days=it.facts["town"] % 5 + 3, link=it.facts["town"] != 9)


def _moved(it: Telling) -> None:
    it.take_up()
    appointment = it.book(after=2, days=4)
    with it.on(it.facts["age"] - 1, 11) as now:
        placement = it.placement(earliest=it.clock.working_day(12), now=now)
        changes.move(appointment=appointment, placement=placement, by=it.person, reason=it.world.texts["moved"])


def _cancelled(it: Telling) -> None:
    it.take_up()
    appointment = it.book(after=3, days=3)
    with it.on(it.facts["age"] - 1, 11):
        changes.cancel(appointment=appointment, by=it.person, reason=it.world.texts["cancelled"])


def _slot_declined(it: Telling) -> None:
    it.take_up()
    with it.on(1, 12) as now:
        placement = it.placement(earliest=it.clock.working_day(12), now=now)
        asked = appointments.request_slot(placement=placement, case=it.case, by=it.person)
    with it.on(2, 12):
        appointments.decline(appointment=asked, by=it.lead.user, reason=it.world.texts["slot_declined"])


def _external(it: Telling) -> None:
    it.receive()
    with it.on(1, 9, 45):
        it.give(it.cast.external, it.world.texts["override"], None, further=[it.cast.advisers[0]])
    it.go("start", after=2)
    it.write("ask", after=3)
    it.hear("reply", after=it.facts["age"] - 1)


def _answered(it: Telling) -> None:
    it.take_up()
    it.write(it.facts["answer"], after=3)
    it.link_page(after=3)
    it.go("answer", after=3, hour=15)


def _reopened(it: Telling) -> None:
    _answered(it)
    it.close(after=8)
    it.hear("thanks", after=it.facts["age"] - 2)


def _no_show(it: Telling) -> None:
    it.take_up()
    appointment = it.meet(after=2)
    assert appointment.ends_at is not None  # noqa: S101 - it is booked
    with it.clock.at(appointment.ends_at):
        changes.no_show(appointment=appointment, by=it.lead.user)


def _waiting(it: Telling) -> None:
    it.take_up()
    it.note(after=2)
    it.write("ask", after=3, wait=True)


def _advised(it: Telling) -> None:
    it.take_up()
    it.write("ask", after=1)
    it.hear("reply", after=2)
    it.link_page(after=2)
    it.met(it.meet(after=2))


def _measures(it: Telling) -> None:
    _advised(it)
    it.promise()


def _closed(it: Telling) -> None:
    _advised(it)
    it.close(after=25)


def _group_done(it: Telling) -> None:
    it.take_up()
    it.sit("past")


def _declined(it: Telling) -> None:
    it.receive()
    with it.on(1, 11):
        cases.decline(case=it.case, by=it.cast.coordinator, reason=it.world.texts["decline"])


def _withdrawn(it: Telling) -> None:
    it.take_up()
    with it.on(4, 11):
        cases.withdraw(case=it.case, by=it.person, reason=it.world.texts["withdraw"])


def _request_withdrawn(it: Telling) -> None:
    it.receive()
    with it.on(0, 9, 30):
        days = [(it.clock.working_day(5), "any")]
        appointments.request_by_wishes(case=it.case, form=it.form, wishes=days, by=it.person)
    with it.on(3, 11):
        cases.withdraw(case=it.case, by=it.person, reason=it.world.texts["withdraw"])


def _seat(it: Telling) -> None:
    it.receive()
    it.sit("full")
    it.assign()


def _queue(it: Telling) -> None:
    it.receive()
    with it.on(0, 10):
        seats.join(session=it.world.sessions["full"], case=it.case, by=it.person)
    it.assign()
    it.write("queued", after=1)


STORIES: Mapping[str, Callable[[Telling], None]] = {
    "new": Telling.receive, "overdue": Telling.receive, "phoned": _phoned, "wishes": _wishes, "slot": _slot,
    "assigned": _assigned, "assigned_otherwise": _assigned_otherwise, "booked": _booked,
    "moved": _moved, "cancelled": _cancelled, "slot_declined": _slot_declined, "external": _external,
    "reopened": _reopened, "no_show": _no_show, "waiting": _waiting, "advised": _advised, "answered": _answered,
    "measures": _measures, "closed": _closed, "group_done": _group_done, "declined": _declined,
    "withdrawn": _withdrawn, "request_withdrawn": _request_withdrawn, "seat": _seat, "queue": _queue,
}  # fmt: skip
