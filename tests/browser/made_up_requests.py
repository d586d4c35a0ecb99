"""Somebody to advise, a group session, and the case of a municipality, for the pages about advice."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

ADVISER = "beraterin@demo.example"
WITHOUT_DATE = "Noch kein Termin zum Siegelverfahren"
WAITS = "Frage zur vollen Sprechstunde"
FULL = "Ausgebuchte Sprechstunde"
TITLE = "Sprechstunde NOOTS-Anschluss"


def _adviser() -> Any:
    from consultations.models import Adviser, WeeklyHours
    from portal.accounts.models import User

    user, _ = User.objects.get_or_create(email=ADVISER, defaults={"first_name": "Nora", "last_name": "Süß"})
    adviser, made = Adviser.objects.get_or_create(user=user)
    if made:
        for day in range(5):
            WeeklyHours.objects.create(adviser=adviser, weekday=day, starts=time(8), ends=time(17))
    return adviser


def _draft() -> dict[str, str]:
    """Ask for advice without account, up to the sending; returns the words of its address and of its link."""
    from django.utils import timezone

    from consultations.models import RequestDraft
    from consultations.wizard import drafts, sending
    from portal.accounts.models import Municipality

    email = "gast@rathaus.example"
    answers = {
        "topic": None, "municipality": Municipality.objects.get(slug="demo-musterstadt").pk,
        "subject": "Anbindung der Wohnsitzanmeldung", "goal": "Im Sommer live gehen.", "urgency": "soon",
        "format": "erstgespraech", "way": "wishes", "place": "video", "participants": "Zoë Klär, zoe@amt.example",
        "wishes": [[(timezone.localdate() + timedelta(days=30)).isoformat(), "morning"]],
        "name": "Käthe Größe", "email": email,
    }  # fmt: skip
    draft = RequestDraft.objects.filter(answers__email=email).first() or drafts.begin(person=None, answers=answers)
    RequestDraft.objects.filter(pk=draft.pk).update(generation=1)
    draft.refresh_from_db()
    return {"draft": drafts.token_of(draft), "request": sending.link_of(draft).rstrip("/").rpartition("/")[2]}


def make_requests() -> dict[str, Any]:
    """Make what is missing; returns a case's number, its appointment's thread, and the words of some addresses."""
    from django.utils import timezone

    from consultations import offers, queries
    from consultations.models import Appointment, Case, Concern, Format, GroupSession
    from consultations.services import appointments, cases, groups
    from consultations.services.placing import Placement
    from portal.accounts.models import Municipality, User

    adviser = _adviser()
    person = User.objects.get(email="kommune@demo.example")
    form = Format.objects.get(key="erstgespraech")
    asked = queries.Asked(form, [adviser.pk], timezone.now())
    if not GroupSession.objects.filter(title=TITLE).exists():
        group = Format.objects.get(key="sprechstunde")
        later = queries.free_slots(queries.Asked(group, [adviser.pk], timezone.now() + timedelta(days=7)))
        wanted = Placement(group, later[0].starts_at, [adviser.pk], place="video", by_centre=True)
        groups.plan(placement=wanted, title=TITLE, by=None)
    case = Case.objects.filter(requester=person).exclude(subject__in=(WITHOUT_DATE, WAITS)).first()
    if case is None:
        town = Municipality.objects.get(slug="demo-musterstadt")
        case = cases.receive(
            municipality=town, subject="Anbindung der Wohnsitzanmeldung", by=person, requester=person, form=form
        )
        Concern.objects.create(case=case, goal="Wir möchten im Sommer live gehen.", service="Wohnsitzanmeldung")
        slot = offers.free_days(asked).days[-1].choices[-1]
        appointments.book(placement=offers.placement(asked, slot.value, place="video"), case=case, by=person)
    row = Appointment.objects.filter(case=case).latest("pk")
    return {
        "case_without_date": _without_date(case),
        "case": case.reference,
        "thread": str(row.thread),
        "invitation": _conversation(case, row, person, adviser.user),
        **_draft(),
        **_waiting(person, case.municipality, adviser),
    }


def _without_date(case: Any) -> str:
    """Return the number of another open case of the same person that has no appointment."""
    from consultations.models import Case, Concern
    from consultations.services import cases

    person = case.requester
    found = Case.objects.filter(requester=person, subject=WITHOUT_DATE).first()
    if found is None:
        found = cases.receive(
            municipality=case.municipality, subject=WITHOUT_DATE, by=person, requester=person, form=case.format
        )
        Concern.objects.create(case=found)
    return found.reference


def _waiting(person: Any, town: Any, adviser: Any) -> dict[str, Any]:
    """Return the number of a case that waits for a seat, and its entry of the waiting list."""
    from django.utils import timezone

    from consultations import queries
    from consultations.models import Concern, Format, WaitingEntry
    from consultations.services import cases, groups, seats
    from consultations.services.placing import Placement

    entry = WaitingEntry.objects.filter(case__subject=WAITS).first()
    if entry is None:
        form = Format.objects.get(key="sprechstunde")
        later = queries.free_slots(queries.Asked(form, [adviser.pk], timezone.now() + timedelta(days=14)))
        wanted = Placement(form, later[-1].starts_at, [adviser.pk], place="video", by_centre=True)
        session = groups.plan(placement=wanted, title=FULL, capacity=1, by=None)
        first = cases.receive(municipality=town, subject="Anmeldung zur Sprechstunde", by=None, form=form)
        seats.book(session=session, case=first, by=None)
        case = cases.receive(municipality=town, subject=WAITS, by=person, requester=person, form=form)
        Concern.objects.create(case=case)
        entry = seats.join(session=session, case=case, by=person)
    return {"case_waiting": entry.case.reference, "waiting": entry.pk}


def _conversation(case: Any, appointment: Any, person: Any, adviser: Any) -> str:
    """Say and agree something in a case; returns the page of somebody who is invited."""
    from consultations.requester import invited
    from consultations.services import correspondence, invitations, minutes

    if not case.messages.exists():
        correspondence.receive(case=case, text="Wer sollte außer uns dabei sein?", by=person)
        correspondence.answer(case=case, text="Am besten auch Ihr Verfahrenshersteller.", by=adviser)
        minutes.add_task(case=case, by=adviser, side="municipality", text="Zugang beim Hersteller beantragen")
        minutes.write(
            case=case, by=adviser, question="Was ist zuerst zu tun?", answer="Der Antrag.", text="", release=True
        )
        invitations.set_agenda(appointment=appointment, text="Stand der Anbindung, nächste Schritte", by=person)
    invitation = invitations.invite(
        appointment=appointment, name="Jörg Süß", email="joerg@nachbar.example", by=person
    )
    return invited.path_of(invitation)
