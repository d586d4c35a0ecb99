"""Three ways to go through the portal: by mouse, by keyboard alone, and without JavaScript.

The keyboard is Tab, Enter, Space, arrows and typing; nothing else. Who has no JavaScript has a mouse and keys.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import pytest
from playwright.sync_api import FileChooser, FilePayload, Locator, Page, Request, expect

from tests.browser.test_journeys import tab_to

LIMIT = 250
PAST = 3  # a beginning that several labels share leads a little past the one that is chosen already
BEFORE_UMLAUTS = re.compile(r"[^ -~]")
QUIET = 1.5  # seconds; the form saves by itself half a second after the last key
Target = str | Locator
"""A selector or a locator; of several things the first one that is seen."""
# True where the focus is on one of the elements; False also where they are not drawn.
HAS_FOCUS = "elements => elements.includes(document.activeElement)"
# The form compares itself with a picture it takes two seconds after loading: what is written before is in it.
WATCHES = "() => Boolean(window.wagtail.app.queryController('w-unsaved')?.initialFormData)"
# Focus that nobody sees is no focus: an outline, a shadow or a frame of the element or of what stands around it.
SHOWS_FOCUS = """element => {
    const drawn = node => {
        const style = getComputedStyle(node);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    return [element, element.parentElement, ...element.children].some(drawn);
}"""
GROUP = "element => element.type === 'radio' ? element.name : ''"


class Hands(Protocol):
    """What a person does with a page, however."""

    page: Page

    def press(self, target: Target) -> None: ...
    def write(self, target: Target, text: str) -> None: ...
    def rewrite(self, target: Target, text: str) -> None: ...
    def choose(self, target: Target, label: str) -> None: ...
    def tick(self, target: Target) -> None: ...
    def upload(self, target: Target, file: FilePayload) -> None: ...
    def tab(self, name: str) -> None: ...
    def add_block(self, name: str) -> None: ...
    def wait_until_watched(self) -> None: ...
    def wait_until_saved(self) -> None: ...


@dataclass
class Patient:
    """Knows what the page still waits for from the server, and hears when it lets choose a file."""

    page: Page
    pending: set[Request] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("request", self._asked)
        self.page.on("requestfinished", self._answered)
        self.page.on("requestfailed", self._answered)
        # Who only asks for the chooser when it is about to open comes too late on a busy machine (5 of 150 times).
        self.page.on("filechooser", self._chooses)

    def _chooses(self, chooser: FileChooser) -> None:
        """Keep the browser reporting its choosers; `upload` fills in what is chosen."""

    def _asked(self, request: Request) -> None:
        self.pending.add(request)

    def _answered(self, request: Request) -> None:
        self.pending.discard(request)

    def wait_until_watched(self) -> None:
        """Wait for an editor's form to notice changes: a mouse without a hand fills in all of it before that."""
        self.page.wait_for_function(WATCHES)

    def wait_until_saved(self) -> None:
        """Wait for the form to have saved by itself: a save still on its way counts as one of another window."""
        quiet, end = time.monotonic(), time.monotonic() + 60
        while time.monotonic() - quiet < QUIET:
            assert time.monotonic() < end, self.pending
            self.page.wait_for_timeout(100)
            if self.pending:
                quiet = time.monotonic()
        saved = self.page.locator(".w-autosave-indicator__state--saved")
        expect(saved).to_be_visible(timeout=45_000)  # it begins after the last key, much later on a busy machine

    def _all(self, target: Target) -> Locator:
        return self.page.locator(target) if isinstance(target, str) else target

    def _one(self, target: Target) -> Locator:
        return self._all(target).locator("visible=true").first


@dataclass
class Mouse(Patient):
    def press(self, target: Target) -> None:
        self._one(target).click()

    def write(self, target: Target, text: str) -> None:
        self.press(target)
        self.page.keyboard.type(text)

    def rewrite(self, target: Target, text: str) -> None:
        self.press(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, target: Target, label: str) -> None:
        self._one(target).select_option(label=label)

    def tick(self, target: Target) -> None:
        self._one(target).check()

    def upload(self, target: Target, file: FilePayload) -> None:
        with self.page.expect_file_chooser() as chooser:
            self.press(target)
        chooser.value.set_files(file)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def add_block(self, name: str) -> None:
        self.press(".c-sf-add-button")
        self.page.get_by_role("option", name=name).click()


@dataclass
class Keyboard(Patient):
    def reach(self, target: Target) -> Locator:
        """Press Tab until the element has the focus, and see that it shows it; return the element."""
        found = self._all(target)
        found.first.wait_for(state="attached")
        for _ in range(LIMIT):
            self.page.keyboard.press("Tab")
            if found.evaluate_all(HAS_FOCUS):
                break
        else:
            raise AssertionError(f"{target} cannot be reached by Tab")
        focused = self.page.locator(":focus")
        assert focused.evaluate(SHOWS_FOCUS), f"{target} does not show that it has the focus"
        return focused

    def press(self, target: Target) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Target, text: str) -> None:
        self.reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def rewrite(self, target: Target, text: str) -> None:
        self.write(target, text)

    def choose(self, target: Target, label: str) -> None:
        """Type the beginning of a label, and go on by arrows: the keys of the test know no umlauts in a list."""
        self.reach(target)
        self.page.keyboard.type(BEFORE_UMLAUTS.split(label, maxsplit=1)[0])
        chosen = self._all(target).locator("option:checked")
        for key in ["ArrowUp"] * PAST + ["ArrowDown"] * LIMIT:
            if [text.strip() for text in chosen.all_text_contents()] == [label]:
                break
            self.page.keyboard.press(key)
        expect(chosen).to_have_text(label)

    def tick(self, target: Target) -> None:
        """Check a box with Space; go to a radio button, of which Tab knows one a group, by arrows."""
        wanted = self._all(target)
        group = wanted.first.evaluate(GROUP)
        self.reach(f"[type=radio][name='{group}']" if group else target)
        for _ in range(LIMIT if group else 0):
            if wanted.evaluate_all(HAS_FOCUS):
                break
            self.page.keyboard.press("ArrowDown")
        if not wanted.first.is_checked():
            self.page.keyboard.press("Space")
        expect(wanted.first).to_be_checked()

    def upload(self, target: Target, file: FilePayload) -> None:
        self.reach(target)
        with self.page.expect_file_chooser() as chooser:
            self.page.keyboard.press("Enter")
        chooser.value.set_files(file)

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
WITHOUT_SCRIPTS = "without JavaScript"
THREE_WAYS: dict[str, Callable[[Page], Hands]] = {**WAYS, WITHOUT_SCRIPTS: Mouse}
"""Whoever opens the page of the third way switches JavaScript off."""
three_ways = pytest.mark.parametrize(
    "way", ["mouse", *(pytest.param(way, marks=pytest.mark.once) for way in ("keyboard", WITHOUT_SCRIPTS))]
)
"""A whole journey three times; on a second database once is enough."""


def options_of(way: str) -> dict[str, bool]:
    """Return what a context of a way is opened with."""
    return {"java_script_enabled": way != WITHOUT_SCRIPTS}
