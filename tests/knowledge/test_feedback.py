"""War diese Seite hilfreich? As somebody without script and account uses it, and as somebody misuses it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledge.feedback import services, views
from knowledge.feedback.queries import pages_by_share
from knowledge.models import FeedbackCount
from portal.core import ratelimit, work_answers
from portal.core.dashboard import figures_for
from portal.core.models import WorkItem, WorkReport
from portal.core.pagecache import is_cacheable_response
from tests.factories import content, people, reading
from tests.people import PortalClient, make_user

pytestmark = pytest.mark.django_db
OWN = {"sec-fetch-site": "same-origin"}
VOTE = "/rueckmeldung/"


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-23T09:00:00+01:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def page() -> Any:
    return reading.article(reading.topic("Ämter"), "Übergänge gestalten")


def vote(client: Client, page: Any, answer: str = "nein", **headers: str) -> Any:
    data = {"seite": str(getattr(page, "pk", page)), "antwort": answer}
    return client.post(VOTE, data, headers=headers or OWN)


def say(client: Client, page: Any, clock: time_machine.Traveller, data: dict[str, str], seconds: int = 20) -> Any:
    """Open the form, wait, send it."""
    address = f"/rueckmeldung/{page.pk}/"
    found = re.search(r'name="started" value="([^"]+)"', client.get(address).content.decode())
    assert found
    clock.shift(timedelta(seconds=seconds))
    return client.post(address, {"started": unescape(found[1]), "homepage": "", **data})


def test_articles_questions_and_templates_ask_and_stay_cacheable(page: Any) -> None:
    for shown in (page, reading.question(page.get_parent().specific), content.template()):
        response = Client().get(shown.url)
        html = response.content.decode()
        assert is_cacheable_response(response.wsgi_request, response)
        assert "War diese Seite hilfreich?" in html
        assert f'name="seite" value="{shown.pk}"' in html
        assert "csrfmiddlewaretoken" not in html
        assert not response.cookies
    assert "War diese Seite hilfreich?" not in Client().get("/kontakt/").content.decode()


def test_a_vote_is_counted_by_page_and_day_and_leads_on(page: Any, clock: time_machine.Traveller) -> None:
    response = vote(Client(enforce_csrf_checks=True), page, "ja")
    assert (response.status_code, response["Location"]) == (303, f"/rueckmeldung/{page.pk}/danke/")
    assert not response.cookies
    thanks = Client().get(response["Location"])
    assert 'role="status"' in thanks.content.decode()
    assert page.url in thanks.content.decode()
    clock.shift(timedelta(minutes=11))
    response = vote(Client(), page, "nein")
    assert (response.status_code, response["Location"]) == (303, f"/rueckmeldung/{page.pk}/")
    clock.shift(timedelta(days=1))
    vote(Client(), page, "nein")
    rows = FeedbackCount.objects.order_by("day").values_list("yes", "no")
    assert list(rows) == [(1, 1), (0, 1)]
    assert {field.name for field in FeedbackCount._meta.fields} == {"id", "page", "day", "yes", "no"}
    assert not WorkItem.objects.exists(), "a vote alone is no work"


def test_double_clicks_and_reloads_count_once(page: Any, clock: time_machine.Traveller) -> None:
    client = Client()
    assert {vote(client, page, answer).status_code for answer in ("ja", "ja", "nein", "ja")} == {303}
    assert FeedbackCount.objects.values_list("yes", "no").get() == (1, 0)


def test_a_flood_of_votes_is_not_counted(
    page: Any, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "VOTES_PER_HOUR", 2)
    pages = [page, *(reading.article(page.get_parent().specific, f"Seite {number}") for number in range(4))]
    assert {vote(Client(), other).status_code for other in pages} == {303}
    assert FeedbackCount.objects.count() == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"origin": "https://fremd.example"},
        {"origin": "null"},
        {"x-nothing": "1"},
    ],
)
def test_a_vote_from_elsewhere_is_refused(page: Any, headers: dict[str, str]) -> None:
    response = vote(Client(), page, "ja", **headers)
    assert response.status_code == 403
    assert "nicht angenommen" in response.content.decode()
    assert not FeedbackCount.objects.exists()


def test_an_older_browser_is_known_by_its_origin(page: Any) -> None:
    assert vote(Client(), page, "ja", origin="http://testserver").status_code == 303


@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 30, "abc", "²", ""])
def test_an_unknown_page_is_said_to_be_gone(number: str) -> None:
    response = vote(Client(), number)
    assert response.status_code == 410
    assert "nicht mehr verfügbar" in response.content.decode()


def test_neither_yes_nor_no_is_asked_again(page: Any) -> None:
    response = vote(Client(), page, "vielleicht")
    assert response.status_code == 422
    assert "War diese Seite hilfreich?" in response.content.decode()
    assert Client().get(VOTE).status_code == 405


@pytest.mark.parametrize("change", ["deleted", "unpublished", "restricted"])
def test_a_page_that_went_meanwhile_gives_the_text_back(
    change: str, page: Any, clock: time_machine.Traveller
) -> None:
    client = Client()
    client.get(f"/rueckmeldung/{page.pk}/")
    if change == "deleted":
        page.delete()
    elif change == "unpublished":
        page.unpublish()
    else:
        reading.restrict(page)
    text = "Die Frist in der Übersicht stimmt nicht."
    response = client.post(f"/rueckmeldung/{page.pk or 77}/", {"text": text, "started": "x"})
    assert response.status_code == 410
    assert text in response.content.decode()
    assert "Übergänge gestalten" not in response.content.decode()
    assert client.get(f"/rueckmeldung/{page.pk or 77}/danke/").status_code == 410
    assert not WorkItem.objects.exists()


def test_no_with_a_reason_becomes_work(page: Any, clock: time_machine.Traveller) -> None:
    owner = people.staff()
    page.responsible_person = owner
    page.save()
    response = say(Client(), page, clock, {"reason": "veraltet", "text": "§ 9 wurde geändert.", "email": ""})
    assert response.status_code == 303
    assert "Ihre Angaben sind angekommen" in Client().get(response["Location"]).content.decode()
    item = WorkItem.objects.get(kind="feedback")
    assert (item.page_id, item.owner, item.team) == (page.pk, owner, "Redaktion")
    assert item.title == "Rückmeldung: Übergänge gestalten"
    report = item.reports.get()
    assert (report.reason, report.text) == ("Die Angaben sind veraltet", "§ 9 wurde geändert.")


def test_open_feedback_of_a_page_is_bundled_and_answered_once(page: Any, clock: time_machine.Traveller) -> None:
    other = reading.article(page.get_parent().specific, "Andere Seite")
    for email in ("ute@stadt.example", "", "nele@stadt.example"):
        say(Client(), page, clock, {"text": "Größe fehlt", "email": email})
    say(Client(), other, clock, {"reason": "falsch"})
    item = WorkItem.objects.get(page=page)
    assert (item.bundled, item.reports.count()) == (3, 3)
    assert WorkItem.objects.count() == 2
    assert work_answers.send_answer(item=item, actor=None, text="Ergänzt.") == 2
    assert [message.to[0] for message in mail.outbox] == ["ute@stadt.example", "nele@stadt.example"]
    assert mail.outbox[0].subject == "Antwort auf Ihre Nachricht: Übergänge gestalten"
    say(Client(), page, clock, {"text": "Noch etwas", "email": "olaf@stadt.example"})
    assert WorkItem.objects.filter(page=page).count() == 2, "a closed item is not reopened"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Bitte wählen Sie einen Grund"),
        ({"text": "   "}, "Bitte wählen Sie einen Grund"),
        ({"text": "ä" * 2001}, "Ihr Text hat 2001 Zeichen"),
        ({"text": "Frist fehlt", "email": "ute(at)stadt"}, "vollständige E-Mail-Adresse"),
        ({"text": "Frist fehlt", "reason": "erfunden"}, "einen der Gründe"),
        ({"text": "Frist fehlt", "homepage": "https://spam.example"}, "verstecktes Feld"),
        ({"text": "Frist fehlt", "started": "gefälscht"}, "lange geöffnet"),
    ],
)
def test_bad_input_is_named_and_nothing_typed_is_lost(
    page: Any, clock: time_machine.Traveller, data: dict[str, str], words: str
) -> None:
    response = say(Client(), page, clock, data)
    html = response.content.decode()
    assert response.status_code == 422
    assert words in html
    for name in ("text", "email"):
        assert data.get(name, "") in unescape(html)
    assert not WorkItem.objects.exists()


@pytest.mark.parametrize(("seconds", "words"), [(0, "sehr schnell"), (25 * 3600, "lange geöffnet")])
def test_the_time_is_checked(page: Any, clock: time_machine.Traveller, seconds: int, words: str) -> None:
    html = say(Client(), page, clock, {"text": "Frist fehlt"}, seconds).content.decode()
    assert words in html
    assert "Frist fehlt" in html


def test_a_flood_of_feedback_is_held_back(
    page: Any, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ratelimit, "PER_HOUR", 2)
    responses = [say(Client(), page, clock, {"text": f"Größe fehlt {number}"}) for number in range(3)]
    assert [response.status_code for response in responses] == [303, 303, 429]
    assert "Größe fehlt" in responses[2].content.decode()
    assert WorkReport.objects.count() == 2


def test_the_form_is_uncached_and_protected(page: Any, clock: time_machine.Traveller) -> None:
    response = Client().get(f"/rueckmeldung/{page.pk}/")
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response.content.decode()
    assert say(Client(enforce_csrf_checks=True), page, clock, {"text": "x"}).status_code == 403
    assert not WorkItem.objects.exists()


def test_what_people_write_is_in_no_log(
    page: Any, clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("portal.access").setLevel(logging.INFO)
    text = "Bitte rufen Sie 0611 123456 an oder schreiben Sie an joerg@stadt.example"
    vote(Client(), page)
    assert say(Client(), page, clock, {"text": text, "email": "joerg@stadt.example"}).status_code == 303
    assert WorkReport.objects.get().text == text
    item = WorkItem.objects.get()
    assert text not in item.title + item.note + item.source
    logged = " ".join(str(vars(record)) for record in caplog.records if not record.name.startswith("django.db"))
    assert "feedback.reported" in logged
    for secret in ("0611", "joerg@", "127.0.0.1"):
        assert secret not in logged


def _votes(page: Any, yes: int, no: int, days: int = 0) -> None:
    FeedbackCount.objects.create(page_id=page.pk, day=timezone.localdate() - timedelta(days=days), yes=yes, no=no)


def test_the_report_lists_the_least_helpful_first(page: Any) -> None:
    parent = page.get_parent().specific
    good, few, old = (reading.article(parent, title) for title in ("Gute Seite", "Selten", "Früher"))
    _votes(page, 1, 3)
    _votes(page, 2, 2, days=200)
    _votes(good, 9, 1)
    _votes(few, 0, 4)
    _votes(old, 0, 9, days=400)
    rows = list(pages_by_share())
    assert [row.title for row in rows] == ["Übergänge gestalten", "Gute Seite"]
    assert (rows[0].yes_short, rows[0].no_short, rows[0].yes_long, rows[0].no_long) == (1, 3, 3, 5)
    services.report(page=page, text="Größe fehlt")
    client, user = PortalClient(), make_user("redaktion@kkv.example", role="Redaktion", factor=True)
    client.force_login(user)
    html = client.get("/cms/berichte/rueckmeldungen/").content.decode()
    assert html.index("Übergänge gestalten") < html.index("Gute Seite")
    for words in ("25 %", "38 %", "90 %", "1 Meldung", "Rückmeldungen"):
        assert words in html
    labels = [figure.label for figure in figures_for(user)]
    assert "Seiten mit offenen Rückmeldungen" in labels
    assert "Seiten, die mehr als der Hälfte nicht helfen" in labels


def test_the_report_costs_the_same_for_many_pages(
    page: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    parent = page.get_parent().specific
    for number in range(60):
        _votes(reading.article(parent, f"Seite {number}"), number, 6)
    client = PortalClient()
    client.force_login(make_user("redaktion@kkv.example", role="Redaktion", factor=True))
    client.get("/cms/berichte/rueckmeldungen/")
    with django_assert_max_num_queries(15):
        html = client.get("/cms/berichte/rueckmeldungen/").content.decode()
    assert "Seite 1 von 2" in html
    assert client.get("/cms/berichte/rueckmeldungen/?p=2").status_code == 200
