"""A municipality's whole journey, from the sign-up to the rating: by mouse, by keyboard alone, without JavaScript.

What the centre does meanwhile is done by the portal's services: its day is another journey (test_adviser_day.py).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import WIDE, findings_in_all_forms
from tests.browser.conftest import OpenContext
from tests.browser.hands import THREE_WAYS, Hands, options_of, three_ways
from tests.browser.mails import link_to
from tests.browser.served import Portal

PASSWORD = "Gewässerkarte-und-Bauleitplanung"
SUBJECT = "NOOTS-Anschluss vorbereiten: wer muss mit an den Tisch?"
FILE = FilePayload(name="Ablauf heute.txt", mimeType="text/plain", buffer="Schritt für Schritt".encode())
# A municipality of its own for each way, whose domain is its alone.
TOWN = """
import json
from portal.accounts.models import MailDomain, Municipality
town = Municipality.objects.filter(active=True, district__isnull=False).order_by("-pk")[{number}]
MailDomain.objects.get_or_create(municipality=town, domain="{domain}")
print("RESULT", json.dumps(town.name))
"""
CASE = """
from datetime import timedelta
from consultations.models import Appointment, Case
from consultations.services import assignment, cases, changes, correspondence, minutes
case = Case.objects.get(reference="{reference}")
row = Appointment.objects.get(case=case, state="confirmed")
lead = row.allocations.get(state="confirmed").adviser
"""
# The centre answers and asks for something.
ANSWERED = """
if case.lead is None:
    assignment.assign(case=case, adviser=lead, by=lead.user, reason="Hat den Termin")
cases.advance(case=Case.objects.get(pk=case.pk), action="start", by=lead.user)
correspondence.answer(case=case, text="Gern. Bitte fragen Sie vorher Ihren Hersteller.", by=lead.user)
minutes.add_task(case=case, by=lead.user, side="municipality", text="Beim Hersteller nach dem Zugang fragen")
"""
# The appointment has taken place; its minutes are released and the case is closed.
CLOSED = """
changes.complete(appointment=row, by=lead.user, now=row.starts_at + timedelta(minutes=1))
minutes.write(case=case, by=lead.user, question="Wer muss dabei sein?", answer="Fachamt und IT.", text="",
              appointment=row, release=True)
