"""Three real tasks of each role end within three clicks on the right passage: by search, and by links alone."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from knowledge.models.trust import Audience
from tests.browser.axe import WIDE
from tests.browser.reading_tasks import TASKS, Task
from tests.browser.served import Portal

pytestmark = pytest.mark.once  # the same pages and the same index on every database

MOST_CLICKS = 3
FIRST_RESULTS = 5


@pytest.fixture(scope="module")
def reader(portal: Portal, browser: Browser) -> Iterator[Page]:
    """One anonymous reader walks all tasks, as fast as the portal answers."""
    context = browser.new_context(base_url=portal.url, locale="de-DE", reduced_motion="reduce", viewport=WIDE)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def follow(page: Page, words: str) -> int:
    """Click on what is called so in the content: a link, or a question to be unfolded; return the clicks."""
    main = page.locator("main")
    links = main.get_by_role("link", name=words).locator("visible=true")
    (links if links.count() else main.locator("summary").filter(has_text=words)).first.click()
    page.wait_for_load_state("domcontentloaded")
    return 1


def sees(page: Page, words: str) -> None:
    """The passage stands in the content, where a reader sees it."""
    expect(page.locator("main").get_by_text(words).locator("visible=true").first).to_be_visible()


@pytest.mark.once
def test_each_role_has_three_tasks() -> None:
    roles = [task.role for task in TASKS]
    assert len(set(roles)) == len(Audience)
    assert {roles.count(role) for role in roles} == {3}
    assert all(1 <= len(task.way) <= MOST_CLICKS for task in TASKS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.wants)
def test_by_links_alone(reader: Page, task: Task) -> None:
    reader.goto("/")
    clicks = sum(follow(reader, words) for words in task.way)
    assert clicks <= MOST_CLICKS
    assert path_of(reader) == task.address
    sees(reader, task.passage)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.wants)
def test_by_search(reader: Page, task: Task) -> None:
    reader.goto("/")
    field = reader.locator("main input[name=q]")
    field.fill(task.query)
    field.press("Enter")
    reader.wait_for_url("**/suche/**")
    results = reader.locator(".kp-list--results .kp-list__title a")
    found = [urlsplit(str(link.get_attribute("href"))).path for link in results.all()[:FIRST_RESULTS]]
    passages = {task.address: task.passage, **dict(task.also)}
    right = next((path for path in found if path in passages), None)
    assert right is not None, f"not among the first {FIRST_RESULTS}: {found}"
    results.nth(found.index(right)).click()
    reader.wait_for_load_state("domcontentloaded")
    assert path_of(reader) == right  # the second click
    sees(reader, passages[right])
