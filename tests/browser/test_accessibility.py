"""axe-core finds nothing on any kind of page, in both themes, wide and narrow; nothing scrolls sideways."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import NARROW, OVERFLOW, WIDE, findings_in_all_forms
from tests.browser.conftest import DEMO_PASSWORD, OpenAs, OpenContext
from tests.browser.pages import ACCOUNT_PAGES, ERROR_PAGES, GONE_PAGES, READER_PAGES
from tests.browser.served import Portal

# In a field nobody sees: a browser takes its time to draw ten million letters.
TOO_LONG = """form => {
    form.noValidate = true;
    const field = form.appendChild(document.createElement("input"));
    Object.assign(field, {type: "hidden", name: "mehr", value: "x".repeat(11_000_000)});
}"""
# Where German words and addresses stand that are longer than a phone is wide.
LONG_WORDS = """() => {
    const places = document.querySelectorAll(".kp-facts dd, .kp-answer__facts dd, .checklist__task .kp-term");
    places.forEach(place => { place.textContent = "Verwaltungsdiensteverzeichnis".repeat(4); });
    return places.length;
}"""
ADVICE = "allgemeine Information, keine Rechtsberatung"


def check_static(page: Page) -> None:
    """For pages that are made without knowing anything of the site."""
    assert findings_in_all_forms(page) == []
    assert page.locator("h1").count() == 1


def check(page: Page) -> None:
    check_static(page)
    assert ADVICE in page.locator("body").inner_text()


@pytest.mark.once
@pytest.mark.parametrize("kind", READER_PAGES)
def test_page_is_accessible(kind: str, portal: Portal, open_context: OpenContext) -> None:
    page = open_context(viewport=WIDE).new_page()
    response = page.goto(READER_PAGES[kind].format(**portal.facts))
    assert response is not None
    assert response.status == 200
    check(page)


@pytest.mark.once
@pytest.mark.parametrize("kind", GONE_PAGES)
def test_page_of_what_is_gone_is_accessible(kind: str, open_context: OpenContext) -> None:
    address, status = GONE_PAGES[kind]
    page = open_context(viewport=WIDE).new_page()
    response = page.goto(address)
    assert response is not None
    assert response.status == status
    check(page)


@pytest.mark.once
@pytest.mark.parametrize("address", ["/recht/hdsig/", "/themen/efa-kommunal/checkliste-efa-anschluss/"])
def test_long_words_make_no_page_wider_than_a_phone(address: str, open_context: OpenContext) -> None:
    page = open_context(viewport=NARROW).new_page()
    page.goto(address)
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(LONG_WORDS) > 0
    assert page.evaluate(OVERFLOW) == 0


@pytest.mark.once
@pytest.mark.parametrize("kind", ACCOUNT_PAGES)
def test_account_page_is_accessible(kind: str, portal: Portal, open_as: OpenAs) -> None:
    person, address = ACCOUNT_PAGES[kind]
    page = open_as(person).new_page()
    response = page.goto(address.format(**portal.facts))
    assert response is not None
    assert response.status == 200
    assert page.url == portal.url + address.format(**portal.facts)
    check(page)


@pytest.mark.once
@pytest.mark.parametrize("kind", ERROR_PAGES)
def test_page_of_an_error_is_accessible(kind: str, portal: Portal, open_as: OpenAs) -> None:
    address, person, status = ERROR_PAGES[kind]
    page = open_as(person).new_page()
    response = page.goto(address.format(**portal.facts))
    assert response is not None
    assert response.status == status
    check(page)
    assert all(page.locator("nav ul").evaluate_all("lists => lists.map(list => list.children.length > 0)"))


def test_a_page_a_little_too_wide_is_noticed(phone: Page) -> None:
    phone.goto("/")
    assert phone.evaluate(OVERFLOW) == 0
    phone.locator("main").evaluate("main => { main.style.width = `${main.offsetWidth + 5}px`; }")
    assert 0 < phone.evaluate(OVERFLOW) <= 5


def test_form_without_its_token_is_refused_accessibly(desktop: Page) -> None:
    desktop.goto("/kontakt/")
    desktop.context.clear_cookies()
    send(desktop)
    assert "403" in desktop.locator("main").inner_text()
    check(desktop)


def send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form[method=post] [type=submit]").click()


@pytest.mark.parametrize("address", ["/kontakt/", "/barriere-melden/"])
def test_form_with_errors_is_accessible(address: str, desktop: Page) -> None:
    desktop.goto(address)
    desktop.locator("main form[method=post]").evaluate("form => { form.noValidate = true; }")
    send(desktop)
    expect(desktop.locator(".kp-error-summary")).to_be_visible()
    check(desktop)


def vote_of(url: str, page_id: int, answer: str) -> str:
    """A form that votes as the one below a page does; the browser says whose it is."""
    return (
        f'<form method="post" action="{url}/rueckmeldung/"><input name="seite" value="{page_id}">'
        f'<button name="antwort" value="{answer}">Senden</button></form>'
    )


@pytest.mark.once
def test_vote_from_a_foreign_page_is_refused_accessibly(portal: Portal, desktop: Page) -> None:
    desktop.set_content(vote_of(portal.url, portal.facts["voted"], "ja"))
    with desktop.expect_navigation():
        desktop.get_by_role("button").click()
    expect(desktop.locator("h1")).to_have_text("Ihre Rückmeldung wurde nicht angenommen")
    check(desktop)


@pytest.mark.once
def test_vote_that_says_neither_yes_nor_no_is_asked_again_accessibly(portal: Portal, desktop: Page) -> None:
    desktop.goto("/kontakt/")
    form = vote_of("", portal.facts["voted"], "vielleicht")
    desktop.locator("main").evaluate("(main, form) => { main.innerHTML = form; }", form)
    with desktop.expect_navigation():
        desktop.locator("main button").click()
    expect(desktop.locator("h1")).to_have_text("Ja oder Nein?")
    check(desktop)


@pytest.mark.once
def test_request_nobody_understands_is_refused_accessibly(desktop: Page) -> None:
    desktop.goto("/kontakt/")
    broken = {"content-type": "multipart/form-data"}
    desktop.route(
        "**/kontakt/", lambda route: route.continue_(headers={**route.request.headers, **broken}, post_data="x")
    )
    with desktop.expect_response("**/kontakt/") as answer:
        send(desktop)
    assert answer.value.status == 400
    desktop.unroute("**/kontakt/")
    assert "Fehler 400" in desktop.locator("main").inner_text()
    check_static(desktop)


@pytest.mark.once
def test_text_that_is_too_long_is_refused_accessibly(desktop: Page) -> None:
    desktop.goto("/kontakt/")
    desktop.locator("main form[method=post]").evaluate(TOO_LONG)
    with desktop.expect_response("**/kontakt/") as answer:
        send(desktop)
    assert answer.value.status == 413
    assert "Fehler 413" in desktop.locator("main").inner_text()
    check(desktop)


def test_refused_login_is_accessible(desktop: Page) -> None:
    desktop.goto("/konto/anmelden/")
    desktop.locator("main input[name=login]").fill("niemand@demo.example")
    desktop.locator("main input[name=password]").fill("falsch-geraten")
    send(desktop)
    check(desktop)


def test_question_for_the_second_factor_is_accessible(desktop: Page) -> None:
    desktop.goto("/konto/anmelden/")
    desktop.locator("main input[name=login]").fill("leitung@demo.example")
    desktop.locator("main input[name=password]").fill(DEMO_PASSWORD)
    send(desktop)
    expect(desktop.locator("main input[name=code]")).to_be_visible()
    check(desktop)