case = cases.advance(case=Case.objects.get(pk=case.pk), action="advise", by=lead.user)
cases.close(case=case, by=lead.user)
"""
RATED = """
import json
from consultations.models import Rating
rating = Rating.objects.get(case__reference="{reference}")
print("RESULT", json.dumps([rating.stars, rating.solved, rating.text]))
"""


@dataclass
class Journey:
    """Somebody of a municipality on the way through the portal."""

    portal: Portal
    hands: Hands
    way: str
    stamp: str = field(default_factory=lambda: str(time.time_ns()))

    @property
    def page(self) -> Page:
        return self.hands.page

    @property
    def domain(self) -> str:
        return f"rathaus-{self.stamp}.example"

    @property
    def email(self) -> str:
        return f"jana.groesser@{self.domain}"

    def press(self, role: Any, name: str | re.Pattern[str]) -> None:
        self.hands.press(self.page.locator("main").get_by_role(role, name=name))

    def arrive(self, title: str | re.Pattern[str]) -> None:
        expect(self.page.locator("h1")).to_have_text(title)

    def see(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def look(self) -> None:
        """Let axe-core see what no address alone leads to; once, since the pages are the same in each way."""
        if self.way == "mouse":
            assert findings_in_all_forms(self.page) == []
            self.page.set_viewport_size(WIDE)

    def centre_does(self, code: str, reference: str) -> None:
        self.portal.python((CASE + code).format(reference=reference))


@three_ways
def test_from_the_sign_up_to_the_rating(way: str, portal: Portal, open_context: OpenContext) -> None:
    page = open_context(viewport=WIDE, **options_of(way)).new_page()
    journey = Journey(portal, THREE_WAYS[way](page), way)
    town = portal.result(TOWN.format(number=list(THREE_WAYS).index(way), domain=journey.domain))
    sign_up(journey)
    journey.arrive("Meine Kommune")
    journey.see(town)
    ask(journey)
    reference = confirmation(journey)
    write_and_invite(journey, reference)
    move(journey)
    journey.centre_does(CLOSED, reference)
    read_what_came_of_it(journey)
    rate(journey, reference)


def sign_up(journey: Journey) -> None:
    """From the start page to the own area; the address proves who somebody is."""
    page, hands = journey.page, journey.hands
    page.goto("/")
    hands.press("a[href^='/konto/anmelden/']")
    journey.arrive("Anmelden")
    hands.press("main a[href^='/konto/registrieren/']")
    journey.arrive("Konto anlegen")
    said = {"first_name": "Jana", "last_name": "Größer", "email": journey.email, "password1": PASSWORD}
    for name, text in {**said, "password2": PASSWORD}.items():
        hands.write(f"main [name={name}]", text)
    journey.press("button", "Konto anlegen")
    page.wait_for_url("**/konto/e-mail/bestaetigen/")
    page.goto(link_to(journey.portal, journey.email, "/konto/e-mail/bestaetigen/"))
    journey.press("button", "Ja, bestätigen")
    journey.arrive("Anmelden")
    hands.write("main [name=login]", journey.email)
    hands.write("main [name=password]", PASSWORD)
    hands.press("main form [type=submit]")


def ask(journey: Journey) -> None:
    """The five steps of the wizard, with a file and a look at what may help."""
    hands = journey.hands
    journey.press("link", "Beratung anfragen")
    journey.arrive("Beratung anfragen")
    hands.choose("main [name=topic]", "Etwas anderes, oder noch unklar")
    journey.press("button", "Weiter")
    journey.page.wait_for_url("**/anliegen/")
    hands.write("main [name=subject]", SUBJECT)
    hands.write("main [name=goal]", "Bis zum Sommer soll der Anschluss stehen.")
    hands.tick("main [name=urgency][value=soon]")
    hands.upload("main [name=uploads]", FILE)
    journey.press("button", "Dateien hochladen und hier bleiben")
    journey.see("Gespeicherte Dateien")
    journey.see(FILE["name"])
    journey.look()
    journey.press("button", re.compile("^Weiter$"))
    journey.arrive("Passende Hilfen")
    journey.see("Ist der Anschluss an NOOTS für Kommunen schon Pflicht?")
    journey.press("button", "Weiter zum Termin")
    journey.page.wait_for_url("**/termin/")
    hands.tick("main [name=format][value=erstgespraech]")
    journey.press("button", "Weiter mit diesem Format")
    journey.page.wait_for_url("**/termin/#format-gewaehlt")
    hands.tick("main [name=place][value=video]")
    hands.press(journey.page.locator("main button[name=slot]").nth(3))  # the next one may pass meanwhile
    journey.page.wait_for_url("**/pruefen/")
    journey.see(SUBJECT)
    journey.see("vorgemerkt")
    journey.press("button", "Termin verbindlich buchen")


def confirmation(journey: Journey) -> str:
    """The page that can be bookmarked; returns the number of the case."""
    page = journey.page
    journey.arrive("Ihr Termin ist gebucht")
    reference = page.locator(".kp-case__reference").inner_text()
    address = page.get_by_role("link", name="Termin in den Kalender (ICS)").get_attribute("href")
    entry = page.request.get(str(address)).text()
    assert "BEGIN:VEVENT" in entry
    assert reference in entry.replace("\r\n ", "")
    journey.press("link", "Zum Vorgang")
    journey.arrive(f"Vorgang {reference}")
    journey.hands.press("a.kp-account")
    journey.arrive("Meine Kommune")
    journey.look()
    journey.press("link", SUBJECT)
    journey.arrive(f"Vorgang {reference}")
    return reference


def write_and_invite(journey: Journey, reference: str) -> None:
    """A message, an answer, a task, a colleague."""
    hands = journey.hands
    hands.write("main [name=text]", "Dürfen wir unsere IT mitbringen?")
    journey.press("button", "Nachricht senden")
    journey.see("Ihre Nachricht ist angekommen")
    journey.centre_does(ANSWERED, reference)
    journey.page.reload()
    journey.see("Bitte fragen Sie vorher Ihren Hersteller.")
    journey.press("button", "Erledigt")
    journey.see("Die Aufgabe ist erledigt")
    journey.press("link", "Teilnehmende und Tagesordnung")
    journey.arrive(re.compile("Teilnehmende"))
    hands.write("main [name=name]", "Zoë Klär")
    hands.write("main [name=email]", f"zoe.klaer@{journey.domain}")
    journey.press("button", "Einladen")
    journey.see("Die Person ist eingeladen")
    hands.press(journey.page.get_by_role("link", name="Zurück zum Vorgang"))
    journey.arrive(f"Vorgang {reference}")
    journey.see("Zoë Klär")


def move(journey: Journey) -> None:
    """The appointment gets another time, with a reason."""
    page = journey.page
    shown = page.locator("main article.kp-sessions__item h3")
    before = shown.first.inner_text()
    journey.press("link", "Verschieben oder absagen")
    journey.arrive("Termin ändern")
    journey.hands.write("main [name=reason]", "Die IT kann da nicht")
    later = page.locator("main button[name=slot]")
    journey.hands.press(later.nth(later.count() - 1))
    journey.see("Der Termin ist verschoben.")
    expect(shown.first).not_to_have_text(before)


def read_what_came_of_it(journey: Journey) -> None:
    """The minutes and the end of the case stand on its page, also in the dark and on a phone."""
    journey.page.reload()
    journey.see("Abgeschlossen")
    journey.see("Fachamt und IT.")
    journey.look()


def rate(journey: Journey, reference: str) -> None:
    """By the link of the mail, without login."""
    page, hands = journey.page, journey.hands
    page.context.clear_cookies()
    page.goto(link_to(journey.portal, journey.email, "/beratung/bewertung/"))
    journey.arrive("Beratung bewerten")
    hands.tick("main [name=stars][value='4']")
    hands.tick("main [name=solved][value=ja]")
    hands.write("main [name=text]", "Schnell und verständlich.")
    journey.press("button", "Bewertung senden")
    journey.see("Vielen Dank. Ihre Bewertung ist gespeichert.")
    journey.look()
    assert journey.portal.result(RATED.format(reference=reference)) == [4, True, "Schnell und verständlich."]
