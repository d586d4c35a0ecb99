"""Two ways to work a form: by mouse, and by keyboard alone (Tab, Enter, Space, arrows, typing; nothing else)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Page, expect

from tests.browser.test_journeys import tab_to

LIMIT = 250


class Hands(Protocol):
    """What a person does with a page, however."""

    page: Page

    def press(self, selector: str) -> None: ...
    def write(self, selector: str, text: str) -> None: ...
    def choose(self, selector: str, label: str) -> None: ...
    def tab(self, name: str) -> None: ...
    def add_block(self, name: str) -> None: ...


@dataclass
class Mouse:
    page: Page

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
class Keyboard:
    page: Page

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
            if name in self.page.evaluate("document.activeElement.textContent"):
                return
            self.page.keyboard.press("ArrowRight")
        raise AssertionError(f"the tab {name} cannot be reached by arrows")

    def add_block(self, name: str) -> None:
        self.press(".c-sf-add-button")
        expect(self.page.get_by_role("option", name=name)).to_be_visible()
        tab_to(self.page, "[role=combobox]", limit=3)
        self.page.keyboard.type(name)
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")


WAYS: dict[str, Callable[[Page], Hands]] = {"mouse": Mouse, "keyboard": Keyboard}
