"""A coordinator's triage of what has come in: by mouse, by keyboard alone, without JavaScript."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.centre import Desk
from tests.browser.conftest import OpenAs
from tests.browser.hands import THREE_WAYS, WITHOUT_SCRIPTS, options_of, three_ways
from tests.browser.served import Portal

# Three concerns nobody has, two people who could take them, and a free time for a group three weeks from now.
MADE = """
import json
from datetime import time, timedelta
from django.utils import timezone
from consultations import queries, times
from consultations.models import Adviser, Format, WeeklyHours
from consultations.services import intake
from portal.accounts import demo
from portal.accounts.models import Municipality, User
from portal.accounts.roles import ADVISER
boss = User.objects.get(email="koordination@demo.example")
town = Municipality.objects.filter(active=True, district__isnull=False).order_by("pk")[5]
people = []
for name in ("Triage A{stamp}", "Triage B{stamp}"):
    email = name.lower().replace(" ", "-") + "@demo.example"
    user = demo.staff_account(demo.DemoPerson(email, name, ADVISER))
    adviser, made = Adviser.objects.get_or_create(user=user)
    if made:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(adviser=adviser, weekday=day, starts=time(8), ends=time(18)) for day in range(5)
        )
    people.append(adviser)
for word in ("Erstens", "Zweitens", "Drittens"):
    concern = intake.Concern(town, word + " zu klären {stamp}", "Wie geht das?", email="amt@rathaus.example")
    intake.take_down(concern=concern, by=boss, files=[])
form = Format.objects.get(key="sprechstunde")
asked = queries.Asked(form, [people[0].pk], timezone.now(), by_centre=True)
slot = queries.free_slots(asked, first=timezone.localdate() + timedelta(days=21))[0]
here = slot.starts_at.astimezone(times.zone())
print("RESULT", json.dumps({{
    "town": f"{{town.name}} ({{town.described}})", "district": str(town.district), "leader": str(people[0]),
    "day": here.date().isoformat(), "time": f"{{here:%H:%M}}",
}}))
"""


@three_ways
def test_from_the_unassigned_to_the_texts_of_mails(way: str, portal: Portal, open_as: OpenAs) -> None:
    desk = Desk(portal, THREE_WAYS[way](open_as("coordinator", **options_of(way)).new_page()), way)
    made = portal.result(MADE.format(stamp=desk.stamp))
    desk.page.goto("/cms/")
    find(desk, made)
    give_as_suggested(desk)
    give_to_somebody_else(desk)
    refuse(desk)
    take_down_a_call(desk, made)
    plan_a_session(desk, made)
    read_statistics(desk)
    change_a_mail(desk)


def unassigned(desk: Desk) -> None:
    desk.open("Beratung", "Vorgänge", "/cms/beratung/")
    desk.hands.press(".kp-admin-counts a[href$='ansicht=unzugeordnet']")
    desk.page.wait_for_url("**/?ansicht=unzugeordnet")


def take_up(desk: Desk, word: str) -> None:
    """Open one of the cases nobody has."""
    unassigned(desk)
    desk.press("link", f"{word} zu klären {desk.stamp}")
    desk.page.wait_for_url("**/vorgang/*/")


def find(desk: Desk, made: dict[str, Any]) -> None:
    """By search and filters: Wagtail's with scripts, one plain form without."""
    unassigned(desk)
    word = f"Zweitens zu klären {desk.stamp}"
    rows = desk.page.locator("#listing-results tbody tr")
    if desk.way == WITHOUT_SCRIPTS:
        desk.press("link", "Menü, Suche und Filter ohne JavaScript")
        desk.hands.write("#plain_q", word)
        desk.hands.choose("#plain_district", made["district"])
        desk.press("button", "Suchen und filtern")
        expect(desk.page.get_by_label("Seiten der Beratung").get_by_role("link", name="Statistik")).to_be_visible()
    else:
        desk.hands.write("header [name=q]", word)
        expect(rows).to_have_count(1)
        desk.press("button", "Filter anzeigen")
        desk.press("button", "Landkreis")
        desk.hands.choose("[name=district]", made["district"])
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(word)


def give_as_suggested(desk: Desk) -> None:
    """Whom the portal suggests, and why, stands there; one click does it."""
    take_up(desk, "Erstens")
    suggested = desk.page.locator("p", has_text="Vorschlag:").locator("strong").inner_text()
    desk.see(re.compile("am wenigsten ausgelastet"))
    desk.press("link", "Vorgang zuordnen")
    desk.arrive("Vorgang zuordnen")
    expect(desk.page.locator("[name=adviser] option:checked")).to_have_text(suggested)
    desk.press("button", "Zuordnen", exact=True)
    desk.told(f"Der Vorgang ist {suggested} zugeordnet.")


