"""Two ways to work a form: by mouse, and by keyboard alone (Tab, Enter, Space, arrows, typing; nothing else)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from playwright.sync_api import Page, Request, expect

from tests.browser.test_journeys import tab_to

LIMIT = 250
QUIET = 1.5  # seconds; the form saves by itself half a second after the last key


class Hands(Protocol):
    """What a person does with a page, however."""

    page: Page

    def press(self, selector: str) -> None: ...
    def write(self, selector: str, text: str) -> None: ...
    def choose(self, selector: str, label: str) -> None: ...
    def tab(self, name: str) -> None: ...
    def add_block(self, name: str) -> None: ...
    def wait_until_saved(self) -> None: ...


@dataclass
class Patient:
    """Knows what the page still waits for from the server."""

    page: Page
    pending: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)

    def _asked(self, request: Request) -> None:
        self.pending.add(request)

    def _answered(self, request: Request) -> None:
        self.pending.discard(request)

    def wait_until_saved(self) -> None:
        """Wait for the form to have saved by itself: a save still on its way counts as one of another window."""
        quiet, end = time.monotonic(), time.monotonic() + 60
        while time.monotonic() - quiet < QUIET:
            assert time.monotonic() < end, self.pending
            self.page.wait_for_timeout(100)
            if self.pending:
                quiet = time.monotonic()
        expect(self.page.locator(".w-autosave-indicator__state--saved")).to_be_visible()


@dataclass
class Mouse(Patient):
    def press(self, selector: str) -> None:
        self.page.locator(selector).locator("visible=true").first.click()

    def write(self, selector: str, text: str) -> None:
        self.press(selector)
        self.page.keyboard.type(text)

    def choose(self, selector: str, label: str) -> None:
        self.page.locator(selector).select_option(label=label)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def add_block(self, name: str) -> None:
        self.press(".c-sf-add-button")
        self.page.get_by_role("option", name=name).click()


@dataclass
class Keyboard(Patient):
    def press(self, selector: str) -> None:
        tab_to(self.page, selector, limit=LIMIT)
        self.page.keyboard.press("Enter")

    def write(self, selector: str, text: str) -> None:
        tab_to(self.page, selector, limit=LIMIT)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, label: str) -> None:
        tab_to(self.page, selector, limit=LIMIT)
        self.page.keyboard.type(label)
        expect(self.page.locator(selector).locator("option:checked")).to_have_text(label)

    def tab(self, name: str) -> None:
        tab_to(self.page, "[role=tab]", limit=LIMIT)
        for _ in range(8):
            reached = self.page.evaluate("document.activeElement.textContent")
            if name in reached:
                return
            self.page.keyboard.press("ArrowRight")
            self.page.wait_for_function("text => document.activeElement.textContent !== text", arg=reached)
        raise AssertionError(f"the tab {name} cannot be reached by arrows")

    def add_block(self, name: str) -> None:
        self.press(".c-sf-add-button")
        expect(self.page.get_by_role("option", name=name)).to_be_visible()
        tab_to(self.page, "[role=combobox]", limit=3)
        self.page.keyboard.type(name)
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


WAYS: dict[str, Callable[[Page], Hands]] = {"mouse": Mouse, "keyboard": Keyboard}
