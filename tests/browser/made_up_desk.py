"""Cases in several states for the screens of the desk."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any


def _lead() -> Any:
    from consultations.models import Adviser, WeeklyHours
    from portal.accounts.models import User

    user = User.objects.get(email="beratung@demo.example")
    adviser, made = Adviser.objects.get_or_create(user=user)
    if made:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(adviser=adviser, weekday=day, starts=time(8), ends=time(18)) for day in range(7)
        )
    return adviser


def _form() -> Any:
    from consultations.models import Format

    values = {"name": "Erstgespräch im Browser", "duration": 45, "places": ["video", "phone"], "entry": "direct"}
    return Format.objects.get_or_create(key="browser", defaults=values)[0]


def _book(case: Any, lead: Any, form: Any) -> Any:
    """Book the first free time from tomorrow on."""
    from django.utils import timezone

    from consultations import queries
    from consultations.services import appointments
    from consultations.services.placing import Placement

    now = timezone.now()
    asked = queries.Asked(form, [lead.pk], now, by_centre=True)
    slot = queries.free_slots(asked, first=timezone.localdate() + timedelta(days=1))[0]
    wanted = Placement(form=form, starts_at=slot.starts_at, candidates=[lead.pk], place="video", by_centre=True)
    return appointments.book(placement=wanted, case=case, by=lead.user)


def _plan(lead: Any) -> Any:
    """Plan a group session at the first free time three weeks from now."""
    from django.utils import timezone

    from consultations import queries
    from consultations.models import Format
    from consultations.services import groups
    from consultations.services.placing import Placement

    values = {"name": "Sprechstunde im Browser", "kind": Format.Kind.GROUP, "capacity": 5, "duration": 45,
              "places": ["video"]}  # fmt: skip
    form = Format.objects.get_or_create(key="browser-gruppe", defaults=values)[0]
    asked = queries.Asked(form, [lead.pk], timezone.now(), by_centre=True)
    slot = queries.free_slots(asked, first=timezone.localdate() + timedelta(days=21))[0]
    wanted = Placement(form=form, starts_at=slot.starts_at, candidates=[lead.pk], place="video", by_centre=True)
    return groups.plan(placement=wanted, title="Sprechstunde im Browser", by=lead.user)


def _make_learned(town: Any, lead: Any, boss: Any) -> dict[str, Any]:
    """A closed case whose minutes wait to be read by a second person, and which can be rated."""
    from consultations.services import assignment, cases, faq_drafts, minutes, ratings
    from knowledge.models import TopicPage

    topic = TopicPage.objects.filter(live=True).order_by("path").first()
    case = cases.receive(municipality=town, subject="Was kostet der Anschluss?", by=boss, topic=topic)
    assignment.assign(case=case, adviser=lead, by=boss, reason="Kennt die Kommune")
    for action in ("start", "advise"):
        case = cases.advance(case=case, action=action, by=lead.user)
    written = minutes.write(
        case=case, by=lead.user, text="", question=f"Was zahlt {town.name}?", answer="Nichts, sagt Frau Müßig."
    )
    draft = faq_drafts.propose(
        minutes=written, question="Was zahlt eine Kommune?", answer="Nichts, sagt Frau Müßig.", topic=topic,
        by=lead.user,
    )  # fmt: skip
    case = cases.close(case=case, by=lead.user)
    return {"desk_learned": written.pk, "desk_faq": draft.pk, "desk_rating": ratings.token_for(case)}


def _let_a_mail_hang(case: Any) -> None:
    """A mail of a case that has failed again and again."""
    from django.utils import timezone

    from portal.core import outbox
    from portal.core.models import OutboxMessage

    later = timezone.now() + timedelta(days=9)
    row = outbox.enqueue(kind="browser", key=f"case:{case.pk}", payload={}, not_before=later)
    error = "SMTPRecipientsRefused: 550 5.1.1 <poststelle@stadtverwaltung-mit-langem-namen.example> User unknown"
    OutboxMessage.objects.filter(pk=row.pk).update(attempts=6, error=error)


def make_desk() -> dict[str, Any]:
    """A case with something in each of its parts, one nobody has, one that has ended, a template, a contact."""
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from consultations.models import Adviser, Case, ContactNote, IncomingMail, MinutesTemplate
    from consultations.services import assignment, cases, correspondence, intake, minutes
    from portal.accounts.models import Municipality, User

    lead, form = _lead(), _form()
    town = Municipality.objects.filter(active=True, district__isnull=False).order_by("pk")[1]
    boss = User.objects.get(email="koordination@demo.example")
    concern = intake.Concern(town, "Anschluss an die Wohnsitzanmeldung", "Wie fangen wir an?", email="a@b.example")
    file = ContentFile(b"Zeile;Wert\n", name="Übersicht.csv")
    case = intake.take_down(concern=concern, by=boss, files=[file]).case
    user = User.objects.get(email="verband@demo.example")
    outside, _ = Adviser.objects.get_or_create(user=user, defaults={"external": True})
    assignment.assign(case=case, adviser=lead, by=boss, reason="Kennt die Kommune", further=[outside])
    cases.advance(case=case, action="start", by=lead.user)
    booked = _book(case, lead, form)
    correspondence.answer(case=case, text="Bitte schicken Sie uns das Muster.", by=lead.user)
    correspondence.add_note(case=case, text="Am besten vormittags anrufen.", by=lead.user)
    written = minutes.write(case=case, by=lead.user, question="Wie?", answer="So.", text="Vereinbart: Muster")
    task = minutes.add_task(
        case=case, by=lead.user, side="municipality", text="Muster senden", due_on=timezone.localdate()
    )
    new = cases.receive(municipality=town, subject="Noch ohne Zuständige", by=boss)
    Case.objects.filter(pk=new.pk).update(answer_due=timezone.localdate() - timedelta(days=3))
    ended = cases.decline(
        case=cases.receive(municipality=town, subject="Nicht unsere Aufgabe", by=boss), by=boss, reason="Land"
    )
    _let_a_mail_hang(ended)
    template, _ = MinutesTemplate.objects.get_or_create(name="Erstgespräch", defaults={"text": "{kommune}: "})
    ContactNote.objects.create(
        municipality=town, day=timezone.localdate(), text="Angerufen", channel="phone", author=boss
    )
    IncomingMail.objects.create(
        digest="0" * 64, outcome="left", reason="stranger", case=case, sender="uwe@anderswo.example",
        sender_name="Uwe Öz", subject="Noch etwas", text="Dazu habe ich auch eine Frage.",
    )  # fmt: skip
    return _make_learned(town, lead, boss) | {
        "desk_case": case.pk, "desk_new": new.pk, "desk_ended": ended.pk, "desk_minutes": written.pk,
        "desk_task": task.pk,
        "desk_session": _plan(lead).pk, "desk_appointment": booked.pk, "desk_town": town.pk,
        "desk_template": template.pk, "desk_file": case.files.earliest("pk").pk,
    }  # fmt: skip
