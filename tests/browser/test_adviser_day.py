"""An adviser's day at the centre: by mouse, by keyboard alone, without JavaScript."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.axe import WIDE
from tests.browser.centre import Desk
from tests.browser.conftest import OpenContext
from tests.browser.hands import THREE_WAYS, options_of, three_ways
from tests.browser.served import Portal

SUBJECT = "Wie schließen wir die Wohnsitzanmeldung an?"
# Somebody who advises, with hours, and a concern that has been given to them.
MADE = """
import json
from datetime import time
from consultations.models import Adviser, WeeklyHours
from consultations.services import assignment, intake
from portal.accounts import demo
from portal.accounts.models import Municipality, User
from portal.accounts.roles import ADVISER
user = demo.staff_account(demo.DemoPerson("tag-{stamp}@demo.example", "Tag {stamp}", ADVISER))
adviser, made = Adviser.objects.get_or_create(user=user)
if made:
    WeeklyHours.objects.bulk_create(
        WeeklyHours(adviser=adviser, weekday=day, starts=time(8), ends=time(18)) for day in range(5)
    )
boss = User.objects.get(email="koordination@demo.example")
town = Municipality.objects.get(slug="demo-musterstadt")
concern = intake.Concern(town, "{subject}", "Wie fangen wir an?", email="kommune-{stamp}@rathaus.example")
case = intake.take_down(concern=concern, by=boss, files=[]).case
assignment.assign(case=case, adviser=adviser, by=boss, reason="Kennt die Kommune")
print("RESULT", json.dumps({{"email": user.email, "name": str(user), "case": case.pk}}))
"""
# The hour of the appointment has come and gone.
TOOK_PLACE = """
from datetime import timedelta
from consultations.models import Appointment
from consultations.services import changes
row = Appointment.objects.get(case={case}, state="confirmed")
changes.complete(appointment=row, by=None, now=row.starts_at + timedelta(minutes=1))
"""


@three_ways
def test_from_the_second_factor_to_the_question_for_all(
    way: str, portal: Portal, open_context: OpenContext
) -> None:
    desk = Desk(portal, THREE_WAYS[way](open_context(viewport=WIDE, **options_of(way)).new_page()), way)
    made = portal.result(MADE.format(stamp=desk.stamp, subject=SUBJECT))
    desk.sign_in(made["email"])
    keep_own_times(desk, made)
    desk.open("Beratung", "Vorgänge", "/cms/beratung/")
    desk.hands.press(".kp-admin-counts a[href$='ansicht=meine']")
    desk.page.wait_for_url("**/?ansicht=meine")
    desk.press("link", SUBJECT)
    answer(desk)
    agree_on_a_time(desk)
    portal.python(TOOK_PLACE.format(case=made["case"]))
    write_minutes(desk)
    close(desk)
    turn_into_a_question(desk)


def keep_own_times(desk: Desk, made: dict[str, Any]) -> None:
    """Hours, an absence, a subscription of the own appointments."""
    hands, page = desk.hands, desk.page
    desk.open("Kalender", "Beratende und Zeiten", "/cms/beratung/beratende/")
    desk.press("link", re.compile(made["name"]))
    page.wait_for_url("**/beratende/edit/**")
    desk.write_time("[name=hours-0-ends]", "17:00")
    desk.save()
    desk.told("geändert")
    desk.open("Kalender", "Abwesenheiten", "/cms/beratung/abwesenheiten/")
    hands.press("a[href$='/abwesenheiten/new/']")
    page.wait_for_url("**/abwesenheiten/new/")
    desk.write_time("[name=first_day]", "2031-08-04")
    desk.write_time("[name=last_day]", "2031-08-22")
    desk.save()
    page.wait_for_url("**/abwesenheiten/")
    desk.see("22.08.2031")
    desk.open("Kalender", "Eigener Kalender", "/cms/beratung/eigener-kalender/")
    desk.press("button", "Adresse erzeugen")
    expect(page.get_by_label("Adresse des Abos")).to_have_value(re.compile(r"/beratung/kalender/.+\.ics$"))
    desk.look()


def answer(desk: Desk) -> None:
    """Begin, write to the municipality, note something for the centre, say whose turn it is."""
    desk.see(SUBJECT)
    desk.press("button", "Bearbeitung beginnen")
    desk.told("Der Vorgang ist jetzt „In Bearbeitung“.")
    desk.hands.write("form[action$='/nachricht/'] [name=text]", "Welches Fachverfahren setzen Sie ein?")
    desk.press("button", "Nachricht senden")
    desk.told("Die Nachricht ist gesendet.")
    desk.hands.write("form[action$='/notiz/'] [name=text]", "Hersteller ruft selbst an.")
    desk.press("button", "Notiz speichern")
    desk.told("Die interne Notiz ist gespeichert.")
    desk.press("button", "Wartet auf die Kommune")
    desk.told("Der Vorgang ist jetzt „Wartet auf Kommune“.")
    desk.press("button", "Weiterbearbeiten")
    desk.told("Der Vorgang ist jetzt „In Bearbeitung“.")


def agree_on_a_time(desk: Desk) -> None:
    """Propose some times, enter the one that was agreed, move it: never the next one, which may pass meanwhile."""
    desk.press("link", "Termine vorschlagen")
    desk.arrive("Termine vorschlagen")
    desk.choose_option("[name=slots]", 3)
    desk.press("button", "Termine vorschlagen")
    desk.told("Der Vorschlag steht als Nachricht im Vorgang.")
    desk.press("button", "Weiterbearbeiten")
    desk.told("Der Vorgang ist jetzt „In Bearbeitung“.")
    desk.press("link", "Termin eintragen")
    desk.arrive("Termin eintragen")
    desk.choose_option("[name=slot]", 4)
    desk.press("button", "Termin eintragen")
    desk.told("Der Termin ist eingetragen")
    desk.press("link", "Verschieben")
    desk.arrive("Termin verschieben")
    desk.choose_option("[name=slot]", 7)
    desk.press("button", "Termin verschieben")
    desk.told("Der Termin ist verschoben.")


def write_minutes(desk: Desk) -> None:
    """From the template, released to the municipality; and a task that is soon done."""
    hands, page = desk.hands, desk.page
    page.reload()
    desk.press("link", "Protokoll", exact=True)
    desk.arrive("Protokoll")
    expect(page.locator("[name=text]")).to_have_value(re.compile("Musterstadt"))
    hands.write("[name=question]", "Wie schließt Musterstadt (Demo) die Wohnsitzanmeldung an?")
    hands.write("[name=answer]", "Über den Basisdienst des Landes. Den Antrag stellt die Hauptverwaltung.")
    hands.tick("[name=release]")
    desk.press("button", "Protokoll speichern")
    desk.told("Das Protokoll ist gespeichert.")
    desk.press("link", "Neue Aufgabe")
    desk.arrive("Neue Aufgabe")
    hands.choose("[name=side]", "Kompetenzstelle")
    hands.write("[name=text]", "Muster des Antrags schicken")
    desk.press("button", "Aufgabe eintragen")
    desk.told("Die Aufgabe ist eingetragen.")
    desk.press("button", "Aufgabe erledigt: Muster des Antrags schicken")
    desk.told("Die Aufgabe ist erledigt.")


def close(desk: Desk) -> None:
    desk.press("button", "Als beraten festhalten")
    desk.told("Der Vorgang ist jetzt „Beraten“.")
    desk.press("button", "Vorgang abschließen")
    desk.told("Der Vorgang ist jetzt „Abgeschlossen“.")
    desk.look()


def turn_into_a_question(desk: Desk) -> None:
    """What was said once becomes a question for all; the name of the municipality is gone already."""
    desk.press("link", "FAQ-Entwurf erzeugen")
    desk.arrive("FAQ-Entwurf")
    expect(desk.page.locator("[name=question]")).not_to_have_value(re.compile("Musterstadt"))
    desk.hands.choose("[name=topic]", "civento")
    desk.press("button", "Zum Gegenlesen geben")
    desk.told("Der Entwurf ist gespeichert. Jetzt liest ihn eine zweite Person gegen.")
