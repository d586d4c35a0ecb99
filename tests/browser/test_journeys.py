"""Readers' journeys: by mouse, by keyboard alone, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.axe import axe_findings
from tests.browser.conftest import OpenContext, found_within_five_seconds
from tests.browser.served import Portal

ARTICLE = "/themen/registermodernisierung/idnr-in-registern-speichern/"
TOPIC = "/themen/onlinezugangsgesetz/"
QUESTION = "wann-gilt-ein-bescheid-im-postfach-als-bekannt-gegeben"
FOLDED = f"details:has(#frage-{QUESTION})"


def tab_to(page: Page, selector: str, *, limit: int = 60) -> None:
    """Press Tab until the element has the focus; fail when it cannot be reached."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_reader_finds_the_answer_by_keyboard_alone(desktop: Page) -> None:
    desktop.goto("/")
    tab_to(desktop, "input[name=q]")
    desktop.keyboard.type("Bescheid im Postfach bekannt gegeben")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/suche/**")
    tab_to(desktop, f"main a[href*='{QUESTION}']", limit=80)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(f"**/{QUESTION}/")
    expect(desktop.locator("main")).to_contain_text("vierten Tag")


def test_first_tab_leads_to_the_content(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    desktop.keyboard.press("Tab")
    assert "Inhalt" in str(desktop.evaluate("document.activeElement.textContent"))
    desktop.keyboard.press("Enter")
    assert desktop.evaluate("document.activeElement.id") == "inhalt"


def test_everything_is_reached_without_javascript(without_js: Page) -> None:
    page = without_js
    page.goto("/")
    page.locator("main input[name=q], header input[name=q]").first.fill("Melderegister Identifikationsnummer")
    page.locator("main input[name=q], header input[name=q]").first.press("Enter")
    page.wait_for_url("**/suche/**")
    assert page.locator("main a[href^='/themen/']").count() > 0
    page.goto(TOPIC)
    page.locator(f"{FOLDED} summary").click()
    page.locator(f"#frage-{QUESTION} a").first.click()
    page.wait_for_url(f"**/{QUESTION}/")
    expect(page.locator("main")).to_contain_text("vierten Tag")
    page.goto(ARTICLE)
    page.locator("main a[href^='/kontakt/']").first.click()
    page.wait_for_url("**/kontakt/**")
    assert page.locator("main form").count() >= 1


def test_suggestions_are_used_by_keyboard(desktop: Page) -> None:
    desktop.goto("/")
    field = desktop.locator("main input[name=q]").first
    field.focus()
    desktop.keyboard.type("Melderegister", delay=30)
    expect(field).to_have_attribute("aria-expanded", "true")
    options = desktop.locator("[role=option]")
    expect(options.first).to_be_visible()
    assert 1 <= options.count() <= 8
    desktop.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert active
    expect(desktop.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    desktop.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    assert "Melderegister" in field.input_value()


def test_address_of_a_question_opens_it_in_the_topic(desktop: Page) -> None:
    desktop.goto(f"{TOPIC}#frage-{QUESTION}")
    expect(desktop.locator(FOLDED)).to_have_attribute("open", "")


def test_link_of_a_heading_is_copied_and_announced(open_context: OpenContext) -> None:
    page = open_context(viewport={"width": 1280, "height": 900}, permissions=["clipboard-write"]).new_page()
    page.goto(ARTICLE)
    page.get_by_role("button", name=re.compile("^Link zu")).first.click()
    expect(page.locator("[role=status]#kp-status")).to_contain_text("kopiert")


def test_table_of_contents_leads_to_its_heading(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    link = desktop.locator("nav[aria-labelledby=inhaltsverzeichnis] a").first
    target = str(link.get_attribute("href")).removeprefix("#")
    link.click()
    assert desktop.locator(f"[id='{target}']").is_visible()
    assert desktop.url.endswith(f"#{target}")


def test_theme_is_chosen_and_kept(desktop: Page) -> None:
    desktop.goto("/")
    desktop.get_by_role("button", name="Dunkel").click()
    expect(desktop.locator("html")).to_have_attribute("data-kern-theme", "dark")
    desktop.goto(ARTICLE)
    expect(desktop.locator("html")).to_have_attribute("data-kern-theme", "dark")


def switch_of_explanations(page: Page) -> Locator:
    return page.locator("[data-glossary-switch]")


def test_glossary_explanations_stay_switched_off(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    text = desktop.locator(".kp-prose").first.inner_text()
    terms = desktop.locator(".kp-term").count()
    assert terms > 0
    switch_of_explanations(desktop).click()
    expect(desktop.locator("#kp-status")).to_have_text("Fachwörter werden nicht erklärt")
    expect(switch_of_explanations(desktop)).to_have_text("Fachwörter erklären", use_inner_text=True)
    expect(switch_of_explanations(desktop)).to_be_focused()
    assert "glossar=" not in desktop.url
    for _ in range(2):
        expect(desktop.locator(".kp-term")).to_have_count(0)
        assert desktop.locator(".kp-prose").first.inner_text() == text
        assert axe_findings(desktop) == []
        desktop.goto(ARTICLE)
    expect(switch_of_explanations(desktop)).to_have_text("Fachwörter erklären", use_inner_text=True)
    switch_of_explanations(desktop).click()
    expect(desktop.locator(".kp-term")).to_have_count(terms)
    desktop.locator(".kp-term").first.click()
    expect(desktop.locator(".kp-term-box").first).to_be_visible()
    desktop.goto(ARTICLE)
    expect(desktop.locator(".kp-term")).to_have_count(terms)
    expect(switch_of_explanations(desktop)).to_have_text("Fachwörter nicht erklären", use_inner_text=True)
    assert desktop.context.cookies() == []


def test_glossary_choice_shifts_nothing_and_follows_in_other_tabs(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    other = desktop.context.new_page()
    other.goto(ARTICLE)
    switch_of_explanations(desktop).click()
    expect(other.locator(".kp-term")).to_have_count(0)
    shifts = """new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => { for (const entry of list.getEntries()) sum += entry.value; })
            .observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 500);
    })"""
    other.reload(wait_until="networkidle")
    assert float(other.evaluate(shifts)) < 0.01


def test_glossary_switch_of_a_page_without_explanations_brings_them_back(desktop: Page) -> None:
    desktop.goto(ARTICLE)
    switch_of_explanations(desktop).click()
    desktop.goto(f"{ARTICLE}?glossar=aus")
    expect(switch_of_explanations(desktop)).to_have_text("Fachwörter erklären", use_inner_text=True)
    switch_of_explanations(desktop).click()
    desktop.wait_for_url(f"**{ARTICLE}")
    expect(desktop.locator(".kp-term").first).to_be_visible()


def test_glossary_explanations_can_be_switched_off_without_javascript(without_js: Page) -> None:
    without_js.goto(ARTICLE)
    expect(without_js.get_by_role("link", name="Fachwörter nicht erklären")).to_be_visible()
    expect(without_js.get_by_role("link", name="Fachwörter erklären")).to_have_count(0)
    switch_of_explanations(without_js).click()
    without_js.wait_for_url("**?glossar=aus")
    expect(without_js.locator(".kp-term")).to_have_count(0)


def test_reading_sets_no_cookie(desktop: Page) -> None:
    for address in ("/", TOPIC, ARTICLE, "/suche/?q=OZG", "/glossar/", "/recht/ozg/"):
        desktop.goto(address)
    assert desktop.context.cookies() == []


def transferred(context: BrowserContext, address: str) -> float:
    """Open a page to its end, pictures below the fold included; return the bytes that came over the wire."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.send("Network.enable")
    page.goto(address, wait_until="networkidle")
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    return sum(received)


def test_article_transfers_at_most_150_kilobytes(open_context: OpenContext) -> None:
    assert transferred(open_context(viewport={"width": 1280, "height": 900}), ARTICLE) <= 150_000


def test_contact_carries_the_page_it_was_opened_from(without_js: Page) -> None:
    page = without_js
    page.goto(ARTICLE)
    href = page.locator("main a[href^='/kontakt/']").first.get_attribute("href")
    page.goto(str(href))
    assert "idnr-in-registern-speichern" in page.content()


def test_lost_address_offers_a_search_with_its_words(without_js: Page) -> None:
    without_js.goto("/themen/identifikationsnummer-speichern/")
    assert "identifikationsnummer" in without_js.locator("main input[name=q]").first.input_value().lower()


@pytest.mark.parametrize("address", ["/", TOPIC, ARTICLE, "/suche/?q=OZG", "/glossar/"])
def test_text_can_be_doubled(address: str, open_context: OpenContext) -> None:
    """WCAG 1.4.4: text at 200 percent; nothing is cut off and nothing scrolls sideways."""
    page = open_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(address)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_printing_opens_what_is_folded(desktop: Page) -> None:
    desktop.goto(TOPIC)
    desktop.emulate_media(media="print")
    assert not desktop.locator("header nav").first.is_visible()


def test_change_is_found_and_withdrawal_hides_it(portal: Portal, desktop: Page) -> None:
    """Publishing reaches the search within five seconds; a withdrawn page is never shown."""
    word = "Xylografenverzeichnis"
    code = (
        "from knowledge.models import ArticlePage, TopicPage\n"
        "topic = TopicPage.objects.get(slug='civento')\n"
        f"page = ArticlePage(title='{word} führen', slug='neu', short_answer='Neu.', no_legal_basis=True)\n"
        "topic.add_child(instance=page)\npage.save_revision().publish()\n"
    )
    portal.python(code)
    found_within_five_seconds(desktop, f"{word} führen")
    portal.python("from knowledge.models import ArticlePage\nArticlePage.objects.get(slug='neu').unpublish()\n")
    desktop.goto(f"/suche/?q={word}")
    expect(desktop.locator("main a[href$='/neu/']")).to_have_count(0)
    assert desktop.goto("/themen/civento/neu/").status == 404  # type: ignore[union-attr] # a navigation has a response