def give_to_somebody_else(desk: Desk) -> None:
    """Who differs from the suggestion says why."""
    take_up(desk, "Zweitens")
    desk.press("link", "Vorgang zuordnen")
    desk.arrive("Vorgang zuordnen")
    other = str(desk.page.locator("[name=adviser] option:not(:checked)").last.text_content()).strip()
    desk.hands.choose("[name=adviser]", other)
    desk.press("button", "Zuordnen", exact=True)
    desk.see("Bitte geben Sie an, warum Sie vom Vorschlag abweichen.")
    expect(desk.page.locator("[name=adviser] option:checked")).to_have_text(other)
    desk.hands.write("[name=reason]", "Hat dort schon beraten")
    desk.press("button", "Zuordnen", exact=True)
    desk.told(f"Der Vorgang ist {other} zugeordnet.")


def refuse(desk: Desk) -> None:
    take_up(desk, "Drittens")
    desk.press("link", "Vorgang ablehnen")
    desk.arrive("Vorgang ablehnen")
    desk.hands.write("[name=reason]", "Dafür ist das Regierungspräsidium zuständig.")
    desk.press("button", "Ablehnen", exact=True)
    desk.told("Der Vorgang ist abgelehnt.")


def take_down_a_call(desk: Desk, made: dict[str, Any]) -> None:
    """Somebody has called; who called gets a confirmation."""
    desk.open("Beratung", "Anliegen aufnehmen", "/cms/beratung/aufnehmen/")
    desk.hands.choose("[name=municipality]", made["town"])
    desk.hands.write("[name=subject]", "Anruf zur Wohnsitzanmeldung")
    desk.hands.write("[name=text]", "Möchte wissen, wie der Anschluss geht.")
    desk.hands.write("[name=name]", "Käthe Müßig")
    desk.hands.write("[name=email]", "kaethe@rathaus.example")
    desk.press("button", "Vorgang anlegen")
    desk.told(re.compile("ist angelegt. Die Bestätigung ist unterwegs."))


def plan_a_session(desk: Desk, made: dict[str, Any]) -> None:
    hands = desk.hands
    desk.open("Beratung", "Gruppentermine", "/cms/beratung/gruppentermine/")
    desk.press("link", "Gruppentermin planen")
    desk.arrive("Gruppentermin planen")
    hands.choose("[name=format]", "Sprechstunde")
    hands.write("[name=title]", f"Sprechstunde Triage {desk.stamp}")
    desk.write_time("[name=day]", made["day"])
    desk.write_time("[name=time]", made["time"])
    hands.choose("[name=adviser]", made["leader"])
    desk.choose_option("[name=place]", 0)
    desk.press("button", "Gruppentermin planen")
    desk.told("Der Gruppentermin ist geplant und steht bei den offenen Terminen.")


def read_statistics(desk: Desk) -> None:
    desk.open("Beratung", "Statistik", "/cms/beratung/statistik/")
    label = desk.choose_option("[name=zeit]", 1)
    desk.press("button", "Zeigen")
    desk.page.wait_for_url("**/?zeit=*")
    expect(desk.page.locator("[name=zeit] option:checked")).to_have_text(label)
    expect(desk.page.locator("main table, #main table").first).to_be_visible()
    desk.look()


def change_a_mail(desk: Desk) -> None:
    """A wrong placeholder is refused, the preview shows the mail, and the shipped text comes back."""
    desk.open("Beratung", "E-Mail-Vorlagen", "/cms/beratung/vorlagen/")
    desk.hands.press("a[href$='/vorlagen/booked/']")
    desk.page.wait_for_url("**/vorlagen/booked/")
    desk.hands.rewrite("[name=subject]", "{vorgang}: gebucht für {unbekannt}")
    desk.press("button", "Speichern", exact=True)
    desk.see(re.compile(r"\{unbekannt\}"))
    desk.hands.rewrite("[name=subject]", "{vorgang}: Ihr Termin steht")
    desk.press("button", "Vorschau", exact=True)
    desk.see("Vorschau mit Beispielen")
    desk.look()
    desk.press("button", "Speichern", exact=True)
    desk.told(re.compile("ist gespeichert"))
    desk.hands.press("a[href$='/vorlagen/booked/']")
    desk.press("button", "Auf den mitgelieferten Text zurücksetzen")
    desk.told("Der mitgelieferte Text gilt wieder.")
