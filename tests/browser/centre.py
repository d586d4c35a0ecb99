"""Somebody of the centre at work in the admin, by mouse, by keyboard alone or without JavaScript."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.axe import WIDE, findings_in_all_forms
from tests.browser.conftest import DEMO_PASSWORD, totp
from tests.browser.hands import WITHOUT_SCRIPTS, Hands
from tests.browser.served import Portal

TOTP_PERIOD, SHORT = 30, 4  # seconds
SAVE = re.compile("^(Speichern|Erstellen|Hinzufügen)$")


@dataclass
class Desk:
    """A person, a way to work, and the portal."""

    portal: Portal
    hands: Hands
    way: str
    stamp: str = field(default_factory=lambda: str(time.time_ns()))
    """A word of its own for each journey: the three share a portal."""

    @property
    def page(self) -> Page:
        return self.hands.page

    def sign_in(self, email: str) -> None:
        """By password and second factor."""
        self.page.goto("/konto/anmelden/?next=/cms/")
        self.hands.write("main [name=login]", email)
        self.hands.write("main [name=password]", DEMO_PASSWORD)
        self.hands.press("main form [type=submit]")
        self.page.wait_for_url("**/konto/zweiter-faktor/pruefen/**")
        left = TOTP_PERIOD - time.time() % TOTP_PERIOD
        if left < SHORT:  # nobody types a code that is about to run out
            self.page.wait_for_timeout(left * 1000)
        self.hands.write("main [name=code]", totp())
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/cms/")

    def open(self, menu: str, item: str, address: str) -> None:
        """Go to a screen by the menu, which Wagtail draws with scripts; without them by its address."""
        if self.way == WITHOUT_SCRIPTS:
            self.page.goto(address)
        else:
            side = self.page.locator(".sidebar")
            self.hands.press(side.get_by_role("button", name=menu, exact=True))
            self.hands.press(side.get_by_role("link", name=item, exact=True))
        self.page.wait_for_url(f"**{address}")

    def press(self, role: Any, name: str | re.Pattern[str], *, exact: bool = False) -> None:
        found = self.page.locator("#main").get_by_role(role, name=name, exact=exact)
        self.hands.press(found)

    def save(self) -> None:
        self.press("button", SAVE)

    def see(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).locator("visible=true").first).to_be_visible()

    def told(self, text: str | re.Pattern[str]) -> None:
        """Read the message on top, which Wagtail moves into sight."""
        message = self.page.locator(".messages > ul")
        expect(message).to_contain_text(text)
        expect(message).to_have_css("opacity", "1")

    def arrive(self, title: str) -> None:
        expect(self.page.locator("h1").first).to_contain_text(title)

    def choose_option(self, target: str, number: int) -> str:
        """Choose an option by its place; returns its label."""
        label = str(self.page.locator(f"{target} option").nth(number).text_content()).strip()
        self.hands.choose(target, label)
        return label

    def write_time(self, target: str, text: str) -> None:
        """Write a day or an hour; with a mouse Wagtail's calendar comes up, and goes with a click beside it."""
        self.hands.rewrite(target, text)
        if self.way == "mouse":
            calendar = self.page.locator(".xdsoft_datetimepicker").locator("visible=true")
            calendar.first.wait_for()
            self.page.mouse.click(WIDE["width"] - 12, WIDE["height"] // 2)
            expect(calendar).to_have_count(0)

    def look(self) -> None:
        """Let axe-core see what no address alone leads to; once, since the pages are the same in each way."""
        if self.way == "mouse":
            assert findings_in_all_forms(self.page) == []
            self.page.set_viewport_size(WIDE)
